"""Temporary objects in the catalog: what one session has made, laid over what all have.

The catalog of a session with temporary objects has them in a namespace of their own,
``pg_temp_<pid>``, under a version of its own: no plan that was made for it is ever found for
another session. When a transaction commits, its catalog is taken apart again.

Invariants:
    - The catalog that all sessions share, and the entries that make it durable, have nothing of a
      temporary table.
    - From the commit that makes a temporary table to the one that drops it, the ``meta`` family
      has a mark for it (``kalampg.storage.temporary_marks``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from kalampg import errors
from kalampg.catalog import comments, edit, records
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.comments import COMMENT_KIND, Subject, subject_of
from kalampg.catalog.edit import CatalogEdit, Write
from kalampg.catalog.objects import Namespace
from kalampg.catalog.sequence_references import sequences_named
from kalampg.catalog.view_dependences import dependences
from kalampg.constraint import ForeignKey
from kalampg.relation import TEMPORARY_PREFIX, Relation
from kalampg.sequence import Sequence
from kalampg.storage.temporary_marks import temporary_mark
from kalampg.view import ViewQuery


@dataclass(frozen=True, slots=True)
class TemporaryObjects:
    """What is in the temporary namespace of one session."""

    namespace: Namespace
    tables: Mapping[tuple[str, str], Relation]
    views: Mapping[tuple[str, str], Relation]
    sequences: Mapping[tuple[str, str], Sequence]
    comments: Mapping[Subject, str]


@dataclass(frozen=True, slots=True)
class Division:
    """An edit taken apart: ``shared`` is None when it changes nothing that others see."""

    edit: CatalogEdit
    shared: Catalog | None
    own: TemporaryObjects


def with_temporary_schema(catalog: Catalog, pid: int, owner: str, now_us: int) -> Catalog:
    """The catalog with the session's temporary namespace, if it had none."""
    if catalog.temporary_schema is not None:
        return catalog
    name = f"{TEMPORARY_PREFIX}{pid}"
    namespace = Namespace(catalog.numbers.allocate_oid(), name, owner, now_us)
    return overlaid(catalog, TemporaryObjects(namespace, {}, {}, {}, {}))


def overlaid(shared: Catalog, own: TemporaryObjects) -> Catalog:
    """What the session sees, under a version that no other catalog has."""
    name = own.namespace.name
    catalog = edit.changed(
        shared,
        namespaces={**shared.namespaces, name: own.namespace},
        tables={**shared.tables, **own.tables},
        views={**shared.views, **own.views},
        sequences={**shared.sequences, **own.sequences},
    )
    return replace(catalog, comments={**shared.comments, **own.comments}, temporary_schema=name)


def divide(total: CatalogEdit, before: TemporaryObjects | None) -> Division:
    """Take the edit of a session with a temporary namespace apart, for its commit.

    Tables that are to be dropped at commit are dropped here.
    """
    for table in temporary_tables(total.catalog):
        if table.on_commit == "drop":
            total = _without(total, [table])
    own = own_objects(total.catalog)
    writes = _shared_writes(total, own, before)
    known = () if before is None else before.tables.values()
    gone = [relation for relation in total.dropped if relation.is_temporary]
    marks = _marks(own.tables.values(), known, gone)
    divided = replace(total, writes=writes, marks=marks, is_own=not writes)
    return Division(divided, _shared(total.catalog, own) if writes else None, own)


def parted(total: CatalogEdit, before: TemporaryObjects | None) -> CatalogEdit:
    """The edit as it is while its transaction runs: ``is_own`` if others need not wait for it.

    An edit that is has no writes. OIDs that it has taken are not kept from being given out after a
    restart: nothing of it is left then.
    """
    if _shared_writes(total, own_objects(total.catalog), before):
        return total
    return replace(total, writes=(), is_own=True)


def _shared_writes(
    total: CatalogEdit, own: TemporaryObjects, before: TemporaryObjects | None
) -> tuple[Write, ...]:
    """What the edit writes of things that others see; nothing, if that is only the next OID."""
    earlier = own if before is None else before
    gone = [relation for relation in total.dropped if relation.is_temporary]
    tables = [*own.tables.values(), *earlier.tables.values(), *gone]
    views = [*own.views.values(), *earlier.views.values()]
    sequences = [*own.sequences.values(), *earlier.sequences.values()]
    oids = _oids(tables, views, sequences)
    keys = {records.table_key(table.table_id) for table in tables}
    keys |= {records.view_key(view.table_id) for view in views}
    keys |= {records.sequence_key(sequence.sequence_id) for sequence in sequences}
    writes = tuple(write for write in total.writes if not _is_of(write[0], keys, oids))
    return writes if any(key != records.NEXT_OID_KEY for key, _ in writes) else ()


def own_objects(catalog: Catalog) -> TemporaryObjects:
    """What the catalog of a session has in its temporary namespace."""
    name = catalog.temporary_schema
    assert name is not None, "there is a temporary namespace"
    tables = {key: table for key, table in catalog.tables.items() if key[0] == name}
    views = {key: view for key, view in catalog.views.items() if key[0] == name}
    sequences = {key: one for key, one in catalog.sequences.items() if key[0] == name}
    oids = _oids(tables.values(), views.values(), sequences.values())
    comments = {at: text for at, text in catalog.comments.items() if at[1] in oids}
    return TemporaryObjects(catalog.namespaces[name], tables, views, sequences, comments)


def check_apart(catalog: Catalog) -> None:
    """Nothing that stays may need a temporary object; that no view does, CREATE VIEW sees to.

    Raises:
        InvalidTableDefinition: 42P16, a foreign key.
        FeatureNotSupported: 0A000, a default, or a type that is to be temporary.
    """
    own = {table.table_id for table in temporary_tables(catalog)}
    for table in catalog.tables.values():
        is_own = table.table_id in own
        for key in table.constraints:
            if isinstance(key, ForeignKey) and (key.referenced_table in own) is not is_own:
                kind = "temporary" if is_own else "permanent"
                raise errors.InvalidTableDefinition(
                    f"constraints on {kind} tables may reference only {kind} tables"
                )
        if not is_own:
            _check_defaults(catalog, table)
    if any(one.schema_name == catalog.temporary_schema for one in catalog.declared_types()):
        raise errors.FeatureNotSupported("temporary types are not supported")


def _check_defaults(catalog: Catalog, table: Relation) -> None:
    own = {int(one.sequence_id): one.name for one in _own_sequences(catalog)}
    for column in table.columns:
        for sequence_id in sequences_named(column.default):
            if sequence_id in own:
                raise errors.FeatureNotSupported(
                    f'default of table "{table.name}" uses temporary sequence "{own[sequence_id]}"'
                )


def _own_sequences(catalog: Catalog) -> list[Sequence]:
    name = catalog.temporary_schema
    return [one for key, one in catalog.sequences.items() if key[0] == name]


def drop_all(catalog: Catalog) -> CatalogEdit:
    """Drop the session's temporary objects: none is needed by anything that stays."""
    change = edit.no_change(catalog)
    if catalog.temporary_schema is None:
        return change
    own = own_objects(catalog)
    for view in own.views.values():
        change = change.then(partial(edit.drop_view, view=view))
    for sequence in own.sequences.values():
        if sequence.owned_by is None:
            change = change.then(partial(edit.drop_sequence, sequence=sequence))
    return _without(change, own.tables.values())


def _without(change: CatalogEdit, tables: Iterable[Relation]) -> CatalogEdit:
    """The change without the tables, and the views that read them."""
    for table in tables:
        for dependence in dependences(change.catalog, [table]):
            change = change.then(partial(edit.drop_view, view=dependence.view))
        change = change.then(partial(edit.drop_table, relation=table))
    return change


def objects_count(catalog: Catalog) -> int:
    """How many tables, views and sequences of their own the session has."""
    if catalog.temporary_schema is None:
        return 0
    own = own_objects(catalog)
    free = sum(sequence.owned_by is None for sequence in own.sequences.values())
    return len(own.tables) + len(own.views) + free


def temporary_tables(catalog: Catalog) -> tuple[Relation, ...]:
    """Those of the session whose catalog this is."""
    name = catalog.temporary_schema
    return () if name is None else catalog.tables_in(name)


def reads_temporary(catalog: Catalog, query: ViewQuery) -> bool:
    """Whether a view of that query can only be temporary."""
    if catalog.temporary_schema is None:
        return False
    own = own_objects(catalog)
    oids = _oids(own.tables.values(), own.views.values(), own.sequences.values())
    return any(int(reading.relation_id) in oids for reading in query.readings)


def _marks(
    tables: Iterable[Relation], earlier: Iterable[Relation], gone: Iterable[Relation]
) -> tuple[Write, ...]:
    known = {table.table_id for table in earlier}
    made: list[Write] = [
        (temporary_mark(table.table_id), b"") for table in tables if table.table_id not in known
    ]
    return (*made, *((temporary_mark(table.table_id), None) for table in gone))


def _shared(catalog: Catalog, own: TemporaryObjects) -> Catalog:
    name = own.namespace.name
    shared = edit.changed(
        catalog,
        namespaces={key: one for key, one in catalog.namespaces.items() if key != name},
        tables={key: one for key, one in catalog.tables.items() if key[0] != name},
        views={key: one for key, one in catalog.views.items() if key[0] != name},
        sequences={key: one for key, one in catalog.sequences.items() if key[0] != name},
    )
    kept = {at: text for at, text in catalog.comments.items() if at not in own.comments}
    return replace(shared, comments=kept, temporary_schema=None)


def _oids(
    tables: Iterable[Relation], views: Iterable[Relation], sequences: Iterable[Sequence]
) -> set[int]:
    found = {int(sequence.sequence_id) for sequence in sequences}
    found.update(int(view.table_id) for view in views)
    for table in tables:
        found.add(int(table.table_id))
        found.update(map(int, comments.index_oids(table).values()))
        found.update(map(int, comments.constraint_oids(table).values()))
    return found


def _is_of(key: bytes, keys: set[bytes], oids: set[int]) -> bool:
    return key in keys or (key[:1] == COMMENT_KIND and subject_of(key)[1] in oids)

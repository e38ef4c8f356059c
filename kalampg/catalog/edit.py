"""CatalogEdit: a new catalog together with the entries that make it durable.

Every function here is pure but for the numbers it takes (see ``numbers``): it gets a catalog,
returns an edit, and raises PostgreSQL's error when the catalog does not allow the change. The
entries go into the same write batch as everything else the transaction did.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from kalampg import errors
from kalampg.catalog import comments, links, names, records, type_records
from kalampg.catalog.catalog import Catalog, new_catalog
from kalampg.catalog.objects import COMPUTED_NAMESPACES, Namespace
from kalampg.catalog.view_dependences import dependences
from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.ids import Oid
from kalampg.relation import Column, Relation
from kalampg.sequence import Sequence
from kalampg.storage.keys import Scope

# A key of the store's ``catalog`` family, and its new value (None: delete).
Write = tuple[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class CatalogEdit:
    """``dropped`` are the tables whose rows, segments and files go with the edit.

    ``dropped_indexes`` are the indexes whose entries go, scope by scope.
    ``marks`` are entries of the ``meta`` family (``kalampg.catalog.temporary``); commit adds them.
    ``is_own``: it changes nothing but temporary objects, which are laid over whatever the catalog
    of all sessions has become (``kalampg.catalog.temporary``).
    ``afterwards`` is called once the edit is committed; it must be quick and not fail.
    """

    catalog: Catalog
    writes: tuple[Write, ...] = ()
    dropped: tuple[Relation, ...] = ()
    dropped_indexes: tuple[tuple[Scope, Oid], ...] = ()
    afterwards: tuple[Callable[[], None], ...] = ()
    marks: tuple[Write, ...] = ()
    is_own: bool = False

    def then(self, change: Callable[[Catalog], CatalogEdit]) -> CatalogEdit:
        """This edit followed by ``change``; later writes of a key win, as in a write batch."""
        following = change(self.catalog)
        return CatalogEdit(
            following.catalog,
            self.writes + following.writes,
            self.dropped + following.dropped,
            self.dropped_indexes + following.dropped_indexes,
            self.afterwards + following.afterwards,
        )


def no_change(catalog: Catalog) -> CatalogEdit:
    return CatalogEdit(catalog)


def create_namespace(
    catalog: Catalog, name: str, owner: str, now_us: int, comment: str | None = None
) -> CatalogEdit:
    """Raises DuplicateSchema (42P06) or ReservedName (42939)."""
    if catalog.has_schema(name):
        raise errors.DuplicateSchema(f'schema "{name}" already exists', schema=name)
    names.check_namespace_name(name)
    namespace = Namespace(catalog.numbers.allocate_oid(), name, owner, now_us, comment)
    return CatalogEdit(
        changed(catalog, namespaces={**catalog.namespaces, name: namespace}),
        (
            (records.namespace_key(name), records.encode_namespace(namespace)),
            next_oid_write(catalog),
        ),
    )


def drop_namespace(catalog: Catalog, name: str, *, cascade: bool) -> CatalogEdit:
    """Drop a namespace, with CASCADE its tables too.

    Raises:
        InvalidSchemaName: 3F000, there is none of that name.
        DependentObjectsStillExist: 2BP01, it has tables and ``cascade`` is not set.
    """
    if name in COMPUTED_NAMESPACES:
        raise errors.DependentObjectsStillExist(
            f"cannot drop schema {name} because it is required by the database system"
        )
    if name not in catalog.namespaces:
        raise errors.InvalidSchemaName(f'schema "{name}" does not exist', schema=name)
    tables = catalog.tables_in(name)
    sequences = [one for one in catalog.sequences.values() if one.schema_name == name]
    # Those of a column go with its table.
    others = [one for one in sequences if one.owned_by is None]
    views = [view for view in catalog.views.values() if view.schema_name == name]
    types = [one for one in catalog.enumerations.values() if one.schema_name == name]
    domains = [one for one in catalog.domains.values() if one.schema_name == name]
    if (tables or others or views or types or domains) and not cascade:
        found = [f"table {table.qualified_name}" for table in tables]
        found += [f"view {view.qualified_name}" for view in views]
        found += [f"sequence {sequence.qualified_name}" for sequence in others]
        found += [f"type {enumeration.qualified_name}" for enumeration in types]
        found += [f"type {domain.qualified_name}" for domain in domains]
        listed = "\n".join(f"{each} depends on schema {name}" for each in found)
        raise errors.DependentObjectsStillExist(
            f"cannot drop schema {name} because other objects depend on it",
            detail=f"Namespace '{name}' contains {len(tables)} table(s).\n{listed}",
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    edit = no_change(catalog)
    for table in tables:
        edit = edit.then(partial(drop_table, relation=table))
    for sequence in others:
        edit = edit.then(partial(drop_sequence, sequence=sequence))
    # Views elsewhere that need what is here go too.
    needing = [each.view for each in dependences(catalog, [*tables, *views])]
    for view in {view.table_id: view for view in (*views, *needing)}.values():
        edit = edit.then(partial(drop_view, view=view))
    for enumeration in types:
        for relation, column in columns_of_type(edit.catalog, enumeration):
            raise errors.FeatureNotSupported(
                f"cannot drop schema {name} because column {column.name} of "
                f"{relation.qualified_name} has a type that is there",
                hint="Drop the column first.",
            )
        edit = edit.then(partial(drop_enumeration, enumeration=enumeration))
    edit = _without_domains(edit, domains)
    remaining = {key: value for key, value in catalog.namespaces.items() if key != name}
    edit = edit.then(
        lambda current: CatalogEdit(
            changed(current, namespaces=remaining), ((records.namespace_key(name), None),)
        )
    )
    own = {int(catalog.namespaces[name].oid)}
    return edit.then(partial(without_comments, class_oid=comments.NAMESPACE, oids=own))


def drop_table(catalog: Catalog, relation: Relation) -> CatalogEdit:
    """Forget the table, its columns' sequences and the foreign keys that refer to it.

    Its rows go with ``dropped``.
    """
    tables = dict(catalog.tables)
    del tables[relation.schema_name, relation.name]
    unlinked = links.forget(tables, relation.table_id)
    gone: Write = (records.table_key(relation.table_id), None)
    edit = CatalogEdit(
        with_tables(catalog, tables), (gone, *map(table_write, unlinked)), (relation,)
    )
    for sequence in catalog.sequences_of(relation.table_id):
        edit = edit.then(partial(drop_sequence, sequence=sequence))
    edit = edit.then(
        partial(
            without_comments,
            class_oid=comments.CONSTRAINT,
            oids=set(comments.constraint_oids(relation).values()),
        )
    )
    own = {int(relation.table_id), *comments.index_oids(relation).values()}
    return edit.then(partial(without_comments, class_oid=comments.CLASS, oids=own))


def drop_sequence(catalog: Catalog, sequence: Sequence) -> CatalogEdit:
    """Forget the sequence, whatever depends on it; its counter goes at the next start."""
    sequences = dict(catalog.sequences)
    del sequences[sequence.schema_name, sequence.name]
    edit = CatalogEdit(
        changed(catalog, sequences=sequences), ((records.sequence_key(sequence.sequence_id), None),)
    )
    own = {int(sequence.sequence_id)}
    return edit.then(partial(without_comments, class_oid=comments.CLASS, oids=own))


def drop_view(catalog: Catalog, view: Relation) -> CatalogEdit:
    """Forget the view."""
    views = dict(catalog.views)
    views.pop((view.schema_name, view.name), None)
    edit = CatalogEdit(changed(catalog, views=views), ((records.view_key(view.table_id), None),))
    own = {int(view.table_id)}
    return edit.then(partial(without_comments, class_oid=comments.CLASS, oids=own))


def drop_enumeration(catalog: Catalog, enumeration: Enumeration) -> CatalogEdit:
    """Forget the type. The caller has checked that no column has it."""
    remaining = dict(catalog.enumerations)
    del remaining[enumeration.schema_name, enumeration.name]
    key = type_records.enumeration_key(enumeration.oid)
    edit = CatalogEdit(changed(catalog, enumerations=remaining), ((key, None),))
    own = {int(enumeration.oid)}
    return edit.then(partial(without_comments, class_oid=comments.TYPE, oids=own))


def drop_domain(catalog: Catalog, domain: Domain) -> CatalogEdit:
    """Forget the domain. The caller has checked that no column has it, and no domain is over it."""
    remaining = dict(catalog.domains)
    del remaining[domain.schema_name, domain.name]
    key = type_records.domain_key(domain.oid)
    edit = CatalogEdit(changed(catalog, domains=remaining), ((key, None),))
    checks = {int(check.oid) for check in domain.checks}
    edit = edit.then(partial(without_comments, class_oid=comments.CONSTRAINT, oids=checks))
    return edit.then(partial(without_comments, class_oid=comments.TYPE, oids={int(domain.oid)}))


def _without_domains(edit: CatalogEdit, domains: Collection[Domain]) -> CatalogEdit:
    """The edit without the domains of a namespace that is dropped."""
    oids = {domain.oid for domain in domains}
    for table in edit.catalog.tables.values():
        for column in table.columns:
            if column.domain in oids:
                raise errors.FeatureNotSupported(
                    f"column {column.name} of {table.qualified_name} has a type of the schema",
                    hint="Drop the column first.",
                )
    for other in edit.catalog.domains.values():
        if other.parent in oids and other.oid not in oids:
            raise errors.FeatureNotSupported(
                f"type {other.qualified_name} is made over a type of the schema",
                hint="Drop that type first.",
            )
    for domain in domains:
        edit = edit.then(partial(drop_domain, domain=domain))
    return edit


def columns_of_type(
    catalog: Catalog, enumeration: Enumeration
) -> Iterator[tuple[Relation, Column]]:
    """Every column of that type or of its arrays, of tables and views."""
    oids = {enumeration.oid, enumeration.array_oid} - {0}
    for relation in (*catalog.tables.values(), *catalog.views.values()):
        for column in relation.columns:
            if column.type_oid in oids:
                yield relation, column


def without_comments(catalog: Catalog, class_oid: int, oids: Collection[int]) -> CatalogEdit:
    """Take away what was said about objects that are dropped."""
    return CatalogEdit(*comments.without_comments(catalog, class_oid, oids))


def put_sequence(
    catalog: Catalog, sequence: Sequence, before: Sequence | None = None
) -> CatalogEdit:
    """Add a sequence, or put it in the place of ``before``. The caller has checked its name."""
    sequences = dict(catalog.sequences)
    if before is not None:
        del sequences[before.schema_name, before.name]
    sequences[sequence.schema_name, sequence.name] = sequence
    write = (records.sequence_key(sequence.sequence_id), records.encode_sequence(sequence))
    return CatalogEdit(changed(catalog, sequences=sequences), (write, next_oid_write(catalog)))


def table_write(relation: Relation) -> Write:
    """The entry that makes a table's definition durable."""
    return (records.table_key(relation.table_id), records.encode_table(relation))


def with_tables(catalog: Catalog, tables: Mapping[tuple[str, str], Relation]) -> Catalog:
    """The catalog with these tables instead, under a new version."""
    return changed(catalog, tables=tables)


def changed(
    catalog: Catalog,
    *,
    namespaces: Mapping[str, Namespace] | None = None,
    tables: Mapping[tuple[str, str], Relation] | None = None,
    sequences: Mapping[tuple[str, str], Sequence] | None = None,
    views: Mapping[tuple[str, str], Relation] | None = None,
    enumerations: Mapping[tuple[str, str], Enumeration] | None = None,
    domains: Mapping[tuple[str, str], Domain] | None = None,
) -> Catalog:
    """The catalog with these objects instead, under a new version."""
    after = new_catalog(
        catalog.namespaces if namespaces is None else namespaces,
        catalog.tables if tables is None else tables,
        catalog.roles,
        catalog.server_secret,
        catalog.numbers,
        catalog.storages,
        catalog.sequences if sequences is None else sequences,
        catalog.views if views is None else views,
        catalog.departures,
    )
    return replace(
        after,
        comments=catalog.comments,
        enumerations=catalog.enumerations if enumerations is None else enumerations,
        domains=catalog.domains if domains is None else domains,
        temporary_schema=catalog.temporary_schema,
    )


def next_oid_write(catalog: Catalog) -> Write:
    """The entry that keeps OIDs from being handed out again after a restart."""
    return (records.NEXT_OID_KEY, records.encode_int(catalog.numbers.next_oid))

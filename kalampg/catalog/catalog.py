"""Catalog: what exists, as an immutable value.

A change makes a new catalog that shares what did not change (``kalampg.catalog.edit``). A
transaction with DDL holds such a catalog of its own until it commits.

Invariants:
    - Two catalogs of one process that differ in a namespace or a table differ in ``version``, even
      if one was rolled back. Roles and storages are not part of any plan: they leave it alone.
    - Names of tables, views, sequences and indexes are unique in a namespace, OIDs in the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from kalampg.catalog import records, type_records
from kalampg.catalog.chunked_rows import ChunkedRows
from kalampg.catalog.comments import COMMENT_KIND, Subject, subject_of
from kalampg.catalog.computed import CatalogView, Row
from kalampg.catalog.departure_records import DEPARTURE_KIND, decode_departure
from kalampg.catalog.numbers import Numbers
from kalampg.catalog.objects import COMPUTED_NAMESPACES, Departure, Namespace, Role
from kalampg.catalog.registry import COMPUTED
from kalampg.catalog.view_record import decode_view
from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.errors import DataCorrupted
from kalampg.ids import Oid, TableId
from kalampg.pgtypes.enumerations import declare
from kalampg.relation import TEMPORARY_SCHEMA, Relation
from kalampg.sequence import Sequence
from kalampg.storage.storage_definition import LOCAL, LOCAL_STORAGE, Storage


@dataclass(frozen=True, slots=True)
class Catalog:
    """Namespaces, tables, roles and storages of one instant. Serves ``RelationLookup``.

    ``temporary_schema`` is the namespace of the one session whose catalog it is.
    ``storages`` has ``local`` only when it was altered; ``storage`` always finds it.
    """

    namespaces: Mapping[str, Namespace]
    tables: Mapping[tuple[str, str], Relation]
    roles: Mapping[str, Role]
    storages: Mapping[str, Storage]
    sequences: Mapping[tuple[str, str], Sequence]
    views: Mapping[tuple[str, str], Relation]
    server_secret: bytes = field(repr=False)
    departures: Mapping[str, Departure]
    numbers: Numbers = field(repr=False, compare=False)
    version: int = field(compare=False)
    _names_by_id: Mapping[TableId, tuple[str, str]] = field(repr=False, compare=False)
    _sequences_by_id: Mapping[int, Sequence] = field(repr=False, compare=False)
    comments: Mapping[Subject, str] = field(default_factory=dict)
    enumerations: Mapping[tuple[str, str], Enumeration] = field(default_factory=dict)
    domains: Mapping[tuple[str, str], Domain] = field(default_factory=dict)
    temporary_schema: str | None = None

    def relation(self, schema_name: str, name: str) -> Relation | None:
        """The table, view, sequence or computed relation of that name, as a query reads it."""
        schema_name = self.schema_meant(schema_name)
        table = self.tables.get((schema_name, name))
        if table is not None:
            return table
        sequence = self.sequences.get((schema_name, name))
        if sequence is not None:
            return sequence.as_relation()
        view = self.views.get((schema_name, name))
        if view is not None:
            return view
        computed = COMPUTED.get((schema_name, name))
        return computed.relation if computed is not None else None

    def has_schema(self, schema_name: str) -> bool:
        schema_name = self.schema_meant(schema_name)
        return schema_name in self.namespaces or schema_name in COMPUTED_NAMESPACES

    def search_path(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The path with the session's temporary tables, which come first unless it says where."""
        own = self.temporary_schema
        if own is None:
            return path
        if TEMPORARY_SCHEMA in path or own in path:
            return tuple(self.schema_meant(name) for name in path)
        return (own, *path)

    def schema_meant(self, schema_name: str) -> str:
        """The session's own namespace for ``pg_temp``, any other name for itself."""
        if schema_name == TEMPORARY_SCHEMA and self.temporary_schema is not None:
            return self.temporary_schema
        return schema_name

    def namespace(self, name: str) -> Namespace | None:
        return self.namespaces.get(name) or COMPUTED_NAMESPACES.get(name)

    def all_namespaces(self) -> Iterator[Namespace]:
        yield from COMPUTED_NAMESPACES.values()
        yield from self.namespaces.values()

    def role(self, name: str) -> Role | None:
        return self.roles.get(name)

    def storage(self, storage_id: str) -> Storage | None:
        found = self.storages.get(storage_id)
        return LOCAL if found is None and storage_id == LOCAL_STORAGE else found

    def all_storages(self) -> list[Storage]:
        """``local`` first, then by id."""
        others = (one for one in self.storages.values() if not one.is_local)
        return [
            self.storages.get(LOCAL_STORAGE, LOCAL),
            *sorted(others, key=lambda one: one.storage_id),
        ]

    def tables_of_storage(self, storage_id: str) -> list[Relation]:
        """The tables whose definition names the storage."""
        return [table for table in self.tables.values() if table.options.storage_id == storage_id]

    def table_by_id(self, table_id: TableId) -> Relation | None:
        name = self._names_by_id.get(table_id)
        return self.tables[name] if name is not None else None

    def relation_by_id(self, relation_id: int) -> Relation | None:
        """The table or view with that OID."""
        table = self.table_by_id(TableId(relation_id))
        if table is not None:
            return table
        return next((view for view in self.views.values() if view.table_id == relation_id), None)

    def enumeration(self, schema_name: str, name: str) -> Enumeration | None:
        return self.enumerations.get((schema_name, name))

    def domain(self, schema_name: str, name: str) -> Domain | None:
        return self.domains.get((schema_name, name))

    def domain_by_oid(self, oid: Oid) -> Domain | None:
        return next((one for one in self.domains.values() if one.oid == oid), None)

    def declared_types(self) -> tuple[Enumeration | Domain, ...]:
        return (*self.enumerations.values(), *self.domains.values())

    def has_type(self, schema_name: str, name: str) -> bool:
        """Whether a type of that name is declared there."""
        return (schema_name, name) in self.enumerations or (schema_name, name) in self.domains

    def sequence_by_id(self, sequence_id: int) -> Sequence | None:
        return self._sequences_by_id.get(sequence_id)

    def sequences_of(self, table_id: TableId) -> list[Sequence]:
        """The sequences that go with a column of the table."""
        return [
            sequence
            for sequence in self.sequences.values()
            if sequence.owned_by is not None and sequence.owned_by.table_id == table_id
        ]

    def computed_relations(self, schema_name: str | None = None) -> tuple[Relation, ...]:
        """The computed relations, all or those of one namespace."""
        return tuple(
            entry.relation
            for entry in COMPUTED.values()
            if schema_name in {None, entry.relation.schema_name}
        )

    def relation_names(self, schema_name: str) -> set[str]:
        """Names of tables, views, indexes and sequences, which share the namespace."""
        others = (*self.sequences, *self.views)
        found = {name for space, name in others if space == schema_name}
        for table in self.tables_in(schema_name):
            found |= {table.name, table.primary_key_name, *(index.name for index in table.indexes)}
        return found

    def tables_in(self, schema_name: str) -> tuple[Relation, ...]:
        """The namespace's tables by name."""
        tables = (table for table in self.tables.values() if table.schema_name == schema_name)
        return tuple(sorted(tables, key=lambda table: table.name))


_KINDS: Final = (
    records.NAMESPACE_KIND,
    records.TABLE_KIND,
    records.ROLE_KIND,
    records.STORAGE_KIND,
    records.SEQUENCE_KIND,
    records.VIEW_KIND,
    type_records.ENUMERATION_KIND,
    type_records.DOMAIN_KIND,
    DEPARTURE_KIND,
)


def new_catalog(
    namespaces: Mapping[str, Namespace],
    tables: Mapping[tuple[str, str], Relation],
    roles: Mapping[str, Role],
    server_secret: bytes,
    numbers: Numbers,
    storages: Mapping[str, Storage] | None = None,
    sequences: Mapping[tuple[str, str], Sequence] | None = None,
    views: Mapping[tuple[str, str], Relation] | None = None,
    departures: Mapping[str, Departure] | None = None,
) -> Catalog:
    """A catalog with a version of its own."""
    sequences = sequences or {}
    return Catalog(
        namespaces,
        tables,
        roles,
        storages or {},
        sequences,
        views or {},
        server_secret,
        departures or {},
        numbers,
        numbers.catalog_version(),
        {table.table_id: name for name, table in tables.items()},
        {sequence.sequence_id: sequence for sequence in sequences.values()},
    )


def load(entries: Iterable[tuple[bytes, bytes]]) -> Catalog:
    """Read the catalog from the entries of the store's ``catalog`` family, in any order."""
    values: dict[bytes, list[bytes]] = {kind: [] for kind in _KINDS}
    meta: dict[bytes, bytes] = {}
    comments: dict[Subject, str] = {}
    for key, value in entries:
        kind = key[:1]
        if kind == records.META_KIND:
            meta[key] = value
        elif kind == COMMENT_KIND:
            comments[subject_of(key)] = value.decode()
        elif kind in values:
            values[kind].append(value)
        else:
            raise DataCorrupted(f"unknown catalog entry {key!r}")
    if records.NEXT_OID_KEY not in meta or records.SERVER_SECRET_KEY not in meta:
        raise DataCorrupted("the catalog has no counter or no server secret")
    namespaces = map(records.decode_namespace, values[records.NAMESPACE_KIND])
    tables = map(records.decode_table, values[records.TABLE_KIND])
    roles = map(records.decode_role, values[records.ROLE_KIND])
    storages = map(records.decode_storage, values[records.STORAGE_KIND])
    sequences = map(records.decode_sequence, values[records.SEQUENCE_KIND])
    views = map(decode_view, values[records.VIEW_KIND])
    departures = map(decode_departure, values[DEPARTURE_KIND])
    catalog = new_catalog(
        {namespace.name: namespace for namespace in namespaces},
        {(table.schema_name, table.name): table for table in tables},
        {role.name: role for role in roles},
        meta[records.SERVER_SECRET_KEY],
        Numbers(records.decode_int(meta[records.NEXT_OID_KEY])),
        {storage.storage_id: storage for storage in storages},
        {(sequence.schema_name, sequence.name): sequence for sequence in sequences},
        {(view.schema_name, view.name): view for view in views},
        {departure.name: departure for departure in departures},
    )
    enumerations = list(map(type_records.decode_enumeration, values[type_records.ENUMERATION_KIND]))
    for enumeration in enumerations:
        declare(enumeration)
    named = {(each.schema_name, each.name): each for each in enumerations}
    domains = map(type_records.decode_domain, values[type_records.DOMAIN_KIND])
    return replace(
        catalog,
        comments=comments,
        enumerations=named,
        domains={(each.schema_name, each.name): each for each in domains},
    )


def rows_of(relation: Relation, view: CatalogView) -> list[Row] | ChunkedRows:
    """The rows of a computed relation as ``view`` sees them."""
    rows = COMPUTED[relation.schema_name, relation.name].rows(view)
    return rows if isinstance(rows, ChunkedRows) else list(rows)

"""``pg_class``: tables, the indexes of their keys, and computed relations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.declared import relation_kind
from kalampg.catalog.pg_catalog.declared_indexes import DeclaredIndex, declared_indexes
from kalampg.catalog.pg_catalog.fixed_oids import BTREE_OID, HEAP_OID
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.constraint import CheckConstraint, ForeignKey
from kalampg.relation import TEMPORARY_PREFIX, Relation
from kalampg.sequence import Sequence

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog

_EVERY_RELATION: Final = {
    "reltuples": -1.0,  # never analysed
    "relpersistence": "p",
    "relispopulated": True,
    "relreplident": "d",
}


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    catalog = view.catalog
    for table in catalog.tables.values():
        yield _table(catalog, table)
        for index in declared_indexes(table):
            yield _index(catalog, table, index)
    for sequence in catalog.sequences.values():
        yield _sequence(catalog, sequence)
    for each in catalog.views.values():
        yield _view(catalog, each)
    for relation in view.catalog.computed_relations():
        yield _computed(catalog, relation)


def _table(catalog: Catalog, table: Relation) -> NamedRow:
    return {
        **_EVERY_RELATION,
        "oid": table.table_id,
        "relname": table.name,
        "relnamespace": catalog.namespaces[table.schema_name].oid,
        "reltype": table.row_type_oid,
        "relowner": catalog.roles[table.owner].oid,
        "relam": HEAP_OID,
        "relfilenode": table.table_id,
        "relhasindex": any(declared_indexes(table)),
        "relkind": "r",
        "relnatts": table.next_column_id - 1,
        "relchecks": sum(isinstance(one, CheckConstraint) for one in table.constraints),
        "relhastriggers": _has_foreign_keys(table),
        "relpersistence": _persistence(table.schema_name),
    }


def _persistence(schema_name: str) -> str:
    return "t" if schema_name.startswith(TEMPORARY_PREFIX) else "p"


def _has_foreign_keys(table: Relation) -> bool:
    """PostgreSQL keeps them by triggers on both tables; psql looks for them only then."""
    own = any(isinstance(one, ForeignKey) for one in table.constraints)
    return own or bool(table.referenced_by)


def _index(catalog: Catalog, table: Relation, index: DeclaredIndex) -> NamedRow:
    return {
        **_EVERY_RELATION,
        "oid": index.oid,
        "relname": index.name,
        "relnamespace": catalog.namespaces[table.schema_name].oid,
        "relowner": catalog.roles[table.owner].oid,
        "relam": BTREE_OID,
        "relfilenode": index.oid,
        "relpersistence": _persistence(table.schema_name),
        "relkind": "i",
        "relnatts": len(index.keys) + len(index.included),
        "relreplident": "n",
    }


def _sequence(catalog: Catalog, sequence: Sequence) -> NamedRow:
    return {
        **_EVERY_RELATION,
        "oid": sequence.sequence_id,
        "relname": sequence.name,
        "relnamespace": catalog.namespaces[sequence.schema_name].oid,
        "relowner": catalog.roles[sequence.owner].oid,
        "relfilenode": sequence.value_id,
        "reltuples": 1.0,
        "relpersistence": _persistence(sequence.schema_name),
        "relkind": "S",
        "relnatts": 3,
        "relreplident": "n",
    }


def _view(catalog: Catalog, view: Relation) -> NamedRow:
    assert view.view is not None, "views have a query"
    return {
        **_EVERY_RELATION,
        "oid": view.table_id,
        "relname": view.name,
        "relnamespace": catalog.namespaces[view.schema_name].oid,
        "reltype": view.row_type_oid,
        "relowner": catalog.roles[view.owner].oid,
        "relpersistence": _persistence(view.schema_name),
        "relkind": "v",
        "relnatts": len(view.columns),
        "relhasrules": True,
        "relreplident": "n",
        "reloptions": list(view.view.options) or None,
    }


def _computed(catalog: Catalog, relation: Relation) -> NamedRow:
    namespace = catalog.namespace(relation.schema_name)
    assert namespace is not None
    return {
        **_EVERY_RELATION,
        "oid": relation.table_id,
        "relname": relation.name,
        "relnamespace": namespace.oid,
        "relowner": ROOT_ROLE_OID,
        "relkind": relation_kind(relation),
        "relnatts": len(relation.columns),
        "relreplident": "n",
    }


PG_CLASS: Final = shaped(
    "pg_catalog",
    "pg_class",
    1259,
    """
    oid:oid relname:name relnamespace:oid reltype:oid reloftype:oid relowner:oid relam:oid
    relfilenode:oid reltablespace:oid relpages:int4 reltuples:float4 relallvisible:int4
    reltoastrelid:oid relhasindex:bool relisshared:bool relpersistence:char relkind:char
    relnatts:int2 relchecks:int2 relhasrules:bool relhastriggers:bool relhassubclass:bool
    relrowsecurity:bool relforcerowsecurity:bool relispopulated:bool relreplident:char
    relispartition:bool relrewrite:oid relfrozenxid:oid relminmxid:oid relacl:text[]
    reloptions:text[] relpartbound:text
    """,
    _rows,
)

"""``pg_attribute``: columns. A column id is an attribute number: neither is ever reused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared import declared_columns, has_default
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.catalog.pg_catalog.type_facts import facts_of
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.ids import Oid
from kalampg.relation import SYSTEM_COLUMNS, Column, Relation

# PostgreSQL numbers its own system columns -1 to -6; ours follow far below.
FIRST_SYSTEM_ATTNUM: Final = -101


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        yield from _table(table)
        yield from _index(table)
    sequences = (sequence.as_relation() for sequence in view.catalog.sequences.values())
    views = view.catalog.views.values()
    for relation in (*sequences, *views, *view.catalog.computed_relations()):
        for column in relation.columns:
            yield _attribute(relation.table_id, column.column_id, column)


def _table(table: Relation) -> Iterator[NamedRow]:
    for number, (name, _, type_oid) in enumerate(SYSTEM_COLUMNS):
        attnum = FIRST_SYSTEM_ATTNUM - number
        yield {
            **_typed(type_oid, -1),
            "attrelid": table.table_id,
            "attname": name,
            "attnum": attnum,
            "attnotnull": True,
        }
    for column in declared_columns(table):
        yield _attribute(table.table_id, column.column_id, column)


def _index(table: Relation) -> Iterator[NamedRow]:
    for index in declared_indexes(table):
        for number, column in enumerate((*index.keys, *index.included), start=1):
            yield {
                **_typed(column.type_oid, column.typmod),
                "attrelid": index.oid,
                "attname": column.name,
                "attnum": number,
            }


def _attribute(relation_oid: int, attnum: int, column: Column) -> NamedRow:
    return {
        **_typed(column.type_oid, column.typmod),
        **_declared(column),
        "attrelid": relation_oid,
        "attname": column.name,
        "attnum": attnum,
        "attnotnull": column.not_null,
        "atthasdef": has_default(column),
        "attidentity": column.identity,
        "attgenerated": "" if column.generated is None else "s",
        "atthasmissing": column.missing is not None,
    }


def _declared(column: Column) -> dict[str, object]:
    """The domain, which has the modifier of the type below it."""
    return {} if column.domain is None else {"atttypid": column.domain, "atttypmod": -1}


def _typed(type_oid: Oid, typmod: int) -> dict[str, object]:
    facts = facts_of(type_oid)
    return {
        "atttypid": type_oid,
        "attstattarget": -1,
        "attlen": facts.length,
        "attndims": 1 if facts.category == "A" else 0,
        "attcacheoff": -1,
        "atttypmod": typmod,
        "attbyval": facts.is_by_value,
        "attalign": facts.align,
        "attstorage": facts.storage,
        "attislocal": True,
        "attcollation": facts.collation,
    }


PG_ATTRIBUTE: Final = shaped(
    "pg_catalog",
    "pg_attribute",
    1249,
    """
    attrelid:oid attname:name atttypid:oid attstattarget:int4 attlen:int2 attnum:int2
    attndims:int4 attcacheoff:int4 atttypmod:int4 attbyval:bool attalign:char
    attstorage:char attcompression:char attnotnull:bool atthasdef:bool atthasmissing:bool
    attidentity:char attgenerated:char attisdropped:bool attislocal:bool attinhcount:int4
    attcollation:oid attacl:text[] attoptions:text[] attfdwoptions:text[]
    attmissingval:text[]
    """,
    _rows,
)

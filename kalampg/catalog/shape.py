"""Shapes of PostgreSQL's own relations, written as ``name:type`` words, and rows by column name.

Types that we do not have stand for others with the same text: ``pg_node_tree`` is text,
``aclitem[]`` is text[], most ``int2vector`` are arrays, ``xid`` is oid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from kalampg.catalog import computed
from kalampg.catalog.computed import CatalogView, ComputedRelation, Row, define
from kalampg.ids import Oid
from kalampg.relation import Datum

# Values of the columns that are not what an empty column would have.
NamedRow: TypeAlias = Mapping[str, Datum]

# Type word: OID, and what a column of that type has when a row does not say.
_TYPES: Final[dict[str, tuple[Oid, Datum]]] = {
    "bool": (computed.BOOL, False),
    "bytea": (computed.BYTEA, None),
    "char": (computed.CHAR, ""),
    "name": (computed.NAME, ""),
    "int2": (computed.INT2, 0),
    "int4": (computed.INT4, 0),
    "int8": (computed.INT8, 0),
    "oid": (computed.OID, 0),
    "float4": (computed.FLOAT4, 0.0),
    "text": (computed.TEXT, None),
    "varchar": (computed.VARCHAR, None),
    "timestamptz": (computed.TIMESTAMPTZ, None),
    "int2[]": (computed.INT2_ARRAY, None),
    "int2vector": (Oid(22), None),
    "oidvector": (Oid(30), None),
    "regproc": (Oid(24), 0),
    "text[]": (computed.TEXT_ARRAY, None),
    "oid[]": (computed.OID_ARRAY, None),
    "regtype[]": (Oid(2211), None),
}


def shaped(
    schema_name: str,
    name: str,
    oid: int,
    columns: str,
    rows: Callable[[CatalogView], Iterable[NamedRow]],
    *,
    is_null_by_default: bool = False,
) -> ComputedRelation:
    """A computed relation from ``"oid:oid relname:name ..."``.

    ``is_null_by_default``: columns that a row does not name are NULL, as in information_schema.
    """
    words = [word.split(":") for word in columns.split()]
    defaults: dict[str, Datum] = {
        column: None if is_null_by_default else _TYPES[type_word][1] for column, type_word in words
    }

    def filled(view: CatalogView) -> Iterator[Row]:
        for row in rows(view):
            values = {**defaults, **row}
            assert len(values) == len(defaults), f"{name}: {row.keys() - defaults.keys()}"
            yield tuple(values.values())

    described = [(column, _TYPES[type_word][0]) for column, type_word in words]
    return define(schema_name, name, oid, described, filled)


def empty(_view: CatalogView) -> Iterable[NamedRow]:
    """No rows: the feature does not exist here."""
    return ()

"""Functions that return rows: which fields the rows have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kalampg.ids import Oid
from kalampg.pgtypes.row_types import RowField, RowType, anonymous_row_type
from kalampg.sql.operators import INT4, JSON, JSONB, TEXT
from kalampg.sql.type_names import element_oid

# The function of information_schema that a client may name with its schema.
EXPAND_ARRAY: Final = "_pg_expandarray"
EXPAND_ARRAY_SCHEMA: Final = "information_schema"

_Fields = Callable[[Sequence[int]], Mapping[str, int]]


def _members(value_oid: int) -> _Fields:
    return lambda _: {"key": TEXT, "value": value_oid}


_FIELDS: Final[Mapping[str, _Fields]] = {
    EXPAND_ARRAY: lambda argument_oids: {"x": element_oid(argument_oids[0]), "n": INT4},
    "json_each": _members(JSON),
    "jsonb_each": _members(JSONB),
    "json_each_text": _members(TEXT),
    "jsonb_each_text": _members(TEXT),
}


def returned_row_type(name: str, argument_oids: Sequence[int]) -> RowType:
    """The row type of what the function of that name returns, a record."""
    fields = _FIELDS[name](argument_oids)
    return anonymous_row_type([RowField(field, Oid(oid)) for field, oid in fields.items()])

r"""Rule: ``(row).field`` takes the field by its place.

>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> field = exp.StructExtract(this=exp.column("r"), expression=exp.Literal.number(2))
>>> to_duckdb_sql(read_fields(field, RewriteContext()))
'struct_extract_at("r", 2)'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlglot import exp

from kalampg.pgtypes.row_types import row_type_of
from kalampg.sql.annotation import oid_of, typmod_of
from kalampg.sql.rewrite.build import call, number, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_each

# No macro may use this name: DuckDB's macros are not hygienic.
_ITEM: Final = "kalam value"


def read_fields(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace every field of a row."""
    return replace_each(tree, exp.StructExtract, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    taken = call("struct_extract_at", node.this, node.expression)
    return typed(taken, oid_of(node), typmod_of(node))


def with_value(value: exp.Expr, make: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """``make(value)``, which may name the value several times; it is computed once."""
    if isinstance(value, exp.Column) or (isinstance(value, exp.Struct) and not _is_grouped(value)):
        return make(value)
    item = typed(exp.Column(this=exp.to_identifier(_ITEM, quoted=True)), oid_of(value))
    change = exp.Lambda(this=make(item), expressions=[exp.to_identifier(_ITEM, quoted=True)])
    one = exp.Array(expressions=[value])
    return call("list_extract", call("list_transform", one, change), number(1))


def _is_grouped(row: exp.Expr) -> bool:
    """Whether the query may be grouped by the row, so that it has its fields no more."""
    select = row.find_ancestor(exp.Select)
    return select is not None and select.args.get("group") is not None


def row_fields(row: exp.Expr) -> list[exp.Expr]:
    """The fields of a row that has its DuckDB form."""
    if isinstance(row, exp.Struct):
        return [field.copy() for field in row.expressions]
    row_type = row_type_of(int(oid_of(row) or 0))
    assert row_type is not None, "the caller has looked"
    return [
        typed(call("struct_extract_at", row.copy(), number(place)), field.type_oid, field.typmod)
        for place, field in enumerate(row_type.fields, 1)
    ]

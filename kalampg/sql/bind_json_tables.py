"""JSON functions in FROM that have columns of their own: json_to_record and its kin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql import parallel_arrays

# Functions whose one column has a name of its own.
VALUE_FUNCTIONS: Final = frozenset(
    f"{kind}_array_elements{suffix}" for kind in ("json", "jsonb") for suffix in ("", "_text")
)
_RECORDS: Final = frozenset(
    {"json_to_record", "jsonb_to_record", "json_to_recordset", "jsonb_to_recordset"}
)
# What exists in FROM only.
TABLE_FUNCTIONS: Final = _RECORDS | parallel_arrays.NAMES
_ITEM: Final = "value"


def _record_query(name: str, call: exp.Expr, columns: Sequence[exp.Expr]) -> exp.Expr | None:
    """``json_to_record(x) AS (a int, ...)`` as a query; None for another function.

    Raises:
        SyntaxError: 42601, no column definition list
    """
    if name not in _RECORDS:
        return None
    if not columns or not all(isinstance(column, exp.ColumnDef) for column in columns):
        raise errors.SyntaxError(
            'a column definition list is required for functions returning "record"'
        )
    [argument] = call.expressions
    kind = "jsonb" if name.startswith("jsonb") else "json"
    value: exp.Expr = exp.column(_ITEM)
    source: exp.Expr
    if name.endswith("recordset"):
        elements = exp.Anonymous(this=f"{kind}_array_elements", expressions=[argument.copy()])
        alias = exp.TableAlias(this=exp.to_identifier("item"), columns=[exp.to_identifier(_ITEM)])
        source = exp.Table(this=elements, alias=alias)
    else:
        cast = exp.Cast(this=argument.copy(), to=exp.DataType.build(kind))
        one = exp.Select(expressions=[exp.alias_(cast, _ITEM)])
        source = exp.Subquery(this=one, alias=exp.TableAlias(this=exp.to_identifier("item")))
    outputs = [_field(value, column) for column in columns]
    return exp.Select(expressions=outputs, from_=exp.From(this=source))


def records_source(node: exp.Expr, name: str) -> exp.Lateral | None:
    """``json_to_record(...) AS x(a int, ...)`` in FROM as a lateral query."""
    alias = node.args.get("alias")
    defined = alias.args.get("columns") or [] if isinstance(alias, exp.TableAlias) else []
    query = _record_query(name, node.this, defined)
    if query is None or not isinstance(alias, exp.TableAlias):
        return None
    named = exp.TableAlias(this=alias.this or exp.to_identifier(name))
    return exp.Lateral(this=exp.Subquery(this=query), alias=named, joins=node.args.get("joins"))


def _field(value: exp.Expr, column: exp.Expr) -> exp.Expr:
    name = column.this.name if column.this.args.get("quoted") else column.this.name.lower()
    kind = column.args["kind"]
    is_json = kind.this in {exp.DType.JSON, exp.DType.JSONB}
    step = exp.JSONExtract if is_json else exp.JSONExtractScalar
    got = step(this=value.copy(), expression=exp.Literal.string(name))
    return exp.alias_(exp.Cast(this=got, to=kind.copy()), name, quoted=True)

"""JSON functions in FROM that have several columns: json_each, json_to_record and their kin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlglot import exp

from kalampg import errors

# No client can write these names: keys and values of the members as arrays.
_MEMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "json_each": ("json_each keys", "json_each values"),
    "jsonb_each": ("jsonb_each keys", "jsonb_each values"),
    "json_each_text": ("json_each keys", "json_each texts"),
    "jsonb_each_text": ("jsonb_each keys", "jsonb_each texts"),
}
MEMBER_COLUMNS: Final = ("key", "value")
# Functions whose one column has a name of its own.
VALUE_FUNCTIONS: Final = frozenset(
    f"{kind}_array_elements{suffix}" for kind in ("json", "jsonb") for suffix in ("", "_text")
)
_RECORDS: Final = frozenset(
    {"json_to_record", "jsonb_to_record", "json_to_recordset", "jsonb_to_recordset"}
)
# What exists in FROM only.
TABLE_FUNCTIONS: Final = _RECORDS | frozenset(_MEMBERS)
_ITEM: Final = "value"


def members_call(name: str, call: exp.Expr) -> exp.Expr | None:
    """``json_each(x)`` as the ``unnest`` of two arrays; None for another function."""
    names = _MEMBERS.get(name)
    if names is None or len(call.expressions) != 1:
        return None
    [argument] = call.expressions
    arrays = [exp.Anonymous(this=each, expressions=[argument.copy()]) for each in names]
    return exp.Anonymous(this="unnest", expressions=arrays)


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

"""Rule: making json and jsonb of SQL values.

Every value is turned into JSON text as PostgreSQL spells it (json and jsonb values keep theirs,
timestamps are ISO 8601), and the pieces are put together with each type's own spaces.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT json_build_array(1, 'a')"), context)
    >>> to_duckdb_sql(build_json(tree, context))
    "SELECT pg_json_array([pg_json_of(1), pg_json_of_text('a')], ', ')"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes.row_types import is_row_type, row_type_of
from kalampg.pgtypes.shaped_arrays import is_shaped, plain_of
from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import element_type
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, text
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.conversions import (
    each_element,
    elements_of,
    output_text,
    shape_of,
    to_text,
)
from kalampg.sql.rewrite.read_fields import row_fields, with_value

_Make = Callable[[exp.Expr, list[exp.Expr]], exp.Expr]


def build_json(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the constructors and the aggregates."""
    return replace_calls(tree, _MAKERS)


def json_text(value: exp.Expr) -> exp.Expr:
    """``value`` as JSON text; SQL NULL is the JSON null."""
    oid = int(oid_of(value) or t.UNKNOWN)
    if oid in t.JSONS:
        return call("pg_json_or_null", value)
    if oid in t.INTEGERS or oid == t.NUMERIC:
        return call("pg_json_of", value)
    if oid in t.FLOATS:
        return call("pg_json_of_float", to_text(value))
    if oid == t.BOOL:
        return call("pg_json_of", value)
    if is_shaped(oid):
        return _shaped(value, int(element_type(plain_of(oid)) or t.TEXT))
    element = element_type(oid)
    if element is not None:
        items = each_element(value, element, json_text)
        return call("pg_json_of_list", value.copy(), items)
    if is_row_type(oid):
        return _row(value, oid)
    if oid in {t.TIMESTAMP, t.TIMESTAMPTZ}:
        return call("pg_json_of_moment", call("pg_moment_text", value, oid=t.TEXT))
    return call("pg_json_of_text", output_text(value))


def _shaped(value: exp.Expr, element: int) -> exp.Expr:
    def printed(array: exp.Expr) -> exp.Expr:
        items = each_element(elements_of(array.copy()), element, json_text)
        return call("kpg_array_json", items, shape_of(array)[0])

    return call("pg_json_or_null", with_value(value, printed))


def _row(value: exp.Expr, oid: int) -> exp.Expr:
    """The object of a row; a NULL row is the JSON null."""
    row_type = row_type_of(oid)
    assert row_type is not None, "the caller has looked"

    def printed(row: exp.Expr) -> exp.Expr:
        pairs = zip(row_type.fields, row_fields(row), strict=True)
        arguments = [part for field, value in pairs for part in (text(field.name), value)]
        made = call("pg_json_row", _members(arguments, ":"))
        if isinstance(row, exp.Struct):
            return made
        return call("pg_json_or_null", call("pg_null_with", row.copy(), made))

    return with_value(value, printed)


def _scalar(is_jsonb: bool) -> _Make:
    def make(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        value = arguments[0]
        result = call("pg_null_with", value.copy(), json_text(value), oid=_oid(is_jsonb))
        return call("kpg_jsonb_normal", result, oid=t.JSONB) if is_jsonb else result

    return make


def _array_to_json(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """With a line for each element, where the second argument says so."""
    value, *flags = arguments
    element = element_type(oid_of(value))
    if not flags or element is None or is_shaped(int(oid_of(value) or t.UNKNOWN)):
        return _scalar(False)(node, [value])
    has_lines = exp.If(this=flags[0].copy(), true=text(",\n "))
    separator = exp.Case(ifs=[has_lines], default=text(","))
    items = each_element(value.copy(), element, json_text)
    made = call("pg_json_array", items, separator)
    return call("pg_null_with", flags[0], call("pg_null_with", value, made), oid=t.JSON)


def _array(is_jsonb: bool) -> _Make:
    def make(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        items = exp.Array(expressions=[json_text(part) for part in arguments])
        made = call("pg_json_array", items, text(", "), oid=_oid(is_jsonb))
        return call("kpg_jsonb_normal", made, oid=t.JSONB) if is_jsonb else made

    return make


def _object(is_jsonb: bool) -> _Make:
    def make(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        if len(arguments) % 2:
            raise errors.InvalidParameterValue(
                "argument list must have even number of elements",
                hint="The arguments of json_build_object() must consist of alternating keys and "
                "values.",
            )
        if is_jsonb:
            return call("pg_jsonb_object", _members(arguments, ": "), oid=t.JSONB)
        return call("pg_json_object", _members(arguments, " : "), oid=t.JSON)

    return make


def _members(arguments: list[exp.Expr], separator: str) -> exp.Expr:
    """An array of what stands between the braces, of keys and values in turn."""
    pairs = zip(arguments[::2], arguments[1::2], strict=True)
    return exp.Array(
        expressions=[
            call("pg_json_member", to_text(key), text(separator), json_text(value))
            for key, value in pairs
        ]
    )


def _array_aggregate(is_jsonb: bool) -> _Make:
    """FILTER and ORDER BY stay with the list; an aggregate over no rows is NULL."""

    def make(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        argument = arguments[0]
        inner = argument
        while isinstance(inner, (exp.Order, exp.Distinct)):
            inner = inner.this if isinstance(inner, exp.Order) else inner.expressions[0]
        item = json_text(inner.copy())
        is_row = is_row_type(int(oid_of(inner) or t.UNKNOWN))
        separator = ", \n " if is_row and not is_jsonb else ", "
        if inner is argument:
            argument = item
        else:
            inner.replace(item)
        return around_aggregate(
            node,
            call("array_agg", argument),
            lambda items: call("pg_json_rows", items, text(separator), oid=_oid(is_jsonb)),
        )

    return make


def _object_aggregate(is_jsonb: bool) -> _Make:
    def make(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        key, value = arguments
        if isinstance(key, exp.Distinct):
            raise errors.FeatureNotSupported("DISTINCT in json_object_agg() is not supported")
        order = value if isinstance(value, exp.Order) else None
        value = value.this if isinstance(value, exp.Order) else value
        pair = call("pg_json_pair", to_text(key), json_text(value))
        if order is not None:
            order.set("this", pair)
            pair = order
        name = "pg_jsonb_pairs" if is_jsonb else "pg_json_pairs"
        return around_aggregate(
            node, call("array_agg", pair), lambda pairs: call(name, pairs, oid=_oid(is_jsonb))
        )

    return make


def around_aggregate(
    node: exp.Expr, inner: exp.Expr, wrap: Callable[[exp.Expr], exp.Expr]
) -> exp.Expr:
    """``wrap`` must stand outside of the FILTER and OVER of the aggregate."""
    outer: exp.Expr = node
    while isinstance(outer.parent, (exp.Filter, exp.Window)) and outer.parent.this is outer:
        outer = outer.parent
    if outer is node:
        return wrap(inner)
    node.replace(inner)
    placeholder = exp.Null()
    outer.replace(placeholder)
    placeholder.replace(wrap(outer))
    return inner


def _oid(is_jsonb: bool) -> int:
    return t.JSONB if is_jsonb else t.JSON


_MAKERS: Final[Mapping[str, _Make]] = {
    "to_json": _scalar(False),
    "to_jsonb": _scalar(True),
    "array_to_json": _array_to_json,
    "row_to_json": _scalar(False),
    "json_build_array": _array(False),
    "jsonb_build_array": _array(True),
    "json_build_object": _object(False),
    "jsonb_build_object": _object(True),
    "json_agg": _array_aggregate(False),
    "jsonb_agg": _array_aggregate(True),
    "json_object_agg": _object_aggregate(False),
    "jsonb_object_agg": _object_aggregate(True),
}

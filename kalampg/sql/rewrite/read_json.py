r"""Rule: the operators and path functions of json and jsonb, over text that DuckDB reads.

json and jsonb are VARCHAR in DuckDB, which only reads scalars out of jsonb at a constant key; the
rest runs in ``kalampg.builtins``. Keys are quoted into JSON paths, so that none is taken for one.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(read_json(parse_one("SELECT a ->> 'k', a -> 0"), RewriteContext()))
    'SELECT kpg_json_member_text("a", \'k\'), kpg_json_member("a", 0)'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import ELEMENT_OIDS
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, constant_int, constant_text, text
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each
from kalampg.sql.rewrite.conversions import converted

_TEXT_ARRAY: Final = 1009
_GETTERS: Final[Mapping[type[exp.Expr], tuple[bool, bool]]] = {
    # (takes a path of several steps, gives text)
    exp.JSONExtract: (False, False),
    exp.JSONExtractScalar: (False, True),
    exp.JSONBExtract: (True, False),
    exp.JSONBExtractScalar: (True, True),
}


def read_json(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the operators."""
    tree = replace_each(tree, exp.Bracket, _subscript)
    tree = replace_each(tree, tuple(_GETTERS), _getter)
    tree = replace_each(tree, tuple(_TESTS), _test)
    tree = replace_each(tree, (exp.Sub, exp.JSONBDeleteAtPath), _deletion)
    return replace_calls(tree, _CALLS)


def _getter(node: exp.Expr) -> exp.Expr:
    takes_path, gives_text = _GETTERS[type(node)]
    if takes_path:
        return _at_path(node.this, _as_text_array(node.expression), gives_text)
    return _at_step(node.this, node.expression, gives_text)


def _typed_call(name: str, value: exp.Expr, step: exp.Expr, gives_text: bool) -> exp.Expr:
    is_jsonb = oid_of(value) == t.JSONB
    oid = t.TEXT if gives_text else t.JSONB if is_jsonb else t.JSON
    prefix = "kpg_jsonb" if is_jsonb else "kpg_json"
    return call(f"{prefix}_{name}{'_text' if gives_text else ''}", value, step, oid=oid)


def _at_path(value: exp.Expr, keys: exp.Expr, gives_text: bool) -> exp.Expr:
    return _typed_call("path", value, keys, gives_text)


def _at_step(value: exp.Expr, key: exp.Expr, gives_text: bool) -> exp.Expr:
    is_index = oid_of(key) in t.INTEGERS
    general = _typed_call("element" if is_index else "member", value, key, gives_text)
    path = _constant_path(key)
    if path is None or oid_of(value) != t.JSONB:
        return general
    # DuckDB reads strings, booleans and integers out of jsonb as they are; other numbers it would
    # spell anew, and objects and arrays without blanks.
    name = "pg_jsonb_scalar_text" if gives_text else "pg_jsonb_scalar_part"
    return call(name, value.copy(), text(path), general, oid=oid_of(general))


def _subscript(node: exp.Expr) -> exp.Expr:
    if oid_of(node.this) != t.JSONB:
        return node
    value: exp.Expr = node.this
    for index in node.expressions:
        value = _at_step(value, index, gives_text=False)
    return value


def _constant_path(key: exp.Expr) -> str | None:
    """The JSON path of a constant key or index that needs no escape."""
    index, name = constant_int(key), constant_text(key)
    if index is not None:
        return f"$[{index}]" if index >= 0 else f"$[#{index}]"
    if name is None or '"' in name or "\\" in name:
        return None
    return f'$."{name}"'


def _as_jsonb(value: exp.Expr) -> exp.Expr:
    return converted(value, t.JSONB) if oid_of(value) in {None, t.UNKNOWN} else value


def _as_text_array(value: exp.Expr) -> exp.Expr:
    return converted(value, _TEXT_ARRAY) if oid_of(value) in {None, t.UNKNOWN} else value


def _contains(container: exp.Expr, contained: exp.Expr) -> exp.Expr:
    sides = _as_arrays(container, contained)
    if sides is not None:
        return call("pg_array_contains", *sides, oid=t.BOOL)
    return call("kpg_jsonb_contains", _as_jsonb(container), _as_jsonb(contained), oid=t.BOOL)


def _overlap(node: exp.Expr) -> exp.Expr:
    sides = _as_arrays(node.this, node.expression)
    if sides is None:
        raise errors.FeatureNotSupported("&& is supported for arrays only")
    return call("list_has_any", *sides, oid=t.BOOL)


def _as_arrays(left: exp.Expr, right: exp.Expr) -> list[exp.Expr] | None:
    """Both sides as arrays, if one of them is: the other may be an untyped literal."""
    for oid in (oid_of(left), oid_of(right)):
        if oid is not None and oid in ELEMENT_OIDS:
            return [
                converted(side, int(oid)) if oid_of(side) in {None, t.UNKNOWN} else side
                for side in (left, right)
            ]
    return None


_TESTS: Final[Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]]] = {
    exp.ArrayContainsAll: lambda node: _contains(node.this, node.expression),
    exp.ArrayContainedBy: lambda node: _contains(node.expression, node.this),
    exp.ArrayOverlaps: _overlap,
    exp.JSONBContainsTopKey: lambda node: call(
        "pg_json_exists", node.this, node.expression, oid=t.BOOL
    ),
    exp.JSONBContainsAnyTopKeys: lambda node: call(
        "pg_json_exists_any", node.this, _as_text_array(node.expression), oid=t.BOOL
    ),
    exp.JSONBContainsAllTopKeys: lambda node: call(
        "pg_json_exists_all", node.this, _as_text_array(node.expression), oid=t.BOOL
    ),
}


def _test(node: exp.Expr) -> exp.Expr:
    return _TESTS[type(node)](node)


def _deletion(node: exp.Expr) -> exp.Expr:
    key = node.expression
    if isinstance(node, exp.JSONBDeleteAtPath):
        return call("kpg_jsonb_delete_path", node.this, _as_text_array(key), oid=t.JSONB)
    if oid_of(node.this) != t.JSONB:
        return node
    if oid_of(key) in ELEMENT_OIDS:
        return call("kpg_jsonb_delete_keys", node.this, key, oid=t.JSONB)
    if oid_of(key) in t.INTEGERS:
        return call("kpg_jsonb_delete_index", node.this, cast(key, "INTEGER"), oid=t.JSONB)
    return call("kpg_jsonb_delete_keys", node.this, exp.Array(expressions=[key]), oid=t.JSONB)


def _extract_path(gives_text: bool) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    def make(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        return _at_path(arguments[0], exp.Array(expressions=arguments[1:]), gives_text)

    return make


_CALLS: Final[Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]] = {
    "json_extract_path": _extract_path(False),
    "jsonb_extract_path": _extract_path(False),
    "json_extract_path_text": _extract_path(True),
    "jsonb_extract_path_text": _extract_path(True),
}

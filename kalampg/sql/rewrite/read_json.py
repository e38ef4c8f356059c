r"""Rule: the operators and path functions of json and jsonb, over text that DuckDB reads.

json and jsonb are VARCHAR in DuckDB. Keys are quoted into JSON paths, so that no key is ever taken
for a path; what a jsonb operator gives is printed with jsonb's spaces.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(read_json(parse_one("SELECT a ->> 'k', a -> 0"), RewriteContext()))
    'SELECT pg_json_get_text("a", \'$."k"\'), pg_json_get("a", \'$[0]\')'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes import OutputSettings, from_text
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
    path = _path(node.expression) if takes_path else _step(node.expression)
    return _got(node.this, path, gives_text)


def _got(value: exp.Expr, path: exp.Expr, gives_text: bool) -> exp.Expr:
    is_jsonb = oid_of(value) == t.JSONB
    name = "pg_jsonb_get" if is_jsonb else "pg_json_get"
    if gives_text:
        return call(f"{name}_text", value, path, oid=t.TEXT)
    return call(name, value, path, oid=t.JSONB if is_jsonb else t.JSON)


def _subscript(node: exp.Expr) -> exp.Expr:
    if oid_of(node.this) != t.JSONB:
        return node
    value: exp.Expr = node.this
    for index in node.expressions:
        value = _got(value, _step(index), gives_text=False)
    return value


def _step(key: exp.Expr) -> exp.Expr:
    """The JSON path of one key or index."""
    index, name = constant_int(key), constant_text(key)
    if index is not None:
        return text("$" + _index(index))
    if name is not None:
        return text("$" + _member(name))
    if oid_of(key) in t.INTEGERS:
        return call("pg_json_index_path", key)
    return call("pg_json_key_path", key)


def _index(index: int) -> str:
    return f"[{index}]" if index >= 0 else f"[#{index}]"


def _member(name: str) -> str:
    if '"' in name or "\\" in name:
        raise errors.FeatureNotSupported("JSON keys with quotes or backslashes are not supported")
    return f'."{name}"'


def _path(keys: exp.Expr) -> exp.Expr:
    """The JSON path of a text array. A step that looks like a number may be key or index."""
    items = _constant_items(keys)
    if items is None:
        return call("pg_json_path", keys)
    steps: list[str] = []
    for item in items:
        is_index = item.lstrip("-").isdigit() and item not in {"", "-"}
        steps.append(_index(int(item)) if is_index else _member(item))
    return text("$" + "".join(steps))


def _constant_items(keys: exp.Expr) -> list[str] | None:
    while isinstance(keys, (exp.Cast, exp.Paren)):
        keys = keys.this
    literal = constant_text(keys)
    if literal is not None:
        return [str(item) for item in from_text(_TEXT_ARRAY, literal, -1, OutputSettings())]
    if isinstance(keys, exp.Array):
        items = [constant_text(item) for item in keys.expressions]
        if all(item is not None for item in items):
            return [item for item in items if item is not None]
    return None


def _as_jsonb(value: exp.Expr) -> exp.Expr:
    return converted(value, t.JSONB) if oid_of(value) in {None, t.UNKNOWN} else value


def _as_text_array(value: exp.Expr) -> exp.Expr:
    return converted(value, _TEXT_ARRAY) if oid_of(value) in {None, t.UNKNOWN} else value


def _contains(container: exp.Expr, contained: exp.Expr) -> exp.Expr:
    sides = _as_arrays(container, contained)
    if sides is not None:
        return call("list_has_all", *sides, oid=t.BOOL)
    return call("pg_jsonb_contains", _as_jsonb(container), _as_jsonb(contained), oid=t.BOOL)


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
    if isinstance(node, exp.JSONBDeleteAtPath):
        raise errors.FeatureNotSupported("#- is not supported", hint="Use - with a key.")
    if oid_of(node.this) != t.JSONB:
        return node
    key = node.expression
    if oid_of(key) in ELEMENT_OIDS:
        return call("pg_jsonb_delete_keys", node.this, key, oid=t.JSONB)
    if oid_of(key) in t.INTEGERS:
        return call("pg_jsonb_delete_index", node.this, cast(key, "INTEGER"), oid=t.JSONB)
    return call("pg_jsonb_delete_key", node.this, key, oid=t.JSONB)


def _extract_path(gives_text: bool) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    def make(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        return _got(arguments[0], _path(exp.Array(expressions=arguments[1:])), gives_text)

    return make


_CALLS: Final[Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]] = {
    "json_extract_path": _extract_path(False),
    "jsonb_extract_path": _extract_path(False),
    "json_extract_path_text": _extract_path(True),
    "jsonb_extract_path_text": _extract_path(True),
}

"""Rule: functions that return rows, in FROM and in the select list.

All of them become lists that DuckDB unnests, so that they may refer to the items on their left and
keep PostgreSQL's element types. WITH ORDINALITY numbers the rows from 1.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT g FROM generate_series(1, 3) AS g(g)"), context)
    >>> to_duckdb_sql(generate_rows(tree, context))
    'SELECT "g" FROM LATERAL (SELECT unnest(pg_series_int4(1, 3, 1)) AS "g") AS "g"("g")'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.bind_from_functions import ROWS_FROM
from kalampg.sql.functions import ELEMENT_OIDS, overloads
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, is_marked, number
from kalampg.sql.rewrite.context import RewriteContext, replace_each

_Make = Callable[[list[exp.Expr], int | None], exp.Expr]


def generate_rows(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace set-returning calls, those in FROM first."""
    tree = replace_each(tree, (exp.Table, exp.Lateral, exp.Unnest), _source)
    return replace_each(tree, exp.Anonymous, _in_select_list)


def _source(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Unnest):
        calls = [exp.Anonymous(this="unnest", expressions=[part]) for part in node.expressions]
        return _lateral(node, [_rows(item) for item in calls], bool(node.args.get("offset")))
    inner = node.this
    if isinstance(inner, (exp.Identifier, exp.Query)):
        return node
    has_ordinality = bool(node.args.get("ordinality"))
    if isinstance(inner, exp.Anonymous) and str(inner.this) == ROWS_FROM:
        return _lateral(node, [_rows(item) for item in inner.expressions], has_ordinality)
    if isinstance(inner, exp.Anonymous) and _is_unnest_of_several(inner):
        calls = [exp.Anonymous(this="unnest", expressions=[p]) for p in inner.expressions]
        return _lateral(node, [_rows(item) for item in calls], has_ordinality)
    return _lateral(node, [_rows(inner)], has_ordinality)


def _lateral(node: exp.Expr, lists: list[exp.Expr], has_ordinality: bool) -> exp.Expr:
    """``LATERAL (SELECT unnest(list) AS name, ...) AS alias(name, ...)``."""
    alias = node.args.get("alias")
    names = _names(alias, len(lists) + has_ordinality)
    outputs = [
        exp.alias_(call("unnest", item), name, quoted=True, copy=False)
        for item, name in zip(lists, names, strict=False)
    ]
    if has_ordinality:
        numbers = call("pg_row_numbers", exp.Array(expressions=[_size(item) for item in lists]))
        outputs.append(exp.alias_(call("unnest", numbers), names[-1], quoted=True, copy=False))
    query = exp.Subquery(this=exp.Select(expressions=outputs))
    new = exp.Lateral(this=query, alias=alias)
    if joins := node.args.get("joins"):
        new.set("joins", joins)
    return new


def _size(item: exp.Expr) -> exp.Expr:
    return call("len", item.copy())


def _names(alias: exp.Expr | None, count: int) -> list[str]:
    columns = [] if alias is None else [name.name for name in alias.args.get("columns") or ()]
    table = "column" if alias is None or alias.this is None else alias.this.name
    defaults = [table, *(f"{table}_{position}" for position in range(1, count))]
    if columns:
        return columns + defaults[len(columns) :]
    return defaults


def _in_select_list(node: exp.Expr) -> exp.Expr:
    if is_marked(node) or not _returns_set(node):
        return node
    return call("unnest", _rows(node), oid=oid_of(node))


def _returns_set(node: exp.Expr) -> bool:
    return any(function.returns_set for function in overloads(str(node.this).lower()))


def _is_unnest_of_several(node: exp.Expr) -> bool:
    return str(node.this).lower() == "unnest" and len(node.expressions) > 1


def _rows(node: exp.Expr) -> exp.Expr:
    """The rows of a call as a list."""
    if not isinstance(node, exp.Anonymous):
        # A scalar that a rule has made of a call: one row.
        return exp.Array(expressions=[node])
    name = str(node.this).lower()
    if is_marked(node):
        # A rule has already made it unnest(list).
        return _only_argument(node) if name == "unnest" else exp.Array(expressions=[node])
    if name == "unnest":
        return _only_argument(node)
    if name == "generate_series":
        return _series(list(node.expressions), oid_of(node))
    functions = overloads(name)
    if not functions:
        raise errors.UndefinedFunction(f"function {name} does not exist")
    runner = next((f.runner for f in functions if f.returns_set), None)
    if runner is None or runner.startswith(("@", "$")):
        # A scalar in FROM is one row.
        return exp.Array(expressions=[node])
    return call(runner, *node.expressions)


def _only_argument(node: exp.Expr) -> exp.Expr:
    argument: exp.Expr = node.expressions[0]
    return argument


def _series(arguments: list[exp.Expr], oid: int | None) -> exp.Expr:
    oid = t.INT4 if oid is None else int(oid)
    oid = ELEMENT_OIDS.get(oid, oid)
    macro = _SERIES.get(oid)
    if macro is None:
        raise errors.FeatureNotSupported("generate_series() of this type is not supported")
    if len(arguments) == 2:
        arguments.append(number(1))
    if oid in {t.TIMESTAMP, t.TIMESTAMPTZ}:
        arguments = [
            *(cast(part, t.duck_type(oid), oid) for part in arguments[:2]),
            arguments[2],
        ]
    return call(macro, *arguments)


_SERIES: Final[Mapping[int, str]] = {
    t.INT2: "pg_series_int4",
    t.INT4: "pg_series_int4",
    t.INT8: "pg_series_int8",
    t.NUMERIC: "pg_series_numeric",
    t.TIMESTAMP: "pg_series_moment",
    t.TIMESTAMPTZ: "pg_series_moment",
}

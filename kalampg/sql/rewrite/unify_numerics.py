"""Rule: numerics that meet in one column keep their digits.

Where DuckDB finds one type for several DECIMALs of 38 digits (CASE, COALESCE, arrays, VALUES,
UNION, IN, ANY) it takes the smallest scale and rounds, silently. So the branches are cast to one
scale first: the largest that is known of them, and at least ten where one is a column without a
declared scale.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT CASE WHEN a THEN 1.5 ELSE 2 END"), context)
    >>> print(to_duckdb_sql(unify_numerics(tree, context)))
    SELECT CASE WHEN "a" THEN CAST(1.5 AS DECIMAL(38, 1)) ELSE CAST(2 AS DECIMAL(38, 1)) END
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of, typmod_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import is_marked
from kalampg.sql.rewrite.context import RewriteContext
from kalampg.sql.rewrite.exact_numbers import is_unifying, unifying

_UNKNOWN_SCALE: Final = 10
_SCALE_MAX: Final = 30
_UNIFYING_CALLS: Final = frozenset({"coalesce", "greatest", "least", "nullif", "lag", "lead"})
_TRANSPARENT_CALLS: Final = frozenset(
    {"sum", "min", "max", "abs", "first_value", "last_value", "lag", "lead", "coalesce", "nullif"}
)
_DECIMAL: Final = re.compile(r"DECIMAL\(\d+, (\d+)\)")
_KINDS: Final = (
    exp.Case, exp.Anonymous, exp.Array, exp.Values, exp.SetOperation, exp.In, exp.Any, exp.All,
)  # fmt: skip


def unify_numerics(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Cast the branches of everything that unifies numerics, innermost first."""
    for node in reversed([node for node in tree.walk(bfs=False) if isinstance(node, _KINDS)]):
        for branches in _groups(node):
            _unify(branches)
    return tree


def _groups(node: exp.Expr) -> list[list[exp.Expr]]:
    """The expressions of a node that share a type."""
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        return [branches if default is None else [*branches, default]]
    if isinstance(node, exp.Array):
        return [list(node.expressions)]
    if isinstance(node, exp.In):
        query = node.args.get("query")
        return [[node.this, *(node.expressions if query is None else _first_outputs(query))]]
    if isinstance(node, (exp.Any, exp.All)):
        return [[node.parent.this, *_compared(node)]] if node.parent is not None else []
    if isinstance(node, exp.Values):
        rows = [row.expressions for row in node.expressions if isinstance(row, exp.Tuple)]
        return [list(column) for column in zip(*rows, strict=False)]
    if isinstance(node, exp.SetOperation):
        return _outputs(node)
    if is_marked(node) and str(node.this) in _UNIFYING_CALLS:
        arguments = list(node.expressions)
        if str(node.this) in {"lag", "lead"}:
            arguments = [arguments[0], *arguments[2:]]
        return [arguments]
    return []


def _compared(node: exp.Expr) -> list[exp.Expr]:
    """What stands behind ANY or ALL, where it is written out."""
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    return list(inner.expressions) if isinstance(inner, exp.Array) else _first_outputs(inner)


def _first_outputs(query: exp.Expr) -> list[exp.Expr]:
    columns = _outputs(query)
    return columns[0] if columns else []


def _outputs(node: exp.Expr) -> list[list[exp.Expr]]:
    """The outputs of both sides of a set operation, column by column."""
    selects: list[list[exp.Expr]] = []
    pending: list[exp.Expr] = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, exp.SetOperation):
            pending += [item.expression, item.this]
        elif isinstance(item, exp.Subquery):
            pending.append(item.this)
        elif isinstance(item, exp.Select):
            selects.append([output.unalias() for output in item.expressions])
    return [list(column) for column in zip(*selects, strict=False)]


def _unify(branches: Sequence[exp.Expr]) -> None:
    branches = [branch for branch in branches if not isinstance(branch, exp.Null)]
    if not any(oid_of(branch) == t.NUMERIC for branch in branches):
        return
    numbers = [branch for branch in branches if oid_of(branch) in t.INTEGERS | {t.NUMERIC}]
    if len(numbers) < 2:
        return
    scales = [scale_of(branch) for branch in numbers]
    known = [scale for scale in scales if scale is not None]
    if len(known) == len(scales) and len(set(known)) == 1:
        return
    scale = max([*known, 0 if len(known) == len(scales) else _UNKNOWN_SCALE])
    for branch in numbers:
        if is_unifying(branch):
            branch.set("to", exp.Var(this=f"DECIMAL(38, {min(scale, _SCALE_MAX)})"))
            continue
        placeholder = exp.Null()
        branch.replace(placeholder)
        placeholder.replace(unifying(branch, min(scale, _SCALE_MAX)))


def scale_of(node: exp.Expr) -> int | None:
    """The scale that DuckDB gives an expression, where the tree tells."""
    if oid_of(node) in t.INTEGERS:
        return 0
    if isinstance(node, (exp.Literal, exp.Cast, exp.Column)):
        return _scale_of_leaf(node)
    if isinstance(node, (exp.Paren, exp.Neg, exp.Filter, exp.Window)):
        return scale_of(node.this)
    if isinstance(node, (exp.Add, exp.Sub, exp.Mod, exp.Mul)):
        return _scale_of_operation(node)
    if isinstance(node, exp.Case):
        return scale_of(node.args["ifs"][0].args["true"])
    if isinstance(node, exp.Anonymous) and is_marked(node):
        name = str(node.this)
        if name in _TRANSPARENT_CALLS and node.expressions:
            return scale_of(node.expressions[0])
    return None


def _scale_of_leaf(node: exp.Expr) -> int | None:
    if isinstance(node, exp.Literal):
        return len(str(node.this).partition(".")[2])
    if isinstance(node, exp.Cast):
        if isinstance(node.this, exp.Null):
            return 0
        match = _DECIMAL.search(str(node.args["to"].this))
        return None if match is None else int(match[1])
    typmod = typmod_of(node)
    return t.numeric_shape(typmod)[1] if typmod >= 0 else None


def _scale_of_operation(node: exp.Expr) -> int | None:
    left, right = scale_of(node.this), scale_of(node.expression)
    if left is None or right is None:
        return None
    return left + right if isinstance(node, exp.Mul) else max(left, right)

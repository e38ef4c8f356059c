"""Rule: num_nulls() and num_nonnulls().

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> to_duckdb_sql(count_nulls(parse_one("SELECT num_nulls(a)"), RewriteContext()))
'SELECT CAST("a" IS NULL AS INTEGER)'
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from sqlglot import exp

from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import cast, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_calls


def count_nulls(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the two functions by sums of tests."""
    makers = {"num_nulls": _counted(is_null=True), "num_nonnulls": _counted(is_null=False)}
    return replace_calls(tree, makers)


def _counted(*, is_null: bool) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    def make(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        tests: list[exp.Expr] = [
            cast(exp.Is(this=part, expression=exp.Null(), negate=not is_null), "INTEGER", t.INT4)
            for part in arguments
        ]
        total = reduce(lambda left, right: exp.Add(this=left, expression=right), tests)
        return typed(total if len(tests) == 1 else exp.Paren(this=total), t.INT4)

    return make

"""Rule: rows as DuckDB's tuples, whose fields have places and no names.

A whole row that an outer join may not give is NULL where all of its columns are.

    >>> from kalampg.sql.annotation import set_oid
    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> tree = parse_one("SELECT (1, 'a')")
    >>> set_oid(tree.expressions[0], 2249)
    >>> to_duckdb_sql(make_rows(tree, RewriteContext()))
    "SELECT row(1, 'a')"
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.pgtypes.row_types import is_row_type
from kalampg.sql.annotation import oid_of
from kalampg.sql.bind_whole_rows import is_nullable
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import typed
from kalampg.sql.rewrite.context import RewriteContext, replace_each
from kalampg.sql.rewrite.read_fields import row_fields, with_value


def make_rows(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace every row that is a value, and IS [NOT] NULL of rows, which asks all fields."""
    tree = replace_each(tree, (exp.Tuple, exp.Struct), _replacement)
    return replace_each(tree, exp.Is, _null_test)


def _null_test(node: exp.Expr) -> exp.Expr:
    if not is_row_type(int(oid_of(node.this) or t.UNKNOWN)):
        return node
    negate = bool(node.args.get("negate"))

    def test(row: exp.Expr) -> exp.Expr:
        parts: list[exp.Expr] = [
            exp.Is(this=field, expression=exp.Null(), negate=negate) for field in row_fields(row)
        ]
        return exp.and_(*(parts or [exp.Boolean(this=True)]), copy=False)

    return typed(exp.Paren(this=with_value(node.this, test)), t.BOOL)


def _replacement(node: exp.Expr) -> exp.Expr:
    oid = oid_of(node)
    if oid is None or _is_compared_with_columns(node):
        return node
    row = typed(exp.Struct(expressions=list(node.expressions)), oid)
    if not is_nullable(node):
        return row
    nulls = [exp.Is(this=each.copy(), expression=exp.Null()) for each in node.expressions]
    is_missing = exp.and_(*nulls, copy=False)
    branch = exp.If(this=is_missing, true=typed(exp.Null(), oid))
    return typed(exp.Case(ifs=[branch], default=row), oid)


def _is_compared_with_columns(node: exp.Expr) -> bool:
    """``(a, b) IN (SELECT x, y ...)``: no row is made."""
    parent = node.parent
    if not isinstance(parent, exp.In) or node.arg_key != "this":
        return False
    return parent.args.get("query") is not None

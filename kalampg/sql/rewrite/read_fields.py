r"""Rule: ``(record).field`` takes the field of a struct.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> to_duckdb_sql(read_fields(parse_one("SELECT (t.keys).n FROM t"), RewriteContext()))
'SELECT struct_extract(("t"."keys"), \'n\') FROM "t"'
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite.build import call, text
from kalampg.sql.rewrite.context import RewriteContext, replace_each


def read_fields(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace every field of a record."""
    return replace_each(tree, exp.Dot, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    return call("struct_extract", node.this, text(node.expression.name), oid=oid_of(node))

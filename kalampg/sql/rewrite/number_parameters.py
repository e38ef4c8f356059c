"""Rule: ``$1`` becomes ``CAST($p1 AS type)``, so that DuckDB sees the type that was bound.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(number_parameters(parse_one("SELECT $1"), RewriteContext((23,))))
    'SELECT CAST($p1 AS INTEGER)'

A numeric parameter is not cast: its scale is that of the value.
"""

from __future__ import annotations

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, typmod_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, parameter, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_each


def number_parameters(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Name and type the parameters."""

    def replacement(node: exp.Expr) -> exp.Expr:
        if isinstance(node.this, exp.Var):
            # sqlglot reads the prefix operator @ (absolute value) of a plain name as a parameter.
            return call("abs", exp.column(node.this.name, quoted=True), oid=oid_of(node))
        position = int(node.this.this)
        if position < 1 or position > len(context.param_oids):
            raise errors.UndefinedParameter(f"there is no parameter ${position}")
        # The place where it stands may have given an untyped parameter its type.
        oid = context.param_oids[position - 1] or oid_of(node) or t.TEXT
        value = parameter(f"p{position}")
        if oid in {t.NUMERIC, t.UNKNOWN}:
            return typed(value, oid)
        return cast(value, t.duck_type(oid, typmod_of(node)), oid)

    return replace_each(tree, exp.Parameter, replacement)

"""Rule: a user table is read through a predicate on its user.

The scan of a user table already holds one user's rows only; this is the second, independent
mechanism. The binder calls ``scoped`` for every occurrence of a relation in a query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from kalampg.sql.rewrite.build import parameter

USER_PARAMETER: Final = "kalam_user"
USER_ID_COLUMN: Final = "_user_id"
DELETED_COLUMN: Final = "_deleted"


def scoped(
    scan: exp.Expr,
    columns: Sequence[str],
    alias: str,
    *,
    alias_columns: Sequence[str] = (),
    is_user_table: bool,
    hides_deleted: bool,
) -> exp.Subquery:
    """``(SELECT columns FROM scan WHERE "_user_id" = $kalam_user AND NOT "_deleted") AS alias``.

    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> scan = exp.Table(this=exp.to_identifier("scan", quoted=True))
    >>> to_duckdb_sql(scoped(scan, ["id"], "t", is_user_table=True, hides_deleted=False))
    '(SELECT "id" FROM "scan" WHERE "_user_id" = $kalam_user) AS "t"'
    """
    conditions: list[exp.Expr] = []
    if is_user_table:
        conditions.append(
            exp.EQ(this=_column(USER_ID_COLUMN), expression=parameter(USER_PARAMETER))
        )
    if hides_deleted:
        conditions.append(exp.Not(this=_column(DELETED_COLUMN)))
    query = exp.Select(expressions=[_column(name) for name in columns], from_=exp.From(this=scan))
    if conditions:
        query.set("where", exp.Where(this=exp.and_(*conditions, copy=False)))
    names = [exp.to_identifier(name, quoted=True) for name in alias_columns]
    table_alias = exp.TableAlias(this=exp.to_identifier(alias, quoted=True), columns=names)
    return exp.Subquery(this=query, alias=table_alias)


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True))

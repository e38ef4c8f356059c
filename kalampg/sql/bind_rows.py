"""Comparisons of rows, written out as comparisons of their fields: NULL fields make NULL.

``(a, b) < (1, 2)`` becomes ``a < 1 OR (a = 1 AND b < 2)``, which plans and prunes as any condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.scopes import Scope

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

# The comparison of all fields but the last one, and whether it is a lexicographic one.
_STRICT: Final[dict[type[exp.Expr], type[exp.Expr]]] = {
    exp.LT: exp.LT, exp.LTE: exp.LT, exp.GT: exp.GT, exp.GTE: exp.GT,
}  # fmt: skip


def compare_fields(
    binder: Binder, node: exp.Expr, left: exp.Expr, right: exp.Expr, scope: Scope
) -> None:
    """Replace a bound comparison of two rows; IS [NOT] DISTINCT FROM stays."""
    kind = type(node)
    if kind in {exp.NullSafeEQ, exp.NullSafeNEQ} or not left.expressions:
        return
    pairs = list(zip(left.expressions, right.expressions, strict=True))
    if kind is exp.EQ:
        written = _all(exp.EQ(this=one.copy(), expression=two.copy()) for one, two in pairs)
    elif kind is exp.NEQ:
        written = _any(exp.NEQ(this=one.copy(), expression=two.copy()) for one, two in pairs)
    elif kind in _STRICT:
        written = _ordered(kind, pairs)
    else:
        return
    _put(binder, node, written, scope)


_QUERY_ROW: Final = "kalam row"


def compare_with_query(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``(a, b) = (SELECT x, y ...)``: compared where the query's row is, which is computed once.

    Raises:
        SyntaxError: 42601, the query has another number of columns.
    """
    row, query = node.this, node.expression
    width = len(binder.probe().query(query.copy(), scope))
    if width != len(row.expressions):
        few_or_many = "few" if width < len(row.expressions) else "many"
        raise errors.SyntaxError(f"subquery has too {few_or_many} columns")
    names = [f"{_QUERY_ROW} {number}" for number in range(1, width + 1)]
    columns = [exp.column(name, table=_QUERY_ROW, quoted=True) for name in names]
    alias = exp.TableAlias(
        this=exp.to_identifier(_QUERY_ROW, quoted=True),
        columns=[exp.to_identifier(name, quoted=True) for name in names],
    )
    source = exp.Subquery(this=query.this.copy(), alias=alias)
    compared = type(node)(this=row.copy(), expression=exp.Tuple(expressions=columns))
    answer = exp.Select(expressions=[compared], from_=exp.From(this=source))
    _put(binder, node, exp.Subquery(this=answer), scope)


def in_fields(
    binder: Binder, node: exp.Expr, left: exp.Expr, items: Sequence[exp.Expr], scope: Scope
) -> None:
    """Replace ``row IN (row, ...)``."""
    written = _any(
        _all(
            exp.EQ(this=one.copy(), expression=two.copy())
            for one, two in zip(left.expressions, item.expressions, strict=True)
        )
        for item in items
    )
    _put(binder, node, written, scope)


def null_fields(binder: Binder, node: exp.Expr, row: exp.Expr, scope: Scope) -> None:
    """``row IS NULL``: all fields are; ``IS NOT NULL``: none is."""
    negate = bool(node.args.get("negate"))
    parts: list[exp.Expr] = [
        exp.Is(this=field.copy(), expression=exp.Null(), negate=negate) for field in row.expressions
    ]
    # A row of nothing has no field that is NULL, and none that is not.
    _put(binder, node, _all(parts or [exp.Boolean(this=True)]), scope)


def _ordered(kind: type[exp.Expr], pairs: Sequence[tuple[exp.Expr, exp.Expr]]) -> exp.Expr:
    (one, two), *rest = pairs
    if not rest:
        return kind(this=one.copy(), expression=two.copy())
    decided = _STRICT[kind](this=one.copy(), expression=two.copy())
    equal = exp.EQ(this=one.copy(), expression=two.copy())
    tied = exp.And(this=equal, expression=_ordered(kind, rest))
    return exp.Paren(this=exp.Or(this=decided, expression=exp.Paren(this=tied)))


def _all(parts: Iterable[exp.Expr]) -> exp.Expr:
    return _joined(exp.And, list(parts))


def _any(parts: Iterable[exp.Expr]) -> exp.Expr:
    return _joined(exp.Or, list(parts))


def _joined(kind: type[exp.Expr], parts: Sequence[exp.Expr]) -> exp.Expr:
    return exp.Paren(this=reduce(lambda one, two: kind(this=one, expression=two), parts))


def _put(binder: Binder, node: exp.Expr, written: exp.Expr, scope: Scope) -> None:
    binder.replace(node, written)
    binder.expression(written, scope)

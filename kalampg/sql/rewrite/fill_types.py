"""Rule: give every expression that the binder left untyped the type that PostgreSQL would.

The binder knows the columns; this rule carries types through literals, casts, operators, calls and
subqueries, so that the other rules can rely on ``oid_of`` for all of them.

    >>> from kalampg.sql.dialect import parse_one
    >>> tree = fill_types(parse_one("SELECT 1 + 2.5"), RewriteContext())
    >>> oid_of(tree.expressions[0])
    1700
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of, set_oid, typmod_of
from kalampg.sql.functions import ARRAY_OIDS, ELEMENT_OIDS, common_type, lookup
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.context import RewriteContext

_INT4_MAX: Final = 2**31 - 1
_INT8_MAX: Final = 2**63 - 1


def fill_types(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Type every expression, innermost first."""
    for node in reversed(list(tree.walk(bfs=False))):
        if oid_of(node) is not None:
            continue
        if isinstance(node, exp.Parameter):
            _type_parameter(node, context)
            continue
        typing = _TYPING.get(type(node))
        if typing is None:
            continue
        found = typing(node)
        if found is not None:
            oid, typmod = found if isinstance(found, tuple) else (found, -1)
            set_oid(node, oid, typmod)
    return tree


_Found = int | tuple[int, int] | None


def _type_parameter(node: exp.Expr, context: RewriteContext) -> None:
    if isinstance(node.this, exp.Literal):
        position = int(node.this.this)
        if position <= len(context.param_oids) and context.param_oids[position - 1]:
            set_oid(node, context.param_oids[position - 1])
    elif isinstance(node.this, exp.Expr) and (oid := oid_of(node.this)) is not None:
        set_oid(node, oid)


def _literal(node: exp.Expr) -> _Found:
    if node.args["is_string"]:
        return t.UNKNOWN
    text = node.this
    if not text.isdigit():
        return t.NUMERIC
    value = int(text)
    if value <= _INT4_MAX:
        return t.INT4
    return t.INT8 if value <= _INT8_MAX else t.NUMERIC


def _cast(node: exp.Expr) -> _Found:
    target = node.args["to"]
    return t.type_of_cast(target) if isinstance(target, exp.DataType) else None


def _same(node: exp.Expr) -> _Found:
    if node.this is None or (oid := oid_of(node.this)) is None:
        return None
    return oid, typmod_of(node.this)


def _call(node: exp.Expr) -> _Found:
    name = str(node.this).lower()
    arguments = [_argument_type(part) for part in node.expressions]
    if name == "count":
        return t.INT8
    if name == "array" and len(arguments) == 1:
        return ARRAY_OIDS.get(arguments[0] or t.TEXT)
    match = lookup(name, arguments)
    return None if match is None else match.result_oid


def _argument_type(node: exp.Expr) -> int | None:
    while isinstance(node, (exp.Order, exp.Distinct)):
        node = node.this if isinstance(node, exp.Order) else node.expressions[0]
    return oid_of(node)


def _within_group(node: exp.Expr) -> _Found:
    name = str(getattr(node.this, "this", "")).lower()
    if name == "percentile_cont":
        return t.FLOAT8
    ordered = node.expression.expressions[0]
    return oid_of(ordered.this)


def _common(*nodes: exp.Expr | None) -> int:
    return common_type([oid_of(node) for node in nodes if node is not None])


def _case(node: exp.Expr) -> _Found:
    branches = [branch.args["true"] for branch in node.args["ifs"]]
    return _common(*branches, node.args.get("default"))


def _array(node: exp.Expr) -> _Found:
    if any(isinstance(item, exp.Array) for item in node.expressions):
        return oid_of(node.expressions[0])
    return ARRAY_OIDS.get(_common(*node.expressions)) if node.expressions else None


def _bracket(node: exp.Expr) -> _Found:
    array = oid_of(node.this)
    if array is None:
        return None
    if isinstance(node.expressions[0], exp.Slice):
        return array
    return t.JSONB if array == t.JSONB else ELEMENT_OIDS.get(array)


def _subquery(node: exp.Expr) -> _Found:
    query = node.this
    while isinstance(query, (exp.Subquery, exp.SetOperation)):
        query = query.this
    if isinstance(query, exp.Select) and query.expressions:
        first = query.expressions[0]
        return _same(first) if isinstance(first, exp.Alias) else oid_of(first)
    return None


def _concatenation(node: exp.Expr) -> _Found:
    for side in (node.this, node.expression):
        oid = oid_of(side)
        if oid in ELEMENT_OIDS or oid in {t.JSONB, t.BYTEA}:
            return oid
    return t.TEXT


# Results of + and - where one side is a date, a time or an interval; the rest is numeric promotion.
_DATE_RESULTS: Final[Mapping[tuple[str, int, int], int]] = {
    ("+", t.DATE, t.INT4): t.DATE, ("+", t.INT4, t.DATE): t.DATE,
    ("-", t.DATE, t.INT4): t.DATE, ("-", t.DATE, t.DATE): t.INT4,
    ("+", t.DATE, t.INTERVAL): t.TIMESTAMP, ("+", t.INTERVAL, t.DATE): t.TIMESTAMP,
    ("-", t.DATE, t.INTERVAL): t.TIMESTAMP, ("+", t.DATE, t.TIME): t.TIMESTAMP,
    ("+", t.TIME, t.DATE): t.TIMESTAMP,
    ("+", t.TIMESTAMP, t.INTERVAL): t.TIMESTAMP, ("+", t.INTERVAL, t.TIMESTAMP): t.TIMESTAMP,
    ("-", t.TIMESTAMP, t.INTERVAL): t.TIMESTAMP,
    ("+", t.TIMESTAMPTZ, t.INTERVAL): t.TIMESTAMPTZ,
    ("+", t.INTERVAL, t.TIMESTAMPTZ): t.TIMESTAMPTZ,
    ("-", t.TIMESTAMPTZ, t.INTERVAL): t.TIMESTAMPTZ,
    ("-", t.TIMESTAMP, t.TIMESTAMP): t.INTERVAL, ("-", t.TIMESTAMPTZ, t.TIMESTAMPTZ): t.INTERVAL,
    ("-", t.TIMESTAMP, t.DATE): t.INTERVAL, ("-", t.DATE, t.TIMESTAMP): t.INTERVAL,
    ("-", t.TIMESTAMPTZ, t.DATE): t.INTERVAL, ("-", t.DATE, t.TIMESTAMPTZ): t.INTERVAL,
    ("-", t.TIMESTAMPTZ, t.TIMESTAMP): t.INTERVAL, ("-", t.TIMESTAMP, t.TIMESTAMPTZ): t.INTERVAL,
    ("+", t.TIMETZ, t.INTERVAL): t.TIMETZ, ("+", t.INTERVAL, t.TIMETZ): t.TIMETZ,
    ("-", t.TIMETZ, t.INTERVAL): t.TIMETZ,
    ("+", t.DATE, t.TIMETZ): t.TIMESTAMPTZ, ("+", t.TIMETZ, t.DATE): t.TIMESTAMPTZ,
    ("-", t.TIME, t.TIME): t.INTERVAL, ("+", t.TIME, t.INTERVAL): t.TIME,
    ("-", t.TIME, t.INTERVAL): t.TIME, ("+", t.INTERVAL, t.TIME): t.TIME,
    ("+", t.INTERVAL, t.INTERVAL): t.INTERVAL, ("-", t.INTERVAL, t.INTERVAL): t.INTERVAL,
}  # fmt: skip


def _arithmetic(symbol: str) -> Callable[[exp.Expr], _Found]:
    def typing(node: exp.Expr) -> _Found:
        left, right = oid_of(node.this), oid_of(node.expression)
        # An untyped literal takes the other side's type, except beside a date, where it is one too.
        if left in {None, t.UNKNOWN}:
            left = right
        if right in {None, t.UNKNOWN}:
            right = left
        if left is None or right is None:
            return None
        small = {t.INT2: t.INT4, t.INT8: t.INT4}
        key = (symbol, small.get(left, left), small.get(right, right))
        if (found := _DATE_RESULTS.get(key)) is not None:
            return found
        if t.INTERVAL in {left, right} and symbol in "*/":
            return t.INTERVAL
        if left == t.JSONB:
            return t.JSONB
        return promoted(left, right)

    return typing


_RANK: Final = (t.INT2, t.INT4, t.INT8, t.NUMERIC, t.FLOAT4, t.FLOAT8)


def promoted(left: int, right: int) -> int | None:
    """The type of arithmetic between two numbers; float4 with anything but float4 is float8."""
    if left not in _RANK or right not in _RANK:
        return left if left == right else None
    higher = max(left, right, key=_RANK.index)
    return t.FLOAT8 if higher == t.FLOAT4 and left != right else higher


def _fixed(oid: int) -> Callable[[exp.Expr], _Found]:
    return lambda _: oid


def _power(node: exp.Expr) -> _Found:
    return t.NUMERIC if t.NUMERIC in {oid_of(node.this), oid_of(node.expression)} else t.FLOAT8


def _at_time_zone(node: exp.Expr) -> _Found:
    if oid_of(node.this) == t.TIMETZ:
        return t.TIMETZ
    return t.TIMESTAMPTZ if oid_of(node.this) == t.TIMESTAMP else t.TIMESTAMP


_BOOLEANS: Final = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In,
    exp.Between, exp.Like, exp.ILike, exp.Escape, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike,
    exp.Exists, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Boolean, exp.ArrayContainsAll,
    exp.ArrayContainedBy, exp.ArrayOverlaps, exp.JSONBContainsTopKey,
    exp.JSONBContainsAnyTopKeys, exp.JSONBContainsAllTopKeys,
)  # fmt: skip

_TYPING: Final[Mapping[type[exp.Expr], Callable[[exp.Expr], _Found]]] = {
    **dict.fromkeys(_BOOLEANS, _fixed(t.BOOL)),
    **dict.fromkeys(
        (exp.Paren, exp.Alias, exp.Filter, exp.Window, exp.Collate, exp.BitwiseNot, exp.Neg), _same
    ),
    exp.Add: _arithmetic("+"),
    exp.Sub: _arithmetic("-"),
    exp.Mul: _arithmetic("*"),
    exp.Div: _arithmetic("/"),
    exp.Mod: _arithmetic("%"),
    exp.BitwiseAnd: _arithmetic("&"),
    exp.BitwiseOr: _arithmetic("|"),
    exp.BitwiseXor: _arithmetic("#"),
    exp.BitwiseLeftShift: _same,
    exp.BitwiseRightShift: _same,
    exp.Anonymous: _call,
    exp.Array: _array,
    exp.AtTimeZone: _at_time_zone,
    exp.Bracket: _bracket,
    exp.ByteString: _fixed(t.UNKNOWN),
    exp.Case: _case,
    exp.Cast: _cast,
    exp.DPipe: _concatenation,
    exp.Extract: _fixed(t.NUMERIC),
    exp.JSONBExtract: _same,
    exp.JSONBExtractScalar: _fixed(t.TEXT),
    exp.JSONExtract: _same,
    exp.JSONExtractScalar: _fixed(t.TEXT),
    exp.JSONBDeleteAtPath: _same,
    exp.Literal: _literal,
    exp.Null: _fixed(t.UNKNOWN),
    exp.Overlay: _fixed(t.TEXT),
    exp.Pow: _power,
    exp.Sqrt: _fixed(t.FLOAT8),
    exp.Cbrt: _fixed(t.FLOAT8),
    exp.StrPosition: _fixed(t.INT4),
    exp.Subquery: _subquery,
    exp.Trim: _fixed(t.TEXT),
    exp.WithinGroup: _within_group,
}

r"""Rule: special syntax and operators become calls, literals become plain.

TRIM, OVERLAY, POSITION, ``^``, ``|/``, ``||/``, ``#``, COLLATE "C", SYMMETRIC, and numeric literals
with exponents or more digits than DuckDB's own literals keep.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(spell_syntax(parse_one("SELECT trim(leading 'x' from a)"), RewriteContext()))
    'SELECT pg_ltrim("a", \'x\')'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, like, number
from kalampg.sql.rewrite.constants import constant
from kalampg.sql.rewrite.context import RewriteContext, replace_each

_COLLATIONS: Final = frozenset({"C", "POSIX", "default", "ucs_basic"})
_INT8_DIGITS: Final = 19


def spell_syntax(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace syntax that has no rule of its own."""
    return replace_each(tree, tuple(_MAKERS), _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    return _MAKERS[type(node)](node)


def _literal(node: exp.Expr) -> exp.Expr:
    value: str = node.this
    if node.args["is_string"] or (value.isdigit() and len(value) < _INT8_DIGITS):
        return node
    if value.isdigit() and int(value) < 2**63:
        return node
    if isinstance(node.parent, exp.Cast) and oid_of(node.parent) in t.FLOATS:
        return node  # Never a numeric, which may not hold it.
    if "e" in value.lower() or value.isdigit():
        return constant(t.NUMERIC, Decimal(value))
    if not value.replace(".", "").isdigit():
        raise errors.SyntaxError(f'trailing junk after numeric literal at or near "{value}"')
    if value.endswith("."):
        return constant(t.NUMERIC, Decimal(value))
    return node


def _trim(node: exp.Expr) -> exp.Expr:
    side = str(node.args.get("position") or "BOTH").upper()
    name = {"LEADING": "pg_ltrim", "TRAILING": "pg_rtrim", "BOTH": "pg_btrim"}[side]
    characters = node.args.get("expression")
    arguments = [node.this] if characters is None else [node.this, characters]
    return call(name, *arguments, oid=t.TEXT)


def _overlay(node: exp.Expr) -> exp.Expr:
    parts = [node.this, node.expression, node.args["from_"], node.args.get("for_")]
    return call("pg_overlay", *(part for part in parts if part is not None), oid=t.TEXT)


def _position(node: exp.Expr) -> exp.Expr:
    if node.args.get("position") is not None:
        raise errors.SyntaxError('syntax error at or near "position"')
    return call("pg_strpos", node.this, node.args["substr"], oid=t.INT4)


def _power(node: exp.Expr) -> exp.Expr:
    name = "kpg_numeric_power" if oid_of(node) == t.NUMERIC else "pg_power"
    return call(name, node.this, node.expression, oid=oid_of(node) or t.FLOAT8)


def _sqrt(node: exp.Expr) -> exp.Expr:
    return call("pg_sqrt", cast(node.this, "DOUBLE"), oid=t.FLOAT8)


def _cbrt(node: exp.Expr) -> exp.Expr:
    return call("cbrt", cast(node.this, "DOUBLE"), oid=t.FLOAT8)


def _xor(node: exp.Expr) -> exp.Expr:
    return call("xor", node.this, node.expression, oid=oid_of(node))


def _collate(node: exp.Expr) -> exp.Expr:
    name = node.expression.name
    if name not in _COLLATIONS:
        raise errors.UndefinedObject(f'collation "{name}" for encoding "UTF8" does not exist')
    return like(exp.Paren(this=node.this), node.this)


def _between(node: exp.Expr) -> exp.Expr:
    if not node.args.get("symmetric"):
        return node
    low, high = node.args["low"], node.args["high"]
    node.set("symmetric", None)
    node.set("low", call("least", low, high))
    node.set("high", call("greatest", low.copy(), high.copy()))
    return node


def _shift(node: exp.Expr) -> exp.Expr:
    """PostgreSQL shifts by the count modulo the width, and never complains."""
    name = "pg_shift_left" if isinstance(node, exp.BitwiseLeftShift) else "pg_shift_right"
    width = {t.INT2: 16, t.INT8: 64}.get(int(oid_of(node.this) or t.INT4), 32)
    shifted = call(name, node.this, node.expression, number(width))
    return cast(shifted, t.duck_type(int(oid_of(node.this) or t.INT4)), oid_of(node))


def _bits(node: exp.Expr) -> exp.Expr:
    raise errors.FeatureNotSupported("bit string literals are not supported")


_MAKERS: Final[Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]]] = {
    exp.Between: _between,
    exp.BitString: _bits,
    exp.BitwiseLeftShift: _shift,
    exp.BitwiseRightShift: _shift,
    exp.BitwiseXor: _xor,
    exp.Cbrt: _cbrt,
    exp.Collate: _collate,
    exp.HexString: _bits,
    exp.Literal: _literal,
    exp.Overlay: _overlay,
    exp.Pow: _power,
    exp.Sqrt: _sqrt,
    exp.StrPosition: _position,
    exp.Trim: _trim,
}

"""Rule: exact functions of numeric take and give texts, whose scale DuckDB's DECIMAL cannot say.

numeric has a scale per value in PostgreSQL and one per column in DuckDB. A call of
``kalampg.builtins.numeric_functions`` gives the exact text; ``numeric_from_text`` makes a DECIMAL
of it for the rest of the query, and ``exact_text`` takes the text out again wherever the value is
printed or goes into another exact function, so that no digit is lost on the way.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.divide import divide
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = divide(fill_types(parse_one("SELECT 1 / 3.0"), context), context)
    >>> to_duckdb_sql(exact_numbers(tree, context))
    "SELECT CAST(kpg_numeric_divide('1', '3.0') AS DECIMAL(38, 20))"
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, is_marked, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_each

EXACT_SCALE: Final = 20
_EXACT: Final = "exact"
_UNIFIED: Final = "unified"
_PREFIX: Final = "kpg_numeric_"
# Arguments that are integers for the function too, by position.
_PLAIN_ARGUMENTS: Final = {"kpg_numeric_round": 1, "kpg_numeric_trunc": 1, "kpg_numeric_to_char": 1}
_OPERATIONS: Final[dict[type[exp.Expr], str]] = {
    exp.Add: "kpg_numeric_add",
    exp.Sub: "kpg_numeric_subtract",
    exp.Mul: "kpg_numeric_multiply",
}
# Calls that give one of their arguments back as it is.
_CHOICES: Final = frozenset({"coalesce", "nullif"})
# Calls that give the first of their arguments back that is beyond all others.
_EXTREMES: Final[dict[str, type[exp.Binary]]] = {"greatest": exp.GT, "least": exp.LT}
# Window functions that give their first argument of another row back, or else their third.
_NEIGHBOURS: Final = frozenset({"lag", "lead"})
# No macro may use these names: DuckDB's macros are not hygienic.
_CHOSEN, _OTHER = "kalam chosen", "kalam other"


def exact_numbers(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Give the exact functions their arguments as text, and make numerics of their results."""
    tree = replace_each(tree, exp.Anonymous, _exact_call)
    return replace_each(tree, exp.Cast, _printed)


def _printed(node: exp.Expr) -> exp.Expr:
    """A numeric cast to text is its text."""
    inner = node.this
    is_text = isinstance(node.args["to"], exp.Var) and str(node.args["to"].this) == "VARCHAR"
    if not (is_text and oid_of(inner) == t.NUMERIC and needs_text(inner)):
        return node
    return typed(exact_text(inner.copy()), oid_of(node))


def _exact_call(node: exp.Expr) -> exp.Expr:
    if not (is_marked(node) and str(node.this).startswith(_PREFIX)):
        return node
    plain = _PLAIN_ARGUMENTS.get(str(node.this))
    arguments = [
        part if position == plain else exact_text(part)
        for position, part in enumerate(node.expressions)
    ]
    exact = call(str(node.this), *arguments, oid=oid_of(node))
    return numeric_from_text(exact) if oid_of(node) == t.NUMERIC else exact


def numeric_from_text(text: exp.Expr, scale: int = EXACT_SCALE) -> exp.Expr:
    """A numeric from its text; what prints it takes the text."""
    node = cast(text, f"DECIMAL(38, {scale})", t.NUMERIC)
    node.meta[_EXACT] = True
    return node


def is_exact(node: exp.Expr) -> bool:
    """Whether the node is a DECIMAL made of a text that says more."""
    return isinstance(node, exp.Cast) and _EXACT in node.meta


def unifying(value: exp.Expr, scale: int) -> exp.Expr:
    """``value`` at the scale that it shares with others in DuckDB; what prints it has its own."""
    node = cast(value, f"DECIMAL(38, {scale})", t.NUMERIC)
    node.meta[_UNIFIED] = True
    return node


def is_unifying(node: exp.Expr) -> bool:
    return isinstance(node, exp.Cast) and _UNIFIED in node.meta


def needs_text(value: exp.Expr) -> bool:
    """Whether the DECIMAL has not the scale that PostgreSQL's value has."""
    if is_unifying(value):
        return True
    if isinstance(value, exp.Paren):
        return needs_text(value.this)
    if is_exact(value):
        return True
    if isinstance(value, (*_OPERATIONS, exp.Neg)):
        return any(needs_text(part) for part in _operands(value))
    if isinstance(value, exp.Case):
        return any(needs_text(part) for part in _branches(value))
    if isinstance(value, exp.Array) or _is_call(value, _EXTREMES):
        return any(needs_text(part) for part in value.expressions)
    if isinstance(value, exp.Window) and _is_call(value.this, _NEIGHBOURS):
        return any(needs_text(part) for part in value.this.expressions)
    if _is_call(value, _CHOICES):
        parts = list(value.expressions)
        return any(needs_text(part) for part in parts[: 1 if value.this == "nullif" else None])
    return False


def exact_text(value: exp.Expr) -> exp.Expr:
    """The text of a numeric or an integer, as PostgreSQL prints it. The value is used up.

    Of an array, the array of its elements' texts.
    """
    if isinstance(value, exp.Paren) or is_unifying(value):
        return exact_text(value.this)
    if is_exact(value):
        inner: exp.Expr = value.this
        return inner
    if isinstance(value, exp.Literal) and not value.is_string:
        number = Decimal(value.name)
        return typed(exp.Literal.string(format(number, "f")), t.NUMERIC)
    if isinstance(value, (*_OPERATIONS, exp.Neg)) and needs_text(value):
        name = "kpg_numeric_negate" if isinstance(value, exp.Neg) else _OPERATIONS[type(value)]
        return call(name, *(exact_text(part) for part in _operands(value)), oid=t.NUMERIC)
    if isinstance(value, exp.Case):
        return _case_text(value)
    if isinstance(value, exp.Array):
        texts = [exact_text(part) for part in value.expressions]
        return typed(exp.Array(expressions=texts), oid_of(value))
    if isinstance(value, exp.Window) and _is_call(value.this, _NEIGHBOURS):
        return _neighbour_text(value)
    if _is_call(value, _EXTREMES):
        return _extreme_text(value)
    return _choice_text(value) if _is_call(value, _CHOICES) else cast(value, "VARCHAR", t.NUMERIC)


def _is_call(value: exp.Expr, names: Collection[str]) -> bool:
    return isinstance(value, exp.Anonymous) and is_marked(value) and str(value.this) in names


def _choice_text(value: exp.Expr) -> exp.Expr:
    if str(value.this) == "coalesce":
        parts = [exact_text(part) for part in value.expressions]
        return call("coalesce", *parts, oid=t.NUMERIC)
    first, second = value.expressions
    is_equal = exp.EQ(this=first.copy(), expression=second)
    branch = exp.If(this=is_equal, true=exp.Null())
    return typed(exp.Case(ifs=[branch], default=exact_text(first)), t.NUMERIC)


def _neighbour_text(value: exp.Window) -> exp.Expr:
    for place, part in enumerate(list(value.this.expressions)):
        if place != 1:  # The second says how many rows away.
            part.replace(exact_text(part.copy()))
    return value


def _extreme_text(value: exp.Expr) -> exp.Expr:
    """The text of the greatest or least value: each is computed once, and NULLs do not count."""
    shared = next((part.args["to"].this for part in value.expressions if is_unifying(part)), None)
    scale = f"DECIMAL(38, {EXACT_SCALE})" if shared is None else str(shared)
    chosen, other = exp.column(_CHOSEN, quoted=True), exp.column(_OTHER, quoted=True)
    is_beyond = _EXTREMES[str(value.this)](this=cast(other, scale), expression=cast(chosen, scale))
    is_missing = exp.Is(this=chosen.copy(), expression=exp.Null())
    better = exp.If(this=exp.Or(this=is_missing, expression=is_beyond), true=other.copy())
    choose = exp.Lambda(
        this=exp.Case(ifs=[better], default=chosen.copy()),
        expressions=[exp.to_identifier(name, quoted=True) for name in (_CHOSEN, _OTHER)],
    )
    texts = exp.Array(expressions=[exact_text(part) for part in list(value.expressions)])
    return call("list_reduce", texts, choose, oid=t.NUMERIC)


def _operands(value: exp.Expr) -> list[exp.Expr]:
    return [value.this] if isinstance(value, exp.Neg) else [value.this, value.expression]


def _branches(value: exp.Expr) -> list[exp.Expr]:
    default = value.args.get("default")
    branches = [branch.args["true"] for branch in value.args["ifs"]]
    return branches if default is None else [*branches, default]


def _case_text(value: exp.Expr) -> exp.Expr:
    for branch in value.args["ifs"]:
        branch.set("true", exact_text(branch.args["true"]))
    default = value.args.get("default")
    if default is not None:
        value.set("default", exact_text(default))
    return value

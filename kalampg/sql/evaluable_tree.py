"""From bound trees to the IR of ``expression``, where every part has PostgreSQL's meaning there."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from sqlglot import exp

from kalampg.ids import Oid
from kalampg.pgtypes import numeric
from kalampg.sql.annotation import column_of, oid_of, typmod_of
from kalampg.sql.bind_calls import call_name
from kalampg.sql.coercion import Coercion
from kalampg.sql.evaluable import is_castable, is_evaluable
from kalampg.sql.expression import Call, ColumnRef, Const, Expression, Param
from kalampg.sql.functions import OBJECT_IDENTIFIERS, REGCLASS
from kalampg.sql.moment_functions import AT_TIME_ZONE, CURRENT_MOMENTS, operator_name
from kalampg.sql.operators import (
    BOOL,
    DATE,
    INSTANTS,
    INTEGERS,
    INTERVAL,
    NUMERIC,
    STRINGS,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
)
from kalampg.sql.parameters import UNKNOWN, number_of
from kalampg.sql.sequence_names import OF_SEQUENCE

_PLAINLY_TEXT: Final = frozenset({BOOL, NUMERIC, *INTEGERS})


class NotEvaluable(Exception):
    """The expression needs DuckDB."""


class Translator:
    """Translates expressions over the columns of at most one relation use.

    ``is_rule``: what each row of a table keeps, and DuckDB cannot help with.
    """

    def __init__(self, coercion: Coercion, use_index: int | None, *, is_rule: bool = False) -> None:
        self.coercion = coercion
        self.is_rule = is_rule
        self._use_index = use_index

    def translate(self, node: exp.Expr) -> Expression:
        """The IR of ``node``.

        Raises:
            NotEvaluable: DuckDB has to do it.
        """
        build = _BUILDERS.get(type(node))
        if build is None:
            raise NotEvaluable
        return build(self, node)

    def try_translate(self, node: exp.Expr) -> Expression | None:
        try:
            return self.translate(node)
        except NotEvaluable:
            return None

    def column(self, node: exp.Expr) -> Expression:
        found = column_of(node)
        if found is None or found[0] != self._use_index:
            raise NotEvaluable
        return ColumnRef(found[1], _oid(node))

    def sequence(self, node: exp.Expr) -> Expression:
        """A sequence's name: the engine looks it up, so a cast to regclass is none."""
        while isinstance(node, exp.Paren) or (
            isinstance(node, exp.Cast) and oid_of(node) == REGCLASS
        ):
            node = node.this
        return Const(node.name, Oid(TEXT)) if node.is_string else self.translate(node)

    def checked(self, name: str, arguments: tuple[Expression, ...], node: exp.Expr) -> Call:
        return checked_call(name, arguments, int(_oid(node)))


def checked_call(name: str, arguments: tuple[Expression, ...], result_oid: int) -> Call:
    """A Call if the engine can evaluate it.

    Raises:
        NotEvaluable: it cannot.
    """
    if not is_evaluable(name, [argument.type_oid for argument in arguments]):
        raise NotEvaluable
    return Call(name, arguments, Oid(result_oid))


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """The operands of the topmost ANDs."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        return conjuncts(node.this) + conjuncts(node.expression)
    return [node]


def is_constant(expression: Expression) -> bool:
    """Whether the value does not depend on a row."""
    if isinstance(expression, ColumnRef):
        return False
    if isinstance(expression, Call):
        return all(is_constant(argument) for argument in expression.arguments)
    return True


def _oid(node: exp.Expr) -> Oid:
    oid = oid_of(node)
    if oid is None or oid == UNKNOWN:
        return Oid(TEXT)
    return oid


# --- builders ---


def _literal(to: Translator, node: exp.Expr) -> Expression:
    oid = _oid(node)
    if node.is_string:
        return Const(node.name, oid)
    return Const(Decimal(node.name) if oid == NUMERIC else int(node.name), oid)


def _constant(value: Callable[[exp.Expr], object]) -> Callable[[Translator, exp.Expr], Expression]:
    return lambda _, node: Const(value(node), _oid(node))


def _parameter(to: Translator, node: exp.Expr) -> Expression:
    assert isinstance(node, exp.Parameter)
    return Param(number_of(node), _oid(node))


def _column(to: Translator, node: exp.Expr) -> Expression:
    return to.column(node)


def _paren(to: Translator, node: exp.Expr) -> Expression:
    return to.translate(node.this)


def _cast(to: Translator, node: exp.Expr) -> Expression:
    oid, typmod = _oid(node), typmod_of(node)
    operand = node.this
    if oid in OBJECT_IDENTIFIERS:
        raise NotEvaluable  # Names need the catalog.
    if isinstance(operand, exp.Literal) and oid_of(operand) in {None, UNKNOWN}:
        if oid in STRINGS:
            value: Expression = Const(operand.name, Oid(TEXT))
            return Call("cast", (value,), oid, typmod)
        value = Const(to.coercion.value_of(operand.name, oid, -1, None), oid)
        return value if typmod == -1 else Call("cast", (value,), oid, typmod)
    inner = to.translate(operand)
    if not is_castable(inner.type_oid, oid):
        raise NotEvaluable
    if isinstance(inner, Const) and inner.value is None:
        return Const(None, oid)
    return Call("cast", (inner,), oid, typmod)


def _negate(to: Translator, node: exp.Expr) -> Expression:
    inner = to.translate(node.this)
    if isinstance(inner, Const) and isinstance(inner.value, Decimal):
        return Const(numeric.negated(inner.value), inner.type_oid)
    if isinstance(inner, Const) and isinstance(inner.value, int):
        return Const(-inner.value, inner.type_oid)
    return to.checked("-", (inner,), node)


def _operator(name: str) -> Callable[[Translator, exp.Expr], Expression]:
    def build(to: Translator, node: exp.Expr) -> Expression:
        arguments = (to.translate(node.this), to.translate(node.expression))
        return to.checked(name, arguments, node)

    return build


def _sum(symbol: str) -> Callable[[Translator, exp.Expr], Expression]:
    def build(to: Translator, node: exp.Expr) -> Expression:
        left, right = to.translate(node.this), to.translate(node.expression)
        if symbol == "+" and right.type_oid in INSTANTS:
            left, right = right, left
        if left.type_oid == DATE and right.type_oid == INTERVAL:
            left = Call("cast", (left,), Oid(TIMESTAMP))
        name = operator_name(symbol, left.type_oid, right.type_oid)
        return to.checked(name or symbol, (left, right), node)

    return build


def _at_time_zone(to: Translator, node: exp.Expr) -> Expression:
    arguments = to.translate(node.this), to.translate(node.args["zone"])
    return to.checked(AT_TIME_ZONE, arguments, node)


def _concatenate(to: Translator, node: exp.Expr) -> Expression:
    """Text beside a number or a truth value, whose text is the same everywhere, makes it text."""
    operands = [to.translate(node.this), to.translate(node.expression)]
    if any(operand.type_oid in STRINGS for operand in operands):
        operands = [
            Call("cast", (operand,), Oid(TEXT)) if operand.type_oid in _PLAINLY_TEXT else operand
            for operand in operands
        ]
    return to.checked("||", tuple(operands), node)


def _logical(name: str, kind: type[exp.Expr]) -> Callable[[Translator, exp.Expr], Expression]:
    def build(to: Translator, node: exp.Expr) -> Expression:
        operands: list[exp.Expr] = []
        pending = [node]
        while pending:
            current = pending.pop()
            if isinstance(current, kind):
                pending += [current.expression, current.this]
            else:
                operands.append(current)
        return checked_call(name, tuple(to.translate(operand) for operand in operands), BOOL)

    return build


def _not(to: Translator, node: exp.Expr) -> Expression:
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.In):
        return _in(to, inner, "not in")
    if isinstance(inner, exp.Between):
        return _between(to, inner, "not between")
    if isinstance(inner, exp.Is):
        return _is(to, inner, is_negated=not inner.args.get("negate"))
    if isinstance(inner, (exp.RegexpLike, exp.RegexpILike)):
        return _regex("!~" if isinstance(inner, exp.RegexpLike) else "!~*")(to, inner)
    return checked_call("not", (to.translate(inner),), BOOL)


def _regex(name: str) -> Callable[[Translator, exp.Expr], Expression]:
    def build(to: Translator, node: exp.Expr) -> Expression:
        if not to.is_rule:
            raise NotEvaluable
        return _operator(name)(to, node)

    return build


def _like(name: str) -> Callable[[Translator, exp.Expr], Expression]:
    def build(to: Translator, node: exp.Expr) -> Expression:
        return _operator(f"not {name}" if node.args.get("negate") else name)(to, node)

    return build


def _is(to: Translator, node: exp.Expr, *, is_negated: bool | None = None) -> Expression:
    negated = bool(node.args.get("negate")) if is_negated is None else is_negated
    test = node.expression
    word = "null" if isinstance(test, exp.Null) else "true" if test.this else "false"
    return checked_call(f"is {'not ' if negated else ''}{word}", (to.translate(node.this),), BOOL)


def _in(to: Translator, node: exp.Expr, name: str = "in") -> Expression:
    if node.args.get("query") is not None or isinstance(node.this, exp.Tuple):
        raise NotEvaluable
    arguments = [to.translate(node.this), *(to.translate(item) for item in node.expressions)]
    return checked_call(name, tuple(arguments), BOOL)


def _between(to: Translator, node: exp.Expr, name: str = "between") -> Expression:
    if node.args.get("symmetric"):
        raise NotEvaluable
    arguments = tuple(to.translate(node.args[key]) for key in ("this", "low", "high"))
    return checked_call(name, arguments, BOOL)


def _case(to: Translator, node: exp.Expr) -> Expression:
    subject = node.args.get("this")
    compared = None if subject is None else to.translate(subject)
    arguments: list[Expression] = []
    for branch in node.args["ifs"]:
        condition = to.translate(branch.this)
        if compared is not None:
            condition = checked_call("=", (compared, condition), BOOL)
        arguments += [condition, _as_type(to, branch.args["true"], _oid(node))]
    default = node.args.get("default")
    if default is not None:
        arguments.append(_as_type(to, default, _oid(node)))
    return to.checked("case", tuple(arguments), node)


def _as_type(to: Translator, node: exp.Expr, oid: Oid) -> Expression:
    """``node``, converted where CASE or COALESCE resolved to another type than its own."""
    inner = to.translate(node)
    if inner.type_oid == oid or (inner.type_oid in STRINGS and oid in STRINGS):
        return inner
    if not is_castable(inner.type_oid, oid):
        raise NotEvaluable
    return Call("cast", (inner,), oid)


_UNIFYING: Final = frozenset({"coalesce", "nullif", "greatest", "least"})


def _call(to: Translator, node: exp.Expr) -> Expression:
    name = call_name(node)
    if name == "nullif":
        return to.checked(name, tuple(to.translate(a) for a in node.expressions), node)
    if name in _UNIFYING:
        oid = _oid(node)
        return to.checked(name, tuple(_as_type(to, a, oid) for a in node.expressions), node)
    if name == "current_timestamp" and node.expressions:
        raise NotEvaluable
    if name in CURRENT_MOMENTS and not node.expressions:
        return Call("cast", (Call("now", (), Oid(TIMESTAMPTZ)),), Oid(CURRENT_MOMENTS[name]))
    if name in OF_SEQUENCE:
        sequence, *others = node.expressions
        arguments = (to.sequence(sequence), *(to.translate(a) for a in others))
        return to.checked(name, arguments, node)
    return to.checked(name, tuple(to.translate(a) for a in node.expressions), node)


_BUILDERS: Final[dict[type[exp.Expr], Callable[[Translator, exp.Expr], Expression]]] = {
    exp.Literal: _literal,
    exp.Boolean: _constant(lambda node: bool(node.this)),
    exp.Null: _constant(lambda _: None),
    exp.Parameter: _parameter,
    exp.Column: _column,
    exp.Paren: _paren,
    exp.Cast: _cast,
    exp.Neg: _negate,
    exp.EQ: _operator("="), exp.NEQ: _operator("<>"),
    exp.LT: _operator("<"), exp.LTE: _operator("<="),
    exp.GT: _operator(">"), exp.GTE: _operator(">="),
    exp.NullSafeEQ: _operator("is not distinct from"),
    exp.NullSafeNEQ: _operator("is distinct from"),
    exp.Add: _sum("+"), exp.Sub: _sum("-"), exp.Mul: _operator("*"),
    exp.Div: _operator("/"), exp.Mod: _operator("%"), exp.DPipe: _concatenate,
    exp.Like: _like("like"), exp.ILike: _like("ilike"),
    exp.RegexpLike: _regex("~"), exp.RegexpILike: _regex("~*"),
    exp.And: _logical("and", exp.And), exp.Or: _logical("or", exp.Or),
    exp.Not: _not, exp.Is: _is, exp.In: _in, exp.Between: _between, exp.Case: _case,
    exp.Anonymous: _call, exp.AtTimeZone: _at_time_zone,
}  # fmt: skip

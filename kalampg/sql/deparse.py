"""Expressions over a row as SQL text, the way PostgreSQL prints a CHECK constraint. PURE.

PostgreSQL prints what it has understood, not what was written: operators in parentheses, constants
with their types, ``IN`` as ``= ANY``. ``is_pretty`` leaves out parentheses that nobody needs, as
``pg_get_constraintdef(oid, true)`` does.

Source:
    ``ruleutils.c`` of PostgreSQL 15 (``get_rule_expr``, ``isSimpleNode``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, NamedTuple

from kalampg.ids import Oid
from kalampg.pgtypes import to_text
from kalampg.pgtypes.registry import format_type
from kalampg.sql.expression import Call, ColumnRef, Const, Expression, Param

_BOOL: Final = 16
_INT4: Final = 23
_TEXT: Final = 25
_VARCHAR: Final = 1043
_INTEGERS: Final = frozenset({20, 21, 23})
_NUMERIC: Final = 1700
_FLOAT8: Final = 701
_OPERATORS: Final = {"like": "~~", "not like": "!~~", "ilike": "~~*", "not ilike": "!~~*"}
_REGEXES: Final = frozenset({"~", "!~", "~*", "!~*"})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%"})
_COMPARED: Final = frozenset(
    {"=", "<>", "<", "<=", ">", ">=", "||", *_ARITHMETIC, *_OPERATORS, *_REGEXES}
)
_UPPER_CASE: Final = frozenset(
    {"coalesce", "nullif", "greatest", "least", "current_user", "session_user", "current_role"}
)


class _Kind(Enum):
    """What a text is, for whoever puts it into another."""

    ATOM = "atom"
    OPERATION = "operation"
    MEMBERSHIP = "membership"
    AND = "and"
    OR = "or"
    NOT = "not"


class _Text(NamedTuple):
    text: str
    kind: _Kind = _Kind.ATOM


def deparse(expression: Expression, columns: Sequence[str], *, is_pretty: bool) -> str:
    """The text of an expression; ``columns`` are the written names of the row's columns."""
    return _Deparser(columns, is_pretty).text(expression)


def is_call(expression: Expression) -> bool:
    """Whether the text is a function's call, which needs no parentheses anywhere."""
    if not isinstance(expression, Call):
        return False
    return expression.function not in _COMPARED and expression.function not in _FORMS


class _Deparser:
    def __init__(self, columns: Sequence[str], is_pretty: bool) -> None:
        self._columns = columns
        self._is_pretty = is_pretty

    def text(self, node: Expression) -> str:
        """In parentheses of its own where PostgreSQL always has them."""
        made = self._node(node)
        needs = made.kind is not _Kind.ATOM and not self._is_pretty
        return f"({made.text})" if needs else made.text

    def _node(self, node: Expression) -> _Text:
        if isinstance(node, ColumnRef):
            return _Text(self._columns[node.position])
        if isinstance(node, Const):
            return _Text(_constant(node))
        assert not isinstance(node, Param), "a constraint has no parameters"
        build = _FORMS.get(node.function)
        if build is not None:
            return build(self, node)
        if node.function in _COMPARED:
            return self._operation(node)
        return self._call(node)

    def operand(self, node: Expression) -> str:
        """An operand of an operator: in parentheses unless it is atomic."""
        made = self._node(node)
        return made.text if made.kind is _Kind.ATOM else f"({made.text})"

    def operand_as(self, node: Expression, oid: int) -> str:
        """An operand brought to the type in which PostgreSQL's operator takes it."""
        given = node.type_oid
        if given == oid or {given, oid} <= _INTEGERS:
            return self.operand(node)
        return self._cast(node, format_type(oid))

    def _cast(self, node: Expression, type_text: str) -> str:
        made = self._node(node)
        is_bare = self._is_pretty and made.kind is _Kind.ATOM
        return f"{made.text}::{type_text}" if is_bare else f"({self.text(node)})::{type_text}"

    def _operation(self, node: Call) -> _Text:
        symbol = _OPERATORS.get(node.function, node.function)
        if len(node.arguments) == 1:
            return _Text(f"{symbol} {self.operand(node.arguments[0])}", _Kind.OPERATION)
        left, right = node.arguments
        oid = _common(left.type_oid, right.type_oid)
        if oid is None:
            sides = self.operand(left), self.operand(right)
        else:
            sides = self.operand_as(left, oid), self.operand_as(right, oid)
        return _Text(f"{sides[0]} {symbol} {sides[1]}", _Kind.OPERATION)

    def _call(self, node: Call) -> _Text:
        name = node.function.upper() if node.function in _UPPER_CASE else node.function
        if name.startswith(("CURRENT_", "SESSION_")):
            return _Text(name)
        return _Text(f"{name}({', '.join(self._argument(one) for one in node.arguments)})")

    def _argument(self, node: Expression) -> str:
        if node.type_oid == _VARCHAR and isinstance(node, ColumnRef):
            return self._cast(node, "text")
        return self.text(node)

    def cast(self, node: Call) -> _Text:
        return _Text(self._cast(node.arguments[0], format_type(node.type_oid, node.typmod)))

    def connective(self, node: Call) -> _Text:
        kind = _Kind.AND if node.function == "and" else _Kind.OR
        parts = [self._joined(argument, kind) for argument in node.arguments]
        return _Text(f" {node.function.upper()} ".join(parts), kind)

    def _joined(self, node: Expression, parent: _Kind) -> str:
        made = self._node(node)
        is_simple = made.kind in {parent, _Kind.OPERATION, _Kind.NOT} or (
            parent is _Kind.OR and made.kind is _Kind.AND
        )
        if made.kind is _Kind.ATOM or (self._is_pretty and is_simple):
            return made.text
        return f"({made.text})"

    def negation(self, node: Call) -> _Text:
        return _Text(f"NOT {self._joined(node.arguments[0], _Kind.NOT)}", _Kind.NOT)

    def test(self, node: Call) -> _Text:
        return _Text(f"{self.operand(node.arguments[0])} {node.function.upper()}", _Kind.OPERATION)

    def distinction(self, node: Call) -> _Text:
        left, right = node.arguments
        text = f"{self.operand(left)} IS DISTINCT FROM {self.operand(right)}"
        if node.function == "is distinct from":
            return _Text(text, _Kind.OPERATION)
        return _Text(f"NOT {text}" if self._is_pretty else f"NOT ({text})", _Kind.NOT)

    def between(self, node: Call) -> _Text:
        value, low, high = node.arguments
        is_inside = node.function == "between"
        first = Call(">=" if is_inside else "<", (value, low), node.type_oid)
        second = Call("<=" if is_inside else ">", (value, high), node.type_oid)
        return self.connective(Call("and" if is_inside else "or", (first, second), node.type_oid))

    def membership(self, node: Call) -> _Text:
        subject, members = node.arguments[0], node.arguments[1:]
        is_in = node.function == "in"
        if len(members) == 1:
            return self._operation(
                Call("=" if is_in else "<>", (subject, members[0]), node.type_oid)
            )
        oid = subject.type_oid
        for member in members:
            oid = Oid(_common(oid, member.type_oid) or oid)
        listed = ", ".join(self._member(member, subject.type_oid, oid) for member in members)
        array = f"ARRAY[{listed}]"
        if subject.type_oid == _VARCHAR:
            array = f"{array}::text[]" if self._is_pretty else f"({array})::text[]"
        written = self.operand_as(subject, oid)
        return _Text(
            f"{written} = ANY ({array})" if is_in else f"{written} <> ALL ({array})",
            _Kind.MEMBERSHIP,
        )

    def _member(self, member: Expression, subject_oid: int, oid: int) -> str:
        if subject_oid == _VARCHAR and isinstance(member, Const):
            return _constant(Const(member.value, Oid(_VARCHAR)))
        return self.operand_as(member, oid)

    def case(self, node: Call) -> _Text:
        lines = ["\nCASE"]
        pairs = len(node.arguments) // 2
        for place in range(pairs):
            condition, value = node.arguments[2 * place : 2 * place + 2]
            lines.append(f"    WHEN {self.text(condition)} THEN {self.text(value)}")
        has_default = len(node.arguments) % 2
        default = self.text(node.arguments[-1]) if has_default else _null(node.type_oid)
        return _Text("\n".join([*lines, f"    ELSE {default}", "END"]))


_FORMS: Final[dict[str, Callable[[_Deparser, Call], _Text]]] = {
    "cast": _Deparser.cast,
    "and": _Deparser.connective,
    "or": _Deparser.connective,
    "not": _Deparser.negation,
    "between": _Deparser.between,
    "not between": _Deparser.between,
    "in": _Deparser.membership,
    "not in": _Deparser.membership,
    "case": _Deparser.case,
    "is distinct from": _Deparser.distinction,
    "is not distinct from": _Deparser.distinction,
    **dict.fromkeys(
        (
            "is null", "is not null", "is true", "is false", "is unknown", "is not true",
            "is not false", "is not unknown",
        ),
        _Deparser.test,
    ),
}  # fmt: skip


def _common(left: int, right: int) -> int | None:
    """The type that PostgreSQL's operator has for operands of two types; None: as they are."""
    types = {left, right}
    if _FLOAT8 in types and types <= {*_INTEGERS, _NUMERIC, _FLOAT8}:
        return _FLOAT8
    if _NUMERIC in types and types <= {*_INTEGERS, _NUMERIC}:
        return _NUMERIC
    return _TEXT if types <= {_TEXT, _VARCHAR} else None


def _null(oid: int) -> str:
    return f"NULL::{format_type(oid)}"


def _constant(node: Const) -> str:
    oid = node.type_oid
    if node.value is None:
        return _null(oid)
    text = to_text(oid, node.value)
    if oid == _BOOL:
        return "true" if node.value else "false"
    if oid in {_INT4, _NUMERIC} and text[0] not in "-NI":
        return text
    escaped = text.replace("'", "''")
    return f"'{escaped}'::{format_type(oid)}"

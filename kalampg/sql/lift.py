"""Lift literals out of statements, so that ``id = 42`` and ``id = 43`` share a plan.

A literal becomes a parameter where that cannot change the meaning: after a comparison operator, in
BETWEEN, IN lists, VALUES rows, SET assignments, LIMIT and OFFSET. Lifted numbers have the type that
PostgreSQL gives to the literal; strings stay "unknown" (OID 0) and take theirs from the context.

Every simple query pays for this, so the work is split: ``_LITERAL.split`` (one call into C) cuts
the text into literals and the rest; which literals may be lifted depends only on the rest and on
the kinds of the literals, and is kept in a bounded cache, one entry per shape of statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kalampg.errors import PgError
from kalampg.ids import Oid
from kalampg.pgtypes import numeric
from kalampg.sql.lexer import Token, TokenKind, tokenize

UNKNOWN_OID: Final = Oid(0)
INT4_OID: Final = Oid(23)
INT8_OID: Final = Oid(20)
NUMERIC_OID: Final = Oid(1700)
# Above this, a statement is a bulk load: its shape will hardly come again.
SHAPE_LITERALS_MAX: Final = 2_000
_INT4_MAX: Final = 2**31 - 1
_INT8_MAX: Final = 2**63 - 1

# What has an odd index after the split: strings, numbers, and pieces that must not be looked into.
_LITERAL: Final = re.compile(
    r"""('(?:[^']|'')*'|(?<![\w$.])[0-9]+(?:\.[0-9]+)?(?![\w.])|"[^"]*"|--[^\r\n]*)"""
)


@dataclass(frozen=True, slots=True)
class Lifted:
    """``text`` with parameters in place of the literals ``values``, of types ``oids``.

    ``positions`` are the 1-based places of the literals in the original text.
    """

    text: str
    values: tuple[int | Decimal | str, ...] = ()
    oids: tuple[Oid, ...] = ()
    shape: _Shape | None = None
    pieces: Sequence[str] = ()

    def positions(self) -> tuple[int, ...]:
        """1-based places of the literals in the original text; worked out only for errors."""
        if self.shape is None:
            return ()
        pieces = self.pieces
        return tuple(sum(map(len, pieces[:index])) + 1 for index in self.shape.lifted)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What statements that differ only in liftable literals have in common.

    ``template`` is None where other literals belong to the text; then ``evens`` are joined anew.
    """

    lifted: tuple[int, ...]
    negated: frozenset[int]
    oids: tuple[Oid, ...]
    evens: tuple[str, ...]
    template: str | None


class LiteralLifter:
    """Lifts literals; remembers the shapes of the statements that it has seen.

    Invariants:
        - At most ``capacity`` shapes are kept; when full, all are forgotten (shapes are cheap).
        - Putting the literals back for the parameters gives the original tokens.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    def lift(self, text: str) -> Lifted:
        """``text`` with its liftable literals replaced; unchanged when there are none."""
        # Own parameters, dollar quotes, escapes and comments are rare and take the long way: none.
        if "$" in text or "\\" in text or "/*" in text:
            return Lifted(text)
        pieces = _LITERAL.split(text)
        if len(pieces) == 1:
            return Lifted(text)
        literals = pieces[1::2]
        values: list[int | Decimal | str] = []
        kinds: list[str] = pieces[0::2]
        for literal in literals:
            first = literal[0]
            if first == "'":
                kinds.append("s")
                values.append(literal[1:-1])
            elif first in '"-':
                kinds.append(literal)
                values.append("")
            elif "." in literal:
                kinds.append("n")
                values.append(Decimal(literal))
            elif (number := int(literal)) <= _INT8_MAX:
                kinds.append("i" if number <= _INT4_MAX else "b")
                values.append(number)
            else:
                kinds.append("n")
                values.append(Decimal(number))
        key = tuple(kinds)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._learn(text, pieces, key)
        return _apply(shape, text, pieces, values)

    def _learn(self, text: str, pieces: list[str], key: tuple[str, ...]) -> _Shape:
        shape = _shape_of(text, pieces)
        if len(pieces) <= 2 * SHAPE_LITERALS_MAX:
            if len(self._shapes) >= self._capacity:
                self._shapes.clear()
            self._shapes[key] = shape
        return shape


def lift_literals(text: str) -> Lifted:
    """``LiteralLifter.lift`` without memory.

    >>> lift_literals("select a from t where id = 42 and b = 'x'").text
    'select a from t where id = $1 and b = $2'
    """
    return LiteralLifter().lift(text)


def _apply(
    shape: _Shape, text: str, pieces: list[str], values: list[int | Decimal | str]
) -> Lifted:
    if not shape.lifted:
        return Lifted(text)
    chosen: list[int | Decimal | str] = []
    for index in shape.lifted:
        value = values[index >> 1]
        if type(value) is str:
            value = value.replace("''", "'")
        elif index in shape.negated:
            assert not isinstance(value, str), "strings are never negated"
            value = numeric.negated(value) if isinstance(value, Decimal) else -value
        chosen.append(value)
    template = shape.template
    if template is None:
        template = _join(shape, pieces)
    return Lifted(template, tuple(chosen), shape.oids, shape, pieces)


def _join(shape: _Shape, pieces: list[str]) -> str:
    joined = list(pieces)
    joined[0::2] = shape.evens
    for number, index in enumerate(shape.lifted, 1):
        joined[index] = f"${number}"
    return "".join(joined)


# --- learning a shape: exact, by tokens, once per shape ---

# Equal expressions in two places of these must stay equal, so nothing is lifted near them.
_SPOILERS: Final = frozenset(
    {
        "group",
        "distinct",
        "window",
        "over",
        "union",
        "intersect",
        "except",
        "with",
        "conflict",
        "execute",
        "explain",
    }
)
_LIFTABLE_STATEMENTS: Final = frozenset(
    {"select", "insert", "update", "delete", "undelete", "values"}
)
_COMPARISONS: Final = frozenset({"=", "<", ">", "<=", ">=", "<>", "!="})
# A literal is lifted only if what follows it cannot change what it is.
_FOLLOWING_WORDS: Final = frozenset(
    {
        "and",
        "or",
        "order",
        "limit",
        "offset",
        "where",
        "for",
        "then",
        "else",
        "end",
        "from",
        "is",
        "fetch",
        "as",
    }
)


def _shape_of(text: str, pieces: list[str]) -> _Shape:
    try:
        tokens = tokenize(text)
    except PgError:  # the parser will say so
        tokens = []
    liftable = _liftable_tokens(tokens)
    lifted: list[int] = []
    oids: list[Oid] = []
    negated: set[int] = set()
    evens = list(pieces[0::2])
    offset = 0
    for index, piece in enumerate(pieces):
        if index & 1:
            found = liftable.get((offset, offset + len(piece)))
            if found is not None:
                lifted.append(index)
                oids.append(_type_of(piece))
                if found:
                    negated.add(index)
                    before = evens[index >> 1]
                    evens[index >> 1] = before[: before.rindex("-")]
        offset += len(piece)
    shape = _Shape(tuple(lifted), frozenset(negated), tuple(oids), tuple(evens), None)
    if 2 * len(lifted) + 1 == len(pieces):
        shape = _Shape(shape.lifted, shape.negated, shape.oids, shape.evens, _join(shape, pieces))
    return shape


def _type_of(literal: str) -> Oid:
    if literal[0] == "'":
        return UNKNOWN_OID
    if "." in literal:
        return NUMERIC_OID
    number = int(literal)
    return INT4_OID if number <= _INT4_MAX else INT8_OID if number <= _INT8_MAX else NUMERIC_OID


def _liftable_tokens(tokens: list[Token]) -> dict[tuple[int, int], bool]:
    """The spans of the literals that may be lifted; True where a minus before belongs to it."""
    if not tokens or tokens[0].value not in _LIFTABLE_STATEMENTS:
        return {}
    words = {token.value for token in tokens if token.kind is TokenKind.WORD}
    if words & _SPOILERS:
        return {}
    spans: dict[tuple[int, int], bool] = {}
    lists: list[bool] = []  # per open parenthesis: are its items liftable?
    in_values = False
    for number, token in enumerate(tokens):
        if token.is_word("returning"):
            break  # its names and types are seen by the client
        in_values = in_values or token.is_word("values")
        if token.is_symbol("("):
            lists.append(_opens_list(tokens, number, in_values=in_values and not lists))
        elif token.is_symbol(")") and lists:
            lists.pop()
        elif token.kind in _LITERAL_KINDS:
            sign = _liftable_sign(tokens, number, in_list=bool(lists) and lists[-1])
            if sign is not None:
                spans[token.start, token.end] = sign
    return spans


_LITERAL_KINDS: Final = (TokenKind.STRING, TokenKind.INTEGER, TokenKind.NUMERIC)


def _opens_list(tokens: list[Token], number: int, *, in_values: bool) -> bool:
    if number == 0:
        return False
    before = tokens[number - 1]
    if before.is_word("in"):
        return True
    return in_values and (before.is_word("values") or before.is_symbol(","))


def _liftable_sign(tokens: list[Token], number: int, *, in_list: bool) -> bool | None:
    """None: keep the literal. Else whether the minus sign before it is part of it."""
    after = tokens[number + 1]
    if not (
        after.kind is TokenKind.END
        or after.is_symbol(")", ",", ";")
        or after.is_word(*_FOLLOWING_WORDS)
    ):
        return None
    before = tokens[number - 1]
    is_negative = False
    if before.is_symbol("-") and tokens[number].kind is not TokenKind.STRING:
        if before.end != tokens[number].start:
            return None
        is_negative = True
        before = tokens[number - 2]
    if before.kind is TokenKind.OPERATOR and before.value in _COMPARISONS:
        return is_negative
    if in_list and before.is_symbol("(", ","):
        return is_negative
    if before.is_word("between", "limit", "offset") or _ends_between(tokens, number, is_negative):
        return is_negative
    return None


def _ends_between(tokens: list[Token], number: int, is_negative: bool) -> bool:
    """Is the literal the second bound of ``BETWEEN literal AND literal``?"""
    place = number - 1 - is_negative
    if place < 3 or not tokens[place].is_word("and"):
        return False
    first = place - 1
    if tokens[first].kind not in _LITERAL_KINDS:
        return False
    if tokens[first - 1].is_symbol("-"):
        first -= 1
    return tokens[first - 1].is_word("between", "symmetric")

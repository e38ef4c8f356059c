"""a_expr: operands and the operators between them, by climbing PostgreSQL's precedences.

Each rule answers the ``Level`` of its outermost operator: where sqlglot's parser would have to be
to read it. An operand that sqlglot would tear apart is enclosed in parentheses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from kalampg.sql.grammar.operands import operand, parenthesised
from kalampg.sql.grammar.precedence import (
    BINARY,
    NOT_ASSOCIATIVE,
    NOT_OPERATORS,
    PREFIX,
    Binding,
    Level,
)
from kalampg.sql.grammar.types import type_name
from kalampg.sql.keywords import BEHIND_TARGETS, NOT_BARE_LABELS
from kalampg.sql.lexer import Token, TokenKind

if TYPE_CHECKING:
    from kalampg.sql.grammar.grammar import Grammar

_WORDS: Final = {
    "or": Binding.OR,
    "and": Binding.AND,
    "is": Binding.IS,
    "isnull": Binding.IS,
    "notnull": Binding.IS,
    "between": Binding.PATTERN,
    "in": Binding.PATTERN,
    "like": Binding.PATTERN,
    "ilike": Binding.PATTERN,
    "similar": Binding.PATTERN,
    "not": Binding.PATTERN,
    "overlaps": Binding.PATTERN,
    "at": Binding.AT,
    "collate": Binding.COLLATE,
}
_NEGATABLE: Final = ("between", "in", "like", "ilike", "similar")
_QUANTIFIERS: Final = frozenset({"all", "any", "some"})


def expression(grammar: Grammar, least: int, *, labels: bool) -> Level:
    """Pass an expression of operators that bind at least so tightly.

    With ``labels`` it is an output column, and its last word may be its name.
    """
    start = grammar.index
    return operators(grammar, start, _prefixed(grammar, labels=labels), least, labels=labels)


def operators(grammar: Grammar, start: int, level: Level, least: int, *, labels: bool) -> Level:
    """Pass the operators behind the operand that began at ``start``."""
    refused = 0
    while True:
        binding = _binding(grammar, labels=labels)
        if binding < least:
            return level
        if binding == refused:
            grammar.fail()
        last = grammar.index - 1
        if grammar.word:
            level, is_open = _WORD_RULES[grammar.word](grammar, start, level, labels)
        elif binding is Binding.CAST:
            grammar.advance()
            type_name(grammar)
            _enclose_below(grammar, start, last, level, Level.PRIMARY)
            level, is_open = Level.PRIMARY, False
        else:
            level, is_open = _symbol(grammar, start, level, binding, labels=labels)
        # Only what ends in an operand could go on in two ways.
        refused = binding if is_open and binding in NOT_ASSOCIATIVE else 0


def _binding(grammar: Grammar, *, labels: bool) -> int:
    """How tightly the current token binds what is before it; 0 for what is no operator."""
    symbol = grammar.symbol
    if symbol:
        if symbol == "::":
            return Binding.CAST
        if grammar.current.kind is not TokenKind.OPERATOR or symbol in NOT_OPERATORS:
            return 0
        if symbol in BINARY and not is_spelled_out(grammar, grammar.current):
            return BINARY[symbol][0]
        return Binding.OTHER
    word = grammar.word
    if word not in _WORDS:
        return 0
    after = grammar.ahead()
    if (word == "not" and not after.is_word(*_NEGATABLE)) or (
        word == "at" and not after.is_word("time")
    ):
        return 0
    is_label = labels and word not in NOT_BARE_LABELS and _ends_column(after)
    return 0 if is_label else _WORDS[word]


def is_spelled_out(grammar: Grammar, token: Token) -> bool:
    """``OPERATOR(pg_catalog.+)`` binds as any other operator does."""
    return grammar.text[token.start] in "oO"


def _ends_column(token: Token) -> bool:
    return (
        token.kind is TokenKind.END
        or token.is_symbol(",", ")", ";")
        or token.is_word(*BEHIND_TARGETS)
    )


# --- operators that are symbols ---


def _prefixed(grammar: Grammar, *, labels: bool) -> Level:
    """An operand with the operators before it."""
    symbol = grammar.symbol
    if grammar.word == "not":
        grammar.advance()
        _right(grammar, Binding.NOT, Level.AND, labels=labels)
        return Level.EQUALITY
    if grammar.current.kind is not TokenKind.OPERATOR or symbol in NOT_OPERATORS:
        operand(grammar)
        return Level.PRIMARY
    is_sign = symbol in {"-", "+"}
    if not is_sign and symbol in BINARY and BINARY[symbol][0] is not Binding.OTHER:
        grammar.fail()
    if not is_sign and symbol not in PREFIX:
        grammar.note_missing(grammar.current)
    grammar.advance()
    least = Binding.SIGN if is_sign else Binding.SUM
    _right(grammar, least, Level.FACTOR, labels=labels)
    return Level.UNARY


def _symbol(
    grammar: Grammar, start: int, level: Level, binding: int, *, labels: bool
) -> tuple[Level, bool]:
    token = grammar.current
    if token.value not in BINARY:
        grammar.note_missing(token)
    own = BINARY.get(token.value, (binding, Level.RANGE))[1]
    _enclose_below(grammar, start, grammar.index - 1, level, own)
    grammar.advance()
    if grammar.word in _QUANTIFIERS:
        _quantified(grammar)
        return own, False
    _right(grammar, binding + 1, own, labels=labels)
    return own, True


def _quantified(grammar: Grammar) -> None:
    """``ANY (query or array)``."""
    grammar.advance()
    parenthesised(grammar)


def _right(grammar: Grammar, least: int, own: Level, *, labels: bool) -> None:
    """The right operand of an operator of level ``own``."""
    first = grammar.index
    level = expression(grammar, least, labels=labels)
    _enclose_below(grammar, first, grammar.index - 1, level, own + 1)


def _enclose_below(grammar: Grammar, first: int, last: int, level: int, least: int) -> None:
    if level < least:
        grammar.spelling.enclose(first, last)


# --- operators that are words ---

_Ended = tuple[Level, bool]  # the level, and whether an operand is last


def _logical(own: Level, binding: Binding) -> Callable[[Grammar, int, Level, bool], _Ended]:
    def rule(grammar: Grammar, start: int, level: Level, labels: bool) -> _Ended:
        _enclose_below(grammar, start, grammar.index - 1, level, own)
        grammar.advance()
        _right(grammar, binding + 1, own, labels=labels)
        return own, True

    return rule


def _is(grammar: Grammar, start: int, level: Level, labels: bool) -> _Ended:
    _enclose_below(grammar, start, grammar.index - 1, level, Level.EQUALITY)
    place = grammar.index
    grammar.advance()
    is_negated = grammar.take_word("not")
    if grammar.take_words("distinct", "from"):
        _right(grammar, Binding.IS + 1, Level.RANGE, labels=labels)
        return Level.EQUALITY, True
    if grammar.take_word("null", "true", "false", "unknown", "document"):
        return Level.EQUALITY, False
    form = grammar.word
    if not grammar.take_word("nfc", "nfd", "nfkc", "nfkd"):
        form = "nfc"
    grammar.expect_words("normalized")
    _normalized(grammar, start, place, form, is_negated=is_negated)
    return Level.EQUALITY, False


def _normalized(grammar: Grammar, start: int, place: int, form: str, *, is_negated: bool) -> None:
    """``x IS NFC NORMALIZED`` is a call of is_normalized."""
    spelling = grammar.spelling
    opening = "(NOT is_normalized(" if is_negated else "is_normalized("
    spelling.enclose(start, place - 1, opening, f", '{form.upper()}')")
    spelling.drop(place, grammar.index)
    if is_negated:
        spelling.behind[place - 1] += ")"


def _null_test(grammar: Grammar, start: int, level: Level, labels: bool) -> _Ended:
    """ISNULL and NOTNULL."""
    del labels  # nothing is behind them
    _enclose_below(grammar, start, grammar.index - 1, level, Level.RANGE)
    grammar.advance()
    return Level.RANGE, False


def _pattern(grammar: Grammar, start: int, level: Level, labels: bool) -> _Ended:
    """BETWEEN, IN, LIKE, ILIKE, SIMILAR TO, OVERLAPS, with NOT before them or not."""
    _enclose_below(grammar, start, grammar.index - 1, level, Level.RANGE)
    if grammar.word == "not":
        grammar.advance()
    word = grammar.word
    grammar.advance()
    if word == "in":
        parenthesised(grammar)
        return Level.RANGE, False
    if word == "similar":
        grammar.expect_words("to")
    elif word == "between":
        grammar.take_word("symmetric", "asymmetric")
        _right(grammar, Binding.PATTERN + 1, Level.RANGE, labels=False)
        grammar.expect_words("and")
    elif word in {"like", "ilike"} and grammar.word in _QUANTIFIERS:
        _quantified(grammar)
        return Level.RANGE, False
    _right(grammar, Binding.PATTERN + 1, Level.RANGE, labels=labels)
    if word in {"like", "ilike", "similar"} and grammar.take_word("escape"):
        _right(grammar, Binding.PATTERN + 1, Level.RANGE, labels=labels)
    return Level.RANGE, True


def _at_time_zone(grammar: Grammar, start: int, level: Level, labels: bool) -> _Ended:
    _enclose_below(grammar, start, grammar.index - 1, level, Level.UNARY)
    grammar.advance()
    grammar.expect_words("time", "zone")
    _right(grammar, Binding.AT + 1, Level.POWER, labels=labels)
    return Level.FACTOR, True


def _collate(grammar: Grammar, start: int, level: Level, labels: bool) -> _Ended:
    del labels  # a name is behind it
    _enclose_below(grammar, start, grammar.index - 1, level, Level.FACTOR)
    grammar.advance()
    grammar.expect_qualified_name()
    return Level.TERM, False


_WORD_RULES: Final[dict[str, Callable[[Grammar, int, Level, bool], _Ended]]] = {
    "or": _logical(Level.OR, Binding.OR),
    "and": _logical(Level.AND, Binding.AND),
    "is": _is,
    "isnull": _null_test,
    "notnull": _null_test,
    "at": _at_time_zone,
    "collate": _collate,
    **dict.fromkeys((*_NEGATABLE, "not", "overlaps"), _pattern),
}

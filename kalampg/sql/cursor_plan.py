"""DECLARE, FETCH and MOVE: cursors of SQL, which are portals with a name of the client's choice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from kalampg import errors
from kalampg.sql.lexer import TokenKind
from kalampg.sql.token_stream import TokenStream


class Direction(Enum):
    """What a FETCH counts from."""

    FORWARD = "forward"
    BACKWARD = "backward"
    ABSOLUTE = "absolute"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class DeclareCursor:
    """DECLARE; ``text`` is the query, at ``offset``. ``is_scroll`` None: as it happens to be.

    ``is_held``: WITH HOLD, it outlives its transaction.
    """

    name: str
    text: str
    offset: int
    is_scroll: bool | None = None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """FETCH, or MOVE; ``count`` None is ALL."""

    name: str
    direction: Direction
    count: int | None
    is_move: bool


def parse_declare(tokens: TokenStream) -> DeclareCursor:
    """DECLARE name [options] CURSOR [WITH HOLD | WITHOUT HOLD] FOR query."""
    tokens.expect_words("declare")
    name = tokens.expect_name()
    is_scroll: bool | None = None
    while not tokens.current.is_word("cursor"):
        if tokens.take_words("no", "scroll"):
            is_scroll = False
        elif tokens.take_words("scroll"):
            is_scroll = True
        elif tokens.current.is_word("binary"):
            raise errors.FeatureNotSupported(
                "binary cursors are not supported",
                hint="Ask for binary results of FETCH in the extended protocol.",
                position=tokens.position,
            )
        elif tokens.take_one_of("asensitive", "insensitive") is None:
            raise tokens.syntax_error()
    tokens.expect_words("cursor")
    is_held = tokens.take_words("with", "hold")
    if not is_held:
        tokens.take_words("without", "hold")
    tokens.expect_words("for")
    first = tokens.current
    if not first.is_word("select", "values", "with", "table") and not first.is_symbol("("):
        raise tokens.syntax_error()
    text = tokens.text[first.start :].rstrip(" ;\t\r\n")
    while not tokens.at_end:
        tokens.advance()
    return DeclareCursor(name, text, first.start, is_scroll, bool(is_held))


def parse_fetch(tokens: TokenStream) -> FetchPlan:
    """FETCH and MOVE [direction] [FROM | IN] name."""
    is_move = tokens.advance().value == "move"
    direction, count = _direction(tokens)
    tokens.take_one_of("from", "in")
    return FetchPlan(tokens.expect_name(), direction, count, is_move)


_WORDS: Final = {
    "next": (Direction.FORWARD, 1),
    "prior": (Direction.BACKWARD, 1),
    "first": (Direction.ABSOLUTE, 1),
    "last": (Direction.ABSOLUTE, -1),
    "all": (Direction.FORWARD, None),
}


def _direction(tokens: TokenStream) -> tuple[Direction, int | None]:
    if tokens.ahead().kind is TokenKind.END:
        return Direction.FORWARD, 1  # A cursor's name alone, whatever word it is.
    word = tokens.take_one_of(*_WORDS)
    if word is not None:
        return _WORDS[word]
    count = _signed(tokens)
    if count is not None:
        return Direction.FORWARD, count
    word = tokens.take_one_of("absolute", "relative")
    if word is not None:
        count = _signed(tokens)
        if count is None:
            raise tokens.syntax_error()
        return Direction(word), count
    word = tokens.take_one_of("forward", "backward")
    if word is None:
        return Direction.FORWARD, 1
    if tokens.take_words("all"):
        return Direction(word), None
    count = _signed(tokens)
    return Direction(word), 1 if count is None else count


def _signed(tokens: TokenStream) -> int | None:
    sign = tokens.take_symbol("-", "+")
    if sign is None and tokens.current.kind is not TokenKind.INTEGER:
        return None
    value = tokens.expect_integer()
    return -value if sign == "-" else value

"""The tokens of one statement with a current one, and the spelling that sqlglot is to read."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from kalampg.sql.keywords import NOT_NAMES
from kalampg.sql.lexer import Token, TokenKind, syntax_error_at

_NAMES: Final = (TokenKind.WORD, TokenKind.QUOTED)


@dataclass(frozen=True, slots=True)
class Spelling:
    """What to write for sqlglot instead of, before and behind tokens, by their numbers."""

    instead: dict[int, str] = field(default_factory=dict)
    before: dict[int, str] = field(default_factory=dict)
    behind: dict[int, str] = field(default_factory=dict)

    def drop(self, start: int, end: int) -> None:
        """Write nothing for the tokens from ``start`` until before ``end``."""
        self.instead.update(dict.fromkeys(range(start, end), ""))

    def enclose(self, first: int, last: int, opening: str = "(", closing: str = ")") -> None:
        """Put something around the tokens from ``first`` to ``last``, outside of what is there."""
        self.before[first] = opening + self.before.get(first, "")
        self.behind[last] = self.behind.get(last, "") + closing


class Reader:
    """A cursor over tokens, of which the last is END.

    Invariants:
        - ``word`` is the value of the current token if that is a word without quotes, else empty.
        - ``symbol`` is the value of the current token if that is punctuation or an operator.
    """

    __slots__ = ("current", "index", "spelling", "symbol", "text", "tokens", "word")

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.spelling = Spelling()
        self.index = -1
        self.advance()

    def advance(self) -> None:
        """Go on to the next token; behind END is nothing."""
        self.index += 1
        self.current = token = self.tokens[self.index]
        kind = token.kind
        self.word = token.value if kind is TokenKind.WORD else ""
        is_symbol = kind is TokenKind.PUNCTUATION or kind is TokenKind.OPERATOR
        self.symbol = token.value if is_symbol else ""

    def ahead(self, distance: int = 1) -> Token:
        return self.tokens[min(self.index + distance, len(self.tokens) - 1)]

    def fail(self, token: Token | None = None) -> NoReturn:
        """42601 at the current token, as PostgreSQL words it."""
        token = token or self.current
        raise syntax_error_at(self.text, token.start, token.end)

    # --- words and symbols ---

    def at_words(self, *words: str) -> bool:
        return all(self.ahead(place).is_word(word) for place, word in enumerate(words))

    def take_word(self, *words: str) -> bool:
        """Pass one of the words if it comes next."""
        if self.word not in words or not self.word:
            return False
        self.advance()
        return True

    def take_words(self, *words: str) -> bool:
        """Pass the first word if it comes next; then the others must follow."""
        if self.word != words[0]:
            return False
        self.expect_words(*words)
        return True

    def expect_words(self, *words: str) -> None:
        for word in words:
            if self.word != word:
                self.fail()
            self.advance()

    def expect_one_of(self, *words: str) -> None:
        if not self.take_word(*words):
            self.fail()

    def take_symbol(self, symbol: str) -> bool:
        if self.symbol != symbol:
            return False
        self.advance()
        return True

    def expect_symbol(self, symbol: str) -> None:
        if self.symbol != symbol:
            self.fail()
        self.advance()

    # --- names ---

    def is_name(self, token: Token, reserved: Container[str] = NOT_NAMES) -> bool:
        kind = token.kind
        return kind is TokenKind.QUOTED or (kind is TokenKind.WORD and token.value not in reserved)

    def take_name(self) -> bool:
        """A ColId: neither a reserved word nor one that names functions and types only."""
        if not self.is_name(self.current):
            return False
        self.advance()
        return True

    def expect_name(self) -> None:
        if not self.take_name():
            self.fail()

    def expect_label(self) -> None:
        """A ColLabel: any word."""
        if self.current.kind not in _NAMES:
            self.fail()
        self.advance()

    def expect_names(self) -> None:
        """``a, b, c``."""
        self.expect_name()
        while self.take_symbol(","):
            self.expect_name()

    def expect_qualified_name(self) -> None:
        """``a.b.c``."""
        self.expect_name()
        while self.take_symbol("."):
            self.expect_label()

    def expect_string(self) -> None:
        self.expect_kind(TokenKind.STRING)

    def expect_kind(self, kind: TokenKind) -> None:
        if self.current.kind is not kind:
            self.fail()
        self.advance()

    def written(self, start: int, end: int) -> str:
        """The text of the tokens from ``start`` until before ``end``."""
        if start == end:
            return ""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

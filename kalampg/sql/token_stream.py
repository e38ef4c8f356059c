"""A cursor over the tokens of one statement: what the hand-written parsers are made of."""

from __future__ import annotations

from kalampg.errors import SyntaxError as PgSyntaxError
from kalampg.sql.keywords import NOT_NAMES
from kalampg.sql.lexer import Token, TokenKind, syntax_error_at, tokenize
from kalampg.sql.table_name import TableName


class TokenStream:
    """Tokens of ``text`` with a current one.

    ``take_*`` return None or False and stay where they are when the token is another; ``expect_*``
    raise 42601 as PostgreSQL words it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokenize(text)
        if len(self._tokens) > 1 and self._tokens[-2].is_symbol(";"):
            del self._tokens[-2]
        self._index = 0

    @property
    def current(self) -> Token:
        return self._tokens[self._index]

    def ahead(self, distance: int = 1) -> Token:
        return self._tokens[min(self._index + distance, len(self._tokens) - 1)]

    @property
    def at_end(self) -> bool:
        return self.current.kind is TokenKind.END

    @property
    def position(self) -> int:
        """1-based position of the current token, for errors."""
        return self.current.start + 1

    def advance(self) -> Token:
        token = self.current
        if token.kind is not TokenKind.END:
            self._index += 1
        return token

    def syntax_error(self, token: Token | None = None) -> PgSyntaxError:
        token = token or self.current
        return syntax_error_at(self.text, token.start, token.end)

    # --- key words and symbols ---

    def at_words(self, *words: str) -> bool:
        """Do exactly these key words come next?"""
        return all(self.ahead(i).is_word(word) for i, word in enumerate(words))

    def take_words(self, *words: str) -> bool:
        if not self.at_words(*words):
            return False
        for _ in words:
            self.advance()
        return True

    def take_one_of(self, *words: str) -> str | None:
        if self.current.is_word(*words):
            return self.advance().value
        return None

    def expect_words(self, *words: str) -> None:
        for word in words:
            if not self.current.is_word(word):
                raise self.syntax_error()
            self.advance()

    def take_symbol(self, *symbols: str) -> str | None:
        if self.current.is_symbol(*symbols):
            return self.advance().value
        return None

    def expect_symbol(self, symbol: str) -> None:
        if self.take_symbol(symbol) is None:
            raise self.syntax_error()

    def expect_end(self) -> None:
        if not self.at_end:
            raise self.syntax_error()

    # --- names and values ---

    def take_name(self) -> str | None:
        token = self.current
        if token.kind is TokenKind.QUOTED:
            return self.advance().value
        if token.kind is TokenKind.WORD and token.value not in NOT_NAMES:
            return self.advance().value
        return None

    def expect_name(self) -> str:
        name = self.take_name()
        if name is None:
            raise self.syntax_error()
        return name

    def expect_label(self) -> str:
        """Any word or quoted identifier, reserved ones too."""
        if self.current.kind not in {TokenKind.WORD, TokenKind.QUOTED}:
            raise self.syntax_error()
        return self.advance().value

    def expect_table_name(self) -> TableName:
        parts = [self.expect_name()]
        while self.take_symbol("."):
            parts.append(self.expect_label())
        if len(parts) > 3:
            raise PgSyntaxError(
                f"improper qualified name (too many dotted names): {'.'.join(parts)}",
                position=self.position,
            )
        return TableName(parts[-2] if len(parts) > 1 else None, parts[-1])

    def take_string(self) -> str | None:
        if self.current.kind is TokenKind.STRING:
            return self.advance().value
        return None

    def expect_string(self) -> str:
        value = self.take_string()
        if value is None:
            raise self.syntax_error()
        return value

    def expect_integer(self) -> int:
        if self.current.kind is not TokenKind.INTEGER:
            raise self.syntax_error()
        return int(self.advance().value)

    def expect_name_or_string(self) -> str:
        """KalamDB writes many names as strings; unquoted and quoted identifiers are fine too."""
        value = self.take_string()
        return self.expect_name() if value is None else value

    def take_if_exists(self) -> bool:
        return self.take_words("if", "exists")

    def take_if_not_exists(self) -> bool:
        return self.take_words("if", "not", "exists")

    def text_between(self, start: int, end: int) -> str:
        return self.text[start:end].strip()

    def skip_expression(self, *stop_words: str) -> str:
        """Pass one expression: up to a top-level comma, ``)``, stop word or the end."""
        start = self.current.start
        end = start
        depth = 0
        while not self.at_end:
            token = self.current
            is_stop = token.is_symbol(",", ")", "]") or token.is_word(*stop_words)
            if is_stop and depth == 0 and (end > start or not token.is_word("null")):
                break
            if token.is_symbol("(", "["):
                depth += 1
            elif token.is_symbol(")", "]"):
                depth -= 1
            end = self.advance().end
        if end == start:
            raise self.syntax_error()
        return self.text_between(start, end)

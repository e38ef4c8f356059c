"""The rules that contain themselves: expressions and queries are made of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from kalampg.sql.grammar import operands, operators, queries
from kalampg.sql.grammar.precedence import Binding, Level
from kalampg.sql.grammar.reader import Reader
from kalampg.sql.lexer import Token


class Grammar(Reader):
    """A reader that passes expressions and queries.

    ``missing`` is the first operator that does not exist, ``misplaced_default`` the first DEFAULT
    that is for no column: errors only once the statement is known to be well formed.
    """

    __slots__ = ("_with_clause", "misplaced_default", "missing")

    def __init__(
        self, text: str, tokens: Sequence[Token], with_clause: Callable[[Grammar], None]
    ) -> None:
        """``with_clause`` passes WITH, which may hold any statement."""
        super().__init__(text, tokens)
        self._with_clause = with_clause
        self.missing: Token | None = None
        self.misplaced_default: Token | None = None

    def note_missing(self, operator: Token) -> None:
        """PostgreSQL has no such operator."""
        self.missing = self.missing or operator

    @contextmanager
    def writing(self) -> Iterator[None]:
        """DEFAULT is fine here."""
        before = self.misplaced_default
        yield
        self.misplaced_default = before

    # --- expressions ---

    def expression(self, least: int = Binding.OR, *, labels: bool = False) -> None:
        """Pass one expression; see ``operators.expression``."""
        operators.expression(self, least, labels=labels)

    def operators(self, start: int) -> None:
        """Pass what follows the operand in parentheses that began at token ``start``."""
        operators.operators(self, start, Level.PRIMARY, Binding.OR, labels=False)

    def operand(self) -> None:
        """Pass one operand of operators."""
        operands.operand(self)

    def subscript(self) -> None:
        """Pass ``[1]`` or ``[1:2]``."""
        self.expect_symbol("[")
        operands.subscript(self)

    def expressions(self) -> None:
        """Pass ``a, b, c``."""
        operators.expression(self, Binding.OR, labels=False)
        while self.symbol == ",":
            self.advance()
            operators.expression(self, Binding.OR, labels=False)

    def sort_keys(self) -> None:
        """Pass what is behind ORDER BY."""
        queries.sort_keys(self)

    # --- queries ---

    def at_query(self) -> bool:
        """Whether a query comes next; VALUES without rows is a name."""
        if self.word == "values":
            return self.ahead().is_symbol("(")
        return self.word in queries.QUERY_WORDS

    def query(self) -> None:
        """Pass a query, whether it is in parentheses or not."""
        queries.query(self)

    def query_in_parentheses(self) -> None:
        """Pass ``(SELECT ...)``."""
        queries.query_in_parentheses(self)

    def goes_on_as_query(self) -> bool:
        return queries.goes_on_as_query(self)

    def rest_of_query(self) -> None:
        """Pass what follows a query in parentheses that is a part of a query."""
        queries.rest_of_query(self)

    def with_clause(self) -> None:
        """Pass ``WITH a AS (...)``."""
        self._with_clause(self)

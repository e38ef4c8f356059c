"""Whole statements, and the WITH before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from kalampg import errors
from kalampg.sql.grammar.changes import delete, insert, merge, update
from kalampg.sql.grammar.grammar import Grammar
from kalampg.sql.grammar.reader import Spelling
from kalampg.sql.lexer import Token, TokenKind

_CHANGES: Final[dict[str, Callable[[Grammar], None]]] = {
    "insert": insert,
    "update": update,
    "delete": delete,
    "merge": merge,
}


def check(text: str, tokens: Sequence[Token]) -> Spelling:
    """Pass the one statement of ``tokens``; answers how to write it for sqlglot.

    Raises:
        SyntaxError: 42601 with a position, where PostgreSQL would stop
        UndefinedFunction: 42883, an operator that does not exist
        FeatureNotSupported: 0A000, WHERE CURRENT OF
    """
    grammar = Grammar(text, tokens, with_clause)
    statement(grammar)
    while grammar.take_symbol(";"):
        pass
    if grammar.current.kind is not TokenKind.END:
        if grammar.tokens[grammar.index - 1].is_symbol(";"):
            raise errors.SyntaxError("cannot insert multiple commands into a prepared statement")
        grammar.fail()
    if grammar.missing is not None:
        raise errors.UndefinedFunction(
            f"operator does not exist: {grammar.missing.value}",
            hint="No operator matches the given name. PostgreSQL's operators are supported.",
            position=grammar.missing.start + 1,
        )
    if grammar.misplaced_default is not None:
        raise errors.SyntaxError(
            "DEFAULT is not allowed in this context",
            position=grammar.misplaced_default.start + 1,
        )
    return grammar.spelling


def statement(grammar: Grammar) -> None:
    """A query or a data change; a CTE may be either."""
    if grammar.word == "with":
        with_clause(grammar)
    rule = _CHANGES.get(grammar.word)
    if rule is None:
        grammar.query()
    else:
        rule(grammar)


def with_clause(grammar: Grammar) -> None:
    """``WITH a AS (...), b AS (...)``."""
    grammar.expect_words("with")
    following = grammar.ahead()
    if not (following.is_word("as") or following.is_symbol("(")):  # Then it is a name.
        grammar.take_word("recursive")
    while True:
        grammar.expect_name()
        if grammar.take_symbol("("):
            grammar.expect_names()
            grammar.expect_symbol(")")
        grammar.expect_words("as")
        if grammar.take_word("not"):
            grammar.expect_words("materialized")
        else:
            grammar.take_word("materialized")
        grammar.expect_symbol("(")
        statement(grammar)
        grammar.expect_symbol(")")
        if grammar.word in {"search", "cycle"}:
            _search_and_cycle(grammar)
        if not grammar.take_symbol(","):
            return


def _search_and_cycle(grammar: Grammar) -> None:
    if grammar.take_word("search"):
        grammar.expect_one_of("depth", "breadth")
        grammar.expect_words("first", "by")
        grammar.expect_names()
        grammar.expect_words("set")
        grammar.expect_name()
    if grammar.take_word("cycle"):
        grammar.expect_names()
        grammar.expect_words("set")
        grammar.expect_name()
        if grammar.take_word("to"):
            grammar.operand()
            grammar.expect_words("default")
            grammar.operand()
        grammar.expect_words("using")
        grammar.expect_name()

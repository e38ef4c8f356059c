"""PREPARE and EXECUTE of SQL: prepared statements by name, as the extended protocol has them."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql.lexer import TokenKind
from kalampg.sql.parse_types import parse_type
from kalampg.sql.token_stream import TokenStream


@dataclass(frozen=True, slots=True)
class PreparePlan:
    """PREPARE name AS ``text``, which starts at ``offset`` of ``source``.

    ``param_oids`` may be fewer than the parameters.
    """

    name: str
    param_oids: tuple[Oid, ...]
    text: str
    offset: int
    source: str


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """The statement in KalamDB's ``EXECUTE "sql"``; it starts at ``offset`` if that is known."""

    text: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class ExecutePlan:
    """EXECUTE of a prepared statement by name, or of one that is written there.

    The arguments are texts of expressions.
    """

    statement: str | WrittenStatement
    arguments: tuple[str, ...]


def parse_prepare(tokens: TokenStream) -> PreparePlan:
    """PREPARE name [(types)] AS statement."""
    tokens.expect_words("prepare")
    if tokens.current.is_word("transaction"):
        raise errors.FeatureNotSupported(
            "PREPARE TRANSACTION is not supported",
            hint="There is no two-phase commit.",
            position=tokens.position,
        )
    name = tokens.expect_name()
    oids: list[Oid] = []
    if tokens.take_symbol("("):
        oids.append(_type(tokens))
        while tokens.take_symbol(","):
            oids.append(_type(tokens))
        tokens.expect_symbol(")")
    tokens.expect_words("as")
    first = tokens.current
    if not first.is_word(
        "select", "insert", "update", "delete", "undelete", "values", "with", "table"
    ) and (not first.is_symbol("(")):
        raise tokens.syntax_error()
    text = tokens.text[first.start :].rstrip(" ;\t\r\n")
    while not tokens.at_end:
        tokens.advance()
    return PreparePlan(name, tuple(oids), text, first.start, tokens.text)


def _type(tokens: TokenStream) -> Oid:
    try:
        return parse_type(tokens)[0]
    except errors.UndefinedObject as error:
        error.hint = "PREPARE names built-in types only: leave others out, or write unknown."
        raise


def parse_execute(tokens: TokenStream) -> ExecutePlan:
    """``EXECUTE name [(expressions)]``, or KalamDB's ``EXECUTE "sql" WITH [expressions]``."""
    tokens.expect_words("execute")
    if tokens.ahead().is_word("with"):
        return _parse_written(tokens)
    name = tokens.expect_name()
    arguments = _arguments(tokens, ")") if tokens.take_symbol("(") else ()
    return ExecutePlan(name, arguments)


def _parse_written(tokens: TokenStream) -> ExecutePlan:
    token = tokens.current
    if token.kind not in {TokenKind.QUOTED, TokenKind.STRING}:
        raise tokens.syntax_error()
    written = tokens.text[token.start : token.end]
    if token.kind is TokenKind.STRING:
        text = token.value
    elif written[0] == '"':
        text = written[1:-1].replace('""', '"')  # Names are cut where they are too long.
    else:
        raise tokens.syntax_error()
    tokens.advance()
    tokens.expect_words("with")
    tokens.expect_symbol("[")
    arguments = () if tokens.take_symbol("]") else _arguments(tokens, "]")
    offset = token.start + 1 if written[1:-1] == text else None
    return ExecutePlan(WrittenStatement(text, offset), arguments)


def _arguments(tokens: TokenStream, closing: str) -> tuple[str, ...]:
    arguments = [tokens.skip_expression()]
    while tokens.take_symbol(","):
        arguments.append(tokens.skip_expression())
    tokens.expect_symbol(closing)
    return tuple(arguments)

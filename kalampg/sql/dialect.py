"""Reading PostgreSQL as PostgreSQL: sqlglot's parser without its translation of function calls.

sqlglot turns calls into dialect-neutral nodes while it parses and forgets what was written: formats
of ``to_char`` become ``strftime`` formats, subscripts shift by one, operands of ``->`` become JSON
paths. The rules that keep PostgreSQL's meaning need what was written, so here every call stays
``exp.Anonymous`` with its own name and arguments. Syntax that is not a call keeps its own node:
CAST, EXTRACT, CASE, TRIM, OVERLAY, POSITION. ``substring(a from b for c)`` is the call
``substring(a, b, c)``, names without parentheses (``current_date``) are calls with no arguments.

    >>> parse_one("SELECT arr[1], to_char(d, 'YYYY')").sql(dialect=PostgresReader)
    "SELECT arr[1], TO_CHAR(d, 'YYYY')"

The compiled sqlglot refuses to instantiate subclasses of its parsers made in Python. Its tables of
functions are class attributes, though, so we fill those of a PostgreSQL parser that nothing here
uses (RisingWave's) and leave sqlglot's own dialects as they are. Not Materialize's: it reads every
argument twice, so that the time doubles with each level of nested calls.

Invariant: the time of ``parse`` is bounded for texts of bounded length. Where sqlglot reads a
parenthesis twice (names of types, brackets), nesting is limited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.parser import Parser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.parsers.risingwave import RisingWaveParser
from sqlglot.tokenizer_core import Token, TokenType

from kalampg import errors

_ParseCall: TypeAlias = Callable[[Parser], exp.Expr]

# Calls whose arguments are not a comma-separated list. sqlglot's own nodes lose nothing here.
_KEPT_CALL_SYNTAX: Final = ("CAST", "EXTRACT", "OVERLAY", "POSITION", "TRIM")


def _substring(parser: Parser) -> exp.Expr:
    """``substring(a from b for c)``, ``(a similar b escape c)``, and the ordinary call."""
    arguments = parser._parse_csv(parser._parse_bitwise)  # noqa: SLF001 - the library's extension point
    if parser._match_text_seq("SIMILAR"):  # noqa: SLF001
        pattern = [parser._parse_bitwise()]  # noqa: SLF001
        if parser._match_text_seq("ESCAPE"):  # noqa: SLF001
            pattern.append(parser._parse_bitwise())  # noqa: SLF001
        arguments += [part for part in pattern if part is not None]
        return exp.Anonymous(this="substring", expressions=arguments)
    start = length = None
    while True:
        if parser._match(TokenType.FROM):  # noqa: SLF001
            start = parser._parse_bitwise()  # noqa: SLF001
        elif parser._match(TokenType.FOR):  # noqa: SLF001
            length = parser._parse_bitwise()  # noqa: SLF001
        else:
            break
    if length is not None and start is None:
        start = exp.Literal.number(1)
    arguments += [part for part in (start, length) if part is not None]
    return exp.Anonymous(this="substring", expressions=arguments)


def _quantified(node: type[exp.Expr]) -> _ParseCall:
    """``ALL (query)`` and ``ALL (array)``; ANY has a parser of its own in the library."""

    def parse_operand(parser: Parser) -> exp.Expr:
        query = parser._parse_select()  # noqa: SLF001
        if query is not None:
            return node(this=query)
        return node(this=exp.Paren(this=parser._parse_bitwise()))  # noqa: SLF001

    return parse_operand


def _absolute(parser: Parser) -> exp.Expr | None:
    """``@ x``; sqlglot has one token for ``@`` and the ``$`` of parameters."""
    if parser._prev.text == "@":  # noqa: SLF001
        return exp.Abs(this=parser._parse_unary())  # noqa: SLF001
    parser._retreat(parser._index - 1)  # noqa: SLF001
    parameter: exp.Expr | None = parser._parse_type()  # noqa: SLF001
    return parameter


def _bare_call(name: str) -> Callable[[], exp.Expr]:
    return lambda: exp.Anonymous(this=name, expressions=[])


def _operator(node: type[exp.Binary]) -> Callable[[Parser, exp.Expr, exp.Expr], exp.Expr]:
    return lambda _, left, right: node(this=left, expression=right)


_CALL_SYNTAX: Final[Mapping[str, _ParseCall]] = {
    **{name: RisingWaveParser.FUNCTION_PARSERS[name] for name in _KEPT_CALL_SYNTAX},
    "SUBSTRING": _substring,
    "ALL": _quantified(exp.All),
    "SOME": _quantified(exp.Any),
}
_BARE_CALLS: Final = {
    TokenType.CURRENT_DATE: "current_date",
    TokenType.CURRENT_TIME: "current_time",
    TokenType.CURRENT_TIMESTAMP: "current_timestamp",
    TokenType.CURRENT_USER: "current_user",
    TokenType.CURRENT_ROLE: "current_role",
    TokenType.CURRENT_CATALOG: "current_catalog",
    TokenType.CURRENT_SCHEMA: "current_schema",
    TokenType.SESSION_USER: "session_user",
    TokenType.LOCALTIME: "localtime",
    TokenType.LOCALTIMESTAMP: "localtimestamp",
}

# COALESCE, NULLIF, GREATEST and LEAST are calls like any other.
RisingWaveParser.FUNCTIONS = {}
RisingWaveParser.FUNCTION_PARSERS = dict(_CALL_SYNTAX)
RisingWaveParser.NO_PAREN_FUNCTIONS = {
    token: _bare_call(name) for token, name in _BARE_CALLS.items()
}
RisingWaveParser.NO_PAREN_FUNCTION_PARSERS = {
    name: parse
    for name, parse in RisingWaveParser.NO_PAREN_FUNCTION_PARSERS.items()
    if name in {"ANY", "CASE", "VARIADIC"}
}
# ``->`` is an operator in arguments too; ``=>`` names an argument.
RisingWaveParser.LAMBDAS = {
    TokenType.FARROW: RisingWaveParser.LAMBDAS[TokenType.FARROW],
    TokenType.COLON_EQ: RisingWaveParser.LAMBDAS[TokenType.FARROW],
}
RisingWaveParser.JSON_OPERATORS = {
    TokenType.ARROW: _operator(exp.JSONExtract),
    TokenType.DARROW: _operator(exp.JSONExtractScalar),
    TokenType.HASH_ARROW: _operator(exp.JSONBExtract),
    TokenType.DHASH_ARROW: _operator(exp.JSONBExtractScalar),
    TokenType.PLACEHOLDER: _operator(exp.JSONBContainsTopKey),
}


RisingWaveParser.UNARY_PARSERS = {
    **RisingWaveParser.UNARY_PARSERS,
    TokenType.PARAMETER: _absolute,
}


class PostgresReader(Postgres):
    """PostgreSQL as written: subscripts and calls are left alone."""

    INDEX_OFFSET = 0
    Parser: type[PostgresParser] = RisingWaveParser


_READER: Final = PostgresReader()
_OPENING: Final = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING: Final = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_TYPE_TOKENS: Final = frozenset(RisingWaveParser.TYPE_TOKENS)
# 2 ** 10 attempts take about 10 ms.
_AMBIGUOUS_LEVELS_MAX: Final = 10


def parse(text: str) -> list[exp.Expr | None]:
    """The statements of ``text``; raises sqlglot's ParseError or TokenError.

    Raises:
        StatementTooComplex: 54001, it would take too long.
    """
    tokens = _READER.tokenize(text)
    _refuse_ambiguous_nesting(tokens)
    return list(_READER.parser().parse(tokens, text))


def _refuse_ambiguous_nesting(tokens: list[Token]) -> None:
    """Each level of what may be a type or may not be one doubles the library's time."""
    open_levels: list[bool] = []
    ambiguous = 0
    before: TokenType | None = None
    for token in tokens:
        kind = token.token_type
        if kind in _OPENING:
            is_ambiguous = kind is TokenType.L_BRACKET or before in _TYPE_TOKENS
            open_levels.append(is_ambiguous)
            ambiguous += is_ambiguous
            if ambiguous > _AMBIGUOUS_LEVELS_MAX:
                raise errors.StatementTooComplex(
                    "stack depth limit exceeded",
                    hint="Write the statement with less nesting of arrays and type names.",
                )
        elif kind in _CLOSING and open_levels:
            ambiguous -= open_levels.pop()
        before = kind


def parse_one(text: str) -> exp.Expr:
    """The one statement of ``text``."""
    [statement] = parse(text)
    assert statement is not None
    return statement

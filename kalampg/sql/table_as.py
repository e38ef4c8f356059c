"""CREATE TABLE AS and SELECT INTO: a table to be, and the query that fills it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kalampg import errors
from kalampg.relation import TableOptions, TableType
from kalampg.sql.lexer import Token
from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream

_NO_OPTIONS: Final = TableOptions()


@dataclass(frozen=True, slots=True)
class CreateTableAs:
    """The columns are those of ``query``; ``columns`` name the first of them.

    ``offset`` is where the query begins in the statement. Without data, only the table is made.
    """

    table: TableName
    query: str
    offset: int = 0
    columns: tuple[str, ...] = ()
    table_type: TableType | None = None
    options: TableOptions = field(default=_NO_OPTIONS)
    if_not_exists: bool = False
    has_data: bool = True
    is_temporary: bool = False
    on_commit: str = ""


def rest_as_query(tokens: TokenStream) -> tuple[str, int, bool]:
    """The query that begins here, its offset, and whether its rows are wanted.

    Raises:
        SyntaxError: 42601. FeatureNotSupported: 0A000, AS EXECUTE.
    """
    if tokens.current.is_word("execute"):
        raise errors.FeatureNotSupported(
            "CREATE TABLE AS EXECUTE is not supported",
            hint="Write the query.",
            position=tokens.position,
        )
    first = tokens.current
    if not (first.is_word("select", "with", "values", "table") or first.is_symbol("(")):
        raise tokens.syntax_error()
    has_data, end = True, first.start
    while not tokens.at_end:
        if tokens.at_words("with", "data") or tokens.at_words("with", "no", "data"):
            tokens.advance()
            has_data = not tokens.take_words("no")
            tokens.expect_words("data")
            tokens.expect_end()
            break
        end = tokens.advance().end
    return tokens.text[first.start : end], first.start, has_data


def parse_select_into(tokens: TokenStream) -> CreateTableAs | None:
    """SELECT ... INTO table ...; None for a query without INTO. Reads no token for good."""
    found = _into(tokens)
    if found is None:
        return None
    text = tokens.text
    inner = TokenStream(text[found.start :])
    inner.expect_words("into")
    if inner.current.is_word("unlogged"):
        raise errors.FeatureNotSupported("UNLOGGED tables are not supported")
    if inner.current.is_word("local") and inner.ahead().is_word("temp", "temporary"):
        inner.advance()
    is_temporary = inner.current.is_word("temp", "temporary") and not inner.ahead().is_symbol(".")
    if is_temporary:
        inner.advance()
    inner.take_words("table")
    table = inner.expect_table_name()
    end = found.start + inner.current.start
    query = text[: found.start] + " " * (end - found.start) + text[end:]
    return CreateTableAs(table, query, is_temporary=is_temporary)


def _into(tokens: TokenStream) -> Token | None:
    """The INTO of the outermost query."""
    depth = 0
    before = tokens.ahead(0)
    for distance in range(1, len(tokens.text)):
        token = tokens.ahead(distance)
        if token.start >= len(tokens.text) or token is before:
            return None
        depth += token.is_symbol("(") - token.is_symbol(")")
        is_into = token.is_word("into") and not before.is_word("insert", "merge")
        if depth == 0 and is_into:
            return token
        before = token
    return None

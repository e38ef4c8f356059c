"""COPY: what is copied, which way, and its options in the new and in the old spelling.

Source:
    PostgreSQL documentation, "sql-copy"; ``CopyStmt`` in ``gram.y``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kalampg import errors
from kalampg.sql.copy_options import CopyOptions
from kalampg.sql.copy_plan import CopyPlan
from kalampg.sql.lexer import TokenKind
from kalampg.sql.statements import TableName
from kalampg.sql.token_stream import TokenStream

_COLUMN_LISTS: Final = frozenset({"force_quote", "force_null", "force_not_null"})


def parse_copy(tokens: TokenStream) -> CopyPlan:
    """COPY table [(columns)] FROM | TO, COPY (query) TO.

    Raises:
        SyntaxError: 42601.
        InsufficientPrivilege: 42501, the data is to be on the server's disk.
    """
    tokens.expect_words("copy")
    table: TableName | None = None
    columns: tuple[str, ...] = ()
    query, query_offset = None, 0
    is_old_binary = tokens.take_words("binary")
    if not is_old_binary and tokens.current.is_symbol("("):
        query, query_offset = _query(tokens)
        tokens.expect_words("to")
        is_from = False
    else:
        table = tokens.expect_table_name()
        if tokens.current.is_symbol("("):
            columns = _names(tokens)
        is_from = tokens.take_words("from")
        if not is_from:
            tokens.expect_words("to")
    _stream(tokens, is_from=is_from)
    options = CopyOptions(is_from=is_from)
    if is_old_binary:
        options.set("format", "binary")
    if tokens.take_words("using", "delimiters"):
        options.set("delimiter", tokens.expect_string())
    _options(tokens, options)
    if is_from and tokens.current.is_word("where"):
        raise errors.FeatureNotSupported(
            "COPY FROM ... WHERE is not supported",
            hint="Copy into another table, and INSERT ... SELECT from there.",
            position=tokens.position,
        )
    return CopyPlan(
        table,
        columns,
        query,
        query_offset,
        is_from,
        options.format(),
        options.columns("force_quote"),
        options.columns("force_null"),
        options.columns("force_not_null"),
    )


def _query(tokens: TokenStream) -> tuple[str, int]:
    """The text between the parentheses, and where it starts."""
    tokens.expect_symbol("(")
    start = end = tokens.current.start
    depth = 1
    while True:
        if tokens.at_end:
            raise tokens.syntax_error()
        token = tokens.advance()
        if token.is_symbol("("):
            depth += 1
        elif token.is_symbol(")"):
            depth -= 1
            if depth == 0:
                return tokens.text[start:end], start
        end = token.end


def _stream(tokens: TokenStream, *, is_from: bool) -> None:
    if tokens.take_one_of("stdin", "stdout"):
        return
    is_program = tokens.take_words("program")
    if tokens.take_string() is None:
        raise tokens.syntax_error()
    what = f"{'from' if is_from else 'to'} {'an external program' if is_program else 'a file'}"
    role = "pg_execute_server_program" if is_program else (
        "pg_read_server_files" if is_from else "pg_write_server_files"
    )  # fmt: skip
    raise errors.InsufficientPrivilege(
        f"permission denied to COPY {what}",
        detail=f'Only roles with privileges of the "{role}" role may COPY {what}.',
        hint="Anyone can COPY to stdout or from stdin. "
        "psql's \\copy command also works for anyone.",
    )


def _names(tokens: TokenStream) -> tuple[str, ...]:
    tokens.expect_symbol("(")
    names = [tokens.expect_name()]
    while tokens.take_symbol(","):
        names.append(tokens.expect_name())
    tokens.expect_symbol(")")
    return tuple(names)


# --- options ---


def _options(tokens: TokenStream, options: CopyOptions) -> None:
    has_with = tokens.take_words("with")
    if tokens.take_symbol("("):
        while True:
            _new_option(tokens, options)
            if not tokens.take_symbol(","):
                break
        tokens.expect_symbol(")")
        return
    if has_with and tokens.at_end:
        raise tokens.syntax_error()
    while not tokens.at_end and not tokens.current.is_word("where"):
        _old_option(tokens, options)


def _new_option(tokens: TokenStream, options: CopyOptions) -> None:
    position = tokens.position
    name = tokens.expect_label()
    if name in _COLUMN_LISTS:
        value: str | tuple[str, ...] = ("*",) if tokens.take_symbol("*") else ()
        value = value or _names(tokens)
    elif tokens.current.is_symbol(",", ")"):
        value = "true"
    else:
        value = _option_value(tokens)
    options.set(name, value, position)


def _option_value(tokens: TokenStream) -> str:
    token = tokens.current
    if token.kind in {TokenKind.STRING, TokenKind.WORD, TokenKind.QUOTED, TokenKind.INTEGER}:
        return tokens.advance().value
    raise tokens.syntax_error()


def _old_option(tokens: TokenStream, options: CopyOptions) -> None:
    position = tokens.position
    word = tokens.expect_label()
    parse = _OLD_OPTIONS.get(word)
    if parse is None:
        raise errors.SyntaxError(f'syntax error at or near "{word}"', position=position)
    name, value = parse(tokens, word)
    options.set(name, value, position)


def _old_format(tokens: TokenStream, word: str) -> tuple[str, str]:
    return "format", word


def _old_flag(tokens: TokenStream, word: str) -> tuple[str, str]:
    return word, "true"


def _old_string(tokens: TokenStream, word: str) -> tuple[str, str]:
    tokens.take_words("as")
    return word, tokens.expect_string()


def _old_force(tokens: TokenStream, word: str) -> tuple[str, tuple[str, ...]]:
    if tokens.take_words("quote"):
        if tokens.take_symbol("*"):
            return "force_quote", ("*",)
        name = "force_quote"
    elif tokens.take_words("not", "null"):
        name = "force_not_null"
    else:
        tokens.expect_words("null")
        name = "force_null"
    names = [tokens.expect_name()]
    while tokens.take_symbol(","):
        names.append(tokens.expect_name())
    return name, tuple(names)


_OLD_OPTIONS: Final[
    dict[str, Callable[[TokenStream, str], tuple[str, str] | tuple[str, tuple[str, ...]]]]
] = {
    "binary": _old_format,
    "csv": _old_format,
    "freeze": _old_flag,
    "header": _old_flag,
    "delimiter": _old_string,
    "null": _old_string,
    "quote": _old_string,
    "escape": _old_string,
    "encoding": _old_string,
    "force": _old_force,
}

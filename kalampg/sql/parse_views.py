"""CREATE, ALTER and DROP VIEW: tokens to statements. The query is left as text."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.sql.parse_temporary import take_temporary, temporary_words
from kalampg.sql.token_stream import TokenStream
from kalampg.sql.view_statements import AlterView, CreateView, DropView

_OPTIONS: Final = frozenset({"security_invoker", "security_barrier", "check_option"})
_TRUE: Final = frozenset({"true", "on", "1"})
_FALSE: Final = frozenset({"false", "off", "0"})


def at_create_view(tokens: TokenStream) -> bool:
    """Whether CREATE is followed by a view."""
    is_replace = tokens.ahead().is_word("or") and tokens.ahead(2).is_word("replace")
    ahead = 3 if is_replace else 1
    return tokens.ahead(ahead + temporary_words(tokens, ahead)).is_word("view")


def parse_create_view(tokens: TokenStream) -> CreateView:
    """The rest of the statement after CREATE."""
    or_replace = tokens.take_words("or", "replace")
    is_temporary = take_temporary(tokens)
    tokens.expect_words("view")
    view = tokens.expect_table_name()
    columns: list[str] = []
    if tokens.take_symbol("("):
        columns.append(tokens.expect_name())
        while tokens.take_symbol(","):
            columns.append(tokens.expect_name())
        tokens.expect_symbol(")")
    options = _options(tokens) if tokens.take_words("with") else ()
    tokens.expect_words("as")
    start = tokens.current.start
    if not (
        tokens.current.is_word("select", "with", "values", "table") or tokens.current.is_symbol("(")
    ):
        raise tokens.syntax_error()
    while not tokens.at_end:
        _refuse_check_option(tokens)
        tokens.advance()
    text = tokens.text[start:].rstrip().removesuffix(";").rstrip()
    return CreateView(view, tuple(columns), text, start, options, or_replace, is_temporary)


def parse_alter_view(tokens: TokenStream) -> AlterView:
    """The rest of the statement after ALTER."""
    tokens.expect_words("view")
    if_exists = tokens.take_if_exists()
    statement = AlterView(tokens.expect_table_name(), if_exists=if_exists)
    if tokens.take_words("rename", "to"):
        return replace(statement, new_name=tokens.expect_name())
    if tokens.take_words("rename"):
        tokens.take_words("column")
        column = tokens.expect_name()
        tokens.expect_words("to")
        return replace(statement, column=column, new_column=tokens.expect_name())
    if tokens.take_words("set", "schema"):
        return replace(statement, new_schema=tokens.expect_name())
    if tokens.take_words("owner", "to"):
        return replace(statement, new_owner=tokens.expect_name())
    if tokens.take_words("set"):
        return replace(statement, options=_options(tokens))
    if tokens.take_words("reset"):
        _options(tokens)
        return replace(statement, options=())
    if tokens.current.is_word("alter"):
        raise errors.FeatureNotSupported(
            "defaults of a view's columns are not supported",
            hint="Rows are written to tables.",
            position=tokens.position,
        )
    raise tokens.syntax_error()


def parse_drop_view(tokens: TokenStream) -> DropView:
    """The rest of the statement after DROP."""
    tokens.expect_words("view")
    if_exists = tokens.take_if_exists()
    views = [tokens.expect_table_name()]
    while tokens.take_symbol(","):
        views.append(tokens.expect_table_name())
    return DropView(tuple(views), if_exists, tokens.take_one_of("cascade", "restrict") == "cascade")


def _options(tokens: TokenStream) -> tuple[str, ...]:
    """``(security_invoker = true, ...)``: every view is its reader's, so nothing changes."""
    tokens.expect_symbol("(")
    found: list[str] = []
    while True:
        position = tokens.position
        name = tokens.expect_label().lower()
        if name not in _OPTIONS:
            raise errors.InvalidParameterValue(
                f'unrecognized parameter "{name}"', position=position
            )
        value = "true"
        if tokens.take_symbol("="):
            value = (tokens.take_string() or tokens.advance().value).lower()
        _check_option(name, value)
        found.append(f"{name}={value}")
        if not tokens.take_symbol(","):
            break
    tokens.expect_symbol(")")
    return tuple(found)


def _check_option(name: str, value: str) -> None:
    if name == "check_option":
        raise _no_check_option()
    if value not in _TRUE | _FALSE:
        raise errors.InvalidParameterValue(f'invalid value for boolean option "{name}": {value}')


def _refuse_check_option(tokens: TokenStream) -> None:
    if tokens.current.is_word("with") and (
        tokens.at_words("with", "check", "option") or tokens.ahead().is_word("cascaded", "local")
    ):
        raise _no_check_option()


def _no_check_option() -> errors.FeatureNotSupported:
    return errors.FeatureNotSupported(
        "WITH CHECK OPTION is not supported", hint="Views cannot be written to."
    )

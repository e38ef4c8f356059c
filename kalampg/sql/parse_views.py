"""CREATE, ALTER and DROP VIEW: tokens to statements. The query is left as text."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.sql.parse_temporary import take_temporary, temporary_words
from kalampg.sql.token_stream import TokenStream
from kalampg.sql.view_statements import AlterView, CreateView, DropView

_OPTIONS: Final = frozenset({"security_invoker", "security_barrier", "check_option"})
_CHECK_OPTIONS: Final = frozenset({"local", "cascaded"})
_CHECK_CLAUSES: Final = {
    ("with", "check", "option"): "cascaded",
    ("with", "cascaded", "check", "option"): "cascaded",
    ("with", "local", "check", "option"): "local",
}
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
    end, check_option = _end_of_query(tokens)
    text = tokens.text[start:end].rstrip().removesuffix(";").rstrip()
    options += check_option
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
        return replace(statement, reset_options=_names(tokens))
    if tokens.current.is_word("alter"):
        raise errors.FeatureNotSupported(
            "defaults of a view's columns are not supported",
            hint="The columns of its table have defaults.",
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
    """``(security_invoker = true, ...)``; every view is its reader's whatever is said of that."""
    tokens.expect_symbol("(")
    found: list[str] = []
    while True:
        position = tokens.position
        name = _name(tokens)
        value = "true"
        if tokens.take_symbol("="):
            value = (tokens.take_string() or tokens.advance().value).lower()
        _check_option(name, value, position)
        found.append(f"{name}={value}")
        if not tokens.take_symbol(","):
            break
    tokens.expect_symbol(")")
    return tuple(found)


def _names(tokens: TokenStream) -> tuple[str, ...]:
    """``(check_option, ...)`` of RESET."""
    tokens.expect_symbol("(")
    names = [_name(tokens)]
    while tokens.take_symbol(","):
        names.append(_name(tokens))
    tokens.expect_symbol(")")
    return tuple(names)


def _name(tokens: TokenStream) -> str:
    position = tokens.position
    name = tokens.expect_label().lower()
    if name not in _OPTIONS:
        raise errors.InvalidParameterValue(f'unrecognized parameter "{name}"', position=position)
    return name


def _check_option(name: str, value: str, position: int) -> None:
    if name == "check_option":
        if value not in _CHECK_OPTIONS:
            raise errors.InvalidParameterValue(
                f'invalid value for enum option "check_option": {value}',
                detail='Valid values are "local" and "cascaded".',
                position=position,
            )
    elif value not in _TRUE | _FALSE:
        raise errors.InvalidParameterValue(f'invalid value for boolean option "{name}": {value}')


def _end_of_query(tokens: TokenStream) -> tuple[int, tuple[str, ...]]:
    """Where the query ends, and the option that WITH CHECK OPTION behind it means."""
    while not tokens.at_end:
        end = tokens.current.start
        for words, value in _CHECK_CLAUSES.items():
            if tokens.at_words(*words):
                tokens.expect_words(*words)
                tokens.expect_end()
                return end, (f"check_option={value}",)
        tokens.advance()
    return len(tokens.text), ()

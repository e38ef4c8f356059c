"""ALTER COLUMN ... for identity columns: tokens to statements."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

from kalampg import errors
from kalampg.sql.column_statements import AddIdentity, DropIdentity, IdentityAction, SetIdentity
from kalampg.sql.parse_sequences import parse_option, parse_options
from kalampg.sql.sequence_statements import SequenceOptions
from kalampg.sql.token_stream import TokenStream

_CHANGEABLE: Final = (
    "generated", "increment", "minvalue", "maxvalue", "start", "cache", "cycle", "no", "restart",
)  # fmt: skip


def parse_identity(tokens: TokenStream, name: str) -> IdentityAction | None:
    """The action on an identity column that comes next; None if it is another one."""
    if tokens.take_words("add", "generated"):
        identity = _kind(tokens)
        tokens.expect_words("as", "identity")
        options = SequenceOptions()
        if tokens.take_symbol("("):
            options = parse_options(tokens)
            tokens.expect_symbol(")")
        return AddIdentity(name, identity, options)
    if tokens.take_words("drop", "identity"):
        return DropIdentity(name, tokens.take_if_exists())
    is_change = tokens.current.is_word("set") and tokens.ahead().is_word(*_CHANGEABLE)
    if is_change or tokens.current.is_word("restart"):
        return _changes(tokens, name)
    return None


def _changes(tokens: TokenStream, name: str) -> SetIdentity:
    identity: str | None = None
    options = SequenceOptions()
    while tokens.current.is_word("set", "restart"):
        position = tokens.position
        is_set = tokens.take_words("set")
        if is_set and tokens.take_words("generated"):
            if identity is not None:
                raise errors.SyntaxError("conflicting or redundant options", position=position)
            identity = _kind(tokens)
            continue
        option = parse_option(tokens, may_restart=True)
        if option is None:
            raise tokens.syntax_error()
        blank = SequenceOptions()
        for field in fields(option):
            if getattr(option, field.name) != getattr(blank, field.name):
                if getattr(options, field.name) != getattr(blank, field.name):
                    raise errors.SyntaxError("conflicting or redundant options", position=position)
                options = replace(options, **{field.name: getattr(option, field.name)})
    return SetIdentity(name, identity, options)


def _kind(tokens: TokenStream) -> str:
    if tokens.take_words("always"):
        return "a"
    tokens.expect_words("by", "default")
    return "d"

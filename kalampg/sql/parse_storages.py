"""CREATE, ALTER, DROP and CHECK of storages, in KalamDB's grammars of October and of today.

A syntax error at a string does not quote it: it may be a credential.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.sql.lexer import TokenKind
from kalampg.sql.statements import Statement
from kalampg.sql.storage_statements import (
    AlterStorage,
    CheckStorage,
    CreateStorage,
    DropStorage,
    SetStorage,
    StorageProperties,
)
from kalampg.sql.token_stream import TokenStream

_STORAGE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,63}")
# The word of each property and the field that it sets.
_PROPERTIES: Final = {
    "name": "name",
    "description": "description",
    "path": "base",
    "uri": "base",
    "base_directory": "base",
    "bucket": "bucket",
    "region": "region",
    "credentials": "credentials",
    "config": "config",
    "shared_tables_template": "shared_template",
    "user_tables_template": "user_template",
}


def parse_create_storage(tokens: TokenStream) -> Statement:
    """CREATE STORAGE [IF NOT EXISTS] id TYPE t and properties, after CREATE."""
    tokens.expect_words("storage")
    if_not_exists = tokens.take_if_not_exists()
    storage_id = _storage_id(tokens)
    storage_type: str | None = None
    properties = StorageProperties()
    while not tokens.at_end:
        if storage_type is None and tokens.take_words("type"):
            tokens.take_symbol("=")
            written = tokens.take_string()
            storage_type = (tokens.expect_label() if written is None else written).lower()
        else:
            properties = _property(tokens, properties)
    return CreateStorage(storage_id, storage_type, properties, if_not_exists)


def parse_alter_storage(tokens: TokenStream) -> Statement:
    """ALTER STORAGE id [SET] property [=] value ..., after ALTER."""
    tokens.expect_words("storage")
    storage_id = _storage_id(tokens)
    if tokens.at_end:
        raise tokens.syntax_error()
    properties = StorageProperties()
    while not tokens.at_end:
        tokens.take_words("set")
        properties = _property(tokens, properties)
        tokens.take_symbol(",")
    return AlterStorage(storage_id, properties)


def parse_drop_storage(tokens: TokenStream) -> Statement:
    """DROP STORAGE [IF EXISTS] id, after DROP."""
    tokens.expect_words("storage")
    if_exists = tokens.take_if_exists()
    return DropStorage(_storage_id(tokens), if_exists)


def parse_check_storage(tokens: TokenStream) -> Statement:
    """STORAGE CHECK id [EXTENDED], after STORAGE."""
    tokens.expect_words("check")
    storage_id = _storage_id(tokens)
    return CheckStorage(storage_id, tokens.take_words("extended"))


def parse_set_storage(tokens: TokenStream) -> SetStorage:
    """ALTER TABLE ... SET STORAGE id [MOVE], after SET STORAGE."""
    storage_id = _storage_id(tokens)
    return SetStorage(storage_id, tokens.take_words("move"))


def _storage_id(tokens: TokenStream) -> str:
    """A string or a name; unquoted ids may have hyphens in them."""
    position = tokens.position
    value = tokens.take_string()
    if value is None:
        first = tokens.current
        value = tokens.expect_label()
        end = first.end
        while first.kind is TokenKind.WORD and not tokens.at_end and tokens.current.start == end:
            end = tokens.advance().end
            value = tokens.text[first.start : end].lower()
    if _STORAGE_ID.fullmatch(value) is None:
        raise errors.InvalidParameterValue(
            f"Invalid STORAGE_ID '{value}'. Only alphanumeric, underscore, and hyphen allowed.",
            position=position,
        )
    return value


def _property(tokens: TokenStream, properties: StorageProperties) -> StorageProperties:
    word = tokens.current
    field = _PROPERTIES.get(word.value) if word.kind is TokenKind.WORD else None
    if field is None:
        raise _syntax_error(tokens)
    tokens.advance()
    tokens.take_symbol("=")
    if getattr(properties, field) is not None:
        raise errors.SyntaxError("conflicting or redundant options", position=word.start + 1)
    value = tokens.take_string()
    if value is None:
        raise _syntax_error(tokens)
    return replace(properties, **{field: value})


def _syntax_error(tokens: TokenStream) -> errors.SyntaxError:
    if tokens.current.kind is TokenKind.STRING:
        return errors.SyntaxError("syntax error at or near a string", position=tokens.position)
    return tokens.syntax_error()

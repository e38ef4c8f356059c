"""CREATE, ALTER and DROP TYPE: tokens to statements. Of types, there are enumerated ones."""

from __future__ import annotations

from kalampg import errors
from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream
from kalampg.sql.type_statements import (
    AddEnumValue,
    CreateEnum,
    DropType,
    RenameEnumValue,
    RenameType,
)


def parse_create_type(tokens: TokenStream) -> CreateEnum:
    """The rest of the statement after CREATE."""
    tokens.expect_words("type")
    name = tokens.expect_table_name()
    if not tokens.take_words("as", "enum"):
        raise errors.FeatureNotSupported(
            "composite, range and base types are not supported",
            hint="Use CREATE TYPE ... AS ENUM, or jsonb for nested values.",
            position=tokens.position,
        )
    tokens.expect_symbol("(")
    labels: list[str] = []
    if not tokens.current.is_symbol(")"):
        labels.append(_label(tokens))
        while tokens.take_symbol(","):
            labels.append(_label(tokens))
    tokens.expect_symbol(")")
    return CreateEnum(name, tuple(labels))


def parse_alter_type(tokens: TokenStream) -> AddEnumValue | RenameEnumValue | RenameType:
    """The rest of the statement after ALTER."""
    tokens.expect_words("type")
    name = tokens.expect_table_name()
    if tokens.take_words("add", "value"):
        return _add_value(tokens, name)
    if tokens.take_words("rename", "value"):
        label = _label(tokens)
        tokens.expect_words("to")
        return RenameEnumValue(name, label, _label(tokens))
    if tokens.take_words("rename", "to"):
        return RenameType(name, tokens.expect_name())
    raise errors.FeatureNotSupported(
        "this form of ALTER TYPE is not supported",
        hint="ADD VALUE, RENAME VALUE and RENAME TO are.",
        position=tokens.position,
    )


def parse_drop_type(tokens: TokenStream) -> DropType:
    """The rest of the statement after DROP."""
    tokens.expect_words("type")
    if_exists = tokens.take_if_exists()
    names = [tokens.expect_table_name()]
    while tokens.take_symbol(","):
        names.append(tokens.expect_table_name())
    return DropType(tuple(names), if_exists, tokens.take_one_of("cascade", "restrict") == "cascade")


def _add_value(tokens: TokenStream, name: TableName) -> AddEnumValue:
    if_not_exists = tokens.take_if_not_exists()
    label = _label(tokens)
    side = tokens.take_one_of("before", "after")
    neighbour = None if side is None else _label(tokens)
    return AddEnumValue(name, label, if_not_exists, neighbour, is_before=side == "before")


def _label(tokens: TokenStream) -> str:
    label = tokens.take_string()
    if label is None:
        raise tokens.syntax_error()
    return label

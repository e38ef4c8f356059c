"""CREATE, ALTER and DROP SEQUENCE, and the options that identity columns have too."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.relation import Datum
from kalampg.sql.parse_temporary import take_temporary, temporary_words
from kalampg.sql.parse_types import parse_type
from kalampg.sql.sequence_statements import (
    AlterSequence,
    CreateSequence,
    DropSequence,
    OwnedBy,
    SequenceOptions,
)
from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream

_INT8_MIN: Final = -(2**63)
_INT8_MAX: Final = 2**63 - 1


def at_create_sequence(tokens: TokenStream) -> bool:
    """Whether CREATE is followed by a sequence."""
    return tokens.ahead(1 + temporary_words(tokens, 1)).is_word("sequence")


def parse_create_sequence(tokens: TokenStream) -> CreateSequence:
    """The rest of the statement after CREATE."""
    is_temporary = take_temporary(tokens)
    tokens.expect_words("sequence")
    if_not_exists = tokens.take_if_not_exists()
    name = tokens.expect_table_name()
    return CreateSequence(name, parse_options(tokens), if_not_exists, is_temporary)


def parse_alter_sequence(tokens: TokenStream) -> AlterSequence:
    """The rest of the statement after ALTER."""
    tokens.expect_words("sequence")
    if_exists = tokens.take_if_exists()
    name = tokens.expect_table_name()
    statement = AlterSequence(name, if_exists=if_exists)
    if tokens.take_words("rename", "to"):
        return replace(statement, new_name=tokens.expect_name())
    if tokens.take_words("set", "schema"):
        return replace(statement, new_schema=tokens.expect_name())
    if tokens.take_words("owner", "to"):
        return replace(statement, new_owner=tokens.expect_name())
    if tokens.current.is_word("set"):
        raise errors.FeatureNotSupported(
            "ALTER SEQUENCE ... SET LOGGED is not supported",
            hint="Every sequence is logged.",
            position=tokens.position,
        )
    if tokens.at_end:
        raise tokens.syntax_error()
    return replace(statement, options=parse_options(tokens, may_restart=True))


def parse_drop_sequence(tokens: TokenStream) -> DropSequence:
    """The rest of the statement after DROP."""
    tokens.expect_words("sequence")
    if_exists = tokens.take_if_exists()
    names = [tokens.expect_table_name()]
    while tokens.take_symbol(","):
        names.append(tokens.expect_table_name())
    return DropSequence(
        tuple(names), if_exists, tokens.take_one_of("cascade", "restrict") == "cascade"
    )


def parse_options(tokens: TokenStream, *, may_restart: bool = False) -> SequenceOptions:
    """All options that follow, in any order.

    Raises:
        SyntaxError: 42601, one is there twice.
    """
    found: dict[str, Datum] = {}
    while True:
        position = tokens.position
        option = _option(tokens, may_restart=may_restart)
        if option is None:
            return SequenceOptions(**found)
        if not found.keys().isdisjoint(_ALONE.get(next(iter(option)), set(option))):
            raise errors.SyntaxError("conflicting or redundant options", position=position)
        found.update(option)


def parse_option(tokens: TokenStream, *, may_restart: bool) -> SequenceOptions | None:
    """One option alone; None where there is none."""
    option = _option(tokens, may_restart=may_restart)
    return None if option is None else SequenceOptions(**option)


# Options that say the same thing in two ways.
_ALONE: Final = {
    "minimum": {"minimum", "no_minimum"},
    "no_minimum": {"minimum", "no_minimum"},
    "maximum": {"maximum", "no_maximum"},
    "no_maximum": {"maximum", "no_maximum"},
}


def _option(tokens: TokenStream, *, may_restart: bool) -> dict[str, Datum] | None:
    """One option as fields of ``SequenceOptions``; None where there is none."""
    word = tokens.current
    if tokens.take_words("as"):
        type_oid, _ = parse_type(tokens)
        return {"type_oid": type_oid}
    if tokens.take_words("increment"):
        tokens.take_words("by")
        return {"increment": _number(tokens)}
    if word.is_word("minvalue", "maxvalue", "cache"):
        tokens.advance()
        name = {"minvalue": "minimum", "maxvalue": "maximum", "cache": "cache"}[word.value]
        return {name: _number(tokens)}
    if tokens.take_words("start"):
        tokens.take_words("with")
        return {"start": _number(tokens)}
    if tokens.take_words("cycle"):
        return {"cycles": True}
    if tokens.take_words("no"):
        return _without(tokens)
    if tokens.take_words("owned"):
        tokens.expect_words("by")
        return {"owned_by": _owned_by(tokens)}
    if may_restart and tokens.take_words("restart"):
        has_value = tokens.take_words("with") or not (tokens.at_end or _at_option(tokens))
        return {"restarts": True, "restart": _number(tokens) if has_value else None}
    return None


def _at_option(tokens: TokenStream) -> bool:
    return tokens.current.is_word(
        "as", "increment", "minvalue", "maxvalue", "cache", "start", "cycle", "no", "owned", "set"
    ) or tokens.current.is_symbol(")", ",")


def _without(tokens: TokenStream) -> dict[str, Datum]:
    if tokens.take_words("minvalue"):
        return {"no_minimum": True}
    if tokens.take_words("maxvalue"):
        return {"no_maximum": True}
    tokens.expect_words("cycle")
    return {"cycles": False}


def _owned_by(tokens: TokenStream) -> OwnedBy:
    position = tokens.position
    if tokens.take_words("none"):
        return OwnedBy()
    parts = [tokens.expect_name()]
    while tokens.take_symbol("."):
        parts.append(tokens.expect_label())
    if len(parts) < 2:
        raise errors.SyntaxError(
            "invalid OWNED BY option",
            hint="Specify OWNED BY table.column or OWNED BY NONE.",
            position=position,
        )
    return OwnedBy(TableName(parts[-3] if len(parts) > 2 else None, parts[-2]), parts[-1])


def _number(tokens: TokenStream) -> int:
    sign = -1 if tokens.take_symbol("-", "+") == "-" else 1
    position = tokens.position
    value = sign * tokens.expect_integer()
    if not _INT8_MIN <= value <= _INT8_MAX:
        raise errors.NumericValueOutOfRange(
            f'value "{value}" is out of range for type bigint', position=position
        )
    return value

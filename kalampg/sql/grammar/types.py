"""Typename: what may stand behind ``::``, AS in CAST, and before a string."""

from __future__ import annotations

from typing import Final

from kalampg.pgtypes.registry import INTERVAL_FIELDS, interval_typmod
from kalampg.sql.grammar.reader import Reader
from kalampg.sql.keywords import COLUMN_NAME, RESERVED
from kalampg.sql.lexer import TokenKind

# Key words that begin a type, and that name no function.
TYPE_WORDS: Final = frozenset(
    """
    bigint bit boolean char character dec decimal float int integer interval national nchar numeric
    real smallint time timestamp varchar
    """.split()  # noqa: SIM905 - read as words
)
_PLAIN: Final = frozenset({"bigint", "boolean", "int", "integer", "real", "smallint"})
_NOT_GENERIC: Final = RESERVED | COLUMN_NAME


def type_name(reader: Reader) -> None:
    """A type with its array bounds."""
    reader.take_word("setof")
    simple_type_name(reader)
    if reader.take_word("array"):
        if reader.take_symbol("["):
            reader.expect_kind(TokenKind.INTEGER)
            reader.expect_symbol("]")
        return
    while reader.take_symbol("["):
        if reader.symbol != "]":
            reader.expect_kind(TokenKind.INTEGER)
        reader.expect_symbol("]")


def simple_type_name(reader: Reader) -> None:
    """A type without array bounds."""
    word = reader.word
    if word in TYPE_WORDS:
        reader.advance()
        _key_word_type(reader, word)
        return
    if word == "double" and reader.ahead().is_word("precision"):
        reader.advance()
        reader.advance()
        return
    if not reader.is_name(reader.current, _NOT_GENERIC):
        reader.fail()
    reader.advance()
    while reader.take_symbol("."):
        reader.expect_label()
    modifiers(reader)


def _key_word_type(reader: Reader, word: str) -> None:
    if word in _PLAIN:
        return
    if word in {"time", "timestamp"}:
        precision(reader)
        if reader.word in {"with", "without"} and reader.ahead().is_word("time"):
            reader.advance()
            reader.expect_words("time", "zone")
    elif word == "interval":
        start = reader.index
        modifier = interval_modifier(reader)
        if modifier:
            reader.spelling.drop(start, reader.index)
            reader.spelling.instead[start] = modifier
    else:
        if word == "national":
            reader.expect_one_of("character", "char")
        if word in {"national", "character", "char", "nchar", "bit"}:
            reader.take_word("varying")
        if word in {"bit", "dec", "decimal", "numeric"}:
            modifiers(reader)
        else:
            precision(reader)


def modifiers(reader: Reader) -> None:
    """``(5, 1)``, if it comes next."""
    if not reader.take_symbol("("):
        return
    while True:
        if reader.symbol in {"-", "+"}:
            reader.advance()
        kind = reader.current.kind
        is_reserved = kind is TokenKind.WORD and not reader.is_name(reader.current, RESERVED)
        if reader.symbol or kind is TokenKind.END or is_reserved:
            reader.fail()
        reader.advance()
        if not reader.take_symbol(","):
            break
    reader.expect_symbol(")")


def precision(reader: Reader) -> int | None:
    """``(3)``, if it comes next."""
    if not reader.take_symbol("("):
        return None
    number = reader.current
    reader.expect_kind(TokenKind.INTEGER)
    reader.expect_symbol(")")
    return int(number.value)


def interval_modifier(reader: Reader) -> str:
    """``(3)`` or ``DAY TO SECOND (3)``, if it comes next, as the one number that it means."""
    digits = precision(reader)
    if digits is not None:
        return f"({interval_typmod('', digits)})"
    fields = first = reader.word
    if not reader.take_word(*INTERVAL_FIELDS):
        return ""
    finer = INTERVAL_FIELDS[first]
    if finer and reader.take_word("to"):
        last = reader.word
        reader.expect_one_of(*finer)
        fields = f"{first} to {last}"
    digits = precision(reader) if fields.endswith("second") else None
    return f"({interval_typmod(fields, digits)})"

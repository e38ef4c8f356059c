"""Type names in DDL and casts: tokens to a type OID and modifier."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes.registry import (
    INTERVAL_FIELDS,
    PRECISION_MAX,
    interval_typmod,
    type_named,
    type_of,
)
from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream

_VARCHAR: Final = 1043
_BPCHAR: Final = 1042
_NUMERIC: Final = 1700
_TYPMOD_HEADER: Final = 4  # PostgreSQL adds the size of a varlena header
_LENGTH_MAX: Final = 10_485_760
_PRECISION_MAX: Final = 1000
# Key words that go on to a second (and third) word.
_LONG_NAMES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "double": (("precision",),),
    "character": (("varying",),),
    "char": (("varying",),),
    "nchar": (("varying",),),
    "national": (("character", "varying"), ("char", "varying"), ("character",), ("char",)),
}
_INTERVAL: Final = 1186
_ZONED: Final = frozenset({"time", "timestamp"})
_TIMES: Final = frozenset({1083, 1114, 1184, 1186, 1266})


def parse_type(tokens: TokenStream) -> tuple[Oid, int]:
    """The type that is named next, as (OID, type modifier).

    Raises:
        UndefinedObject: 42704, no such type.
        FeatureNotSupported: 0A000, a modifier or a shape of array that kalampg has not.
    """
    start = tokens.current
    name = _type_words(tokens)
    fields = _interval_fields(tokens) if name == "interval" else ""
    modifiers = _modifiers(tokens)
    if name in _ZONED:
        if tokens.take_words("with", "time", "zone"):
            name += " with time zone"
        else:
            tokens.take_words("without", "time", "zone")
    found = type_named(name)
    if found is None:
        raise errors.UndefinedObject(f'type "{name}" does not exist', position=start.start + 1)
    oid = Oid(found.oid)
    typmod = _typmod(name, oid, modifiers, start.start + 1)
    if fields:
        typmod = _with_fields(fields, typmod, start.start + 1)
    if _takes_array_suffix(tokens):
        if not found.array_oid:
            raise errors.UndefinedObject(
                f"could not find array type for data type {found.sql_name}",
                position=start.start + 1,
            )
        oid = Oid(type_of(found.array_oid).oid)
    return oid, typmod


def take_declared_name(tokens: TokenStream) -> TableName | None:
    """The name of a type that is not built in, if one comes next; an array's ends in ``[]``."""
    start = tokens.current
    is_qualified = tokens.ahead().is_symbol(".")
    if (start.is_word("pg_catalog") and is_qualified) or start.is_word(*_LONG_NAMES, *_ZONED):
        return None
    after = tokens.ahead(3 if is_qualified else 1)
    if after.is_symbol("(") or (not is_qualified and type_named(start.value) is not None):
        return None
    name = tokens.expect_table_name()
    return replace(name, name=f"{name.name}[]") if _takes_array_suffix(tokens) else name


def _type_words(tokens: TokenStream) -> str:
    is_quoted = tokens.current.start < len(tokens.text) and tokens.text[tokens.current.start] == '"'
    name = tokens.expect_label()
    if tokens.take_symbol("."):
        if name != "pg_catalog":
            raise errors.UndefinedObject(f'schema "{name}" does not exist')
        return tokens.expect_label()
    if is_quoted:
        return f'"{name}"' if name == "char" else name
    for words in _LONG_NAMES.get(name, ()):
        if tokens.take_words(*words):
            return " ".join((name, *words))
    return name


def _modifiers(tokens: TokenStream) -> list[int] | None:
    if not tokens.take_symbol("("):
        return None
    values: list[int] = []
    while True:
        sign = -1 if tokens.take_symbol("-") else 1
        values.append(sign * tokens.expect_integer())
        if not tokens.take_symbol(","):
            break
    tokens.expect_symbol(")")
    return values


def _typmod(name: str, oid: int, modifiers: list[int] | None, position: int) -> int:
    if modifiers is None:
        # character without a length is character(1)
        is_one = oid == _BPCHAR and name != "bpchar"
        return 1 + _TYPMOD_HEADER if is_one else -1
    if oid in {_VARCHAR, _BPCHAR}:
        return _length_typmod(name, modifiers, position)
    if oid == _NUMERIC:
        return _numeric_typmod(modifiers, position)
    if oid in _TIMES:
        return _time_typmod(oid, modifiers, position)
    raise errors.SyntaxError(f'type modifier is not allowed for type "{name}"', position=position)


def _interval_fields(tokens: TokenStream) -> str:
    """``day to second`` and the like; empty where none are named."""
    first = tokens.take_one_of(*INTERVAL_FIELDS)
    if first is None:
        return ""
    if not INTERVAL_FIELDS[first] or not tokens.take_words("to"):
        return first
    last = tokens.take_one_of(*INTERVAL_FIELDS[first])
    if last is None:
        raise tokens.syntax_error()
    return f"{first} to {last}"


def _with_fields(fields: str, typmod: int, position: int) -> int:
    precision = None if typmod < 0 else typmod & 0xFFFF
    if precision is not None and not fields.endswith("second"):
        raise errors.SyntaxError('syntax error at or near "("', position=position)
    return interval_typmod(fields, precision)


def _time_typmod(oid: int, modifiers: list[int], position: int) -> int:
    if len(modifiers) != 1:
        raise errors.InvalidParameterValue("invalid type modifier", position=position)
    [precision] = modifiers
    if precision < 0:
        raise errors.SyntaxError('syntax error at or near "-"', position=position)
    precision = min(precision, PRECISION_MAX)
    return interval_typmod("", precision) if oid == _INTERVAL else precision


def _length_typmod(name: str, modifiers: list[int], position: int) -> int:
    if len(modifiers) != 1:
        raise errors.InvalidParameterValue("invalid type modifier", position=position)
    short = "varchar" if "var" in name else "char"
    if modifiers[0] < 1:
        raise errors.InvalidParameterValue(
            f"length for type {short} must be at least 1", position=position
        )
    if modifiers[0] > _LENGTH_MAX:
        raise errors.InvalidParameterValue(
            f"length for type {short} cannot exceed {_LENGTH_MAX}", position=position
        )
    return modifiers[0] + _TYPMOD_HEADER


def _numeric_typmod(modifiers: list[int], position: int) -> int:
    precision, scale = modifiers[0], modifiers[1] if len(modifiers) > 1 else 0
    if not 1 <= precision <= _PRECISION_MAX:
        raise errors.InvalidParameterValue(
            f"NUMERIC precision {precision} must be between 1 and {_PRECISION_MAX}",
            position=position,
        )
    if not 0 <= scale <= precision:
        raise errors.InvalidParameterValue(
            f"NUMERIC scale {scale} must be between 0 and precision {precision}",
            position=position,
        )
    return ((precision << 16) | scale) + _TYPMOD_HEADER


def _takes_array_suffix(tokens: TokenStream) -> bool:
    dimensions = 0
    if tokens.take_words("array"):
        dimensions = 1
        if tokens.take_symbol("["):
            tokens.expect_integer()
            tokens.expect_symbol("]")
    while tokens.take_symbol("["):
        dimensions += 1
        if not tokens.take_symbol("]"):
            tokens.expect_integer()
            tokens.expect_symbol("]")
    if dimensions > 1:
        raise errors.FeatureNotSupported(
            "arrays of more than one dimension are not supported",
            hint="Use jsonb for nested values.",
        )
    return dimensions == 1

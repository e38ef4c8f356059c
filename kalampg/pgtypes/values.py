"""One value at a time: text and binary, in and out."""

from __future__ import annotations

from kalampg import errors
from kalampg.pgtypes import oids
from kalampg.pgtypes.codecs import codec_of, formatter_of
from kalampg.pgtypes.interval_input import parse_interval
from kalampg.pgtypes.intervals import ALL_FIELDS
from kalampg.pgtypes.settings import DEFAULT_SETTINGS, OutputSettings
from kalampg.pgtypes.typmods import apply_typmod
from kalampg.relation import Datum


def from_text(
    oid: int, text: str, typmod: int = -1, settings: OutputSettings = DEFAULT_SETTINGS
) -> Datum:
    """Read a literal or a text parameter, and fit it into the type modifier as an assignment does.

    Raises:
        InvalidTextRepresentation, InvalidDatetimeFormat: 22P02, 22007, not of that type.
        NumericValueOutOfRange, DatetimeFieldOverflow: 22003, 22008, out of the type's range.
    """
    if oid == oids.INTERVAL and typmod >= 0:
        # The declared fields say what a number without a unit means.
        value: Datum = parse_interval(text, settings, typmod >> 16 & ALL_FIELDS)
    else:
        value = codec_of(oid).parse(text, settings)
    return value if typmod < 0 else apply_typmod(oid, typmod, value, explicit=False)


def to_text(oid: int, datum: Datum, settings: OutputSettings = DEFAULT_SETTINGS) -> str:
    """Write a value that is not NULL."""
    return formatter_of(oid, settings)(datum)


def from_binary(oid: int, data: bytes) -> Datum:
    """Read a binary parameter.

    Raises:
        InvalidBinaryRepresentation: 22P03, not the type's format.
    """
    return codec_of(oid).receive(data)


def to_binary(oid: int, datum: Datum) -> bytes:
    """Write a value that is not NULL."""
    try:
        return codec_of(oid).send(datum)
    except UnicodeEncodeError as error:
        raise errors.UntranslatableCharacter("string is not valid Unicode text") from error

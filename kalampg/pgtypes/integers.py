"""Booleans, integers and OIDs ↔ text and binary.

Source: PostgreSQL 15, ``bool.c``, ``int.c``, ``int8.c``, ``numutils.c``, ``oid.c``.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final

from kalampg import errors
from kalampg.pgtypes.binary_format import unpacker

# What C's isspace() accepts.
BLANKS: Final = " \t\n\v\f\r"

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_OID_MAX: Final = 2**32 - 1
# Nearly every number that a driver sends: digits only, and certainly not too many for ``int``.
_PLAIN_DIGITS_MAX: Final = 20

_BOOLEANS: Final = {
    **{word[:size]: True for word in ("true", "yes") for size in range(1, len(word) + 1)},
    **{word[:size]: False for word in ("false", "no") for size in range(1, len(word) + 1)},
    "on": True,
    "1": True,
    "of": False,
    "off": False,
    "0": False,
}


def parse_bool(text: str) -> bool:
    value = _BOOLEANS.get(text) or _BOOLEANS.get(text.strip(BLANKS).lower())
    if value is None:
        raise errors.InvalidTextRepresentation(f'invalid input syntax for type boolean: "{text}"')
    return value


def format_bool(value: bool) -> str:
    return "t" if value else "f"


def send_bool(value: bool) -> bytes:
    return b"\1" if value else b"\0"


def receive_bool(data: bytes) -> bool:
    (value,) = unpacker("!B")(data)
    return bool(value)


def integer_parser(sql_name: str, low: int, high: int) -> Callable[[str], int]:
    """The input function of an integer type that holds ``low`` to ``high``."""

    def parse(text: str) -> int:
        if len(text) < _PLAIN_DIGITS_MAX and text.isascii() and text.isdigit():
            value = int(text)
            if value <= high:
                return value
        digits = text.strip(BLANKS)
        if _INTEGER.fullmatch(digits) is None:
            raise errors.InvalidTextRepresentation(
                f'invalid input syntax for type {sql_name}: "{text}"'
            )
        # Anything longer is out of range, unless it is padded with zeros.
        if len(digits) > 24:
            sign = digits[0] if digits[0] in "+-" else ""
            digits = sign + (digits[len(sign) :].lstrip("0")[:24] or "0")
        value = int(digits)
        if not low <= value <= high:
            raise errors.NumericValueOutOfRange(
                f'value "{text}" is out of range for type {sql_name}'
            )
        return value

    return parse


parse_int2: Final = integer_parser("smallint", -(2**15), 2**15 - 1)
parse_int4: Final = integer_parser("integer", -(2**31), 2**31 - 1)
parse_int8: Final = integer_parser("bigint", -(2**63), 2**63 - 1)
# As strtoul() reads it: a negative number is taken modulo 2**32.
_parse_signed_oid: Final = integer_parser("oid", -(2**31), _OID_MAX)


def parse_oid(text: str) -> int:
    return _parse_signed_oid(text) & _OID_MAX


def integer_sender(layout: str, sql_name: str) -> Callable[[int], bytes]:
    pack = struct.Struct(layout).pack

    def send(value: int) -> bytes:
        try:
            return pack(value)
        except struct.error:
            raise errors.NumericValueOutOfRange(f"{sql_name} out of range") from None

    return send


def integer_receiver(layout: str) -> Callable[[bytes], int]:
    unpack = unpacker(layout)

    def receive(data: bytes) -> int:
        value: int = unpack(data)[0]
        return value

    return receive

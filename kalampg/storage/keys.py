"""Row keys: primary-key values as bytes whose order is PostgreSQL's order of the values. PURE.

What a key means to a reader is the row's business (``rows.py``): a key keeps the order and the
equality of values, not their spelling, so ``1.0`` and ``1.00`` have the same key.

Layout:
    row key = table id (4 bytes, big endian) | user id (escaped, 00 00) | primary key values.
    Text and bytea are escaped (00 becomes 00 FF) and end with 00 00, so that no value's bytes are
    a prefix of another's and ("a", "b") never meets ("ab", ""). Integers are offset to unsigned.
    Floats are IEEE 754 with the sign folded in, NaN last, as PostgreSQL sorts it. Numerics are
    class | exponent | digit pairs | 00, complemented when negative.

Invariants:
    - encode(a) < encode(b) exactly when PostgreSQL sorts a before b (text in the C collation).
    - All rows of a scope, and all scopes of a table, are one contiguous range.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from kalampg.ids import TableId, UserId
from kalampg.pgtypes.enumerations import is_enumeration
from kalampg.relation import Datum

TABLE_ID_BYTES: Final = 4
_TERMINATOR: Final = b"\0\0"
# Every scope is asked for its prefix with each operation; 65,536 users' prefixes take about 10 MB.
_PREFIXES_MAX: Final = 65_536

Encoder: TypeAlias = Callable[[Datum], bytes]
# (key, offset) -> (value, offset behind it)
Decoder: TypeAlias = Callable[[bytes, int], tuple[Datum, int]]


class Scope(NamedTuple):
    """One user's rows of one table; ``user_id`` is empty for the one scope of a shared table."""

    table_id: TableId
    user_id: UserId


def table_prefix(table_id: TableId) -> bytes:
    """What the keys of all rows of a table begin with."""
    return table_id.to_bytes(TABLE_ID_BYTES)


@lru_cache(maxsize=_PREFIXES_MAX)
def row_prefix(scope: Scope) -> bytes:
    """What the keys of all rows of a scope begin with."""
    return table_prefix(scope.table_id) + _encode_text(scope.user_id)


def split_row_key(row_key: bytes) -> tuple[Scope, bytes]:
    """Undo ``row_prefix(scope) + key``."""
    table_id = TableId(int.from_bytes(row_key[:TABLE_ID_BYTES]))
    user_id, end = _decode_text(row_key, TABLE_ID_BYTES)
    return Scope(table_id, UserId(user_id)), row_key[end:]


def prefix_end(prefix: bytes) -> bytes | None:
    """Return the first key behind all keys that begin with ``prefix``; None: there is none."""
    stripped = prefix.rstrip(b"\xff")
    if not stripped:
        return None
    return stripped[:-1] + bytes((stripped[-1] + 1,))


def encode_key(oids: Sequence[int], datums: Sequence[Datum]) -> bytes:
    """Encode primary-key values, or the first few of them as a prefix.

    Raises:
        OverflowError: an integer that its type cannot hold; no row can have this key.
    """
    return key_encoder(tuple(oids))(datums)


def decode_key(oids: Sequence[int], key: bytes) -> tuple[Datum, ...]:
    """Undo ``encode_key``, except for the spelling (trailing zeros, padding, the sign of zero)."""
    datums = []
    offset = 0
    for oid in oids:
        datum, offset = _kind_of(oid)[1](key, offset)
        datums.append(datum)
    assert offset == len(key), "key is longer than its columns"
    return tuple(datums)


def is_key_type(oid: int) -> bool:
    """Tell whether a type may be part of a primary key."""
    return oid in _KINDS or is_enumeration(oid)


@lru_cache(maxsize=1024)
def key_encoder(oids: tuple[int, ...]) -> Callable[[Sequence[Datum]], bytes]:
    """Compile the encoder of a key's types; an engine keeps it and looks nothing up per row."""
    encoders = [_kind_of(oid)[0] for oid in oids]
    if len(encoders) == 1:
        (only,) = encoders
        return lambda datums: only(datums[0])
    if len(encoders) == 2:
        first, second = encoders
        return lambda datums: first(datums[0]) + second(datums[1])

    def encode(datums: Sequence[Datum]) -> bytes:
        return b"".join(encoder(datum) for encoder, datum in zip(encoders, datums, strict=True))

    return encode


def _integer(size: int, *, is_signed: bool = True) -> tuple[Encoder, Decoder]:
    offset = 1 << (8 * size - 1) if is_signed else 0

    def encode(datum: int) -> bytes:
        return (datum + offset).to_bytes(size)

    def decode(key: bytes, start: int) -> tuple[int, int]:
        end = start + size
        return int.from_bytes(key[start:end]) - offset, end

    return encode, decode


def _encode_bool(datum: bool) -> bytes:
    return b"\1" if datum else b"\0"


def _decode_bool(key: bytes, start: int) -> tuple[bool, int]:
    return key[start] == 1, start + 1


_DOUBLE: Final = struct.Struct(">d")
_SIGN_BIT: Final = 1 << 63
_ALL_BITS: Final = (1 << 64) - 1


def _encode_float(datum: float) -> bytes:
    if datum == 0:
        datum = 0.0  # -0 equals 0
    elif datum != datum:
        datum = math.nan  # all NaNs are equal, and greater than Infinity
    bits = int.from_bytes(_DOUBLE.pack(datum)) & _ALL_BITS
    bits = bits ^ _ALL_BITS if bits & _SIGN_BIT else bits | _SIGN_BIT
    return bits.to_bytes(8)


def _decode_float(key: bytes, start: int) -> tuple[float, int]:
    bits = int.from_bytes(key[start : start + 8])
    bits = bits ^ _SIGN_BIT if bits & _SIGN_BIT else bits ^ _ALL_BITS
    (datum,) = _DOUBLE.unpack(bits.to_bytes(8))
    return datum, start + 8


def _encode_bytes(datum: bytes) -> bytes:
    return datum.replace(b"\0", b"\0\xff") + _TERMINATOR


def _decode_bytes(key: bytes, start: int) -> tuple[bytes, int]:
    end = key.index(_TERMINATOR, start)
    # An escaped 00 is followed by FF, so the first 00 00 is the terminator.
    return key[start:end].replace(b"\0\xff", b"\0"), end + len(_TERMINATOR)


def _encode_text(datum: str) -> bytes:
    return _encode_bytes(datum.encode())


def _decode_text(key: bytes, start: int) -> tuple[str, int]:
    datum, end = _decode_bytes(key, start)
    return datum.decode(), end


def _encode_bpchar(datum: str) -> bytes:
    return _encode_text(datum.rstrip(" "))  # padding is not significant in comparisons


def _encode_uuid(datum: bytes) -> bytes:
    assert len(datum) == 16, "a uuid has 16 bytes"
    return datum


def _decode_uuid(key: bytes, start: int) -> tuple[bytes, int]:
    return key[start : start + 16], start + 16


_NEGATIVE_INFINITY, _NEGATIVE, _ZERO, _POSITIVE, _INFINITY, _NAN = range(6)
_EXPONENT_OFFSET: Final = 1 << 31
_COMPLEMENT: Final = bytes(255 - byte for byte in range(256))


def _encode_numeric(datum: Decimal) -> bytes:
    if not datum.is_finite():
        if datum.is_nan():
            return bytes((_NAN,))
        return bytes((_INFINITY if datum > 0 else _NEGATIVE_INFINITY,))
    if not datum:
        return bytes((_ZERO,))
    # Not Decimal.normalize: it rounds to the context's 28 digits.
    sign, digit_tuple, _ = datum.as_tuple()
    digits = "".join(map(str, digit_tuple)).rstrip("0")
    if len(digits) % 2:
        digits += "0"
    pairs = bytes(int(digits[i : i + 2]) + 1 for i in range(0, len(digits), 2))
    payload = (datum.adjusted() + _EXPONENT_OFFSET).to_bytes(4) + pairs + b"\0"
    if sign:
        return bytes((_NEGATIVE,)) + payload.translate(_COMPLEMENT)
    return bytes((_POSITIVE,)) + payload


_NUMERIC_SPECIALS: Final = {
    _NEGATIVE_INFINITY: Decimal("-Infinity"),
    _ZERO: Decimal(0),
    _INFINITY: Decimal("Infinity"),
    _NAN: Decimal("NaN"),
}


def _decode_numeric(key: bytes, start: int) -> tuple[Decimal, int]:
    number_class = key[start]
    start += 1
    if number_class in _NUMERIC_SPECIALS:
        return _NUMERIC_SPECIALS[number_class], start
    is_negative = number_class == _NEGATIVE
    end = key.index(b"\xff" if is_negative else b"\0", start + 4)
    payload = key[start:end].translate(_COMPLEMENT) if is_negative else key[start:end]
    adjusted = int.from_bytes(payload[:4]) - _EXPONENT_OFFSET
    digits = "".join(f"{pair - 1:02}" for pair in payload[4:]).lstrip("0").rstrip("0")
    exponent = adjusted - len(digits) + 1
    return Decimal((int(is_negative), tuple(map(int, digits)), exponent)), end + 1


def _kind_of(oid: int) -> tuple[Encoder, Decoder]:
    """How a type's values are written; those of enumerated types are the keys of their labels."""
    return _KINDS[20 if is_enumeration(oid) else oid]


_TEXT: Final[tuple[Encoder, Decoder]] = (_encode_text, _decode_text)
# OID -> encoder, decoder: the types that a PRIMARY KEY may have.
_KINDS: Final[dict[int, tuple[Encoder, Decoder]]] = {
    16: (_encode_bool, _decode_bool),
    17: (_encode_bytes, _decode_bytes),
    18: _TEXT,
    19: _TEXT,
    20: _integer(8),
    21: _integer(2),
    23: _integer(4),
    25: _TEXT,
    26: _integer(4, is_signed=False),
    700: (_encode_float, _decode_float),
    701: (_encode_float, _decode_float),
    1042: (_encode_bpchar, _decode_text),
    1043: _TEXT,
    1082: _integer(4),
    1083: _integer(8),
    1114: _integer(8),
    1184: _integer(8),
    1266: _integer(8),
    1700: (_encode_numeric, _decode_numeric),
    2950: (_encode_uuid, _decode_uuid),
}

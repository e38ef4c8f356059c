"""Arrow scalars of stated types.

Arrow functions also take Python's numbers and bytes, but guess the type anew on each call, which
costs tens of microseconds; these cost one.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_INT16: Final = pa.int16()
_INT32: Final = pa.int32()
_INT64: Final = pa.int64()
_FLOAT64: Final = pa.float64()
_BINARY: Final = pa.binary()


def int16(value: int) -> pa.Scalar:
    return pa.scalar(value, _INT16)


def int32(value: int) -> pa.Scalar:
    return pa.scalar(value, _INT32)


def int64(value: int) -> pa.Scalar:
    return pa.scalar(value, _INT64)


def float64(value: float) -> pa.Scalar:
    return pa.scalar(value, _FLOAT64)


def binary(value: bytes | None) -> pa.Scalar:
    return pa.scalar(value, _BINARY)


FALSE: Final = pa.scalar(False, pa.bool_())
TRUE: Final = pa.scalar(True, pa.bool_())
NOTHING: Final = binary(b"")

"""Sizes in bytes and their texts with units: pg_size_bytes and pg_size_pretty of numeric. PURE.

pg_size_pretty of bigint is a macro (``engine/macros_catalog.py``).
"""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from typing import Final

from kalampg import errors
from kalampg.builtins.numeric_functions import EXACT, read, spelled

_SIZE: Final = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)\s*")
_UNITS: Final = {"": 1, "bytes": 1, "b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40,
                 "pb": 2**50}  # fmt: skip
# Unit, its size, and the text's largest number but for the last unit's.
_PRETTY: Final = (
    ("kB", 2**10, 20 * 1024 - 1),
    ("MB", 2**20, 20 * 1024 - 1),
    ("GB", 2**30, 20 * 1024 - 1),
    ("TB", 2**40, 20 * 1024 - 1),
)
_BYTES_MAX: Final = 10 * 1024


def size_bytes(text: str) -> int:
    """What pg_size_bytes gives."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise errors.InvalidParameterValue(f'invalid size: "{text}"')
    unit = _UNITS.get(found[2].lower())
    if unit is None:
        raise errors.InvalidParameterValue(f'invalid size: "{text}"')
    return int(Decimal(found[1]) * unit)


def size_pretty(text: str) -> str:
    """What pg_size_pretty gives: fewer than 10 kB as they are, more in halves that are rounded."""
    size = read(text)
    if not size.is_finite() or abs(size) < _BYTES_MAX:
        return f"{spelled(size)} bytes"
    for unit, unit_bytes, limit in _PRETTY:
        halves = _whole(size, unit_bytes // 2)
        if abs(halves) < limit:
            return f"{_rounded(halves)} {unit}"
    return f"{_rounded(_whole(size, 2**49))} PB"


def _whole(size: Decimal, divisor: int) -> int:
    return int(EXACT.divide(size, Decimal(divisor)).to_integral_value(ROUND_DOWN))


def _rounded(halves: int) -> int:
    return (halves + 1) // 2 if halves >= 0 else -((1 - halves) // 2)

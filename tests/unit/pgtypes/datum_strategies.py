"""Hypothesis strategies: datums of every type that has columns."""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

INFINITE_DATE: Final = 2**31 - 1
INFINITE_TIMESTAMP: Final = 2**63 - 1

TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))

_dates = st.sampled_from([0, -719163, 2932896, INFINITE_DATE, -INFINITE_DATE]) | st.integers(
    -2_440_588, 2_145_042_905
)
_timestamps = (
    st.sampled_from([0, -1, 10**6, INFINITE_TIMESTAMP, -INFINITE_TIMESTAMP])
    | st.integers(-2_440_588 * 86_400_000_000, INFINITE_TIMESTAMP - 1)
    | st.integers(0, 2 * 10**15)
    | st.integers(0, 2 * 10**9).map(lambda seconds: seconds * 10**6)
)
_intervals = st.tuples(
    st.integers(-(2**31) + 1, 2**31 - 1),
    st.integers(-(2**31) + 1, 2**31 - 1),
    st.integers(-(10**15), 10**15),
)
_float4s = st.floats(width=32) | st.sampled_from(
    [struct.unpack("f", struct.pack("f", value))[0] for value in (1e-4, 9.9e-5, 1e6, 999999.9)]
)
_float8s = st.floats() | st.sampled_from([1e-4, 9.9e-5, 1e15, 999999999999999.9, 1.7e12, 1e10])

# Of one scale, because an Arrow column has one.
NUMERICS: Final = st.decimals(-(10**12), 10**12, places=3) | st.sampled_from(
    [Decimal("0.000"), Decimal("10000.000"), Decimal("0.001"), Decimal("99999999.000")]
)

DATUMS: Final[dict[int, st.SearchStrategy[Any]]] = {
    16: st.booleans(),
    21: st.integers(-(2**15), 2**15 - 1),
    23: st.integers(-(2**31), 2**31 - 1),
    20: st.integers(-(2**63), 2**63 - 1),
    26: st.integers(0, 2**32 - 1),
    2205: st.integers(0, 2**32 - 1),
    700: _float4s,
    701: _float8s,
    1700: NUMERICS.map(abs) | NUMERICS.map(lambda number: number or abs(number)),
    25: TEXTS,
    1043: TEXTS,
    1042: TEXTS,
    19: st.text("abcé", max_size=20),
    18: st.sampled_from(["a", "r", "~"]),
    17: st.binary(max_size=20),
    1082: _dates,
    1083: st.integers(0, 86_400_000_000) | st.integers(0, 86_400).map(lambda s: s * 10**6),
    1114: _timestamps,
    1184: _timestamps,
    1186: _intervals,
    2950: st.binary(min_size=16, max_size=16),
    114: st.sampled_from(['{"a": 1}', " [1]", "null", '"é"']),
    3802: st.sampled_from(['{"a": 1}', "[1, 2.50]", "null", '"é"']),
}
ARRAYS: Final[dict[int, int]] = {
    1000: 16, 1005: 21, 1007: 23, 1016: 20, 1028: 26, 1021: 700, 1022: 701, 1231: 1700, 1009: 25,
    1015: 1043, 1003: 19, 1001: 17, 1182: 1082, 1183: 1083, 1115: 1114, 1185: 1184, 1187: 1186,
    2951: 2950, 199: 114, 3807: 3802,
}  # fmt: skip
DATUMS.update(
    {array: st.lists(st.none() | DATUMS[element], max_size=4) for array, element in ARRAYS.items()}
)


def same(left: Any, right: Any) -> bool:
    """Equal to the sign of zero, to NaN and to the scale of a numeric."""
    return repr(left) == repr(right)

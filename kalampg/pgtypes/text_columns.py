"""Arrow columns → the text form of every value, without a loop over rows.

Arrow writes most values as PostgreSQL does. The few that it does not (exponents, infinities, years
before 1 or past 9999) are found by comparison and written one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.pgtypes import oids
from kalampg.pgtypes.arrow_scalars import NOTHING, binary, float64, int32, int64
from kalampg.pgtypes.column_parts import ColumnParts, join, patched
from kalampg.pgtypes.datetimes import (
    format_date,
    format_offset,
    format_time,
    format_timestamp,
    timestamptz_formatter,
)
from kalampg.pgtypes.floats import (
    FLOAT4_PLAIN_MAX,
    FLOAT8_PLAIN_MAX,
    PLAIN_MIN,
    format_float4,
    format_float8,
)
from kalampg.pgtypes.instants import DAY_US, SECOND_US
from kalampg.pgtypes.json_text import parse_jsonb
from kalampg.pgtypes.numeric import format_numeric, parse_numeric
from kalampg.pgtypes.settings import OutputSettings
from kalampg.pgtypes.zone_offsets import offset_changes

TextColumn: TypeAlias = Callable[[pa.Array, OutputSettings], ColumnParts | None]

# 0001-01-02 to 9999-12-30: with a day to spare for zones, the years that Arrow writes in 4 digits.
_ARROW_FIRST_US: Final = -62_135_510_400 * SECOND_US
_ARROW_END_US: Final = 253_402_128_000 * SECOND_US
_YEAR_ONE_US: Final = 62_135_596_800 * SECOND_US
_YEAR_ONE: Final = int64(_YEAR_ONE_US)
_SECOND: Final = int64(SECOND_US)
# More than this and offsets are looked up row by row.
_SPAN_MAX_US: Final = 500 * 366 * DAY_US
# Below this scale Arrow never writes a decimal with an exponent.
_PLAIN_SCALE_MAX: Final = 6
# From here on Arrow writes a double with an exponent; PostgreSQL only does from 1e15.
_ARROW_PLAIN_MAX: Final = 1e10
_PLAIN_NUMBER: Final = r"^-?[0-9]+(\.[0-9]+)?$"


def text_column(column: pa.Array, oid: int, settings: OutputSettings) -> ColumnParts | None:
    """The texts of a conformed column; None where only a loop over the rows knows them."""
    write = _TEXT_COLUMNS.get(oid)
    if write is None or (oid in _STYLED and settings.style != "ISO"):
        return None
    return write(column, settings)


def _as_binary(texts: pa.Array) -> ColumnParts:
    return ColumnParts((texts.cast(pa.binary()),))


def _by_cast(column: pa.Array, settings: OutputSettings) -> ColumnParts:
    return _as_binary(column.cast(pa.string()))


def _bools(column: pa.Array, settings: OutputSettings) -> ColumnParts:
    return ColumnParts((pc.if_else(column, binary(b"t"), binary(b"f")),), width=1)


def _float8s(column: pa.Array, settings: OutputSettings) -> ColumnParts | None:
    if settings.extra_float_digits <= 0:
        return None
    texts = column.cast(pa.string())
    size = pc.abs(column)
    is_odd = pc.invert(_is_plain(size, _ARROW_PLAIN_MAX))
    if not pc.any(is_odd).as_py():
        return _as_binary(texts)
    # Large whole numbers are common (milliseconds, say), and exact as integers.
    is_whole = pc.and_(pc.equal(pc.floor(column), column), _is_plain(size, FLOAT8_PLAIN_MAX))
    is_integer = pc.and_(is_odd, is_whole)
    integers = pc.if_else(is_integer, column, float64(0)).cast(pa.int64()).cast(pa.string())
    texts = pc.if_else(is_integer, integers, texts)
    return _as_binary(patched(texts, pc.and_not(is_odd, is_whole), column, format_float8))


def _float4s(column: pa.Array, settings: OutputSettings) -> ColumnParts | None:
    if settings.extra_float_digits <= 0:
        return None
    is_odd = pc.invert(_is_plain(pc.abs(column).cast(pa.float64()), FLOAT4_PLAIN_MAX))
    return _as_binary(patched(column.cast(pa.string()), is_odd, column, format_float4))


def _is_plain(size: pa.Array, end: float) -> pa.Array:
    """Zero, or neither so small nor so large that an exponent is written; false for NaN."""
    in_range = pc.and_(pc.greater_equal(size, float64(PLAIN_MIN)), pc.less(size, float64(end)))
    return pc.or_(in_range, pc.equal(size, float64(0)))


def _numerics(column: pa.Array, settings: OutputSettings) -> ColumnParts:
    if pa.types.is_string(column.type):
        is_odd = pc.invert(pc.match_substring_regex(column, _PLAIN_NUMBER))
        return _as_binary(
            patched(column, is_odd, column, lambda text: format_numeric(parse_numeric(text)))
        )
    texts = column.cast(pa.string())
    if not 0 <= column.type.scale <= _PLAIN_SCALE_MAX:
        texts = patched(texts, pc.match_substring(texts, "E"), column, format_numeric)
    return _as_binary(texts)


def _dates(column: pa.Array, settings: OutputSettings) -> ColumnParts:
    days = column.view(pa.int32())
    texts = column.cast(pa.string())
    lowest, highest = _bounds(days)
    if lowest < _ARROW_FIRST_US // DAY_US or highest >= _ARROW_END_US // DAY_US:
        texts = patched(texts, _outside(days, DAY_US), days, format_date)
    return _as_binary(texts)


def _bounds(numbers: pa.Array) -> tuple[int, int]:
    """Smallest and largest; zeros where all are NULL."""
    found = pc.min_max(numbers).as_py()
    return found["min"] or 0, found["max"] or 0


def _outside(numbers: pa.Array, unit_us: int) -> pa.Array:
    return pc.or_(
        pc.less(numbers, pa.scalar(_ARROW_FIRST_US // unit_us, numbers.type)),
        pc.greater_equal(numbers, pa.scalar(_ARROW_END_US // unit_us, numbers.type)),
    )


def _times(column: pa.Array, settings: OutputSettings) -> ColumnParts:
    microseconds = column.view(pa.int64())
    texts = _without_trailing_zeros(column.cast(pa.string()))
    if _bounds(microseconds)[1] >= DAY_US:
        is_midnight = pc.greater_equal(microseconds, int64(DAY_US))
        texts = patched(texts, is_midnight, microseconds, format_time)
    return _as_binary(texts)


def _without_trailing_zeros(texts: pa.Array) -> pa.Array:
    """Texts that end in six digits of a fraction, without its zeros and, if all are, its point."""
    return pc.ascii_rtrim(pc.ascii_rtrim(texts, characters="0"), characters=".")


def _wall_clock(local_us: pa.Array) -> pa.Array:
    """``YYYY-MM-DD HH:MM:SS[.ffffff]`` of microseconds, in the years that Arrow writes."""
    since_year_one = pc.add(local_us, _YEAR_ONE)  # Positive, so that division rounds down.
    seconds = pc.divide(since_year_one, _SECOND)
    is_whole = pc.all(pc.equal(pc.multiply(seconds, _SECOND), since_year_one)).as_py()
    if is_whole is not False:
        whole = pc.subtract(seconds, int64(_YEAR_ONE_US // SECOND_US))
        return whole.cast(pa.timestamp("s")).cast(pa.string())
    return _without_trailing_zeros(local_us.view(pa.timestamp("us")).cast(pa.string()))


def _timestamps(column: pa.Array, settings: OutputSettings) -> ColumnParts:
    instants = column.view(pa.int64())
    lowest, highest = _bounds(instants)
    if lowest >= _ARROW_FIRST_US and highest < _ARROW_END_US:
        return _as_binary(_wall_clock(instants))
    is_outside = _outside(instants, 1)
    inside = pc.if_else(is_outside, int64(0), instants)
    return _as_binary(patched(_wall_clock(inside), is_outside, instants, format_timestamp))


def _timestamptzs(column: pa.Array, settings: OutputSettings) -> ColumnParts | None:
    instants = column.view(pa.int64())
    lowest, highest = _bounds(instants)
    if lowest >= _ARROW_FIRST_US and highest < _ARROW_END_US:
        return _zoned(instants, lowest, highest, settings)
    is_outside = _outside(instants, 1)
    inside = pc.if_else(is_outside, int64(0), instants)
    parts = _zoned(inside, *_bounds(inside), settings)
    if parts is None:
        return None
    texts = join(*parts.pieces).cast(pa.string())
    return _as_binary(patched(texts, is_outside, instants, timestamptz_formatter(settings)))


def _zoned(
    instants: pa.Array, lowest: int, highest: int, settings: OutputSettings
) -> ColumnParts | None:
    zone = settings.zone
    if zone is UTC:
        return ColumnParts((_wall_clock(instants).cast(pa.binary()), b"+00"))
    if highest - lowest > _SPAN_MAX_US:
        return None
    changes = offset_changes(zone, lowest, highest)
    if len(changes) == 1:
        offset_s = changes[0][1]
        local = pc.add(instants, int64(offset_s * SECOND_US))
        return ColumnParts((_wall_clock(local).cast(pa.binary()), format_offset(offset_s).encode()))
    offsets: Any = int64(changes[0][1])
    for start_us, offset_s in changes[1:]:
        offsets = pc.if_else(pc.greater_equal(instants, int64(start_us)), int64(offset_s), offsets)
    local = pc.add(instants, pc.multiply(offsets, _SECOND))
    distinct = sorted({offset_s for _, offset_s in changes})
    suffixes = pa.array([format_offset(each).encode() for each in distinct], pa.binary())
    positions = pc.index_in(offsets, value_set=pa.array(distinct, pa.int64()))
    return ColumnParts((_wall_clock(local).cast(pa.binary()), suffixes.take(positions)))


def _byteas(column: pa.Array, settings: OutputSettings) -> ColumnParts | None:
    if settings.bytea_output == "escape":
        return None
    column = pc.fill_null(column, NOTHING)
    _, offsets, data = column.buffers()
    digits = bytes(data or b"").hex().encode()
    starts = pa.Array.from_buffers(
        pa.int32(), len(column) + 1, [None, offsets], offset=column.offset
    )
    doubled = pc.multiply_checked(starts, int32(2))
    hexadecimal = pa.Array.from_buffers(
        pa.binary(), len(column), [None, doubled.buffers()[1], pa.py_buffer(digits)]
    )
    return ColumnParts((b"\\x", hexadecimal))


def _uuids(column: pa.Array, settings: OutputSettings) -> ColumnParts:
    if pa.types.is_string(column.type):
        return _as_binary(column)
    start = column.offset * 16
    data = memoryview(column.buffers()[1])[start : start + len(column) * 16]
    digits = pa.Array.from_buffers(
        pa.binary(32), len(column), [None, pa.py_buffer(data.hex().encode())]
    ).cast(pa.binary())
    groups = [pc.binary_slice(digits, *span) for span in _UUID_GROUPS]
    dashed = [piece for group in groups for piece in (b"-", group)]
    return ColumnParts(tuple(dashed[1:]), width=36)


_UUID_GROUPS: Final = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


def _jsonbs(column: pa.Array, settings: OutputSettings) -> ColumnParts:
    return _as_binary(normal_jsonb(column))


def normal_jsonb(column: pa.Array) -> pa.Array:
    """DuckDB builds JSON in its own spelling; each value is brought into jsonb's."""
    return pa.array(
        [None if text is None else parse_jsonb(text) for text in column.to_pylist()], pa.string()
    )


# Their texts follow DateStyle; Arrow writes ISO.
_STYLED: Final = frozenset({oids.DATE, oids.TIMESTAMP, oids.TIMESTAMPTZ})
_TEXT_COLUMNS: Final[Mapping[int, TextColumn]] = MappingProxyType(
    {
        oids.BOOL: _bools,
        **dict.fromkeys(oids.INT_LIKE | oids.OID_LIKE, _by_cast),
        oids.FLOAT4: _float4s,
        oids.FLOAT8: _float8s,
        oids.NUMERIC: _numerics,
        **dict.fromkeys(oids.TEXT_LIKE, _by_cast),
        oids.CHAR: _by_cast,
        oids.JSON: _by_cast,
        oids.JSONB: _jsonbs,
        oids.BYTEA: _byteas,
        oids.UUID: _uuids,
        oids.DATE: _dates,
        oids.TIME: _times,
        oids.TIMESTAMP: _timestamps,
        oids.TIMESTAMPTZ: _timestamptzs,
    }
)

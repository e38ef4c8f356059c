"""encode_batch: Arrow batches as DataRow messages.

Goal: column-wise encoding gives the bytes that row-wise encoding gives. Method: Hypothesis over
every type, with NULLs, slices and both formats, against ``row_encoder``; conversions by hand.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalampg import errors
from kalampg.pgtypes import (
    OutputSettings,
    arrow_array,
    arrow_type,
    datums_from_arrow,
    encode_batch,
    row_encoder,
)
from tests.unit.pgtypes.datum_strategies import DATUMS, same

UTC = OutputSettings()
# Few drawn values, repeated: enough rows that the batch is not encoded row by row.
REPEATS = 70


def by_rows(columns: list[list[Any]], oids: list[int], formats: list[int], output: Any) -> bytes:
    encode = row_encoder(oids, formats, output)
    return b"".join(encode(row) for row in zip(*columns, strict=True))


@pytest.mark.parametrize("oid", sorted(DATUMS))
def test_columns_encode_as_rows_do(oid: int) -> None:
    @settings(max_examples=25)
    @given(
        drawn=st.lists(st.none() | DATUMS[oid], min_size=1, max_size=12),
        start=st.integers(0, 5),
        zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
        format_code=st.sampled_from([0, 1]),
        digits=st.sampled_from([1, 0]),
        bytea_output=st.sampled_from(["hex", "escape"]),
    )
    def check(
        drawn: list[Any], start: int, zone: str, format_code: int, digits: int, bytea_output: str
    ) -> None:
        output = OutputSettings(timezone=zone, extra_float_digits=digits, bytea_output=bytea_output)
        datums = drawn * REPEATS
        column = arrow_array(oid, datums, 3).slice(start)
        batch = pa.record_batch([column], ["c"])
        encoded = encode_batch(batch, [oid], [format_code], output)
        assert encoded == by_rows([datums[start:]], [oid], [format_code], output)

    check()


@pytest.mark.parametrize("oid", sorted(DATUMS))
def test_datums_survive_an_arrow_column(oid: int) -> None:
    @settings(max_examples=30)
    @given(datums=st.lists(st.none() | DATUMS[oid], max_size=10), start=st.integers(0, 3))
    def check(datums: list[Any], start: int) -> None:
        column = arrow_array(oid, datums, 3)
        assert column.type == arrow_type(oid, numeric_scale=3)
        assert same(datums_from_arrow(oid, column.slice(start)), datums[start:])
        assert same(datums_from_arrow(oid, pa.chunked_array([column, column])), datums * 2)

    check()


@pytest.mark.parametrize("rows", [1, 100])
def test_several_columns_make_one_message_a_row(rows: int) -> None:
    oids, formats = [23, 25, 16, 1082], [1, 0, 0, 1]
    row = [7, "héllo", None, 18263]
    batch = pa.record_batch(
        [arrow_array(oid, [value] * rows) for oid, value in zip(oids, row, strict=True)],
        ["a", "b", "c", "d"],
    )
    message = (
        b"D\x00\x00\x00\x24\x00\x04"
        b"\x00\x00\x00\x04\x00\x00\x00\x07"
        b"\x00\x00\x00\x06h\xc3\xa9llo"
        b"\xff\xff\xff\xff"
        b"\x00\x00\x00\x04\x00\x00\x1c\x8a"
    )
    assert encode_batch(batch, oids, formats, UTC) == message * rows


def test_rows_without_columns_are_still_rows() -> None:
    batch = pa.record_batch([pa.array([1, 2, 3])], ["a"]).select([])
    assert encode_batch(batch, [], [], UTC) == b"D\x00\x00\x00\x06\x00\x00" * 3


def test_no_rows_are_no_bytes() -> None:
    batch = pa.record_batch([pa.array([], pa.int32())], ["a"])
    assert encode_batch(batch, [23], [0], UTC) == b""


CONVERSIONS = [
    pytest.param(23, pa.array([1, None, -2], pa.int64()), [1, None, -2], id="int64-int4"),
    pytest.param(20, pa.array([Decimal(5)], pa.decimal128(38, 0)), [5], id="hugeint-int8"),
    pytest.param(
        20, pa.array([Decimal("2.5"), Decimal("-2.5")], pa.decimal128(5, 1)), [3, -3], id="rounding"
    ),
    pytest.param(1700, pa.array([5], pa.int64()), [Decimal(5)], id="int64-numeric"),
    pytest.param(1700, pa.array(["1.50", "1e3"]), [Decimal("1.50"), Decimal(1000)],
                 id="text-numeric"),
    pytest.param(1700, pa.array([0.5, 1e20]), [Decimal("0.5"), Decimal(10) ** 20],
                 id="float-numeric"),
    pytest.param(1700, pa.array([Decimal("0.0000000")]), [Decimal("0.0000000")], id="zero-scale-7"),
    pytest.param(
        1700, pa.array([Decimal(10) ** 30], pa.decimal128(38, 2)), [Decimal(f"1{'0' * 30}.00")],
        id="wide-numeric",
    ),
    pytest.param(
        2950, pa.array(["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None]),
        [bytes.fromhex("a0eebc999c0b4ef8bb6d6bb9bd380a11"), None], id="text-uuid",
    ),
    pytest.param(25, pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"], id="enum"),
    pytest.param(25, pa.array([None, None]), [None, None], id="null"),
    pytest.param(23, pa.array([None], pa.null()), [None], id="null-int4"),
    pytest.param(25, pa.array(["a"], pa.large_string()), ["a"], id="large-text"),
    pytest.param(25, pa.array(["a"], pa.string_view()), ["a"], id="text-view"),
    pytest.param(17, pa.array([b"a"], pa.large_binary()), [b"a"], id="large-bytea"),
    pytest.param(1114, pa.array([1], pa.timestamp("s")), [10**6], id="seconds"),
    pytest.param(1114, pa.array([1999], pa.timestamp("ns")), [1], id="nanoseconds"),
    pytest.param(1184, pa.array([7], pa.timestamp("us", tz="Etc/UTC")), [7], id="etc-utc"),
    pytest.param(3802, pa.array(['{"b":1,"a":[1,2]}']), ['{"a": [1, 2], "b": 1}'], id="jsonb"),
    pytest.param(701, pa.array([1, 2], pa.int32()), [1.0, 2.0], id="int-float8"),
    pytest.param(26, pa.array([2**32 - 1], pa.int64()), [2**32 - 1], id="int64-oid"),
    pytest.param(25, pa.array([12], pa.int32()), ["12"], id="int-text"),
    pytest.param(1007, pa.array([[1, None], None, []], pa.list_(pa.int64())), [[1, None], None, []],
                 id="list"),
]  # fmt: skip


@pytest.mark.parametrize(("oid", "column", "datums"), CONVERSIONS)
@pytest.mark.parametrize("format_code", [0, 1])
@pytest.mark.parametrize("repeats", [1, 100])
def test_columns_of_other_arrow_types_are_converted(
    oid: int, column: pa.Array, datums: list[Any], format_code: int, repeats: int
) -> None:
    assert same(datums_from_arrow(oid, column), datums)
    batch = pa.record_batch([pa.concat_arrays([column] * repeats)], ["c"])
    encoded = encode_batch(batch, [oid], [format_code], UTC)
    assert encoded == by_rows([datums * repeats], [oid], [format_code], UTC)


@pytest.mark.parametrize(
    ("oid", "column", "message"),
    [
        (23, pa.array([2**31], pa.int64()), "integer out of range"),
        (21, pa.array([-(2**15) - 1], pa.int32()), "smallint out of range"),
        (20, pa.array([Decimal(2**63)], pa.decimal128(38, 0)), "bigint out of range"),
    ],
)
def test_a_value_too_large_for_its_type_is_22003(oid: int, column: pa.Array, message: str) -> None:
    batch = pa.record_batch([column], ["c"])
    with pytest.raises(errors.NumericValueOutOfRange, match=f"^{message}$"):
        encode_batch(batch, [oid], [0], UTC)


def test_numerics_that_no_arrow_column_holds_are_refused() -> None:
    with pytest.raises(errors.FeatureNotSupported):
        arrow_array(1700, [Decimal("NaN")])
    with pytest.raises(errors.NumericValueOutOfRange):
        arrow_array(1700, [Decimal(10) ** 38])
    assert arrow_array(1700, [Decimal("1.5"), Decimal("2.125")]).type == pa.decimal128(38, 3)

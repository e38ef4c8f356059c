"""ColumnDecoder: columns are what the reader of single values gives, or there are none.

Goal: never another value than PostgreSQL's meaning of the text. Method: portions of all kinds of
texts, written by hand and by Hypothesis, read by ``CopyReader``, which is compared with PostgreSQL
elsewhere; whatever ``ColumnDecoder`` does read must be the same.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalampg import errors
from kalampg.pgtypes import oids
from kalampg.pgtypes.copy_binary import HEADER, TRAILER
from kalampg.pgtypes.copy_binary_columns import BinaryColumnDecoder
from kalampg.pgtypes.copy_columns import ColumnDecoder
from kalampg.pgtypes.copy_format import CopyFormat, CopyKind
from kalampg.pgtypes.copy_reader import CopyColumn, CopyReader
from kalampg.pgtypes.settings import OutputSettings
from kalampg.pgtypes.values import to_binary
from kalampg.relation import Datum
from kalampg.storage.segment_columns import from_array, to_array

TEXT = CopyFormat()
CSV = CopyFormat(CopyKind.CSV, ",", "")
TYPES = (
    oids.INT2, oids.INT4, oids.INT8, oids.BOOL, oids.FLOAT4, oids.FLOAT8, oids.TEXT, oids.DATE,
    oids.TIMESTAMP, oids.TIMESTAMPTZ, oids.JSON, oids.JSONB,
)  # fmt: skip
NUMERIC_6_2 = (6 << 16 | 2) + 4
NUMERIC_6_0 = (6 << 16) + 4

VALUES = st.one_of(
    st.sampled_from(
        [
            "", "\\N", "N", "a\\Nb", "\\.", "t", "true", "yes", "on", "f", "0x1F", "+5", " 5", "5 ",
            "1_000", "-0", "00", "32768", "2147483648", "9223372036854775808", "nan", "inf",
            "1e5", "1e400", "1e-400", "3.5e38", ".5", "5.", "1.005", "12345.6", "2020-02-30",
            "2020-02-29", "0000-01-01", "20200101", "infinity", "2020-01-01 24:00:00",
            "2020-01-01 00:00:60", "2020-01-01T00:00:00", "2020-01-01 00:00:00.1234567",
            "2020-01-01 00:00:00+00", "2020-01-01 00:00:00.5-03:30", "2020-01-01 00:00:00+15",
            "2020-01-01 00:00:00Z", '{"b": 1, "a": 2}', "[", '"', '""', 'a"b', '"a,b"', '"a""b"',
            "\r", "\0", "ü", "x" * 9, "null",
        ]
    ),
    st.integers(-(2**40), 2**40).map(str),
    st.decimals(-99999, 99999, places=2).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.dates().map(str),
    st.datetimes().map(str),
    st.text(alphabet='ab,\t"\\N\r.', max_size=5),
)  # fmt: skip
COLUMNS = st.one_of(
    st.sampled_from([CopyColumn("c", oid, -1) for oid in TYPES]),
    st.just(CopyColumn("c", oids.NUMERIC, NUMERIC_6_2)),
    st.just(CopyColumn("c", oids.NUMERIC, NUMERIC_6_0)),
    st.just(CopyColumn("c", oids.VARCHAR, 3 + 4)),
)


def read(format_: CopyFormat, columns: list[CopyColumn], data: bytes) -> list[list[Datum]] | None:
    """What the reader of single values makes of it; None for an error."""
    reader = CopyReader(format_, "t", columns, OutputSettings())
    try:
        return [values for _, values in [*reader.feed(data), *reader.finish()]]
    except errors.PgError:
        return None


def decoded(
    format_: CopyFormat, columns: list[CopyColumn], data: bytes
) -> list[list[Datum]] | None:
    decoder = ColumnDecoder(format_, columns, OutputSettings())
    assert decoder.is_able
    arrays = decoder.decode(data)
    if arrays is None:
        return None
    datums = [
        from_array(column.type_oid, array) for column, array in zip(columns, arrays, strict=True)
    ]
    return [list(row) for row in zip(*datums, strict=True)]


def stored(columns: list[CopyColumn], rows: list[list[Datum]]) -> list[list[Datum]]:
    """The rows as a segment would give them back: numerics with all digits of their scale."""
    datums = []
    for column, values in zip(columns, zip(*rows, strict=True), strict=True):
        scale = 2 if column.typmod == NUMERIC_6_2 else 0
        datums.append(from_array(column.type_oid, to_array(column.type_oid, values, scale)))
    return [list(row) for row in zip(*datums, strict=True)]


@settings(max_examples=400)
@given(
    format_=st.sampled_from([TEXT, CSV]),
    columns=st.lists(COLUMNS, min_size=1, max_size=3),
    data=st.data(),
)
def test_what_is_decoded_at_once_is_what_is_read_one_by_one(
    format_: CopyFormat, columns: list[CopyColumn], data: st.DataObject
) -> None:
    row = st.tuples(*(VALUES for _ in columns)).map(format_.delimiter.join)
    portion = "".join(line + "\n" for line in data.draw(st.lists(row, min_size=1, max_size=3)))
    found = decoded(format_, columns, portion.encode())
    if found is not None:
        expected = read(format_, columns, portion.encode())
        assert expected is not None, "an error was taken for a value"
        assert repr(found) == repr(stored(columns, expected))


@pytest.mark.parametrize(
    ("format_", "data"),
    [
        pytest.param(TEXT, b"1\ta\tt\t1.50\n\\N\t\\N\t\\N\t\\N\n", id="text"),
        pytest.param(CSV, b'1,"a,""b",t,1.5\n,,,\n2,"",f,2\n', id="csv"),
    ],
)
def test_ordinary_data_is_decoded_at_once(format_: CopyFormat, data: bytes) -> None:
    columns = [
        CopyColumn("a", oids.INT8, -1),
        CopyColumn("b", oids.TEXT, -1),
        CopyColumn("c", oids.BOOL, -1),
        CopyColumn("d", oids.NUMERIC, NUMERIC_6_2),
    ]
    expected = read(format_, columns, data)
    assert expected is not None
    assert repr(decoded(format_, columns, data)) == repr(stored(columns, expected))


BINARY = CopyFormat(CopyKind.BINARY)
BINARY_TYPES = {
    oids.INT2: st.integers(-(2**15), 2**15 - 1),
    oids.INT4: st.integers(-(2**31), 2**31 - 1),
    oids.INT8: st.integers(-(2**63), 2**63 - 1),
    oids.BOOL: st.booleans(),
    oids.FLOAT4: st.floats(width=32),
    oids.FLOAT8: st.floats(),
    oids.TEXT: st.text(max_size=5),
    oids.DATE: st.integers(-700_000, 2_900_000) | st.just(2**31 - 1),
    oids.TIMESTAMP: st.integers(-(2**55), 2**55) | st.just(2**63 - 1),
    oids.TIMESTAMPTZ: st.integers(-(2**55), 2**55) | st.just(-(2**63) + 1),
}


def _field(oid: int, value: Datum) -> bytes:
    data = None if value is None else to_binary(oid, value)
    return struct.pack("!i", -1) if data is None else struct.pack("!i", len(data)) + data


@settings(max_examples=300)
@given(
    types=st.lists(st.sampled_from(sorted(BINARY_TYPES)), min_size=1, max_size=3),
    data=st.data(),
)
def test_binary_rows_are_read_as_one_by_one_wherever_a_portion_ends(
    types: list[int], data: st.DataObject
) -> None:
    columns = [CopyColumn("c", oid, -1) for oid in types]
    row = st.tuples(*(st.none() | BINARY_TYPES[oid] for oid in types))
    rows = data.draw(st.lists(row, min_size=1, max_size=4))
    count = struct.pack("!h", len(types))
    encoded = b"".join(
        count + b"".join(_field(oid, value) for oid, value in zip(types, values, strict=True))
        for values in rows
    )
    cut = data.draw(st.integers(0, len(encoded)))
    found = BinaryColumnDecoder(columns).decode(encoded[:cut])
    if found is None:
        return
    expected = read(BINARY, columns, HEADER + encoded[: found.size_bytes] + TRAILER)
    assert expected is not None, "an error was taken for a value"
    datums = [from_array(oid, array) for oid, array in zip(types, found.columns, strict=True)]
    assert repr([list(each) for each in zip(*datums, strict=True)]) == repr(expected)
    # Nothing whole is left behind.
    left = BinaryColumnDecoder(columns).decode(encoded[found.size_bytes : cut])
    assert left is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TRAILER, id="the end"),
        pytest.param(b"\0\2" + bytes(16), id="too many fields"),
        pytest.param(b"\0\1\0\0\0\3abc", id="a number of three bytes"),
        pytest.param(b"\0\1\xff\xff\xff\xfe", id="a negative length"),
        pytest.param(b"\0\1\0\0\0\4\0", id="part of a field"),
    ],
)
def test_what_is_no_whole_binary_row_is_left_to_the_reader(data: bytes) -> None:
    assert BinaryColumnDecoder([CopyColumn("c", oids.INT4, -1)]).decode(data) is None

"""COPY data, written and read.

Goal: the bytes are PostgreSQL's, and rows come back whole however the data is cut into portions.
Method: bytes recorded from PostgreSQL 15; round trips by Hypothesis, where reading back is the
oracle for writing.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalampg import errors
from kalampg.pgtypes import DEFAULT_SETTINGS
from kalampg.pgtypes.copy_batches import CopyEncoder
from kalampg.pgtypes.copy_format import ROW_BYTES_MAX, CopyFormat, CopyKind, Header
from kalampg.pgtypes.copy_reader import CopyColumn, CopyReader

INT4, TEXT, BOOL = 23, 25, 16
CSV = CopyFormat(CopyKind.CSV, ",", "")
FORMATS = {
    "text": CopyFormat(),
    "bar": CopyFormat(delimiter="|", null="nil", header=Header.PRESENT),
    "csv": CSV,
    "match": CopyFormat(CopyKind.CSV, ";", "NULL", Header.MATCH, "'", "\\"),
    "binary": CopyFormat(CopyKind.BINARY),
}
COLUMNS = (CopyColumn("a", INT4, -1), CopyColumn("b", TEXT, -1), CopyColumn("c", BOOL, -1))
ROWS = [(1, "a\tb\\", True), (None, 'x"y\n', False), (3, None, None)]


def bodies(messages: bytes) -> list[bytes]:
    """The contents of consecutive CopyData messages."""
    found = []
    place = 0
    while place < len(messages):
        assert messages[place : place + 1] == b"d"
        end = place + 1 + int.from_bytes(messages[place + 1 : place + 5])
        found.append(messages[place + 5 : end])
        place = end
    return found


def batch_of(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    columns = [list(values) for values in zip(*rows, strict=True)] or [[], [], []]
    types = (pa.int32(), pa.string(), pa.bool_())
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, ["a", "b", "c"])


def written(format_: CopyFormat, rows: list[tuple[Any, ...]], *forced: int) -> list[bytes]:
    """What both ways of encoding write; they must agree."""
    answers = []
    for by_batch in (True, False):
        encoder = CopyEncoder(format_, [INT4, TEXT, BOOL], DEFAULT_SETTINGS, frozenset(forced))
        start = encoder.start(["a", "b", "c"])
        middle = encoder.encode(batch_of(rows)) if by_batch else encoder.encode_rows(rows)
        answers.append(bodies(start + middle + encoder.finish()))
    assert answers[0] == answers[1]
    return answers[0]


def read(
    format_: CopyFormat, data: bytes, portion: int = 1 << 20, columns: Any = COLUMNS
) -> list[tuple[Any, ...]]:
    reader = CopyReader(format_, "t", columns, DEFAULT_SETTINGS)
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(data), portion):
        rows += [tuple(values) for _, values in reader.feed(data[start : start + portion])]
    return rows + [tuple(values) for _, values in reader.finish()]


def test_bytes_are_postgresqls() -> None:
    assert written(FORMATS["text"], ROWS) == [
        b"1\ta\\tb\\\\\tt\n", b'\\N\tx"y\\n\tf\n', b"3\t\\N\t\\N\n",
    ]  # fmt: skip
    assert written(CSV, ROWS, 0) == [b'"1",a\tb\\,t\n', b',"x""y\n",f\n', b'"3",,\n']
    assert written(FORMATS["match"], ROWS) == [
        b"a;b;c\n", b"1;a\tb\\;t\n", b"NULL;'x\"y\n';f\n", b"3;NULL;NULL\n",
    ]  # fmt: skip
    assert written(FORMATS["binary"], ROWS[:1]) == [
        b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\3\0\0\0\4\0\0\0\1\0\0\0\4a\tb\\\0\0\0\1\1",
        b"\xff\xff",
    ]
    assert written(FORMATS["binary"], []) == [b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\xff\xff"]


texts = st.text(st.sampled_from("ab|;,\"'\\.\n\t\0N é☃".replace("\0", "")), max_size=8)
rows_of = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**31), 2**31 - 1), st.none() | texts, st.none() | st.booleans()
    ),
    max_size=6,
)


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=60)
@given(rows=rows_of, portion=st.integers(1, 40))
def test_rows_come_back_however_the_data_is_cut(
    name: str, rows: list[tuple[Any, ...]], portion: int
) -> None:
    format_ = FORMATS[name]
    if format_.null != "\\N" and format_.kind is CopyKind.TEXT:
        # As in PostgreSQL: text has no quotes to tell such a value from NULL.
        rows = [row for row in rows if row[1] != format_.null]
    assert read(format_, b"".join(written(format_, rows)), portion) == rows


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"1\tx\n2\t\\N", [(1, "x"), (2, None)]),
        (b"1\tx\r\n2\ty\r\n", [(1, "x"), (2, "y")]),
        (b"1\tx\r2\ty\r", [(1, "x"), (2, "y")]),
        (b"1\t\\x41\\101\\q\\b\n", [(1, "AAq\b")]),
        (b"1\tx\\\ny\n", [(1, "x\ny")]),
        (b"1\t\\\\N\n", [(1, "\\N")]),
        (b"1\tx\n\\.\ngarbage", [(1, "x")]),
        (b"1\tx\\.\n2\ty\n", [(1, "x")]),
    ],
)
@pytest.mark.parametrize("portion", [1, 2, 3, 100])
def test_text_as_postgresql_reads_it(data: bytes, rows: list[Any], portion: int) -> None:
    assert read(CopyFormat(), data, portion, COLUMNS[:2]) == rows


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b'1,"x""y, z\nq"\n2,\n3,""\n', [(1, 'x"y, z\nq'), (2, None), (3, "")]),
        (b'1,ab"c,d"e\n', [(1, "abc,de")]),
        (b'1,"\n"\r\n2,y\r\n', [(1, "\n"), (2, "y")]),
        (b'1,\\.\n2,"\\."\n\\.\n3,z\n', [(1, "\\."), (2, "\\.")]),
    ],
)
@pytest.mark.parametrize("portion", [1, 2, 3, 100])
def test_csv_as_postgresql_reads_it(data: bytes, rows: list[Any], portion: int) -> None:
    assert read(CSV, data, portion, COLUMNS[:2]) == rows


def test_force_null_and_force_not_null_move_the_border_of_null() -> None:
    columns = (
        CopyColumn("a", TEXT, -1, is_null_forced=True),
        CopyColumn("b", TEXT, -1, is_null_refused=True),
    )
    assert read(CSV, b'"",\n,""\n', columns=columns) == [(None, ""), (None, "")]


@pytest.mark.parametrize(
    ("format_name", "data", "message", "where"),
    [
        ("text", b"1\tx\tt\n2\ty\tt\tz\n", "extra data after last expected column",
         'COPY t, line 2: "2\ty\tt\tz"'),
        ("text", b"1\tx\n", 'missing data for column "c"', 'COPY t, line 1: "1\tx"'),
        ("text", b"no\tx\tt\n", 'invalid input syntax for type integer: "no"',
         'COPY t, line 1, column a: "no"'),
        ("text", b"1\tx\tt\n2\ty\tf\r\n", "literal carriage return found in data",
         "COPY t, line 2"),
        ("text", b"1\t\\.x\tt\n", "end-of-copy marker corrupt", "COPY t, line 1"),
        ("text", b"1\t\xff\tt\n", 'invalid byte sequence for encoding "UTF8": 0xff',
         "COPY t, line 1"),
        ("csv", b'1,x,t\n2,"y\n', "unterminated CSV quoted field", 'COPY t, line 3: "2,"y\n"'),
        ("match", b"a;b\n", "wrong number of fields in header line: got 2, expected 3",
         'COPY t, line 1: "a;b"'),
        ("match", b"a;b;x\n",
         'column name mismatch in header line field 3: got "x", expected "c"',
         'COPY t, line 1: "a;b;x"'),
        ("binary", b"nonsense", "COPY file signature not recognized", None),
        ("binary", b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\1", "row field count is 1, expected 3",
         "COPY t, line 1"),
        ("binary", b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\3\0\0", "unexpected EOF in COPY data",
         "COPY t, line 1"),
        ("binary", b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff!",
         "received copy data after EOF marker", "COPY t, line 1"),
    ],
)  # fmt: skip
def test_errors_say_where(format_name: str, data: bytes, message: str, where: str | None) -> None:
    with pytest.raises(errors.PgError) as caught:
        read(FORMATS[format_name], data)
    assert (caught.value.message, caught.value.where) == (message, where)


@pytest.mark.parametrize("start", [b"1\t", b'1,"'])
def test_a_row_that_never_ends_is_refused(start: bytes) -> None:
    reader = CopyReader(CSV if b"," in start else CopyFormat(), "t", COLUMNS, DEFAULT_SETTINGS)
    list(reader.feed(start))
    with pytest.raises(errors.OutOfMemory):
        for _ in range(2 * ROW_BYTES_MAX // 1_000_000):
            list(reader.feed(b"x" * 1_000_000))

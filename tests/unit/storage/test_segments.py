"""Cold rows are exactly the rows that were flushed.

Goal: every datum of every type survives Parquet, to the last trailing zero, also under later
definitions of the table; and other engines read the file as the types it claims.
Method: rows are written as an object and read back, compared by ``repr``; DuckDB reads the same
object as the independent oracle of what is in it.
"""

from __future__ import annotations

import dataclasses
import math
from decimal import Decimal
from pathlib import Path

import duckdb
import msgspec
import pyarrow.parquet as pq
import pytest

from kalampg import errors
from kalampg.ids import ColumnId, Oid, SegmentId
from kalampg.relation import Column, Datum, Relation
from kalampg.storage.rows import StoredRow
from kalampg.storage.segment import Segment
from kalampg.storage.segment_columns import display_scales, greatest_scale
from kalampg.storage.segments import SegmentWriter, read_segment, unfixed_numeric_columns
from tests.fix_storage import make_relation, objects, scope_of

INFINITE_DATE = 2**31 - 1
INFINITE_TIMESTAMP = 2**63 - 1
UUID = bytes(range(16))


def _write(
    root: Path, relation: Relation, rows: list[list[Datum]], *, group_rows: int = 2
) -> Segment:
    scales = {
        relation.columns[place].column_id: greatest_scale(
            display_scales(relation.columns[place].type_oid, [row[place] for row in rows])
        )
        for place in unfixed_numeric_columns(relation)
    }
    writer = SegmentWriter(
        root,
        relation=relation,
        scope=scope_of(),
        path="public/t/alice/2024-01-01T00-00-00-7.parquet",
        segment_id=SegmentId(7),
        storage_id="local",
        scales=scales,
        created_at_us=0,
    )
    stored = [
        (b"%08d" % n, StoredRow(1, 100 + n, 200 + n, False, row)) for n, row in enumerate(rows)
    ]
    try:
        for start in range(0, len(stored), group_rows):
            writer.write(stored[start : start + group_rows])
        return writer.finish()
    except errors.PgError:
        writer.abort()
        raise


@pytest.mark.parametrize(
    ("oid", "datums"),
    [
        pytest.param(16, [True, False, None], id="bool"),
        pytest.param(21, [-(2**15), None, 2**15 - 1], id="int2"),
        pytest.param(23, [-(2**31), None, 2**31 - 1], id="int4"),
        pytest.param(20, [-(2**63), None, 2**63 - 1], id="int8"),
        pytest.param(26, [0, 2**32 - 1, None], id="oid"),
        pytest.param(700, [0.5, math.inf, math.nan, None], id="float4"),
        pytest.param(701, [-0.0, -math.inf, math.nan, 0.1, None], id="float8"),
        pytest.param(1700, [Decimal("1.5"), Decimal("2.250"), Decimal(0), None], id="numeric"),
        pytest.param(1700, [Decimal(10**37), Decimal(-7), None], id="numeric-38-digits"),
        pytest.param(25, ["", "\u00e9\U0001f600", "x" * 100_000, None], id="text"),
        pytest.param(1042, ["ab  ", None], id="bpchar"),
        pytest.param(18, ["c", None], id="char"),
        pytest.param(17, [b"", b"\0\xff\0", None], id="bytea"),
        pytest.param(1082, [0, -719_893, INFINITE_DATE, -INFINITE_DATE, None], id="date"),
        pytest.param(1083, [0, 86_400_000_000, None], id="time"),
        pytest.param(1266, [0, 2**56, None], id="time-with-time-zone"),
        pytest.param(
            1114,
            [0, -62_200_000_000_000_000, INFINITE_TIMESTAMP, -INFINITE_TIMESTAMP, None],
            id="timestamp-bc-and-infinite",
        ),
        pytest.param(1184, [1, INFINITE_TIMESTAMP, -INFINITE_TIMESTAMP, None], id="timestamptz"),
        pytest.param(1186, [(-1, 2, -(2**63)), (0, 0, 2**63 - 1), None], id="interval"),
        pytest.param(2950, [UUID, None], id="uuid"),
        pytest.param(114, ['{"a" : 1}', None], id="json"),
        pytest.param(3802, ['{"a": 1}', "null", None], id="jsonb"),
        pytest.param(1007, [[1, None, 3], [], None], id="int4-array"),
        pytest.param(1009, [[""], [None], [], None], id="text-array"),
        pytest.param(1231, [[Decimal("1.0"), None], [Decimal("0.25")], None], id="numeric-array"),
        pytest.param(1187, [[(1, 2, 3), None], [], None], id="interval-array"),
        pytest.param(2951, [[UUID, None], [], None], id="uuid-array"),
        pytest.param(1182, [[INFINITE_DATE, None], None], id="date-array"),
        pytest.param(1185, [[INFINITE_TIMESTAMP, None], None], id="timestamptz-array"),
        pytest.param(25, [None, None], id="nothing-but-null"),
    ],
)
def test_cold_rows_are_the_rows_that_were_written(
    tmp_path: Path, oid: int, datums: list[Datum]
) -> None:
    relation = make_relation(20, oid)
    rows = [[number, datum] for number, datum in enumerate(datums)]
    segment = _write(tmp_path, relation, rows)
    columns = read_segment(tmp_path, segment, relation)
    read = columns.stored_rows(0, columns.rows)
    assert repr([row.values for row in read]) == repr(rows)
    assert [(row.seq, row.updated_us) for row in read] == [
        (100 + number, 200 + number) for number in range(len(rows))
    ]
    # One by one, as large segments are read.
    assert repr([columns.stored_rows(n, 1)[0].values for n in range(len(rows))]) == repr(rows)


def test_a_declared_scale_needs_no_data(tmp_path: Path) -> None:
    typmod = (10 << 16 | 2) + 4
    relation = make_relation(20, 1700, typmods={1: typmod})
    segment = _write(tmp_path, relation, [[1, Decimal("1.50")], [2, Decimal("2.00")]])
    assert segment.scales == {}
    rows = read_segment(tmp_path, segment, relation).stored_rows(0, 2)
    assert repr([row.values[1] for row in rows]) == "[Decimal('1.50'), Decimal('2.00')]"


def test_a_numeric_that_does_not_fit_beside_the_others_is_out_of_range(tmp_path: Path) -> None:
    relation = make_relation(20, 1700)
    with pytest.raises(errors.NumericValueOutOfRange):
        _write(tmp_path, relation, [[1, Decimal(10**30)], [2, Decimal("1e-20")]])
    assert objects(tmp_path) == set()


def test_duckdb_reads_what_postgresql_types_mean(tmp_path: Path) -> None:
    relation = make_relation(20, 2950, 1184, 1082, 1186, 1700, 1007, 1083)
    row = [1, UUID, INFINITE_TIMESTAMP, -INFINITE_DATE, (1, 2, 3), Decimal("1.5"), [1, None], 5]
    segment = _write(tmp_path, relation, [row, [2, *[None] * 7]])
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    found = connection.execute(
        "SELECT c1::text, c2::text, c3::text, c4.months, c4.microseconds, c5::text, c6::text,"
        " c7::text, _user_id, _seq, epoch_us(_updated), file_row_number, typeof(c1), typeof(c5)"
        " FROM read_parquet(?, file_row_number = true) ORDER BY c0",
        [str(tmp_path / segment.path)],
    ).fetchall()
    connection.close()
    assert found[0] == (
        "00010203-0405-0607-0809-0a0b0c0d0e0f",
        "infinity",
        "-infinity",
        1,
        3,
        "1.5",
        "[1, NULL]",
        "00:00:00.000005",
        "alice",
        100,
        200,
        0,
        "UUID",
        "DECIMAL(38,1)",
    )
    assert found[1][:8] == (None,) * 8


def test_segments_describe_themselves(tmp_path: Path) -> None:
    relation = make_relation(20, 25, 1700)
    segment = _write(tmp_path, relation, [[1, "a", Decimal("1.25")], [2, "b", Decimal(1)]])
    with pq.ParquetFile(tmp_path / segment.path) as file:
        fields = {field.name: field.metadata[b"PARQUET:field_id"] for field in file.schema_arrow}
        footer = file.metadata.metadata
    assert fields == {
        "c0": b"1",
        "c1": b"2",
        "c2": b"3",
        "_user_id": b"1000004",
        "_seq": b"1000003",
        "_updated": b"1000001",
        "_scale_3": b"2000003",
    }
    assert footer[b"kalampg.table_id"] == b"1"
    assert footer[b"kalampg.user_id"] == b"alice"
    assert footer[b"kalampg.schema_version"] == b"1"
    assert footer[b"kalampg.scales"] == b'{"3": 2}'
    assert (segment.rows, segment.min_seq, segment.max_seq) == (2, 100, 101)
    assert segment.size_bytes == (tmp_path / segment.path).stat().st_size


def test_columns_of_old_segments_are_found_by_their_ids(tmp_path: Path) -> None:
    old = make_relation(20, 25, 1700)
    segment = _write(tmp_path, old, [[1, "dropped", Decimal("1.50")]])
    renamed = dataclasses.replace(old.columns[2], name="renamed")
    added = Column(ColumnId(8), "c1", Oid(25), missing="later")
    new = dataclasses.replace(old, columns=(old.columns[0], added, renamed), schema_version=2)
    (row,) = read_segment(tmp_path, segment, new).stored_rows(0, 1)
    assert repr(row.values) == "[1, 'later', Decimal('1.50')]"


def test_an_object_is_never_replaced(tmp_path: Path) -> None:
    relation = make_relation(20)
    segment = _write(tmp_path, relation, [[1]])
    before = (tmp_path / segment.path).read_bytes()
    with pytest.raises(errors.IoError):
        _write(tmp_path, relation, [[2]])
    assert (tmp_path / segment.path).read_bytes() == before


@pytest.mark.parametrize("damage", ["missing", "garbage", "short"])
def test_a_damaged_object_is_an_error_not_an_answer(tmp_path: Path, damage: str) -> None:
    relation = make_relation(20)
    segment = _write(tmp_path, relation, [[1], [2]])
    target = tmp_path / segment.path
    if damage == "missing":
        target.unlink()
    elif damage == "garbage":
        target.write_bytes(b"PAR1 but nothing else")
    else:
        segment = msgspec.structs.replace(segment, rows=3)
    with pytest.raises((errors.IoError, errors.DataCorrupted)):
        read_segment(tmp_path, segment, relation)

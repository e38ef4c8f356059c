"""RowCodec: row versions as bytes.

Goal: what is stored is what was given, under every later definition of the table.
Method: one row's bytes by hand from the MessagePack specification; round trips of every kind of
datum; definitions that add, drop and reorder columns.
"""

from __future__ import annotations

import dataclasses
import math
from decimal import Decimal

import pytest

from kalampg import errors
from kalampg.ids import ColumnId, Oid
from kalampg.relation import Column, Datum
from kalampg.storage.rows import RowCodec, RowHeader, decode_header
from tests.fix_storage import make_relation


def test_layout_is_a_messagepack_array() -> None:
    codec = RowCodec(make_relation(23, 25))
    # fixarray 5 | 1 | 2 | 3 | false | fixarray 2 | 7 | fixstr "a"
    assert codec.encode(2, 3, False, [7, "a"]) == b"\x95\x01\x02\x03\xc2\x92\x07\xa1a"


@pytest.mark.parametrize(
    ("oid", "datum"),
    [
        pytest.param(16, True, id="bool"),
        pytest.param(20, -(2**63), id="int8"),
        pytest.param(701, -0.0, id="float8-minus-zero"),
        pytest.param(701, math.inf, id="float8-infinity"),
        pytest.param(701, 3.0, id="float8-whole"),
        pytest.param(25, "\u00e9\U0001f600" * 1000, id="text-long"),
        pytest.param(17, b"\0\xff", id="bytea"),
        pytest.param(1700, Decimal("1.500"), id="numeric-keeps-zeros"),
        pytest.param(1700, Decimal("NaN"), id="numeric-nan"),
        pytest.param(1700, Decimal("-Infinity"), id="numeric-infinity"),
        pytest.param(1186, (-1, 2, -(2**63)), id="interval"),
        pytest.param(2950, bytes(16), id="uuid"),
        pytest.param(1184, -(2**63) + 1, id="timestamptz-infinity"),
        pytest.param(1007, [1, None, 3], id="int4-array"),
        pytest.param(1231, [Decimal("1.0"), None], id="numeric-array"),
        pytest.param(1187, [(1, 2, 3), None], id="interval-array"),
        pytest.param(1009, [], id="empty-array"),
        pytest.param(25, None, id="null"),
    ],
)
def test_a_datum_comes_back_as_it_was(oid: int, datum: Datum) -> None:
    codec = RowCodec(make_relation(20, oid))
    row = codec.decode(codec.encode(5, 6, True, [1, datum]))
    assert (row.seq, row.updated_us, row.deleted) == (5, 6, True)
    # repr, because Decimal("1.50") == Decimal("1.5") and -0.0 == 0.0 and NaN != NaN.
    assert repr(row.values) == repr([1, datum])


def test_the_header_is_read_without_the_values() -> None:
    data = RowCodec(make_relation(20)).encode(5, 6, True, [1])
    assert decode_header(data) == RowHeader(1, 5, 6, True)


def test_rows_of_older_definitions_read_under_the_current_one() -> None:
    old = make_relation(20, 25, 1700)
    data = RowCodec(old).encode(1, 2, False, [7, "dropped later", Decimal("1.0")])
    added = Column(ColumnId(9), "d", Oid(1700), missing=Decimal("2.50"))
    new = dataclasses.replace(
        old,
        columns=(old.columns[0], old.columns[2], added),
        schema_version=3,
        layouts={**old.layouts, 3: (ColumnId(1), ColumnId(3), ColumnId(9))},
    )
    codec = RowCodec(new)
    assert repr(codec.decode(data).values) == "[7, Decimal('1.0'), Decimal('2.50')]"
    fresh = codec.encode(1, 2, False, [7, None, None])
    assert codec.decode(fresh).values == [7, None, None]


@pytest.mark.parametrize(
    "data",
    [b"", b"\x93\x01\x02\x03", b"\x95\x09\x02\x03\xc2\x91\x07"],
    ids=["empty", "short", "new"],
)
def test_what_is_not_a_known_row_is_corruption(data: bytes) -> None:
    with pytest.raises(errors.DataCorrupted):
        RowCodec(make_relation(20)).decode(data)


def test_a_relation_version_has_one_codec() -> None:
    relation, twin = make_relation(20), make_relation(25)
    assert RowCodec.for_relation(relation) is RowCodec.for_relation(relation)
    assert RowCodec.for_relation(relation) is not RowCodec.for_relation(twin)

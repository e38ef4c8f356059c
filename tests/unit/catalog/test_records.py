"""Catalog records: objects to bytes and back.

Goal: every property survives, values of every datum type included.
Method: objects with no property at its default, and Hypothesis over datums.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg.catalog import Namespace, Role, RoleClass, datum_record, load, records
from kalampg.constraint import CheckConstraint, ForeignKey, Index, ReferenceAction
from kalampg.errors import DataCorrupted
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.relation import AccessLevel, Column, Relation, TableOptions, TableType

TABLE = Relation(
    table_id=TableId(70_000),
    schema_name="app",
    name="notes",
    table_type=TableType.SHARED,
    columns=(
        Column(ColumnId(1), "id", Oid(20), not_null=True),
        Column(ColumnId(4), "price", Oid(1700), ((9 << 16) | 2) + 4, False, "0", Decimal("1.50")),
        Column(ColumnId(5), "k", Oid(20), -1, True, "SNOWFLAKE_ID()", None, True),
    ),
    primary_key=(2, 0),
    primary_key_name="notes_pkey",
    schema_version=3,
    layouts=MappingProxyType({1: (ColumnId(1), ColumnId(2)), 3: (ColumnId(1), ColumnId(4))}),
    owner="alice",
    options=TableOptions("local", True, 10, 20, 30, AccessLevel.DBA),
    created_at_us=12345,
    next_column_id=6,
    comment="c",
    constraints=(
        CheckConstraint(Oid(71), "positive", "price > 0", (ColumnId(4),), "Europe/Berlin"),
        ForeignKey(
            Oid(72), "of", (ColumnId(1),), TableId(60), (ColumnId(2),), ReferenceAction.CASCADE
        ),
    ),
    indexes=(Index(Oid(73), "i", (ColumnId(4), ColumnId(1)), True, False, Oid(74), (True, False)),),
    referenced_by=(TableId(80),),
)


def test_a_table_survives() -> None:
    assert records.decode_table(records.encode_table(TABLE)) == TABLE


def test_a_role_survives_and_its_repr_hides_the_verifier() -> None:
    role = Role(Oid(5), "al", RoleClass.DBA, "SCRAM-SHA-256$x", False, "a@b", 3, 9)
    assert records.decode_role(records.encode_role(role)) == role
    assert "SCRAM" not in repr(role)


def test_a_namespace_survives() -> None:
    namespace = Namespace(Oid(5), "app", "root", 8, "comment")
    assert records.decode_namespace(records.encode_namespace(namespace)) == namespace


def test_table_keys_sort_by_oid() -> None:
    assert records.table_key(TableId(255)) < records.table_key(TableId(256))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.decimals(allow_nan=False),
    st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9)),
)


@given(st.one_of(SCALARS, st.lists(SCALARS)))
def test_datums_survive_messagepack_with_their_type(datum: Any) -> None:
    packed = msgspec.msgpack.encode(datum_record.pack_datum(datum))
    unpacked = datum_record.unpack_datum(msgspec.msgpack.decode(packed))
    assert unpacked == datum
    assert type(unpacked) is type(datum)


def test_a_numeric_nan_survives() -> None:
    unpacked = datum_record.unpack_datum(datum_record.pack_datum(Decimal("NaN")))
    assert unpacked.is_nan()


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([], id="empty"),
        pytest.param([(b"zwhat", b"")], id="unknown-kind"),
        pytest.param([(records.NEXT_OID_KEY, records.encode_int(5))], id="no-secret"),
    ],
)
def test_a_family_that_no_bootstrap_wrote_is_refused(entries: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(DataCorrupted):
        load(entries)

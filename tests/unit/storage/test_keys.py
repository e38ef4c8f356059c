"""Keys: the order of the bytes is the order of the values.

Goal: a scan in key order is a scan in PostgreSQL's order, and no two scopes ever overlap.
Method: bytes worked out by hand; Hypothesis against an order that is written down here from
PostgreSQL's documentation (NaN last and equal to itself, 1.0 = 1.00, padding not significant).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg.ids import TableId, UserId
from kalampg.relation import Datum
from kalampg.storage.keys import (
    Scope,
    decode_key,
    encode_key,
    is_key_type,
    prefix_end,
    row_prefix,
    split_row_key,
)


@pytest.mark.parametrize(
    ("oid", "datum", "key"),
    [
        pytest.param(16, True, b"\1", id="bool"),
        pytest.param(21, -1, b"\x7f\xff", id="int2"),
        pytest.param(23, 1, b"\x80\0\0\1", id="int4"),
        pytest.param(20, -(2**63), b"\0" * 8, id="int8-smallest"),
        pytest.param(26, 2**32 - 1, b"\xff" * 4, id="oid-greatest"),
        pytest.param(25, "a\u00e9", b"a\xc3\xa9\0\0", id="text"),
        pytest.param(17, b"\0a", b"\0\xffa\0\0", id="bytea-escaped"),
        pytest.param(1042, "ab  ", b"ab\0\0", id="bpchar-padding"),
        pytest.param(701, 1.0, b"\xbf\xf0" + b"\0" * 6, id="float-positive"),
        pytest.param(701, -1.0, b"\x40\x0f" + b"\xff" * 6, id="float-negative"),
        pytest.param(1700, Decimal("12.30"), b"\3\x80\0\0\1\x0d\x1f\0", id="numeric"),
        pytest.param(1700, Decimal("-12.3"), b"\1\x7f\xff\xff\xfe\xf2\xe0\xff", id="numeric-minus"),
        pytest.param(1700, Decimal("0.00"), b"\2", id="numeric-zero"),
        pytest.param(2950, bytes(range(16)), bytes(range(16)), id="uuid"),
        pytest.param(1082, 0, b"\x80\0\0\0", id="date"),
    ],
)
def test_layout_is_as_documented(oid: int, datum: Datum, key: bytes) -> None:
    assert encode_key((oid,), (datum,)) == key


def _float_rank(datum: float) -> tuple[int, float]:
    return (1, 0.0) if math.isnan(datum) else (0, datum)


def _numeric_rank(datum: Decimal) -> tuple[int, Decimal]:
    return (1, Decimal(0)) if datum.is_nan() else (0, datum)


def _plain(datum: Any) -> Any:
    return datum


NUMERICS = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).filter(lambda d: not d.is_snan()),
    st.decimals(min_value=-100, max_value=100, places=2),
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
# OID -> values, and what PostgreSQL orders them by.
TYPES: dict[int, tuple[st.SearchStrategy[Any], Callable[[Any], Any]]] = {
    16: (st.booleans(), _plain),
    17: (st.binary(max_size=5), _plain),
    18: (TEXTS, lambda text: text.encode()),
    19: (TEXTS, lambda text: text.encode()),
    20: (st.integers(-(2**63), 2**63 - 1), _plain),
    21: (st.integers(-(2**15), 2**15 - 1), _plain),
    23: (st.integers(-(2**31), 2**31 - 1), _plain),
    25: (TEXTS, lambda text: text.encode()),
    26: (st.integers(0, 2**32 - 1), _plain),
    700: (st.floats(width=32), _float_rank),
    701: (st.floats(), _float_rank),
    1042: (TEXTS, lambda text: text.rstrip(" ").encode()),
    1043: (TEXTS, lambda text: text.encode()),
    1082: (st.integers(-(2**31) + 1, 2**31 - 1), _plain),
    1083: (st.integers(0, 86_400_000_000), _plain),
    1266: (st.integers(0, 2**57), _plain),
    1114: (st.integers(-(2**63) + 1, 2**63 - 1), _plain),
    1184: (st.integers(-(2**63) + 1, 2**63 - 1), _plain),
    1700: (NUMERICS, _numeric_rank),
    2950: (st.binary(min_size=16, max_size=16), _plain),
}


@pytest.mark.parametrize("oid", sorted(TYPES))
def test_byte_order_is_value_order(oid: int) -> None:
    values, rank = TYPES[oid]
    assert is_key_type(oid)

    @given(values, values)
    def check(left: Datum, right: Datum) -> None:
        left_key, right_key = encode_key((oid,), (left,)), encode_key((oid,), (right,))
        assert (left_key < right_key) == (rank(left) < rank(right))
        assert (left_key == right_key) == (rank(left) == rank(right))
        (decoded,) = decode_key((oid,), left_key)
        assert rank(decoded) == rank(left)

    check()


@given(st.data())
def test_byte_order_of_tuples_is_tuple_order(data: st.DataObject) -> None:
    oids = data.draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=2, max_size=4))
    rows = [[data.draw(TYPES[oid][0]) for oid in oids] for _ in range(2)]
    left, right = (encode_key(oids, row) for row in rows)
    left_rank, right_rank = (
        [TYPES[oid][1](datum) for oid, datum in zip(oids, row, strict=True)] for row in rows
    )
    assert (left < right) == (left_rank < right_rank)
    assert [
        TYPES[oid][1](datum) for oid, datum in zip(oids, decode_key(oids, left), strict=True)
    ] == left_rank


@given(TEXTS, st.integers(-5, 5), TEXTS, st.integers(-5, 5))
def test_a_prefix_selects_exactly_the_keys_that_begin_with_its_values(
    name: str, number: int, other_name: str, other_number: int
) -> None:
    lower = encode_key((25,), (name,))
    upper = prefix_end(lower)
    assert upper is not None
    assert lower <= encode_key((25, 20), (name, number)) < upper
    is_inside = lower <= encode_key((25, 20), (other_name, other_number)) < upper
    assert is_inside == (other_name == name)


@given(
    st.tuples(st.integers(0, 2**32 - 2), st.text(max_size=4)),
    st.tuples(st.integers(0, 2**32 - 2), st.text(max_size=4)),
    st.binary(max_size=12),
)
def test_a_scope_holds_no_key_of_another(
    one: tuple[int, str], other: tuple[int, str], key: bytes
) -> None:
    scope = Scope(TableId(one[0]), UserId(_encodable(one[1])))
    stranger = Scope(TableId(other[0]), UserId(_encodable(other[1])))
    row_key = row_prefix(scope) + key
    assert split_row_key(row_key) == (scope, key)
    assert row_key.startswith(row_prefix(stranger)) == (scope == stranger)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def test_an_integer_outside_its_type_has_no_key() -> None:
    with pytest.raises(OverflowError):
        encode_key((23,), (2**31,))


@pytest.mark.parametrize(
    ("prefix", "end"),
    [(b"a", b"b"), (b"a\xff", b"b"), (b"\xff\xff", None), (b"", None)],
    ids=["plain", "carry", "none-behind", "everything"],
)
def test_prefix_end_is_the_first_key_behind(prefix: bytes, end: bytes | None) -> None:
    assert prefix_end(prefix) == end


def test_types_without_an_order_are_no_key_types() -> None:
    assert not any(is_key_type(oid) for oid in (114, 3802, 1186, 1007))

"""The table of types: names, spellings, type modifiers.

Goal: types have PostgreSQL's names and OIDs. Method: values copied from PostgreSQL 15's
``pg_type`` and ``format_type``.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.pgtypes import apply_typmod, format_type, type_named, type_of
from kalampg.pgtypes.registry import TYPES


@pytest.mark.parametrize(
    ("oid", "typmod", "name"),
    [
        (1042, 7, "character(3)"),
        (1042, -1, "bpchar"),
        (1042, None, "character"),
        (1043, 7, "character varying(3)"),
        (1043, -1, "character varying"),
        (1114, 3, "timestamp(3) without time zone"),
        (1184, None, "timestamp with time zone"),
        (1083, 0, "time(0) without time zone"),
        (1186, (32767 << 16) | 3, "interval(3)"),
        (1186, (4 << 16) | 65535, "interval year"),
        (1700, ((10 << 16) | 2) + 4, "numeric(10,2)"),
        (1700, ((5 << 16) | (2047 & -2)) + 4, "numeric(5,-2)"),
        (1009, -1, "text[]"),
        (1015, 14, "character varying(10)[]"),
        (1014, -1, "bpchar[]"),
        (1014, None, "character[]"),
        (18, -1, '"char"'),
        (1002, None, '"char"[]'),
        (0, None, "-"),
        (99999, None, "???"),
    ],
)
def test_types_are_spelled_as_postgresql_does(oid: int, typmod: int | None, name: str) -> None:
    assert format_type(oid, typmod) == name


@pytest.mark.parametrize(
    ("name", "oid"),
    [
        ("int", 23),
        ("INTEGER", 23),
        ("int4", 23),
        ("bigint", 20),
        ("double  precision", 701),
        ("DOUBLE", 701),
        ("float", 701),
        ("real", 700),
        ("character varying", 1043),
        ("char", 1042),
        ('"char"', 18),
        ("timestamp with time zone", 1184),
        ("timestamp", 1114),
        ("DATETIME", 1114),
        ("STRING", 25),
        ("BYTES", 17),
        ("BINARY", 17),
        ("BLOB", 17),
        ("OBJECT", 114),
        ("decimal", 1700),
        ("_int4", 1007),
        ("int[]", 1007),
        ("text [ ]", 1009),
        ("integer array", 1007),
        ("int[3]", 1007),
        ("int2vector", 22),
    ],
)
def test_every_spelling_finds_its_type(name: str, oid: int) -> None:
    found = type_named(name)
    assert found is not None
    assert found.oid == oid


@pytest.mark.parametrize("name", ["", "nothing", "money", "[]", "void[]"])
def test_other_names_are_no_types(name: str) -> None:
    assert type_named(name) is None


def test_arrays_and_their_elements_point_at_each_other() -> None:
    for pg_type in TYPES.values():
        if pg_type.array_oid:
            array = type_of(pg_type.array_oid)
            assert array.is_array
            assert array.element_oid == pg_type.oid
            assert array.name == f"_{pg_type.name}"


def test_an_unknown_oid_is_42704() -> None:
    with pytest.raises(errors.UndefinedObject, match=r"^type with OID 790 does not exist$"):
        type_of(790)


@pytest.mark.parametrize(
    ("oid", "typmod", "value", "result"),
    [
        (1043, 7, "abc  ", "abc"),
        (1042, 9, "abc", "abc  "),
        (1042, 7, "abc  ", "abc"),
        (1015, 6, ["ab ", None], ["ab", None]),
        (25, 5, "long enough", "long enough"),
        (1043, 7, None, None),
    ],
)
def test_assignment_fits_the_value(oid: int, typmod: int, value: object, result: object) -> None:
    assert apply_typmod(oid, typmod, value, explicit=False) == result


@pytest.mark.parametrize(
    ("oid", "message"),
    [
        (1043, "value too long for type character varying(3)"),
        (1042, "value too long for type character(3)"),
    ],
)
def test_assignment_refuses_what_a_cast_cuts(oid: int, message: str) -> None:
    with pytest.raises(errors.StringDataRightTruncation) as raised:
        apply_typmod(oid, 7, "abcd", explicit=False)
    assert raised.value.message == message
    assert apply_typmod(oid, 7, "abcd", explicit=True) == "abc"

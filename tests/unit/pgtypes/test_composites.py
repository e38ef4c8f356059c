"""Goal: rows are written and read as PostgreSQL 15 does; row types live as long as they are held.

Method: texts and bytes are what PostgreSQL 15 answered to ``SELECT ROW(...)`` in both formats.
"""

from __future__ import annotations

import gc

import pyarrow as pa
import pytest

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes import (
    datums_from_arrow,
    format_type,
    from_binary,
    from_text,
    to_binary,
    to_text,
)
from kalampg.pgtypes.row_types import (
    RowField,
    RowType,
    anonymous_row_type,
    row_type_of,
    table_row_type,
    wire_oid_of,
)

INT4, TEXT, NUMERIC = Oid(23), Oid(25), Oid(1700)
PAIR = anonymous_row_type([RowField("f1", INT4), RowField("f2", TEXT)])
NESTED = anonymous_row_type([RowField("f1", INT4), RowField("f2", PAIR.number)])


def _named(name: str = "pets") -> RowType:
    fields = [RowField("id", INT4), RowField("name", TEXT), RowField("height", NUMERIC, 327_686)]
    return table_row_type(name, Oid(16_400), Oid(16_401), fields)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        pytest.param((1, "a"), "(1,a)", id="plain"),
        pytest.param((1, None), "(1,)", id="null"),
        pytest.param((1, ""), '(1,"")', id="empty"),
        pytest.param((1, "a b"), '(1,"a b")', id="blank"),
        pytest.param((1, 'it"s \\x'), '(1,"it""s \\\\x")', id="quotes"),
        pytest.param((1, "(,)"), '(1,"(,)")', id="delimiters"),
    ],
)
def test_a_row_is_quoted_as_postgresql_does(row: tuple[object, ...], text: str) -> None:
    assert to_text(PAIR.number, row) == text
    table = table_row_type("t", Oid(16_500), Oid(16_501), PAIR.fields)
    assert from_text(table.number, text) == row


def test_a_row_in_a_row_is_quoted_twice() -> None:
    assert to_text(NESTED.number, (1, (2, "b c"))) == '(1,"(2,""b c"")")'


def test_binary_names_the_types_that_clients_know() -> None:
    sent = to_binary(NESTED.number, (1, (2, None)))
    inner = bytes.fromhex("00000002 00000017 00000004 00000002 00000019 ffffffff")
    head = bytes.fromhex("00000002 00000017 00000004 00000001 000008c9 00000018")
    assert sent == head + inner


def test_a_table_s_row_is_read_from_binary() -> None:
    row_type = _named()
    data = to_binary(row_type.number, (7, "x", None))
    assert from_binary(row_type.number, data) == (7, "x", None)
    with pytest.raises(errors.DatatypeMismatch, match="wrong number of columns: 1, expected 3"):
        from_binary(row_type.number, bytes.fromhex("00000001 00000017 ffffffff"))
    with pytest.raises(errors.InvalidBinaryRepresentation):
        from_binary(row_type.number, data[:-1])


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param("7,x,1", "Missing left parenthesis.", id="no parenthesis"),
        pytest.param("(7,x)", "Too few columns.", id="few"),
        pytest.param("(7,x,1,2)", "Too many columns.", id="many"),
        pytest.param("(7,x,1", "Unexpected end of input.", id="open"),
        pytest.param('(7,"x,1)', "Unexpected end of input.", id="open quote"),
        pytest.param("(7,x,1)y", "Junk after right parenthesis.", id="junk"),
    ],
)
def test_a_malformed_record_literal_says_why(text: str, detail: str) -> None:
    row_type = _named()
    with pytest.raises(
        errors.InvalidTextRepresentation, match="malformed record literal"
    ) as raised:
        from_text(row_type.number, text)
    assert raised.value.detail == detail


def test_fields_of_a_literal_fit_into_their_modifiers() -> None:
    row_type = _named()
    assert to_text(row_type.number, from_text(row_type.number, "(7,x,1.005)")) == "(7,x,1.01)"


def test_an_anonymous_row_cannot_be_read() -> None:
    with pytest.raises(errors.FeatureNotSupported, match="anonymous composite"):
        from_text(PAIR.number, "(1,a)")


def test_equal_row_types_are_one_and_forgotten_with_their_last_holder() -> None:
    held = anonymous_row_type([RowField("only here", INT4)])
    assert anonymous_row_type([RowField("only here", INT4)]) is held
    number = held.number
    del held
    gc.collect()
    assert row_type_of(number) is None
    assert anonymous_row_type([RowField("only here", INT4)]).number != number


def test_a_row_holds_the_types_of_the_rows_in_it() -> None:
    inner = anonymous_row_type([RowField("inner", INT4)])
    outer = anonymous_row_type([RowField("f1", inner.number)])
    del inner
    gc.collect()
    assert row_type_of(outer.fields[0].type_oid) is not None


def test_clients_see_record_or_the_row_type_of_the_table() -> None:
    row_type = _named()
    assert wire_oid_of(PAIR.number) == 2249
    assert wire_oid_of(PAIR.array_number) == 2287
    assert wire_oid_of(row_type.number) == 16_400
    assert wire_oid_of(row_type.array_number) == 16_401
    assert [format_type(row_type.number), format_type(PAIR.array_number)] == ["pets", "record[]"]


def test_structs_become_rows_by_the_place_of_their_fields() -> None:
    column = pa.array(
        [{"element1": 1, "element2": "a"}, None],
        pa.struct([("element1", pa.int32()), ("element2", pa.string())]),
    )
    assert datums_from_arrow(PAIR.number, column) == [(1, "a"), None]
    empty = anonymous_row_type([])
    padding = pa.array([{"element1": None}], pa.struct([("element1", pa.null())]))
    assert datums_from_arrow(empty.number, padding) == [()]

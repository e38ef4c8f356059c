"""Goal: arrays of any shape are read and written as PostgreSQL 15 does; plain ones stay lists.

Method: texts, bytes and details are PostgreSQL 15's answers to the literals, worked out by hand.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.pgtypes import format_type, from_binary, from_text, to_binary, to_text
from kalampg.pgtypes.row_types import wire_oid_of
from kalampg.pgtypes.shaped_arrays import ShapedArray, is_shaped, plain_of, shaped_of

INTS, TEXTS = 1007, 1009
SQUARE = ShapedArray([1, 2, 3, None], (2, 2), (1, 1))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("{{1,2},{3,NULL}}", SQUARE, id="two dimensions"),
        pytest.param("[0:2]={1,2,3}", ShapedArray([1, 2, 3], (3,), (0,)), id="from 0"),
        pytest.param("[1:1][-2:-1]={{1,2}}", ShapedArray([1, 2], (1, 2), (1, -2)), id="negative"),
        pytest.param("{{{1}}}", ShapedArray([1], (1, 1, 1), (1, 1, 1)), id="three dimensions"),
        pytest.param("{1,2}", ShapedArray([1, 2], (2,), (1,)), id="plain"),
        pytest.param("{}", ShapedArray([], (), ()), id="empty"),
    ],
)
def test_a_literal_of_any_shape_is_read_and_written(text: str, value: ShapedArray) -> None:
    assert from_text(shaped_of(INTS), text) == value
    assert to_text(shaped_of(INTS), value) == text
    assert from_binary(shaped_of(INTS), to_binary(shaped_of(INTS), value)) == value


def test_binary_has_size_and_first_subscript_of_each_dimension() -> None:
    head = "00000002 00000001 00000017 00000002 00000001 00000002 00000001"
    items = "00000004 00000001 00000004 00000002 00000004 00000003 ffffffff"
    assert to_binary(shaped_of(INTS), SQUARE) == bytes.fromhex(head + items)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("{1,{2}}", 'Unexpected "{" character.'),
        ("{{1},2}", "Unexpected array element."),
        ("{{1},{2,3}}", "Multidimensional arrays must have sub-arrays with matching dimensions."),
        ("{{},{}}", 'Unexpected "}" character.'),
        ("{{1}", "Unexpected end of input."),
        ("{{1}}}", "Junk after closing right brace."),
        ("[1:2]={{1},{2}}", "Specified array dimensions do not match array contents."),
    ],
)
def test_a_ragged_literal_says_why(text: str, detail: str) -> None:
    with pytest.raises(errors.InvalidTextRepresentation) as raised:
        from_text(shaped_of(TEXTS), text)
    assert raised.value.detail == detail


@pytest.mark.parametrize("text", ["{{1,2}}", "[0:1]={1,2}"])
def test_a_plain_array_refuses_another_shape_and_never_flattens_it(text: str) -> None:
    with pytest.raises(errors.FeatureNotSupported):
        from_text(INTS, text)
    with pytest.raises(errors.FeatureNotSupported):
        from_binary(INTS, to_binary(shaped_of(INTS), from_text(shaped_of(INTS), text)))


def test_clients_see_the_array_type() -> None:
    assert wire_oid_of(shaped_of(INTS)) == plain_of(shaped_of(INTS)) == INTS
    assert format_type(shaped_of(INTS)) == "integer[]"
    assert shaped_of(shaped_of(INTS)) == shaped_of(INTS)
    assert not is_shaped(INTS)

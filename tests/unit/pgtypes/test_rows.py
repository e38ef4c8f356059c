"""row_encoder: one row as a DataRow message.

Goal: the layout is the documentation's. Method: messages worked out by hand.
"""

from __future__ import annotations

from typing import Any

import pytest

from kalampg import errors
from kalampg.pgtypes import OutputSettings, row_encoder

UTC = OutputSettings()


@pytest.mark.parametrize(
    ("oids", "formats", "row", "message"),
    [
        pytest.param(
            [23, 25],
            [0, 0],
            (42, "hi"),
            b"D\0\0\0\x12\0\x02\0\0\0\x0242\0\0\0\x02hi",
            id="text",
        ),
        pytest.param(
            [23, 25],
            [1, 1],
            (-1, ""),
            b"D\0\0\0\x12\0\x02\0\0\0\x04\xff\xff\xff\xff\0\0\0\0",
            id="binary",
        ),
        pytest.param([25], [0], (None,), b"D\0\0\0\x0a\0\x01\xff\xff\xff\xff", id="null"),
        pytest.param([], [], (), b"D\0\0\0\x06\0\0", id="no-columns"),
        pytest.param([16, 16], [0, 1], (True, False), b"D\0\0\0\x10\0\x02\0\0\0\x01t\0\0\0\x01\0",
                     id="bool"),
        pytest.param([1184], [0], (0,), b"D\0\0\0\x20\0\x01\0\0\0\x161970-01-01 00:00:00+00",
                     id="timestamptz"),
        pytest.param([3802], [1], ("{}",), b"D\0\0\0\x0d\0\x01\0\0\0\x03\x01{}", id="jsonb"),
    ],
)  # fmt: skip
def test_row_has_the_documented_layout(
    oids: list[int], formats: list[int], row: tuple[Any, ...], message: bytes
) -> None:
    assert row_encoder(oids, formats, UTC)(row) == message


def test_long_text_has_its_length_before_it() -> None:
    message = row_encoder([25], [0], UTC)(("x" * 70_000,))
    assert message[5:11] == b"\0\x01" + (70_000).to_bytes(4)
    assert int.from_bytes(message[1:5]) == 70_000 + 10 == len(message) - 1


def test_a_number_that_does_not_fit_is_22003() -> None:
    with pytest.raises(errors.NumericValueOutOfRange, match=r"^integer out of range$"):
        row_encoder([23], [1], UTC)((2**31,))


def test_an_unknown_format_code_is_refused() -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"^unsupported format code: 2$"):
        row_encoder([23], [2], UTC)

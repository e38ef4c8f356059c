"""Reading fixed-size binary values: the sizes must be right, or the client is told so."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from kalampg import errors


def incorrect_binary(type_name: str = "") -> errors.PgError:
    suffix = f" for type {type_name}" if type_name else ""
    return errors.InvalidBinaryRepresentation(f"incorrect binary data format{suffix}")


def unpacker(layout: str) -> Callable[[bytes], tuple[Any, ...]]:
    """``struct.unpack`` of that layout, whose failure is 22P03."""
    unpack = struct.Struct(layout).unpack

    def checked(data: bytes) -> tuple[Any, ...]:
        try:
            return unpack(data)
        except struct.error:
            raise incorrect_binary() from None

    return checked

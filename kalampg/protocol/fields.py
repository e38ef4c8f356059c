"""Readers of one field of a frontend message: given its offset, they return it and what follows.

They look at ``end`` before they read, because the buffer goes on with the next message.

Source:
    PostgreSQL documentation, "protocol-message-types".
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from kalampg.errors import ProtocolViolation
from kalampg.protocol.messages import Target
from kalampg.protocol.violations import data_left_over, insufficient_data, invalid_string

read_int32: Final = struct.Struct("!i").unpack_from

_TARGETS: Final[Mapping[int, Target]] = {target.value: target for target in Target}


def read_cstring(buffer: bytes, offset: int, end: int) -> tuple[bytes, int]:
    stop = buffer.find(0, offset, end)
    if stop < 0:
        raise invalid_string()
    return buffer[offset:stop], stop + 1


def read_count(buffer: bytes, offset: int, end: int) -> tuple[int, int]:
    if offset + 2 > end:
        raise insufficient_data()
    return buffer[offset] << 8 | buffer[offset + 1], offset + 2


def read_int16s(buffer: bytes, offset: int, end: int) -> tuple[tuple[int, ...], int]:
    if offset + 2 > end:
        raise insufficient_data()
    count = buffer[offset] << 8 | buffer[offset + 1]
    offset += 2
    if not count:
        return (), offset
    if offset + 2 * count > end:
        raise insufficient_data()
    return struct.unpack_from(f"!{count}h", buffer, offset), offset + 2 * count


def read_values(buffer: bytes, offset: int, end: int) -> tuple[tuple[bytes | None, ...], int]:
    if offset + 2 > end:
        raise insufficient_data()
    count = buffer[offset] << 8 | buffer[offset + 1]
    offset += 2
    values: list[bytes | None] = []
    for _ in range(count):
        if offset + 4 > end:
            raise insufficient_data()
        (length,) = read_int32(buffer, offset)
        offset += 4
        if length == -1:
            values.append(None)
        elif length < 0 or offset + length > end:
            raise insufficient_data()
        else:
            values.append(buffer[offset : offset + length])
            offset += length
    return tuple(values), offset


def read_target(buffer: bytes, offset: int, end: int, message: str) -> tuple[Target, bytes]:
    if offset == end:
        raise insufficient_data()
    subtype = buffer[offset]
    name, offset = read_cstring(buffer, offset + 1, end)
    if offset != end:
        raise data_left_over()
    target = _TARGETS.get(subtype)
    if target is None:
        raise ProtocolViolation(f"invalid {message} message subtype {subtype}")
    return target, name

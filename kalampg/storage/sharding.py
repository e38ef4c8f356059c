"""Sharding: which shard of a storage a user's objects go to. PURE.

A strategy is ``alphabetic`` (by the first character: a to z, 0-9, other), ``numeric`` (user ids in
ranges of 1000) or ``hash:n`` (CRC-32 modulo n). It is text because it is an option of a table.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from kalampg.storage.templates import SHARD_PREFIX

_RANGE: Final = 1000
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


def shard_of(strategy: str, user_id: str) -> str:
    """The name of the user's shard; empty without a strategy or a user."""
    if not strategy or not user_id:
        return ""
    kind, _, count = strategy.partition(":")
    match kind:
        case "alphabetic":
            return SHARD_PREFIX + _initial(user_id[0].lower())
        case "numeric":
            return SHARD_PREFIX + _range_of(user_id)
        case _:
            return f"{SHARD_PREFIX}{zlib.crc32(user_id.encode()) % int(count):04d}"


def _initial(first: str) -> str:
    if "a" <= first <= "z":
        return first
    return "0-9" if "0" <= first <= "9" else "other"


def _range_of(user_id: str) -> str:
    if _NUMBER.fullmatch(user_id) is None:
        return "other"
    start = int(user_id) // _RANGE * _RANGE
    return f"{start}-{start + _RANGE - 1}"

"""PostgreSQL's hashes of texts, by which applications choose advisory locks. PURE.

Bob Jenkins' lookup3 over the bytes of the text, as PostgreSQL's hash_bytes does on a little-endian
machine: three words of state, twelve bytes a round.
"""

from __future__ import annotations

import struct
from typing import Final

_WORD: Final = 0xFFFFFFFF
_START: Final = 0x9E3779B9 + 3923095
# Which word is changed, by which it is, and by how many bits the latter is turned.
_MIX: Final = ((0, 2, 4), (1, 0, 6), (2, 1, 8), (0, 2, 16), (1, 0, 19), (2, 1, 4))
_FINAL: Final = (
    (2, 1, 14),
    (0, 2, 11),
    (1, 0, 25),
    (2, 1, 16),
    (0, 2, 4),
    (1, 0, 14),
    (2, 1, 24),
)


def hash_text(text: str) -> int:
    """What ``hashtext`` gives: an integer of 32 bits."""
    return _signed(_state(text.encode(), 0)[2], 32)


def hash_text_extended(text: str, seed: int) -> int:
    """What ``hashtextextended`` gives: a bigint."""
    _, high, low = _state(text.encode(), seed)
    return _signed(high << 32 | low, 64)


def _state(data: bytes, seed: int) -> list[int]:
    state = [(_START + len(data)) & _WORD] * 3
    if seed:
        unsigned = seed & 0xFFFFFFFFFFFFFFFF
        state[0] = (state[0] + (unsigned >> 32)) & _WORD
        state[1] = (state[1] + (unsigned & _WORD)) & _WORD
        _mix(state)
    whole = len(data) - len(data) % 12
    for words in struct.iter_unpack("<3I", data[:whole]):
        _add(state, words)
        _mix(state)
    # The lowest byte of the last word would be the length, which is in the start already.
    rest = data[whole:]
    tail = rest[:8].ljust(8, b"\0") + b"\0" + rest[8:].ljust(3, b"\0")
    _add(state, struct.unpack("<3I", tail))
    for changed, by, bits in _FINAL:
        state[changed] = ((state[changed] ^ state[by]) - _turned(state[by], bits)) & _WORD
    return state


def _add(state: list[int], words: tuple[int, ...]) -> None:
    for place, word in enumerate(words):
        state[place] = (state[place] + word) & _WORD


def _mix(state: list[int]) -> None:
    for changed, by, bits in _MIX:
        state[changed] = ((state[changed] - state[by]) & _WORD) ^ _turned(state[by], bits)
        third = 3 - changed - by
        state[by] = (state[by] + state[third]) & _WORD


def _turned(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & _WORD


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> bits - 1 else value

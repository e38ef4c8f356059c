"""SequenceValues: what the sequences of the catalog have given out, safe across a crash.

A counter is kept in memory; what is on disk runs ahead of it by up to ``VALUES_LOGGED`` values, as
PostgreSQL's log does, so that a value costs no write of its own. After a crash a sequence goes on
behind what the disk says: there may be a gap, there is never a repeat.

Layout (family ``sequences``):
    ``value/`` | value id, 4 bytes big endian  ->  MessagePack [last value, was it given out?]

Invariants:
    - No value is given out before one at or behind it was committed. The commit need not be
      durable by then: whoever shows a value to a client waits for the log position it observed.
    - A counter belongs to the value id of a definition in the catalog; ``forget_others`` removes
      at start-up what a crash or a DROP has left of others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import msgspec

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sequence import Sequence
from kalampg.storage.batch import WriteBatch
from kalampg.storage.store import Store

# PostgreSQL's SEQ_LOG_VALS.
VALUES_LOGGED: Final = 32
# Counters in memory. Beyond that all are written and read again: those of dropped sequences stay
# away, and writing them takes a few ms.
COUNTERS_MAX: Final = 4_096
_PREFIX: Final = b"value/"
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(tuple[int, bool])


@dataclass(slots=True)
class _Counter:
    """``last`` is the newest value, or the next one while it is not ``is_called``.

    ``left`` values more are covered by what is on disk, as long as the increment is ``increment``.
    """

    last: int
    is_called: bool
    left: int = 0
    increment: int = 0


class SequenceValues:
    """The counters of all sequences. Belongs to the event loop's thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counters: dict[Oid, _Counter] = {}

    def forget_others(self, value_ids: Collection[Oid]) -> None:
        """Remove the counters that no sequence of the catalog has; once, at start-up."""
        batch = WriteBatch()
        for key, _ in self._store.read_all("sequences", _PREFIX):
            if int.from_bytes(key.removeprefix(_PREFIX)) not in value_ids:
                batch.delete("sequences", key)
        self._store.commit(batch)

    def next(self, sequence: Sequence) -> int:
        """Give out the next value.

        Raises:
            SequenceGeneratorLimitExceeded: 2200H.
        """
        counter = self._counters.get(sequence.value_id) or self._load(sequence)
        if not counter.is_called:
            value = counter.last
        else:
            value = counter.last + sequence.increment
            if not sequence.minimum <= value <= sequence.maximum:
                value = _around(sequence)
        is_covered = counter.left > 0 and counter.increment == sequence.increment
        # A cycle begins behind what is on disk.
        if not is_covered or (value < counter.last) == (sequence.increment > 0):
            self._log(sequence, counter, value)
        counter.last, counter.is_called = value, True
        counter.left -= 1
        return value

    def set(self, sequence: Sequence, value: int, *, is_called: bool) -> None:
        """Make ``value`` the newest one, or the next one.

        Raises:
            NumericValueOutOfRange: 22003
        """
        if not sequence.minimum <= value <= sequence.maximum:
            raise errors.NumericValueOutOfRange(
                f"setval: value {value} is out of bounds for sequence "
                f'"{sequence.name}" ({sequence.minimum}..{sequence.maximum})'
            )
        self._write(sequence.value_id, value, is_called=is_called)
        self._counters[sequence.value_id] = _Counter(value, is_called)

    def read(self, sequence: Sequence) -> tuple[int, int, bool]:
        """``last_value``, ``log_cnt`` and ``is_called``."""
        counter = self._counters.get(sequence.value_id) or self._load(sequence)
        return counter.last, counter.left, counter.is_called

    def settle(self) -> None:
        """Write where the counters really are: an orderly end leaves no gaps."""
        batch = WriteBatch()
        for value_id, counter in self._counters.items():
            if counter.left:
                batch.put("sequences", _key(value_id), _encode(counter.last, counter.is_called))
                counter.left = 0
        self._store.commit(batch)

    def _load(self, sequence: Sequence) -> _Counter:
        if len(self._counters) >= COUNTERS_MAX:
            self.settle()
            self._counters.clear()
        stored = self._store.read("sequences", _key(sequence.value_id))
        last, is_called = (sequence.first, False) if stored is None else _DECODER.decode(stored)
        counter = self._counters[sequence.value_id] = _Counter(last, is_called)
        return counter

    def _log(self, sequence: Sequence, counter: _Counter, value: int) -> None:
        """Write a value that is ahead of ``value``, but within the sequence's bounds."""
        ahead = value + VALUES_LOGGED * sequence.increment
        logged = max(sequence.minimum, min(ahead, sequence.maximum))
        self._write(sequence.value_id, logged, is_called=True)
        counter.left = abs(logged - value) // abs(sequence.increment) + 1
        counter.increment = sequence.increment

    def _write(self, value_id: Oid, last: int, *, is_called: bool) -> None:
        batch = WriteBatch()
        batch.put("sequences", _key(value_id), _encode(last, is_called))
        self._store.commit(batch)


def _around(sequence: Sequence) -> int:
    """The value after the last one of a cycle."""
    if sequence.cycles:
        return sequence.minimum if sequence.increment > 0 else sequence.maximum
    word, bound = (
        ("maximum", sequence.maximum) if sequence.increment > 0 else ("minimum", sequence.minimum)
    )
    raise errors.SequenceGeneratorLimitExceeded(
        f'nextval: reached {word} value of sequence "{sequence.name}" ({bound})'
    )


def _key(value_id: Oid) -> bytes:
    return _PREFIX + value_id.to_bytes(4)


def _encode(last: int, is_called: bool) -> bytes:
    return _ENCODER.encode((last, is_called))

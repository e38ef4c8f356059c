"""Generators: the functions that give a new identity at each call.

SNOWFLAKE_ID comes from storage's sequence source, because it must grow across restarts; the others
need a clock and a source of random bytes only.

Layout:
    UUID_V7: 48 bits of milliseconds, version 7, 12 bits of counter, variant, 62 random bits. The
    counter makes the values of one process grow inside a millisecond (RFC 9562, section 6.2,
    method 1: a randomly seeded counter of fixed length).
    ULID: 48 bits of milliseconds, 80 random bits that are incremented inside a millisecond;
    26 characters of Crockford's base 32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from kalampg.clock import Clock

if TYPE_CHECKING:
    from kalampg.engine.advisory import AdvisoryLocks
    from kalampg.engine.context import SessionContext

RandomBytes = Callable[[int], bytes]

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_CHARACTERS: Final = 26
_ULID_RANDOM_BITS: Final = 80
_COUNTER_MAX: Final = 0xFFF


class SnowflakeSource(Protocol):
    """Strictly increasing 63-bit numbers; ``storage`` has one that survives restarts."""

    def next(self) -> int: ...


class SequenceFunctions(Protocol):
    """nextval and its kin; ``engine.sequences`` has them."""

    def next(self, name: str | int, session: SessionContext) -> int: ...

    def current(self, name: str | int, session: SessionContext) -> int: ...

    def last(self, session: SessionContext) -> int: ...

    def set(
        self, name: str | int, value: int, session: SessionContext, *, is_called: bool = True
    ) -> int: ...


class Generators:
    """One server's source of identities. Used on the event loop only.

    Invariants:
        - ``uuid_v7`` and ``ulid`` grow strictly, also when the wall clock steps back.
    """

    def __init__(
        self,
        clock: Clock,
        random_bytes: RandomBytes,
        snowflakes: SnowflakeSource,
        sequences: SequenceFunctions,
        advisory: AdvisoryLocks,
    ) -> None:
        self.clock = clock
        self.sequences = sequences
        self.advisory = advisory
        self._random_bytes = random_bytes
        self._snowflakes = snowflakes
        self._uuid_ms = 0
        self._uuid_counter = 0
        self._ulid = 0

    def snowflake_id(self) -> int:
        return self._snowflakes.next()

    def gen_random_uuid(self) -> bytes:
        value = bytearray(self._random_bytes(16))
        value[6] = value[6] & 0x0F | 0x40
        value[8] = value[8] & 0x3F | 0x80
        return bytes(value)

    def uuid_v7(self) -> bytes:
        random = self._random_bytes(10)
        now_ms = self.clock.now_us() // 1000
        if now_ms > self._uuid_ms:
            self._uuid_ms = now_ms
            # Half of the counter's range is left for growth inside the millisecond.
            self._uuid_counter = int.from_bytes(random[:2]) & (_COUNTER_MAX >> 1)
        elif self._uuid_counter < _COUNTER_MAX:
            self._uuid_counter += 1
        else:  # Borrow the next millisecond: order matters more than 1 ms of truth.
            self._uuid_ms += 1
            self._uuid_counter = 0
        head = self._uuid_ms.to_bytes(6) + (0x7000 | self._uuid_counter).to_bytes(2)
        return head + bytes((random[2] & 0x3F | 0x80,)) + random[3:10]

    def ulid(self) -> str:
        now_ms = self.clock.now_us() // 1000
        if now_ms > self._ulid >> _ULID_RANDOM_BITS:
            self._ulid = now_ms << _ULID_RANDOM_BITS | int.from_bytes(self._random_bytes(10))
        else:
            self._ulid += 1  # A carry into the milliseconds keeps the order, as above.
        value = self._ulid
        return "".join(
            _CROCKFORD[value >> 5 * place & 31] for place in range(_ULID_CHARACTERS - 1, -1, -1)
        )

"""CancelKeys: which backend a CancelRequest means, and whether its sender may ask for that.

Invariants:
    - A pid belongs to at most one live backend.
    - Comparing secrets takes as long for a wrong one as for the right one.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kalampg.ids import BackendPid
from kalampg.protocol.startup import PROTOCOL_3_2, CancelRequest

SECRET_BYTES_3_0: Final = 4
SECRET_BYTES_3_2: Final = 32
PID_MAX: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class BackendKey:
    """What BackendKeyData tells the client."""

    pid: BackendPid
    secret: bytes = field(repr=False)


class CancelKeys:
    """Gives out keys and finds who holds them."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._holders: dict[int, tuple[bytes, Callable[[], None]]] = {}
        self._last_pid = 0

    def issue(self, protocol_version: int, cancel: Callable[[], None]) -> BackendKey:
        """Give out a key; ``cancel`` is called when somebody shows it."""
        size = SECRET_BYTES_3_2 if protocol_version >= PROTOCOL_3_2 else SECRET_BYTES_3_0
        key = BackendKey(self._next_pid(), self._random_bytes(size))
        self._holders[key.pid] = (key.secret, cancel)
        return key

    def revoke(self, key: BackendKey) -> None:
        """Forget a key. Idempotent."""
        self._holders.pop(key.pid, None)

    def cancel(self, request: CancelRequest) -> bool:
        """Cancel what the request names; ``False`` if the key is wrong, which nobody is told."""
        secret, cancel = self._holders.get(request.pid, (b"", _nothing))
        if not hmac.compare_digest(secret, request.secret) or not secret:
            return False
        cancel()
        return True

    def _next_pid(self) -> BackendPid:
        pid = self._last_pid % PID_MAX + 1
        while pid in self._holders:
            pid = pid % PID_MAX + 1
        self._last_pid = pid
        return BackendPid(pid)


def _nothing() -> None:
    """Nobody holds the key."""

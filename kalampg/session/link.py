"""ClientLink: what a session asks of its connection besides taking its output."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ClientLink:
    """``drain`` sends the output and waits until the client has taken enough of it.

    ``flush`` sends it without waiting, for output that answers no message.
    """

    drain: Callable[[], Coroutine[Any, Any, None]]
    flush: Callable[[], None]

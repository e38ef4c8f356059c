"""Notices: what a client is told although nothing failed, as far as it wants to hear it."""

from __future__ import annotations

from typing import Final

from kalampg.protocol.backend import Notice, NoticeSeverity
from kalampg.session.guc import GucStore
from kalampg.session.output import Output

# Higher is more urgent; LOG counts as INFO for clients, and INFO is always sent.
_RANKS: Final[dict[NoticeSeverity, int]] = {"DEBUG": 1, "LOG": 2, "NOTICE": 3, "WARNING": 4}
_THRESHOLDS: Final = {"log": 2, "notice": 3, "warning": 4, "error": 5}


class Notices:
    """Sends notices that ``client_min_messages`` lets through."""

    def __init__(self, output: Output, gucs: GucStore) -> None:
        self._output = output
        self._gucs = gucs

    def send(self, notice: Notice) -> None:
        threshold = _THRESHOLDS.get(self._gucs["client_min_messages"], 1)
        if notice.severity == "INFO" or _RANKS[notice.severity] >= threshold:
            self._output.notice(notice)

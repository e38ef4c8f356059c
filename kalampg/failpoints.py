"""Places where a crash test may kill the process.

Production passes ``NO_FAILPOINTS``. A test arms one name; when the code reaches it, the process
ends at once, as if the power had gone. Names are kebab-case and say what has not happened yet
(``"flush-before-publish"``). Every name the code reaches is listed in ``FAILPOINTS``.
"""

from __future__ import annotations

import os
from typing import Final, Protocol

FAILPOINTS: Final = (
    "commit-before-write",
    "commit-before-sync",
    "commit-after-sync",
    "flush-before-object",
    "segment-before-upload",
    "flush-after-object",
    "flush-before-publish",
    "flush-after-publish",
    "flush-before-manifest-copy",
    "compaction-before-object",
    "compaction-after-object",
    "compaction-before-publish",
    "compaction-after-publish",
    "move-before-object",
    "move-after-object",
    "move-before-publish",
    "move-after-publish",
    "backup-before-checkpoint",
    "backup-before-object",
    "backup-after-object",
    "backup-before-manifest",
    "backup-after-manifest",
    "restore-before-object",
    "restore-after-object",
    "restore-before-detachment",
    "restore-before-format",
    "restore-after-format",
    "export-before-object",
    "export-after-object",
    "export-before-manifest",
    "export-after-manifest",
    "cleanup-before-scope",
    "cleanup-after-scope",
    "cleanup-before-finish",
    "cleanup-after-finish",
    "copy-before-object",
    "copy-after-object",
    "copy-before-commit",
    "drop-before-objects",
    "recovery-before-orphans",
)


class Failpoints(Protocol):
    """Called with the name of a place; may not return."""

    def reach(self, name: str) -> None: ...


class NoFailpoints:
    """Production: nothing happens."""

    def reach(self, name: str) -> None:
        """Do nothing."""


class ArmedFailpoint:
    """End the process without any cleanup when ``name`` is reached for the ``nth`` time."""

    def __init__(self, name: str, nth: int = 1) -> None:
        if name not in FAILPOINTS:
            raise ValueError(f"unknown fail point {name!r}")
        self._name = name
        self._left = nth

    def reach(self, name: str) -> None:
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os._exit(91)


NO_FAILPOINTS: Final = NoFailpoints()

"""WriteAdmission: whom the engine asks before it takes a write."""

from __future__ import annotations

from typing import Protocol


class WriteAdmission(Protocol):
    """Slows writers down, and refuses them, while what they have written is not put away."""

    @property
    def is_on(self) -> bool:
        """Whether a write must ask."""
        ...

    def check(self) -> None:
        """Raise 53100 or 53200 where no rows may be added."""

    async def admit(self, *, adds_rows: bool) -> None:
        """Wait as long as a write has to; raises as ``check`` if it adds rows."""


class FreeAdmission:
    """Admits everything at once."""

    is_on = False

    def check(self) -> None:
        """There is room."""

    async def admit(self, *, adds_rows: bool) -> None:
        """There is nothing to wait for."""

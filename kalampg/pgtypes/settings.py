"""OutputSettings: what of a session's parameters decides how a value is read and written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """The values of the parameters of the same names; ``date_style`` is as ``SHOW`` prints it.

    ``now_us`` is the transaction's start, which ``now``, ``today`` and the like in date and time
    input mean. Without it such input is refused.
    """

    timezone: str | ZoneInfo = "UTC"
    date_style: str = "ISO, MDY"
    extra_float_digits: int = 1
    bytea_output: str = "hex"
    interval_style: str = "postgres"
    now_us: int | None = None

    @property
    def zone(self) -> tzinfo:
        name = self.timezone if isinstance(self.timezone, str) else self.timezone.key
        return zone_named(name)

    @property
    def style(self) -> str:
        """How dates are written: ISO, SQL, Postgres or German."""
        return self.date_style.partition(",")[0]

    @property
    def field_order(self) -> str:
        """The order in which an ambiguous date is read: MDY, DMY or YMD."""
        return self.date_style.rpartition(",")[2].strip()


DEFAULT_SETTINGS: Final = OutputSettings()


@lru_cache(maxsize=64)
def zone_named(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)

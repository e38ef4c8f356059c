"""Ages: how long ago something must have been, as a positive interval."""

from __future__ import annotations

from kalampg import errors
from kalampg.pgtypes import from_text, oids


def parse_age(text: str, position: int | None = None) -> tuple[int, int, int]:
    """``90 days`` as months, days and microseconds.

    Raises:
        InvalidParameterValue: 22023, it is not positive. PgError: it is no interval.
    """
    months, days, microseconds = from_text(oids.INTERVAL, text)
    if min(months, days, microseconds) < 0 or not (months or days or microseconds):
        raise errors.InvalidParameterValue("the interval must be positive", position=position)
    return months, days, microseconds

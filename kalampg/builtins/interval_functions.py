"""Intervals times and divided by a number. PURE.

An interval is months, days and microseconds; fractions of months become days, of days time.
"""

from __future__ import annotations

import math

from kalampg import errors
from kalampg.pgtypes.instants import SECOND_US

_DAY_S = 86_400
_MONTH_DAYS = 30


def multiply(months: int, days: int, us: int, factor: float) -> list[int]:
    return _spread(months * factor, days * factor, us * factor)


def divide(months: int, days: int, us: int, divisor: float) -> list[int]:
    """Raises DivisionByZero: 22012."""
    if divisor == 0:
        raise errors.DivisionByZero("division by zero")
    return _spread(months / divisor, days / divisor, us / divisor)


def _spread(months: float, days: float, us: float) -> list[int]:
    if not all(map(math.isfinite, (months, days, us))):
        raise errors.DatetimeFieldOverflow("interval out of range")
    whole_months, whole_days = int(months), int(days)
    rest_days = round((months - whole_months) * _MONTH_DAYS, 6)
    seconds = round((days - whole_days + rest_days - int(rest_days)) * _DAY_S, 6)
    if abs(seconds) >= _DAY_S:
        carried = int(seconds / _DAY_S)
        whole_days += carried
        seconds -= carried * _DAY_S
    whole_days += int(rest_days)
    microseconds = round(us + seconds * SECOND_US)
    if abs(whole_months) >= 2**31 or abs(whole_days) >= 2**31 or abs(microseconds) >= 2**63:
        raise errors.DatetimeFieldOverflow("interval out of range")
    return [whole_months, whole_days, microseconds]

"""Names that a Call has for arithmetic of dates and times, and for which types."""

from __future__ import annotations

from typing import Final

_DATE, _TIMESTAMP, _TIMESTAMPTZ, _INTERVAL, _INT4 = 1082, 1114, 1184, 1186, 23
_TEXT: Final = 25

PLUS_INTERVAL: Final = "plus interval"
MINUS_INTERVAL: Final = "minus interval"
PLUS_DAYS: Final = "plus days"
MINUS_DAYS: Final = "minus days"
AT_TIME_ZONE: Final = "at time zone"  # The value, then the zone.
_INTERVALS: Final = frozenset({(_TIMESTAMP, _INTERVAL), (_TIMESTAMPTZ, _INTERVAL)})
MOMENT_FUNCTIONS: Final = {
    PLUS_INTERVAL: _INTERVALS,
    MINUS_INTERVAL: _INTERVALS,
    PLUS_DAYS: frozenset({(_DATE, _INT4)}),
    MINUS_DAYS: frozenset({(_DATE, _INT4)}),
    AT_TIME_ZONE: frozenset({(_TIMESTAMP, _TEXT), (_TIMESTAMPTZ, _TEXT)}),
}
# What now() is cast to.
CURRENT_MOMENTS: Final = {"current_date": _DATE, "localtimestamp": _TIMESTAMP, "localtime": 1083}


def operator_name(symbol: str, left_oid: int, right_oid: int) -> str | None:
    """The name of ``+`` or ``-`` between these types, if it is one of these functions."""
    names = {
        "+": (PLUS_INTERVAL, PLUS_DAYS),
        "-": (MINUS_INTERVAL, MINUS_DAYS),
    }.get(symbol, ())
    found = (name for name in names if (left_oid, right_oid) in MOMENT_FUNCTIONS[name])
    return next(found, None)

"""Dates, times and intervals to and from text as the session's settings have it. PURE.

``style`` is DateStyle or IntervalStyle as SHOW prints it, ``zone`` the session's time zone,
``now_us`` the transaction's start, which ``now`` and ``today`` mean.
"""

from __future__ import annotations

from functools import lru_cache

from kalampg.pgtypes import OutputSettings, from_text, oids, to_text


@lru_cache(maxsize=64)
def _dates(style: str, zone: str = "UTC") -> OutputSettings:
    return OutputSettings(timezone=zone, date_style=style)


@lru_cache(maxsize=64)
def _dates_at(style: str, zone: str, now_us: int) -> OutputSettings:
    return OutputSettings(timezone=zone, date_style=style, now_us=now_us)


@lru_cache(maxsize=8)
def _intervals(style: str) -> OutputSettings:
    return OutputSettings(interval_style=style)


def date_text(days: int, style: str) -> str:
    return to_text(oids.DATE, days, _dates(style))


def timestamp_text(us: int, style: str) -> str:
    return to_text(oids.TIMESTAMP, us, _dates(style))


def timestamptz_text(us: int, style: str, zone: str) -> str:
    return to_text(oids.TIMESTAMPTZ, us, _dates(style, zone))


def interval_text(months: int, days: int, us: int, style: str) -> str:
    return to_text(oids.INTERVAL, (months, days, us), _intervals(style))


def date_input(text: str, style: str, zone: str, now_us: int) -> int:
    days: int = from_text(oids.DATE, text, -1, _dates_at(style, zone, now_us))
    return days


def time_input(text: str, style: str, zone: str, now_us: int) -> int:
    us: int = from_text(oids.TIME, text, -1, _dates_at(style, zone, now_us))
    return us


def timetz_input(text: str, style: str, zone: str, now_us: int) -> int:
    value: int = from_text(oids.TIMETZ, text, -1, _dates_at(style, zone, now_us))
    return value


def timestamp_input(text: str, style: str, zone: str, now_us: int) -> int:
    us: int = from_text(oids.TIMESTAMP, text, -1, _dates_at(style, zone, now_us))
    return us


def timestamptz_input(text: str, style: str, zone: str, now_us: int) -> int:
    us: int = from_text(oids.TIMESTAMPTZ, text, -1, _dates_at(style, zone, now_us))
    return us


def interval_input(text: str, style: str) -> list[int]:
    return list(from_text(oids.INTERVAL, text, -1, _intervals(style)))

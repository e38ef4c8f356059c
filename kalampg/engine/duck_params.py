"""Parameters of a DuckDB query: which ones its text has, and datums as values that DuckDB takes.

The text casts every parameter to its type, so what has no Python value of its own (infinities,
years outside Python's calendar, intervals) goes as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from kalampg.pgtypes import to_text, type_of
from kalampg.pgtypes.settings import DEFAULT_SETTINGS
from kalampg.relation import Datum

# A quoted string or name, which hides what is in it, or a parameter.
_TOKEN: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)""")
_EPOCH_DATE: Final = date(1970, 1, 1)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - PostgreSQL's timestamp has no zone
_EPOCH_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US: Final = 86_400_000_000


def names_in(parts: Iterable[str]) -> frozenset[str]:
    """The names of the parameters in the text."""
    return frozenset(
        match.group(1) for part in parts for match in _TOKEN.finditer(part) if match.group(1)
    )


def _numeric(value: Decimal) -> Decimal | str:
    return value if value.is_finite() and len(value.as_tuple().digits) <= 38 else str(value)


def _date(value: int) -> date | str:
    try:
        return _EPOCH_DATE + timedelta(days=value)
    except OverflowError:
        return to_text(1082, value, DEFAULT_SETTINGS)


def _time(value: int) -> time | str:
    if value >= _DAY_US:
        return "24:00:00"
    return (_EPOCH + timedelta(microseconds=value)).time()


def _timestamp(value: int) -> datetime | str:
    try:
        return _EPOCH + timedelta(microseconds=value)
    except OverflowError:
        return to_text(1114, value, DEFAULT_SETTINGS)


def _timestamptz(value: int) -> datetime | str:
    try:
        return _EPOCH_UTC + timedelta(microseconds=value)
    except OverflowError:
        return to_text(1184, value, DEFAULT_SETTINGS)


def _interval(value: tuple[int, int, int]) -> str:
    months, days, microseconds = value
    return f"{months} months {days} days {microseconds} microseconds"


_CONVERSIONS: Final[Mapping[int, Callable[[Datum], Datum]]] = {
    1082: _date,
    1083: _time,
    1114: _timestamp,
    1184: _timestamptz,
    1186: _interval,
    1700: _numeric,
    2950: lambda value: UUID(bytes=value),
}


def to_duck(oid: int, value: Datum) -> Datum:
    """A datum as DuckDB's Python API takes it."""
    if value is None:
        return None
    if isinstance(value, list):
        element_oid = type_of(oid).element_oid
        return [to_duck(element_oid, element) for element in value]
    convert = _CONVERSIONS.get(oid)
    return value if convert is None else convert(value)

"""The physical form in which values of PostgreSQL types are bound to DuckDB's parameters.

| type | bound as | the query has |
|---|---|---|
| bool, integers, floats, text, bytea, json | the datum | ``CAST($p1 AS type)`` |
| numeric | Decimal (its own scale; at most 38 digits) | ``$p1`` |
| date, time, timestamp, timestamptz, interval, uuid | text that DuckDB reads exactly | ``CAST`` |
| arrays | list of the element's form | ``CAST($p1 AS type[])`` |

``session_parameters`` names the values of the session that a query text needs (``$k_now``, ...).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from kalampg import errors
from kalampg.pgtypes.enumerations import is_enumeration, label_of
from kalampg.relation import Datum
from kalampg.sql.functions import ELEMENT_OIDS
from kalampg.sql.rewrite import duck_types as t

SESSION_PREFIX: Final = "k_"
CATALOG_PREFIX: Final = f"{SESSION_PREFIX}catalog_"
SETTING_CHANGE_PREFIX: Final = f"{SESSION_PREFIX}set_config_"
# A setting that is read behind a change in the same list.
LATER_SETTING_PREFIX: Final = f"{SETTING_CHANGE_PREFIX}then_"

_DATE_INFINITY: Final = 2**31 - 1
_TIMESTAMP_INFINITY: Final = 2**63 - 1
_DAY_US: Final = 86_400_000_000
_SESSION_PARAMETER: Final = re.compile(r"\$(k_\w+)")
# Strings may contain anything, so they are skipped before parameters are looked for.
_STRING_OR_NAME: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


def duck_parameter(oid: int, datum: Datum) -> object:
    """The value to bind for a datum of a PostgreSQL type.

    >>> duck_parameter(1082, 18262), duck_parameter(1186, (1, -2, 3))
    ('2020-01-01', '1 months -2 days 3 microseconds')
    """
    if datum is None:
        return None
    element = ELEMENT_OIDS.get(oid)
    if element is not None:
        return [duck_parameter(element, item) for item in datum]
    if is_enumeration(oid):
        return label_of(oid, datum)
    convert = _FORMS.get(oid)
    return datum if convert is None else convert(datum)


def duck_sample(oid: int) -> object:
    """A value to describe a query with: NULL, except where the type is the value's own."""
    return Decimal("1.0") if oid == t.NUMERIC else None


def session_parameters(parts: Sequence[str]) -> frozenset[str]:
    """Names (without ``$``) of the session's values that the query text needs.

    >>> sorted(session_parameters(["SELECT $k_now, '$k_not' FROM ", " WHERE $k_user = 'x'"]))
    ['k_now', 'k_user']
    """
    text = _STRING_OR_NAME.sub("", " ".join(parts))
    return frozenset(_SESSION_PARAMETER.findall(text))


def setting_parameter(name: str) -> str:
    """The parameter that carries a setting.

    >>> setting_parameter("kalam.user_id")
    'k_setting_kalam_2e_user_5f_id'
    """
    return f"{SESSION_PREFIX}setting_{_escaped(name)}"


def later_setting_parameter(name: str, changes: int) -> str:
    """The parameter that carries a setting as the statement's first ``changes`` leave it."""
    return f"{LATER_SETTING_PREFIX}{changes}_{_escaped(name)}"


def _escaped(name: str) -> str:
    return re.sub(r"[^a-z0-9]", lambda found: f"_{ord(found[0]):x}_", name.lower())


def setting_name(escaped: str) -> str:
    """The setting that a parameter carries, from what follows the prefix.

    >>> setting_name("kalam_2e_user_5f_id")
    'kalam.user_id'
    """
    return re.sub(r"_([0-9a-f]+)_", lambda found: chr(int(found[1], 16)), escaped)


def _date(days: int) -> str:
    if abs(days) == _DATE_INFINITY:
        return "infinity" if days > 0 else "-infinity"
    year, month, day = _civil(days)
    suffix = ""
    if year <= 0:
        year, suffix = 1 - year, " (BC)"
    return f"{year:04d}-{month:02d}-{day:02d}{suffix}"


def _time(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:06d}"


def _timestamp(microseconds: int) -> str:
    if abs(microseconds) == _TIMESTAMP_INFINITY:
        return "infinity" if microseconds > 0 else "-infinity"
    days, rest = divmod(microseconds, _DAY_US)
    date = _date(days)
    if date.endswith(" (BC)"):
        return f"{date[:-5]} (BC) {_time(rest)}"
    return f"{date} {_time(rest)}"


def _timestamptz(microseconds: int) -> str:
    text = _timestamp(microseconds)
    return text if text.endswith("infinity") else f"{text}+00"


def _interval(value: tuple[int, int, int]) -> str:
    months, days, microseconds = value
    return f"{months} months {days} days {microseconds} microseconds"


def _uuid(value: bytes) -> str:
    text = value.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _numeric(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise errors.FeatureNotSupported(f"numeric {value} is not supported in this query")
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    if exponent > 0:
        value = Decimal((sign, (*digits, *(0,) * exponent), 0))
    if max(len(value.as_tuple().digits), -exponent) > t.NUMERIC_DIGITS_MAX:
        raise errors.FeatureNotSupported(
            "numeric values of more than 38 digits are not supported in this query"
        )
    return value


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day number, in the proleptic Gregorian calendar (year 0 = 1 BC)."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day


_FORMS: Final[Mapping[int, Callable[[Datum], object]]] = {
    t.DATE: _date,
    t.TIME: _time,
    t.TIMESTAMP: _timestamp,
    t.TIMESTAMPTZ: _timestamptz,
    t.INTERVAL: _interval,
    t.UUID: _uuid,
    t.NUMERIC: _numeric,
}

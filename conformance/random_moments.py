"""Random expressions of dates, times and intervals: infinities, years before Christ, zones."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

Text = st.SearchStrategy[str]

_DATES: Final = (
    "date '2024-02-29'", "date '2000-01-01'", "date '1999-12-31'", "date '0044-03-15 BC'",
    "date '0001-01-01'", "date '12345-06-07'", "date 'infinity'", "date '-infinity'",
    "NULL::date",
)  # fmt: skip
_TIMESTAMPS: Final = (
    "timestamp '2024-02-29 13:04:05.678'", "timestamp '1999-12-31 23:59:59'",
    "timestamp '0001-12-31 23:59:59.5 BC'", "timestamp '100000-01-01'", "timestamp 'infinity'",
    "timestamp '-infinity'", "timestamp '2024-03-31 02:30'", "NULL::timestamp",
)  # fmt: skip
_INSTANTS: Final = (
    "timestamptz '2024-07-01 12:00:00.123456+02'", "timestamptz '2024-03-31 00:59:59+00'",
    "timestamptz '0044-03-15 10:00+00 BC'", "timestamptz 'infinity'", "timestamptz '-infinity'",
    "NULL::timestamptz",
)  # fmt: skip
_TIMES: Final = (
    "time '00:00'", "time '13:04:05.678901'", "time '23:59:59.999999'", "time '24:00'",
    "NULL::time",
)  # fmt: skip
_ZONED_TIMES: Final = (
    "timetz '10:00+02'", "timetz '23:59:59.5-11:30'", "timetz '24:00+00'", "timetz '00:00+14'",
    "NULL::timetz",
)  # fmt: skip
_INTERVALS: Final = (
    "interval '1 day'", "interval '1 month -2 days 03:04:05'", "interval '0'",
    "interval '-14 months 40 days'", "interval '100 hours -0.000001 seconds'",
    "interval '1234 years'", "NULL::interval",
)  # fmt: skip
_DAYS: Final = ("0", "1", "-30", "3000000", "NULL::int")
_FACTORS: Final = ("2", "-1", "0.5", "1.7::float8", "0.001", "NULL::float8")
_ZONES: Final = (
    "'UTC'", "'America/New_York'", "'Europe/Berlin'", "'-05:30'", "interval '3 hours'",
)  # fmt: skip
_GROWING: Final = ("year", "decade", "century", "millennium", "isoyear", "epoch", "julian")
_FIELDS: Final = (
    *_GROWING, "month", "day", "hour", "minute", "second", "quarter", "week", "dow", "isodow",
    "doy", "milliseconds", "microseconds",
)  # fmt: skip
_DATE_FIELDS: Final = (*_GROWING, "month", "day", "quarter", "week", "dow", "isodow", "doy")
_TIME_FIELDS: Final = ("hour", "minute", "second", "milliseconds", "microseconds", "epoch")
_INTERVAL_FIELDS: Final = (
    *_TIME_FIELDS, "day", "month", "quarter", "year", "decade", "century", "millennium",
)  # fmt: skip
_UNITS: Final = (
    "'microseconds'", "'second'", "'hour'", "'day'", "'week'", "'month'", "'quarter'", "'year'",
    "'decade'", "'century'", "'millennium'",
)  # fmt: skip
_COMPARISONS: Final = ("<", "<=", "=", "<>", ">", ">=", "IS DISTINCT FROM")


def _of(values: tuple[str, ...]) -> Text:
    return st.sampled_from(values)


def _form(template: str, *parts: Text) -> Text:
    return st.tuples(*parts).map(lambda given: template.format(*given))


_interval = st.recursive(
    _of(_INTERVALS),
    lambda inner: st.one_of(
        _form("({} + {})", inner, inner),
        _form("({} - {})", inner, inner),
        _form("({} * {})", inner, _of(_FACTORS)),
        _form("({} / {})", inner, _of(_FACTORS)),
        _form("(-{})", inner),
        _form("justify_hours({})", inner),
        _form("justify_days({})", inner),
        _form("justify_interval({})", inner),
        _form("date_trunc({}, {})", _of(_UNITS), inner),
    ),
    max_leaves=3,
)
_date = st.one_of(
    _of(_DATES),
    _form("({} + {})", _of(_DATES), _of(_DAYS)),
    _form("({} - {})", _of(_DATES), _of(_DAYS)),
    _form("({})::date", _of(_TIMESTAMPS)),
    _form("({})::date", _of(_INSTANTS)),
    _form("GREATEST({}, {})", _of(_DATES), _of(_DATES)),
)
_timestamp = st.recursive(
    _of(_TIMESTAMPS),
    lambda inner: st.one_of(
        _form("({} + {})", inner, _interval),
        _form("({} - {})", inner, _interval),
        _form("({} + {})", _of(_DATES), _of(_TIMES)),
        _form("({} + {})", _date, _of(_INTERVALS)),
        _form("({})::timestamp", _of(_DATES)),
        _form("date_trunc({}, {})", _of(_UNITS), inner),
        _form("({} AT TIME ZONE {})", _of(_INSTANTS), _of(_ZONES)),
    ),
    max_leaves=2,
)
_instant = st.recursive(
    _of(_INSTANTS),
    lambda inner: st.one_of(
        _form("({} + {})", inner, _interval),
        _form("({} - {})", inner, _of(_INTERVALS)),
        _form("({} AT TIME ZONE {})", _of(_TIMESTAMPS), _of(_ZONES)),
        _form("date_trunc({}, {})", _of(_UNITS), inner),
        _form("({} + {})", _of(_DATES), _of(_ZONED_TIMES)),
    ),
    max_leaves=2,
)
_time = st.one_of(
    _of(_TIMES),
    _form("({} + {})", _of(_TIMES), _interval),
    _form("({} - {})", _of(_TIMES), _interval),
    _form("({})::time", _of(_TIMESTAMPS)),
    _form("({})::time", _of(_INTERVALS)),
    _form("({})::time", _of(_ZONED_TIMES)),
)
_zoned_time = st.one_of(
    _of(_ZONED_TIMES),
    _form("({} + {})", _of(_ZONED_TIMES), _interval),
    _form("({} AT TIME ZONE {})", _of(_ZONED_TIMES), st.sampled_from(("'UTC'", "'-05:30'"))),
    _form("({})::timetz", _of(_INSTANTS)),
)
_moments = (_date, _timestamp, _instant, _time, _zoned_time, _interval)


def _compared(value: Text) -> Text:
    return _form("({} {} {})", value, _of(_COMPARISONS), value)


def _fields(names: tuple[str, ...], value: Text) -> Text:
    return st.one_of(
        _form("extract({} FROM {})", _of(names), value),
        _form("date_part('{}', {})", _of(names), value),
    )


MOMENTS: Final[Text] = st.one_of(
    *_moments,
    *map(_compared, _moments),
    _form("({} {} {})", _date, _of(_COMPARISONS), _timestamp),
    _form("({} {} {})", _date, _of(_COMPARISONS), _instant),
    _form("({} - {})", _date, _date),
    _form("({} - {})", _timestamp, _timestamp),
    _form("({} - {})", _instant, _instant),
    _form("({} - {})", _time, _time),
    _fields(_DATE_FIELDS, _date),
    _fields(_FIELDS, _timestamp),
    _fields(_FIELDS, _instant),
    _fields(_TIME_FIELDS, _time),
    _fields((*_TIME_FIELDS, "timezone", "timezone_hour", "timezone_minute"), _zoned_time),
    _fields(_INTERVAL_FIELDS, _interval),
    *(_form("({})::text", value) for value in _moments),
    *(_form("isfinite({})", value) for value in (_date, _timestamp, _instant)),
    _form("to_char({}, 'YYYY BC-MM-DD HH24:MI:SS.US Day')", _timestamp),
    _form("to_char({}, 'IYYY-IW-ID DDD Q CC J')", _instant),
    _form("to_char({}, 'YYYY MM DD HH24 MI SS')", _interval),
)

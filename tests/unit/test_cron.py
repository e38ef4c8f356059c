"""Schedules.

Goal: the next time is the one that cron(8) would choose, and what is no schedule is refused.
Method: times worked out with a calendar; and for schedules at random, minute by minute, a plain
reading of the fields as the oracle.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalampg.cron import parse_cron
from kalampg.errors import InvalidParameterValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _us(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("schedule", "now", "following"),
    [
        ("0 0 * * *", "2026-11-21T09:00:00", "2026-11-22T00:00:00"),
        ("0 0 * * *", "2026-11-22T00:00:00", "2026-11-23T00:00:00"),
        ("0 0 * * *", "2026-12-31T23:59:59.999999", "2027-01-01T00:00:00"),
        ("*/15 * * * *", "2026-11-21T09:14:59", "2026-11-21T09:15:00"),
        ("*/15 * * * *", "2026-11-21T09:45:00", "2026-11-21T10:00:00"),
        ("30 4 1,15 * 5", "2026-11-01T05:00:00", "2026-11-06T04:30:00"),  # a Friday: either day
        ("0 12 * * mon-fri", "2026-11-20T13:00:00", "2026-11-23T12:00:00"),
        ("0 12 * * 7", "2026-11-20T13:00:00", "2026-11-22T12:00:00"),
        ("0 0 29 2 *", "2096-03-01T00:00:00", "2104-02-29T00:00:00"),  # 2100 has none
        ("5 0 * aug *", "2026-11-21T00:00:00", "2027-08-01T00:05:00"),
        ("10/20 3 * * *", "2026-11-21T03:31:00", "2026-11-21T03:50:00"),
        ("0 0 */10 * *", "2026-11-22T00:00:00", "2026-12-01T00:00:00"),
    ],
)
def test_the_next_time(schedule: str, now: str, following: str) -> None:
    assert parse_cron(schedule).next_after(_us(now)) == _us(following)


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "0 0 * *",
        "0 0 * * * *",
        "60 0 * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "0 0 30 2 *",
        "0 0 * * fru",
        "jan 0 * * *",
        "5-1 0 * * *",
        "*/0 * * * *",
        "*-5 * * * *",
        "1,,2 0 * * *",
        "-1 0 * * *",
        "@daily",
        "0 0 ? * *",
    ],
)
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(InvalidParameterValue):
        parse_cron(schedule)


def _holds(schedule: str, moment: datetime) -> bool:
    """The fields are numbers, lists or ``*`` here."""
    minute, hour, day, month, weekday = schedule.split()

    def has(field: str, value: int) -> bool:
        return field == "*" or value in map(int, field.split(","))

    is_day, is_weekday = has(day, moment.day), has(weekday, moment.isoweekday() % 7)
    both = (is_day and is_weekday) if "*" in {day, weekday} else (is_day or is_weekday)
    return both and all(
        [has(minute, moment.minute), has(hour, moment.hour), has(month, moment.month)]
    )


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    numbers = st.lists(st.integers(low, high), min_size=1, max_size=3)
    return st.just("*") | numbers.map(lambda found: ",".join(map(str, found)))


@settings(max_examples=60)
@given(
    st.tuples(_field(0, 59), _field(0, 23), _field(1, 28), st.just("*"), _field(0, 6)),
    st.integers(0, 60 * 24 * 365),
)
def test_no_minute_is_missed(fields: tuple[str, ...], offset: int) -> None:
    schedule = " ".join(fields)
    moment = start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=offset)
    for _ in range(60 * 24 * 2):
        moment += timedelta(minutes=1)
        if _holds(schedule, moment):
            break
    else:
        moment = start + timedelta(days=2, minutes=1)
    found = EPOCH + timedelta(
        microseconds=parse_cron(schedule).next_after((start - EPOCH) // timedelta(microseconds=1))
    )
    assert found == moment or (moment > start + timedelta(days=2) and found >= moment)

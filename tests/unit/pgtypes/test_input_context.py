"""Input that depends on more than its text: the clock, and what errors say besides the message.

Goal: relative dates follow the transaction's start in the session's zone; an error about JSON shows
where. Method: worked out by hand; contexts copied from PostgreSQL 15.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from kalampg import errors
from kalampg.pgtypes import OutputSettings, from_binary, from_text, to_text

# 2020-01-02 03:04:05.678 UTC
NOW_US = 1_577_934_245_678_000


@pytest.mark.parametrize(
    ("oid", "literal", "zone", "text"),
    [
        (1184, "now", "UTC", "2020-01-02 03:04:05.678+00"),
        (1114, "now", "America/New_York", "2020-01-01 22:04:05.678"),
        (1082, "now", "America/New_York", "2020-01-01"),
        (1083, "now", "Asia/Kolkata", "08:34:05.678"),
        (1082, "today", "UTC", "2020-01-02"),
        (1082, "yesterday", "America/New_York", "2019-12-31"),
        (1114, "tomorrow", "UTC", "2020-01-03 00:00:00"),
        (1184, "today", "Asia/Kolkata", "2020-01-02 00:00:00+05:30"),
        (1114, "today 10:30", "UTC", "2020-01-02 10:30:00"),
        (1114, "tomorrow allballs", "UTC", "2020-01-03 00:00:00"),
    ],
)
def test_relative_dates_follow_the_clock(oid: int, literal: str, zone: str, text: str) -> None:
    settings = OutputSettings(timezone=zone, now_us=NOW_US)
    assert to_text(oid, from_text(oid, literal, -1, settings), settings) == text


def test_relative_dates_without_a_clock_are_refused() -> None:
    with pytest.raises(errors.FeatureNotSupported):
        from_text(1184, "now")


def test_a_zone_object_serves_as_well_as_its_name() -> None:
    settings = OutputSettings(timezone=ZoneInfo("Asia/Kolkata"))
    assert to_text(1184, 0, settings) == "1970-01-01 05:30:00+05:30"
    assert to_text(1184, 0, OutputSettings(timezone=ZoneInfo("UTC"))) == "1970-01-01 00:00:00+00"


@pytest.mark.parametrize(
    ("literal", "where"),
    [
        ('{"a":1,}', 'JSON data, line 1: {"a":1,}'),
        ('{"a" 1}', 'JSON data, line 1: {"a" 1...'),
        ("", "JSON data, line 1: "),
        ('{"a":\n [1,2,\n x]}', "JSON data, line 3:  x..."),
        ('"abc\\uzzzz"', 'JSON data, line 1: "abc\\uz...'),
        (
            '["' + "a" * 60 + '", x , "b"]',
            "JSON data, line 1: ..." + "a" * 45 + '", x...',
        ),
    ],
)
def test_json_errors_show_where(literal: str, where: str) -> None:
    with pytest.raises(errors.InvalidTextRepresentation) as raised:
        from_text(114, literal)
    assert raised.value.where == where


def test_deep_json_is_an_error_not_a_crash() -> None:
    with pytest.raises(errors.PgError) as raised:
        from_text(3802, "[" * 100_000 + "]" * 100_000)
    assert raised.value.sqlstate == "54001"


def test_jsonb_of_another_version_is_refused() -> None:
    with pytest.raises(errors.InternalError, match=r"^unsupported jsonb version number 2$"):
        from_binary(3802, b"\x02{}")


def test_text_that_is_not_utf8_is_22021() -> None:
    with pytest.raises(errors.CharacterNotInRepertoire, match="0xff"):
        from_binary(25, b"a\xff")
    with pytest.raises(errors.CharacterNotInRepertoire, match="0x00"):
        from_binary(25, b"a\0")

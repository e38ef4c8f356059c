"""Reading the tokens of date and time input, in all their orders and spellings.

Source: PostgreSQL 15, ``DecodeDateTime`` and ``DecodeTimeOnly`` in ``datetime.c``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from kalampg import errors
from kalampg.pgtypes.datetime_numbers import (
    DATE,
    NO_PART,
    DateTimeFields,
    Part,
    checked_int,
    read_offset_s,
)
from kalampg.pgtypes.datetime_tokens import (
    IGNORED,
    JULIAN,
    MONTHS,
    WEEKDAYS,
    FieldError,
    Kind,
    Token,
    bad_format,
    field_overflow,
    tokenize,
)
from kalampg.pgtypes.instants import (
    DAY_US,
    SECOND_US,
    days_from_civil,
    offset_s_at,
    offset_s_of_local,
)
from kalampg.pgtypes.settings import OutputSettings
from kalampg.pgtypes.time_zone_names import (
    FIXED_ABBREVIATIONS,
    HISTORIC_ABBREVIATIONS,
    zone_by_name,
)

_DAYLIGHT_S: Final = 3600
_JULIAN_NUMBER: Final = re.compile(r"(\d+)(\.\d*)?", re.ASCII)
_RELATIVE_DAYS: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}
_MOMENTS: Final = frozenset({"now", "epoch", "infinity", "-infinity"})
_TIME_KINDS: Final = frozenset({Kind.NUMBER, Kind.TIME, Kind.DATE})


@dataclass(slots=True)
class BrokenDown:
    """What date and time input says.

    Either an infinity (its sign), or an instant (now, epoch), or wall-clock time with an offset
    where one was written. ``today`` and its neighbours are wall-clock days of the session's zone.
    """

    days: int = 0
    time_us: int = 0
    offset_s: int | None = None
    infinity: int = 0
    instant_us: int | None = None
    is_epoch: bool = False


def decode_datetime(text: str, type_name: str, settings: OutputSettings) -> BrokenDown:
    """Read date and time.

    Raises:
        InvalidDatetimeFormat: 22007, not understood.
        DatetimeFieldOverflow: 22008, no such day or time.
    """
    try:
        return _Decoder(tokenize(text), settings, is_time_only=False).decode_datetime()
    except FieldError as error:
        raise error.of(text, type_name) from None


def decode_time(text: str, settings: OutputSettings, type_name: str = "time") -> BrokenDown:
    """Read a time of day; a date and a zone may stand beside it."""
    try:
        return _Decoder(tokenize(text), settings, is_time_only=True).decode_time()
    except FieldError as error:
        raise error.of(text, type_name) from None


class _Decoder:
    """One pass over the tokens. ``_prefix`` is a label (``J``, ``T``) whose number comes next."""

    def __init__(
        self, tokens: list[Token], settings: OutputSettings, *, is_time_only: bool
    ) -> None:
        self._tokens = tokens
        self._settings = settings
        self._is_time_only = is_time_only
        self._fields = DateTimeFields(settings.field_order)
        self._known = NO_PART
        self._prefix = ""
        self._meridian = ""
        self._moment = ""
        self._offset_s: int | None = None
        self._zone: tzinfo | None = None
        self._abbreviation = ""

    def decode_datetime(self) -> BrokenDown:
        self._read_all()
        if self._moment:
            return self._moment_value()
        self._fields.validate_date(self._known)
        self._apply_meridian()
        if self._known & DATE != DATE:
            raise bad_format()
        fields = self._fields
        days = days_from_civil(fields.year, fields.month, fields.day)
        result = BrokenDown(days, fields.time_us)
        result.offset_s = self._resolved_offset(days * DAY_US + fields.time_us)
        return result

    def decode_time(self) -> BrokenDown:
        self._read_all()
        if self._moment == "now":
            return self._moment_value()
        if self._moment:
            raise bad_format()
        self._fields.validate_date(self._known)
        self._apply_meridian()
        if self._fields.overflows_day:
            raise field_overflow()
        if Part.TIME not in self._known:
            raise bad_format()
        if self._zone is not None and self._known & DATE != DATE and _varies(self._zone):
            raise bad_format()
        fields = self._fields
        result = BrokenDown(0, fields.time_us, self._offset_s)
        if self._known & DATE == DATE:
            days = days_from_civil(fields.year, fields.month, fields.day)
            result.offset_s = self._resolved_offset(days * DAY_US + fields.time_us)
        elif self._zone is not None:
            result.offset_s = offset_s_of_local(fields.time_us, self._zone)
        return result

    def _read_all(self) -> None:
        for position, token in enumerate(self._tokens):
            found = self._read(position, token)
            if found & self._known:
                raise bad_format()
            self._known |= found
        if not self._tokens or self._prefix:
            raise bad_format()

    def _read(self, position: int, token: Token) -> Part:
        if token.kind is Kind.DATE:
            return self._read_date(position, token.text)
        if token.kind is Kind.TIME:
            if self._prefix not in ("", "t"):
                raise bad_format()
            self._prefix = ""
            found = self._fields.read_clock(token.text)
            if not self._is_time_only and self._fields.overflows_day:
                raise field_overflow()
            return found
        if token.kind is Kind.SIGNED:
            self._offset_s = read_offset_s(token.text)
            return Part.ZONE
        if token.kind is Kind.NUMBER:
            return self._read_number(position, token.text)
        return self._read_word(position, token.text)

    def _read_date(self, position: int, text: str) -> Part:
        if self._prefix in JULIAN:
            return self._read_julian_with_offset(text)
        if self._is_time_only:
            kinds = [token.kind for token in self._tokens]
            is_date = (
                position == 0
                and len(kinds) >= 2
                and (kinds[-1] is Kind.DATE or kinds[1] is Kind.TIME)
            )
        else:
            has_day = self._known & (Part.MONTH | Part.DAY) == Part.MONTH | Part.DAY
            is_date = not self._prefix and not has_day
        if is_date:
            return self._fields.read_date(text, self._known)
        if not text[0].isdigit() and not self._prefix:
            return self._read_zone_name(text, is_certain=True)
        return self._read_time_with_offset(text)

    def _read_julian_with_offset(self, text: str) -> Part:
        self._prefix = ""
        number, sign, _ = text.partition("-")
        if not sign or not number.isdigit():
            raise bad_format()
        self._offset_s = read_offset_s(text[len(number) :])
        return self._fields.read_julian_day(checked_int(number)) | Part.TIME | Part.ZONE

    def _read_time_with_offset(self, text: str) -> Part:
        """``040506-08``: the minus made it look like a date."""
        if self._prefix not in ("", "t") or Part.TIME in self._known:
            raise bad_format()
        self._prefix = ""
        time, sign, _ = text.partition("-")
        if not sign:
            raise bad_format()
        self._offset_s = read_offset_s(text[len(time) :])
        known = self._known | DATE if self._is_time_only else self._known
        return self._fields.read_run_together(time, known) | Part.ZONE

    def _read_number(self, position: int, text: str) -> Part:
        if self._prefix:
            return self._read_labelled(text)
        fields, known = self._fields, self._known
        has_point = "." in text
        digits_before_point = len(text.partition(".")[0])
        if self._is_time_only:
            is_first_of_two = position == 0 and len(self._tokens) >= 2
            if has_point and is_first_of_two and self._tokens[-1].kind is Kind.DATE:
                return fields.read_date(text, known)
            if has_point and digits_before_point <= 2:
                raise bad_format()
            if has_point or len(text) > 4:
                return fields.read_run_together(text, known | DATE)
            return fields.read_number(text, known | DATE, has_text_month=False)
        if has_point and not known & DATE:
            return fields.read_date(text, known)
        is_incomplete = known & DATE != DATE or Part.TIME not in known
        if (has_point and digits_before_point > 2) or (len(text) >= 6 and is_incomplete):
            return fields.read_run_together(text, known)
        return fields.read_number(text, known, has_text_month=fields.has_text_month)

    def _read_labelled(self, text: str) -> Part:
        prefix, self._prefix = self._prefix, ""
        if prefix == "t":
            found = self._fields.read_run_together(text, self._known | DATE)
            if found != Part.TIME:
                raise bad_format()
            return found
        matched = _JULIAN_NUMBER.fullmatch(text)
        if matched is None:
            raise bad_format()
        found = self._fields.read_julian_day(checked_int(matched[1]))
        if matched[2]:
            self._fields.read_time_of_day(int(float("0" + matched[2]) * DAY_US))
            found |= Part.TIME
        return found

    def _read_word(self, position: int, word: str) -> Part:
        if word in FIXED_ABBREVIATIONS:
            self._offset_s = FIXED_ABBREVIATIONS[word]
            return Part.ZONE
        if word in HISTORIC_ABBREVIATIONS:
            self._abbreviation = word
            return Part.ZONE
        if word in IGNORED:
            return NO_PART
        if word in MONTHS:
            return self._read_month(MONTHS[word])
        if word in WEEKDAYS:
            return Part.WEEKDAY
        if word in _MOMENTS or word in _RELATIVE_DAYS:
            return self._read_moment(word)
        return self._read_marker(position, word)

    def _read_marker(self, position: int, word: str) -> Part:
        if word == "allballs":
            self._offset_s = 0
            return Part.TIME | Part.ZONE
        if word in ("am", "pm"):
            self._meridian = word
            return Part.MERIDIAN
        if word in ("ad", "bc"):
            self._fields.is_bc = word == "bc"
            return Part.ERA
        if word == "dst":
            # "MET DST": an hour more than the zone before it said.
            self._offset_s = (self._offset_s or 0) + _DAYLIGHT_S
            return Part.DAYLIGHT
        if word in JULIAN or word == "t":
            return self._read_label(position, word)
        return self._read_zone_name(word, is_certain=False)

    def _read_label(self, position: int, word: str) -> Part:
        if word == "t":
            has_time = position + 1 < len(self._tokens) and (
                self._tokens[position + 1].kind in _TIME_KINDS
            )
            is_after_date = self._is_time_only or self._known & DATE == DATE
            if not has_time or not is_after_date:
                raise bad_format()
        self._prefix = word
        return NO_PART

    def _read_month(self, month: int) -> Part:
        fields = self._fields
        found = Part.MONTH
        can_swap = Part.MONTH in self._known and Part.DAY not in self._known
        if can_swap and not fields.has_text_month and 1 <= fields.month <= 31:
            fields.day = fields.month  # "8 January": what looked like the month is the day.
            found = Part.DAY
        fields.has_text_month = True
        fields.month = month
        return found

    def _read_moment(self, word: str) -> Part:
        if word not in _RELATIVE_DAYS:
            self._moment = word
            return DATE | Part.TIME | Part.ZONE | Part.RESERVED
        if self._is_time_only:
            raise bad_format()
        now_us = self._now_us()
        local_us = now_us + offset_s_at(now_us, self._settings.zone) * SECOND_US
        return self._fields.set_day(local_us // DAY_US + _RELATIVE_DAYS[word])

    def _now_us(self) -> int:
        now_us = self._settings.now_us
        if now_us is None:
            raise errors.FeatureNotSupported(
                "date and time input that means the current time is not supported here",
                hint="Use now() or current_date.",
            )
        return now_us

    def _moment_value(self) -> BrokenDown:
        if self._moment == "now":
            return BrokenDown(instant_us=self._now_us())
        if self._moment == "epoch":
            return BrokenDown(instant_us=0, is_epoch=True)
        return BrokenDown(infinity=1 if self._moment == "infinity" else -1)

    def _read_zone_name(self, name: str, *, is_certain: bool) -> Part:
        zone = zone_by_name(name)
        if zone is None:
            if is_certain:
                raise errors.InvalidParameterValue(f'time zone "{name}" not recognized')
            raise bad_format()
        self._zone = zone
        return Part.ZONE

    def _apply_meridian(self) -> None:
        if not self._meridian:
            return
        fields = self._fields
        if fields.hour > 12:
            raise field_overflow()
        if self._meridian == "am" and fields.hour == 12:
            fields.hour = 0
        elif self._meridian == "pm" and fields.hour != 12:
            fields.hour += 12

    def _resolved_offset(self, local_us: int) -> int | None:
        has_daylight = Part.DAYLIGHT in self._known
        if has_daylight and (self._zone or self._abbreviation or Part.ZONE not in self._known):
            raise bad_format()
        if self._zone is not None:
            return offset_s_of_local(local_us, self._zone)
        if self._abbreviation:
            return _historic_offset_s(self._abbreviation, local_us)
        return self._offset_s


def _varies(zone: tzinfo) -> bool:
    """Whether a date is needed to know the zone's offset."""
    return zone.utcoffset(None) is None and zone is not UTC


def _historic_offset_s(abbreviation: str, local_us: int) -> int:
    """What the abbreviation meant at that time, else what the zone's clocks then showed."""
    zone = ZoneInfo(HISTORIC_ABBREVIATIONS[abbreviation])
    offset_s = offset_s_of_local(local_us, zone)
    for months in (0, -3, -6, -9, 3, 6, 9):
        instant_us = local_us + months * 30 * DAY_US
        if not -62_000_000_000 < instant_us // SECOND_US < 253_000_000_000:
            continue
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)
        if moment.astimezone(zone).tzname() == abbreviation.upper():
            return offset_s_at(instant_us, zone)
    return offset_s

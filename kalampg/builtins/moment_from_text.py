"""to_date() and to_timestamp(): the moment that a text spells under a template. PURE."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Final

from kalampg import errors
from kalampg.builtins.moment_fields import ReadFields, days_of, time_us_of
from kalampg.builtins.moment_template import (
    DAYS,
    MONTHS,
    ROMAN_MONTHS,
    Item,
    MomentTemplate,
    parse_moment_template,
)
from kalampg.pgtypes.instants import DATE_END, DATE_MIN, DAY_US, SECOND_US, local_to_instant
from kalampg.pgtypes.time_zone_names import zone_by_name

_DIGITS: Final = {
    "YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "IYYY": 4, "IYY": 3, "IY": 2, "I": 1, "MM": 2, "DDD": 3,
    "DD": 2, "D": 1, "ID": 1, "IDDD": 3, "IW": 2, "WW": 2, "W": 1, "CC": 2, "Q": 1, "HH24": 2,
    "HH12": 2, "HH": 2, "MI": 2, "SS": 2, "MS": 3, "US": 6, "SSSS": 5, "SSSSS": 5, "J": 0,
    "TZM": 2, **{f"FF{digits}": digits for digits in range(1, 7)},
}  # fmt: skip
_MERIDIEMS: Final = frozenset({"AM", "PM", "A.M.", "P.M."})
_NAMED: Final = _MERIDIEMS | {
    "MONTH", "MON", "DAY", "DY", "RM", "BC", "B.C.", "AD", "A.D."
}  # fmt: skip
_ISO: Final = frozenset({"IYYY", "IYY", "IY", "I", "IW", "ID", "IDDD"})
_GREGORIAN: Final = frozenset(
    {"Y,YYY", "YYYY", "YYY", "YY", "Y", "MONTH", "MON", "MM", "RM", "DAY", "DY", "DDD", "DD", "D",
     "WW", "W", "CC", "J", "Q"}
)  # fmt: skip


def to_date(text: str, template: str) -> int | None:
    """Days since 1970.

    Raises:
        InvalidDatetimeFormat: 22007
        DatetimeFieldOverflow: 22008
    """
    found = _read(text, template)
    days = days_of(found, text)
    if not DATE_MIN <= days < DATE_END:
        raise errors.DatetimeFieldOverflow(f'date out of range: "{text}"')
    return days


def to_timestamp(text: str, template: str, zone_name: str) -> int | None:
    """Microseconds since 1970 in UTC; a text without a zone means the session's.

    Raises:
        InvalidDatetimeFormat: 22007
        DatetimeFieldOverflow: 22008
    """
    found = _read(text, template)
    local = days_of(found, text) * DAY_US + time_us_of(found, text)
    if found.offset_s is not None:
        minutes = found.offset_minutes or 0
        offset = found.offset_s + (-minutes if found.offset_s < 0 else minutes) * 60
        return local - offset * SECOND_US
    return local_to_instant(local, zone_by_name(zone_name) or UTC)


def _read(text: str, template_text: str) -> ReadFields:
    return _Reader(text, parse_moment_template(template_text)).read()


class _Reader:
    """Walks text and template together.

    Outside of FX, blanks and separators in the template match any number of them in the text.
    """

    def __init__(self, text: str, template: MomentTemplate) -> None:
        self._text = text
        self._at = 0
        self._items = template.items
        self._is_exact = template.is_exact
        self._found = ReadFields()
        self._skipped = 0
        self._conventions: set[str] = set()

    def read(self) -> ReadFields:
        if not self._is_exact:
            self._skip_blanks()
        for position, item in enumerate(self._items):
            if item.word:
                self._skipped = 0
                following = self._items[position + 1] if position + 1 < len(self._items) else None
                self._word(item, following)
                if not self._is_exact:
                    self._skip_blanks()
            else:
                self._separator(item)
            if self._at >= len(self._text):
                break
        return self._found

    def _here(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_blanks(self) -> None:
        while self._here().isspace():
            self._at += 1
            self._skipped += 1

    def _separator(self, item: Item) -> None:
        """A character of the template that is no word."""
        if self._is_exact:
            self._at += 1
            return
        if item.is_quoted or item.text.isalnum():
            if self._skipped and not item.text.isspace():
                self._skipped = 0
            self._at += bool(self._here())
            return
        if item.text.isspace():
            if self._skipped:
                self._skipped -= 1
            elif self._is_separator(self._here()):
                self._at += 1
        elif self._skipped:
            self._skipped -= 1
            if self._is_separator(self._here()):
                self._at += 1
                self._skipped = 0
        elif self._is_separator(self._here()):
            self._at += 1
        self._skip_blanks()

    @staticmethod
    def _is_separator(character: str) -> bool:
        return bool(character) and not character.isalnum() and ord(character) < 128

    def _word(self, item: Item, following: Item | None) -> None:
        word = item.word
        self._note_convention(word)
        if not self._is_exact and word not in {"TZH", "OF"}:
            while (
                self._here()
                and not self._here().isalnum()
                and not (self._here() in "-+" and self._text[self._at + 1 : self._at + 2].isdigit())
            ):
                self._at += 1
        if word in _NAMED:
            self._name(word, item)
        elif word == "Y,YYY":
            self._comma_year()
        elif word in {"TZ", "OF"}:
            raise errors.FeatureNotSupported(
                f'formatting field "{word}" is only supported in to_char'
            )
        elif word == "TZH":
            self._zone_hour()
        else:
            self._number(item, following)
        if item.suffix:
            self._at += 2

    def _name(self, word: str, item: Item) -> None:
        """A month, day, meridiem or era by its name."""
        found = self._found
        if word in {"MONTH", "MON"}:
            self._set("month", self._named(MONTHS, word == "MON", item) + 1)
        elif word in {"DAY", "DY"}:
            self._named(DAYS, word == "DY", item)
        elif word == "RM":
            self._set("month", self._roman(item))
        elif word in _MERIDIEMS:
            found.is_pm = self._choice(("a", "p"), word, item) == 1
            found.is_12_hours = True
        else:
            found.is_bc = self._choice(("a", "b"), word, item) == 1

    def _note_convention(self, word: str) -> None:
        self._conventions |= {"iso"} if word in _ISO else set()
        self._conventions |= {"gregorian"} if word in _GREGORIAN else set()
        if len(self._conventions) > 1:
            raise errors.InvalidDatetimeFormat(
                "invalid combination of date conventions",
                hint="Do not mix Gregorian and ISO week date conventions in a formatting template.",
            )

    def _set(self, name: str, value: int) -> None:
        current = getattr(self._found, name)
        if current is not None and current != value:
            raise errors.InvalidDatetimeFormat(
                f'conflicting values for "{name}" field in formatting string',
                detail="This value contradicts a previous setting for the same field type.",
            )
        setattr(self._found, name, value)

    def _named(self, names: tuple[str, ...], is_short: bool, item: Item) -> int:
        rest = self._text[self._at :].lower()
        for index, name in enumerate(names):
            wanted = (name[:3] if is_short else name).lower()
            if rest.startswith(wanted):
                self._at += len(wanted)
                return index
        raise self._invalid_value(item)

    def _invalid_value(self, item: Item) -> errors.InvalidDatetimeFormat:
        rest = self._text[self._at :]
        shown = rest.split(" ")[0] if " " in rest else rest
        return errors.InvalidDatetimeFormat(
            f'invalid value "{shown}" for "{item.text}"',
            detail="The given value did not match any of the allowed values for this field.",
        )

    def _roman(self, item: Item) -> int:
        rest = self._text[self._at :].upper()
        for index in (7, 6, 11, 2, 5, 8, 10, 1, 3, 4, 9, 0):
            if rest.startswith(ROMAN_MONTHS[index]):
                self._at += len(ROMAN_MONTHS[index])
                return index + 1
        raise self._invalid_value(item)

    def _choice(self, firsts: tuple[str, str], word: str, item: Item) -> int:
        with_points = "." in word
        for index, first in enumerate(firsts):
            second = word.replace(".", "")[1].lower()
            wanted = f"{first}.{second}." if with_points else f"{first}{second}"
            if self._text[self._at :].lower().startswith(wanted):
                self._at += len(wanted)
                return index
        raise self._invalid_value(item)

    def _comma_year(self) -> None:
        matched = re.match(r"(\d+),(\d{3})", self._text[self._at :])
        if matched is None:
            raise errors.InvalidDatetimeFormat('invalid input string for "Y,YYY"')
        self._set("year", int(matched[1]) * 1000 + int(matched[2]))
        self._found.year_digits = 4
        self._at += matched.end()

    def _zone_hour(self) -> None:
        matched = re.match(r"\s*([-+]?)(\d{1,2})", self._text[self._at :])
        if matched is None:
            return
        sign = matched[1] or ("-" if self._text[self._at - 1 : self._at] == "-" else "+")
        self._found.offset_s = int(matched[2]) * 3600 * (-1 if sign == "-" else 1)
        self._at += matched.end()

    def _number(self, item: Item, following: Item | None) -> None:
        word = item.word
        limit = _DIGITS[word]
        # Digits may run on where no other number follows directly.
        is_open = not item.fills or following is None or not self._is_numeric(following)
        pattern = rf"[-+]?\d{{1,{limit}}}" if limit and not is_open else r"[-+]?\d+"
        matched = re.match(pattern, self._text[self._at :])
        if matched is None:
            rest = self._text[self._at :]
            shown = rest[:limit] if limit else rest
            if not shown:
                return
            raise errors.InvalidDatetimeFormat(
                f'invalid value "{shown}" for "{item.text}"',
                detail="Value must be an integer.",
            )
        digits = matched[0]
        if self._is_exact and not is_open and len(digits) < limit:
            raise errors.InvalidDatetimeFormat(
                f'source string too short for "{item.text}" formatting field',
                detail=f"Field requires {limit} characters, but only {len(digits)} remain.",
            )
        self._at += len(digits)
        self._store(word, int(digits), digits.lstrip("+-"))

    @staticmethod
    def _is_numeric(item: Item) -> bool:
        return item.word in _DIGITS or (not item.word and item.text.isdigit())

    def _store(self, word: str, value: int, digits: str) -> None:
        name = _FIELDS.get(word)
        if name is not None:
            self._set(name, value)
            self._found.is_12_hours |= word in {"HH", "HH12"}
        elif word in {"YYYY", "YYY", "YY", "Y"}:
            self._found.year_digits = 4 if word == "YYYY" else len(digits)
            self._set("year", self._full_year(word, value, digits))
        elif word in {"IYYY", "IYY", "IY", "I"}:
            self._set("iso_year", self._full_year(word, value, digits))
        elif word in {"MS", "US"} or word.startswith("FF"):
            self._set("us", int(digits.ljust(6, "0")[:6]))

    @staticmethod
    def _full_year(word: str, value: int, digits: str) -> int:
        """Years of fewer than four digits are those nearest to 2020."""
        if word in {"YYYY", "IYYY"} or len(digits) > 3:
            return value
        if value < 100:
            return value + 2000 if value < 70 else value + 1900
        return value + 2000 if value < 520 else value + 1000


_FIELDS: Final = {
    "MM": "month", "DDD": "day_of_year", "DD": "day", "D": "weekday", "ID": "iso_day",
    "IDDD": "iso_day_of_year", "IW": "iso_week", "WW": "week", "W": "week_of_month",
    "CC": "century", "J": "julian", "HH24": "hour", "HH12": "hour", "HH": "hour", "MI": "minute",
    "SS": "second", "SSSS": "seconds_of_day", "SSSSS": "seconds_of_day", "TZM": "offset_minutes",
}  # fmt: skip

"""Cutting date, time and interval input into tokens, the words it knows, and its errors.

Source: PostgreSQL 15, ``ParseDateTime``, ``datetktbl``, ``DateTimeParseError`` in ``datetime.c``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from kalampg import errors
from kalampg.pgtypes.integers import BLANKS

_TOKENS_MAX: Final = 25
_BYTES_MAX: Final = 153


class Kind(Enum):
    """What a token may be, by its first characters."""

    NUMBER = auto()
    DATE = auto()
    TIME = auto()
    WORD = auto()
    SIGNED = auto()
    SIGNED_WORD = auto()


@dataclass(slots=True)
class Token:
    """One lexeme; a word is in lower case, a signed one without the blanks after its sign."""

    kind: Kind
    text: str


class Problem(Enum):
    """Why a field cannot be read."""

    BAD_FORMAT = auto()
    FIELD_OVERFLOW = auto()
    MONTH_DAY_OVERFLOW = auto()
    INTERVAL_OVERFLOW = auto()
    ZONE_OVERFLOW = auto()


class FieldError(Exception):
    """A field that cannot be read; only the caller knows the whole text and the type."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def of(self, text: str, type_name: str) -> errors.PgError:
        """The error that the client sees."""
        out_of_range = f'date/time field value out of range: "{text}"'
        match self.problem:
            case Problem.BAD_FORMAT:
                return errors.InvalidDatetimeFormat(
                    f'invalid input syntax for type {type_name}: "{text}"'
                )
            case Problem.FIELD_OVERFLOW:
                return errors.DatetimeFieldOverflow(out_of_range)
            case Problem.MONTH_DAY_OVERFLOW:
                hint = 'Perhaps you need a different "datestyle" setting.'
                return errors.DatetimeFieldOverflow(out_of_range, hint=hint)
            case Problem.INTERVAL_OVERFLOW:
                return errors.IntervalFieldOverflow(f'interval field value out of range: "{text}"')
            case Problem.ZONE_OVERFLOW:
                return errors.InvalidTimeZoneDisplacementValue(
                    f'time zone displacement out of range: "{text}"'
                )


def bad_format() -> FieldError:
    return FieldError(Problem.BAD_FORMAT)


def field_overflow() -> FieldError:
    return FieldError(Problem.FIELD_OVERFLOW)


def month_day_overflow() -> FieldError:
    return FieldError(Problem.MONTH_DAY_OVERFLOW)


def interval_overflow() -> FieldError:
    return FieldError(Problem.INTERVAL_OVERFLOW)


def zone_overflow() -> FieldError:
    return FieldError(Problem.ZONE_OVERFLOW)


MONTHS: Final[Mapping[str, int]] = MappingProxyType(
    {
        spelling: number
        for number, spellings in enumerate(
            (
                "jan january",
                "feb february",
                "mar march",
                "apr april",
                "may",
                "jun june",
                "jul july",
                "aug august",
                "sep sept september",
                "oct october",
                "nov november",
                "dec december",
            ),
            start=1,
        )
        for spelling in spellings.split()
    }
)
WEEKDAYS: Final = frozenset(
    ("sun", "sunday", "mon", "monday", "tue", "tues", "tuesday", "wed", "wednesday", "weds")
) | frozenset(("thu", "thur", "thurs", "thursday", "fri", "friday", "sat", "saturday"))
IGNORED: Final = frozenset({"at", "on"})
JULIAN: Final = frozenset({"j", "jd", "julian"})
_UNITS: Final = frozenset(("d", "dow", "doy", "h", "isodow", "isoyear", "m", "mm", "s", "t", "y"))
_MARKERS: Final = frozenset(("ad", "allballs", "am", "bc", "dst", "pm"))
_MOMENTS: Final = frozenset(
    ("-infinity", "epoch", "infinity", "now", "today", "tomorrow", "yesterday")
)
WORDS: Final = _UNITS | _MARKERS | _MOMENTS | IGNORED | JULIAN | WEEKDAYS | MONTHS.keys()

_NUMERIC: Final = re.compile(r"\d+(?::[\d:.]*)?", re.ASCII)
_NUMERIC_DATE: Final = re.compile(
    r"\d+(?:-(?:\d+(?:-[\d-]*)?|[a-zA-Z0-9-]*)"
    r"|/(?:\d+(?:/[\d/]*)?|[a-zA-Z0-9/]*)"
    r"|\.(?:\d+(?:\.[\d.]*)?|[a-zA-Z0-9.]*))",
    re.ASCII,
)
_FRACTION: Final = re.compile(r"\.\d*", re.ASCII)
_LETTERS: Final = re.compile(r"[a-zA-Z]+")
_DATE_TAIL: Final = re.compile(r"[-+/_.:a-zA-Z0-9]*")
_SIGNED_NUMBER: Final = re.compile(r"[+-]\s*(\d[\d:.-]*)", re.ASCII)
_SIGNED_WORD: Final = re.compile(r"[+-]\s*([a-zA-Z]+)")
_PLAIN_DECIMAL: Final = re.compile(r"\d+\.\d+", re.ASCII)


def tokenize(text: str) -> list[Token]:
    """Cut input into tokens; words come in lower case.

    Raises:
        FieldError: a character that belongs to no token, or too many of them.
    """
    if len(text.encode()) > _BYTES_MAX:
        raise bad_format()
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character in BLANKS:
            position += 1
            continue
        token, position = _token_at(text, position)
        if token is not None:
            tokens.append(token)
        if len(tokens) > _TOKENS_MAX:
            raise bad_format()
    return tokens


def _token_at(text: str, position: int) -> tuple[Token | None, int]:
    character = text[position]
    if not character.isascii():
        raise bad_format()
    if character.isdigit():
        return _number_at(text, position)
    if character.isalpha():
        return _word_at(text, position)
    if character == ".":
        matched = _FRACTION.match(text, position)
        assert matched is not None, "it starts with its point"
        return Token(Kind.NUMBER, matched[0]), matched.end()
    if character in "+-":
        return _signed_at(text, position)
    if character.isprintable():
        return None, position + 1  # Other punctuation only separates.
    raise bad_format()


def _number_at(text: str, position: int) -> tuple[Token, int]:
    date = _NUMERIC_DATE.match(text, position)
    if date is not None:
        kind = Kind.NUMBER if _PLAIN_DECIMAL.fullmatch(date[0]) else Kind.DATE
        return Token(kind, date[0].lower()), date.end()
    number = _NUMERIC.match(text, position)
    assert number is not None, "it starts with a digit"
    return Token(Kind.TIME if ":" in number[0] else Kind.NUMBER, number[0]), number.end()


def _word_at(text: str, position: int) -> tuple[Token, int]:
    letters = _LETTERS.match(text, position)
    assert letters is not None, "it starts with a letter"
    end = letters.end()
    follower = text[end : end + 1]
    is_date = follower in ("-", "/", ".") or (
        (follower == "+" or (follower.isascii() and follower.isdigit()))
        and letters[0].lower() not in WORDS
    )
    if not is_date:
        return Token(Kind.WORD, letters[0].lower()), end
    tail = _DATE_TAIL.match(text, end)
    end = tail.end() if tail else end
    return Token(Kind.DATE, text[position:end].lower()), end


def _signed_at(text: str, position: int) -> tuple[Token, int]:
    number = _SIGNED_NUMBER.match(text, position)
    if number is not None:
        return Token(Kind.SIGNED, text[position] + number[1]), number.end()
    word = _SIGNED_WORD.match(text, position)
    if word is None:
        raise bad_format()
    return Token(Kind.SIGNED_WORD, text[position] + word[1].lower()), word.end()

"""What a configuration key accepts, how its value is read from text, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kalampg.cron import parse_cron
from kalampg.errors import InvalidParameterValue


class Kind(Protocol):
    """What one key accepts."""

    @property
    def allowed(self) -> str: ...

    def accepts(self, value: object) -> bool: ...

    def parse(self, text: str) -> object:
        """The value that ``text`` (from the environment) stands for, or ``text`` itself."""
        ...


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within bounds."""

    low: int
    high: int

    @property
    def allowed(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def accepts(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self._holds(value)

    def parse(self, text: str) -> object:
        digits = text.strip()
        return int(digits) if digits.removeprefix("-").isdecimal() else text

    def _holds(self, value: int) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Number:
    """A number of seconds or the like, within bounds."""

    low: float
    high: float

    @property
    def allowed(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"

    def accepts(self, value: object) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and self.low <= value <= self.high  # type: ignore[operator]

    def parse(self, text: str) -> object:
        try:
            return float(text)
        except ValueError:
            return text


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    @property
    def allowed(self) -> str:
        return "true or false"

    def accepts(self, value: object) -> bool:
        return isinstance(value, bool)

    def parse(self, text: str) -> object:
        return {"true": True, "false": False}.get(text.strip().lower(), text)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(f'"{word}"' for word in self.words)

    def accepts(self, value: object) -> bool:
        return value in self.words

    def parse(self, text: str) -> object:
        return text


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is to happen, as cron says it."""

    @property
    def allowed(self) -> str:
        return 'a cron schedule such as "0 0 * * *"'

    def accepts(self, value: object) -> bool:
        if not isinstance(value, str):
            return False
        try:
            parse_cron(value)
        except InvalidParameterValue:
            return False
        return True

    def parse(self, text: str) -> object:
        return text


@dataclass(frozen=True, slots=True)
class Text:
    """A string, empty only where that means something."""

    may_be_empty: bool = False

    @property
    def allowed(self) -> str:
        return "a string" if self.may_be_empty else "a string that is not empty"

    def accepts(self, value: object) -> bool:
        return isinstance(value, str) and (self.may_be_empty or bool(value.strip()))

    def parse(self, text: str) -> object:
        return text

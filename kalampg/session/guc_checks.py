"""What values run-time parameters accept, and how they are shown.

A check takes a value as SET writes it and gives it as SHOW does.

Source: PostgreSQL documentation, "config-setting".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias
from zoneinfo import available_timezones

from kalampg import errors

# Returns the canonical value or raises PgError.
Check: TypeAlias = Callable[[str], str]


def invalid(name: str, value: str, hint: str | None = None) -> errors.PgError:
    return errors.InvalidParameterValue(
        f'invalid value for parameter "{name}": "{value}"', hint=hint
    )


def any_text(value: str) -> str:
    return value


_BOOLEANS: Final = {
    **dict.fromkeys(("on", "true", "yes", "1", "t", "y", "tru", "tr", "ye"), "on"),
    **dict.fromkeys(("off", "false", "no", "0", "f", "n", "of", "fals", "fal", "fa"), "off"),
}


def boolean(name: str) -> Check:
    def check(value: str) -> str:
        canonical = _BOOLEANS.get(value.lower())
        if canonical is None:
            raise errors.InvalidParameterValue(f'parameter "{name}" requires a Boolean value')
        return canonical

    return check


def choice(name: str, *allowed: str, **aliases: str) -> Check:
    def check(value: str) -> str:
        lowered = value.lower()
        canonical = aliases.get(lowered, lowered)
        if canonical not in allowed:
            raise invalid(name, value, "Available values: " + ", ".join(allowed) + ".")
        return canonical

    return check


def integer(name: str, low: int, high: int) -> Check:
    def check(value: str) -> str:
        try:
            number = int(value)
        except ValueError:
            raise invalid(name, value) from None
        if not low <= number <= high:
            raise errors.InvalidParameterValue(
                f'{number} is outside the valid range for parameter "{name}" ({low} .. {high})'
            )
        return str(number)

    return check


def real(name: str) -> Check:
    def check(value: str) -> str:
        try:
            return f"{float(value):g}"
        except ValueError:
            raise invalid(name, value) from None

    return check


_DURATION: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*", re.IGNORECASE)
_UNIT_MS: Final = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION_MS_MAX: Final = 2**31 - 1
_KILOBYTES_MAX: Final = 2**31 - 1


def duration(name: str) -> Check:
    """Milliseconds, shown in the largest unit that divides them, as PostgreSQL does."""

    def check(value: str) -> str:
        matched = _DURATION.fullmatch(value)
        if matched is None:
            hint = 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".'
            raise invalid(name, value, hint)
        milliseconds = round(float(matched[1]) * _UNIT_MS[(matched[2] or "ms").lower()])
        if not 0 <= milliseconds <= _DURATION_MS_MAX:
            raise errors.InvalidParameterValue(
                f'{milliseconds} ms is outside the valid range for parameter "{name}" '
                f"(0 .. {_DURATION_MS_MAX})"
            )
        for unit in ("d", "h", "min", "s"):
            if milliseconds and milliseconds % _UNIT_MS[unit] == 0:
                return f"{milliseconds // int(_UNIT_MS[unit])}{unit}"
        return f"{milliseconds}ms" if milliseconds else "0"

    return check


_MEMORY: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?\s*")
_UNIT_KB: Final = {"B": 1 / 1024, "kB": 1, "MB": 1024, "GB": 1024**2, "TB": 1024**3}


def memory(name: str, low_kb: int) -> Check:
    """Kilobytes, shown in the largest unit that divides them."""

    def check(value: str) -> str:
        matched = _MEMORY.fullmatch(value)
        if matched is None:
            hint = 'Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".'
            raise invalid(name, value, hint)
        size_kb = round(float(matched[1]) * _UNIT_KB[matched[2] or "kB"])
        if not low_kb <= size_kb <= _KILOBYTES_MAX:
            raise errors.InvalidParameterValue(
                f'{size_kb} kB is outside the valid range for parameter "{name}" '
                f"({low_kb} .. {_KILOBYTES_MAX})"
            )
        for unit in ("TB", "GB", "MB"):
            if size_kb and size_kb % _UNIT_KB[unit] == 0:
                return f"{size_kb // int(_UNIT_KB[unit])}{unit}"
        return f"{size_kb}kB"

    return check


def kilobytes(value: str) -> int:
    """The number of kilobytes that a checked amount of memory says."""
    matched = _MEMORY.fullmatch(value)
    assert matched is not None, "amounts are checked when they are set"
    return round(float(matched[1]) * _UNIT_KB[matched[2] or "kB"])


def milliseconds(value: str) -> int:
    """The number of milliseconds that a checked duration says."""
    matched = _DURATION.fullmatch(value)
    assert matched is not None, "durations are checked when they are set"
    return round(float(matched[1]) * _UNIT_MS[(matched[2] or "ms").lower()])


def time_zone(value: str) -> str:
    if value.lower() in ("default", "local"):
        return "UTC"
    zone = _zones().get(value.lower())
    if zone is None:
        raise invalid("TimeZone", value)
    return zone


@cache
def _zones() -> Mapping[str, str]:
    """IANA names by their lower-case spelling: PostgreSQL matches them without regard to case."""
    return MappingProxyType({name.lower(): name for name in available_timezones()})


def encoding(value: str) -> str:
    if re.sub(r"[^a-z0-9]", "", value.lower()) in ("utf8", "unicode"):
        return "UTF8"
    raise errors.InvalidParameterValue(
        f'invalid value for parameter "client_encoding": "{value}"',
        hint="kalampg speaks UTF8 only.",
    )


def only(name: str, *allowed: str) -> Check:
    def check(value: str) -> str:
        if value.lower() not in allowed:
            raise errors.FeatureNotSupported(
                f'parameter "{name}" cannot be changed to "{value}"',
                hint=f"kalampg supports {' or '.join(allowed)} only.",
            )
        return value.lower()

    return check


def isolation(name: str) -> Check:
    return choice(name, "serializable", "repeatable read", "read committed", "read uncommitted")


def application_name(value: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in value)[:63]

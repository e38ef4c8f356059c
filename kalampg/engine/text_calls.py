"""Functions of texts, or of one bytea, that need nothing else. PURE.

A regular expression may take ``_REGEX_SECONDS_MAX``: it runs on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kalampg import errors
from kalampg.builtins.hash_functions import hash_text
from kalampg.builtins.like_pattern import like
from kalampg.builtins.posix_pattern import compiled

_REGEX_SECONDS_MAX: Final = 0.02


def _each_character(change: Callable[[str], str]) -> Callable[[str], str]:
    """PostgreSQL maps characters one to one: it never turns one into two."""

    def apply(text: str) -> str:
        if text.isascii():
            return change(text)
        return "".join(
            mapped if len(mapped := change(character)) == 1 else character for character in text
        )

    return apply


_lower: Final = _each_character(str.lower)


def _ilike(text: str, pattern: str) -> bool:
    return like(_lower(text), _lower(pattern))


def _matches(flags: str) -> Callable[[str, str], bool]:
    def apply(text: str, pattern: str) -> bool:
        try:
            found = compiled(pattern, flags).search(text, timeout=_REGEX_SECONDS_MAX)
        except TimeoutError:
            raise errors.InvalidRegularExpression(
                "regular expression failed: regular expression is too complex"
            ) from None
        return found is not None

    return apply


def _negated(function: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    return lambda text, pattern: not function(text, pattern)


def _octet_length(value: str | bytes) -> int:
    return len(value.encode()) if isinstance(value, str) else len(value)


# None of them sees NULL.
TEXT_FUNCTIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "lower": _lower,
    "upper": _each_character(str.upper),
    **dict.fromkeys(("length", "char_length", "character_length"), len),
    "octet_length": _octet_length,
    "hashtext": hash_text,
}
TEXTS_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "like": like,
    "not like": _negated(like),
    "ilike": _ilike,
    "not ilike": _negated(_ilike),
    "~": _matches(""),
    "!~": _negated(_matches("")),
    "~*": _matches("i"),
    "!~*": _negated(_matches("i")),
    "btrim": lambda text, characters=" ": text.strip(characters),
    "ltrim": lambda text, characters=" ": text.lstrip(characters),
    "rtrim": lambda text, characters=" ": text.rstrip(characters),
    "starts_with": str.startswith,
    "strpos": lambda text, part: text.find(part) + 1,
}

"""Functions of one text, or of one bytea, that need nothing else. PURE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kalampg.builtins.hash_functions import hash_text


def _each_character(change: Callable[[str], str]) -> Callable[[str], str]:
    """PostgreSQL maps characters one to one: it never turns one into two."""

    def apply(text: str) -> str:
        if text.isascii():
            return change(text)
        return "".join(
            mapped if len(mapped := change(character)) == 1 else character for character in text
        )

    return apply


def _octet_length(value: str | bytes) -> int:
    return len(value.encode()) if isinstance(value, str) else len(value)


# None of them sees NULL.
TEXT_FUNCTIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "lower": _each_character(str.lower),
    "upper": _each_character(str.upper),
    **dict.fromkeys(("length", "char_length", "character_length"), len),
    "octet_length": _octet_length,
    "hashtext": hash_text,
}

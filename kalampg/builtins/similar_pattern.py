"""SIMILAR TO's patterns as regular expressions. PURE."""

from __future__ import annotations

from typing import Final

from kalampg import errors
from kalampg.builtins import regex_functions

_SPELLINGS: Final = {
    "%": ".*", "_": ".", "(": "(?:", "\\": r"\\", ".": r"\.", "^": r"\^", "$": r"\$",
}  # fmt: skip


def similar_to(text: str, pattern: str, escape: str) -> bool:
    return regex_functions.like(text, as_regex(pattern, escape), "")


def substring_similar(text: str, pattern: str, escape: str) -> str | None:
    """The part between the two ``escape "`` marks."""
    return regex_functions.substring(text, as_regex(pattern, escape))


def as_regex(pattern: str, escape: str) -> str:
    """The regular expression of a SIMILAR pattern, with the part between marks as its group.

    Raises:
        InvalidEscapeSequence: 22025, the escape is more than one character
    """
    if len(escape) > 1:
        raise errors.InvalidEscapeSequence(
            "invalid escape string", hint="Escape string must be empty or one character."
        )
    out: list[str] = []
    is_escaped = False
    in_bracket = 0
    marks = 0
    for character in pattern:
        if is_escaped:
            is_escaped = False
            if character == '"' and not in_bracket:
                marks += 1
                if marks == 1:
                    # What stands before the first mark takes as little as it can.
                    out = [".*?" if part == ".*" else part for part in out]
                out.append(")(" if marks == 1 else ")(?:")
            else:
                out.append(f"\\{character}" if not character.isalnum() else character)
        elif escape and character == escape:
            is_escaped = True
        elif in_bracket:
            in_bracket -= character == "]"
            out.append("\\\\" if character == "\\" else character)
        elif character == "[":
            in_bracket = 1
            out.append(character)
        else:
            out.append(_SPELLINGS.get(character, character))
    body = "".join(out)
    return f"^(?:{body})$"

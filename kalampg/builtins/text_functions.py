"""Functions of text that DuckDB has not. PURE."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from kalampg import errors

_FORMS: Final = frozenset({"NFC", "NFD", "NFKC", "NFKD"})
_UNICODE_ESCAPE: Final = re.compile(
    r"\\(\\|[0-9a-fA-F]{4}|\+[0-9a-fA-F]{6}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})?"
)
_IDENTIFIER: Final = re.compile(r'"((?:[^"]|"")+)"|([A-Za-z_\x80-\U0010ffff][\w$]*)')


def character(code: int) -> str:
    """What ``chr`` gives."""
    if code < 0:
        raise errors.InvalidParameterValue("character number must be positive")
    if code == 0:
        raise errors.ProgramLimitExceeded("null character not permitted")
    if code > 0x10FFFF:
        raise errors.ProgramLimitExceeded(f"requested character too large for encoding: {code}")
    if 0xD800 <= code <= 0xDFFF:
        raise errors.ProgramLimitExceeded(f"requested character not valid for encoding: {code}")
    return chr(code)


def normalized(text: str, form: str) -> str:
    """What ``normalize`` gives."""
    return unicodedata.normalize(_form(form), text)  # type: ignore[arg-type]


def is_normalized(text: str, form: str) -> bool:
    return unicodedata.is_normalized(_form(form), text)  # type: ignore[arg-type]


def _form(form: str) -> str:
    if form.upper() not in _FORMS:
        raise errors.InvalidParameterValue(f"invalid normalization form: {form}")
    return form.upper()


def unistr(text: str) -> str:
    """What ``unistr`` gives."""

    def replaced(found: re.Match[str]) -> str:
        escape = found[1]
        if escape is None:
            raise errors.SyntaxError("invalid Unicode escape")
        if escape == "\\":
            return "\\"
        return chr(int(escape.lstrip("+uU"), 16))

    return _UNICODE_ESCAPE.sub(replaced, text)


def parse_ident(text: str, is_strict: bool) -> list[str]:
    """What ``parse_ident`` gives."""
    invalid = errors.InvalidParameterValue(f'string is not a valid identifier: "{text}"')
    parts: list[str] = []
    at = len(text) - len(text.lstrip())
    while True:
        found = _IDENTIFIER.match(text, at)
        if found is None:
            raise invalid
        quoted = found[1]
        parts.append(found[2].lower() if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        rest = text[at:].lstrip()
        if not rest.startswith("."):
            break
        at = len(text) - len(rest) + 1
        at += len(text[at:]) - len(text[at:].lstrip())
    if rest and is_strict:
        raise invalid
    return parts

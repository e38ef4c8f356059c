r"""Escapes in string constants: those of ``E'...'``, and those of ``U&'...'`` and ``U&"..."``.

Source:
    PostgreSQL documentation, "sql-syntax-lexical"; src/backend/parser/scan.l and parser.c.
"""

from __future__ import annotations

import re
from typing import Final

from kalampg import errors

_ESCAPE: Final = re.compile(
    r"''|\\(?:x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<u4>[0-9A-Fa-f]{4})|U(?P<u8>[0-9A-Fa-f]{8})"
    r"|(?P<unfinished>[uU])|(?P<octal>[0-7]{1,3})|(?P<char>.))",
    re.DOTALL,
)
_CHAR_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CODE_POINT_MAX: Final = 0x10FFFF


def unescape(raw: str, start: int) -> str:
    """The value of ``E'raw'``, whose body begins at ``start`` in the statement.

    Raises:
        SyntaxError: 42601. InvalidEscapeSequence: 22025. CharacterNotInRepertoire: 22021.
    """
    value = bytearray()
    done = high = 0
    for match in _ESCAPE.finditer(raw):
        if high and match.start() > done:
            break
        value += raw[done : match.start()].encode()
        done = match.end()
        kind = match.lastgroup or ""
        written = match.group(kind) if kind else "'"
        if kind in {"u4", "u8"}:
            high = _add_code_point(value, int(written, 16), high, match, start)
            continue
        if high:
            done = match.start()
            break
        if kind == "unfinished":
            raise errors.InvalidEscapeSequence(
                "invalid Unicode escape",
                hint=r"Unicode escapes must be \uXXXX or \UXXXXXXXX.",
                position=start + match.start() + 1,
            )
        if kind in {"hex", "octal"}:
            value.append(int(written, 16 if kind == "hex" else 8) & 0xFF)
        else:
            value += _CHAR_ESCAPES.get(written, written).encode()
    if high:
        raise _half_pair(raw[done : done + 1] or "'", start + done)
    value += raw[done:].encode()
    return _decoded(bytes(value))


def _add_code_point(
    value: bytearray, code: int, high: int, match: re.Match[str], start: int
) -> int:
    """Append a character; answers the first half of a pair that is open afterwards, or 0."""
    is_low = 0xDC00 <= code <= 0xDFFF
    if is_low != bool(high):
        raise _half_pair(match.group(), start + match.start())
    if is_low:
        code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
    elif 0xD800 <= code <= 0xDBFF:
        return code
    if not 0 < code <= _CODE_POINT_MAX:
        raise errors.SyntaxError(
            f'invalid Unicode escape value at or near "{match.group()}"',
            position=start + match.start() + 1,
        )
    value += chr(code).encode()
    return 0


def _half_pair(near: str, place: int) -> errors.SyntaxError:
    return errors.SyntaxError(
        f'invalid Unicode surrogate pair at or near "{near}"', position=place + 1
    )


def _decoded(value: bytes) -> str:
    zero = value.find(0)
    try:
        if zero < 0:
            return value.decode()
        bad = value[zero : zero + 1]
    except UnicodeDecodeError as error:
        # As many bytes as the first of them announces.
        first = value[error.start]
        length = 1 + (first >= 0xC2) + (first >= 0xE0) + (0xF0 <= first < 0xF5)
        bad = value[error.start : error.start + (length if first < 0xF5 else 1)]
    shown = " ".join(f"0x{byte:02x}" for byte in bad)
    raise errors.CharacterNotInRepertoire(f'invalid byte sequence for encoding "UTF8": {shown}')


def unescape_unicode(raw: str, start: int, escape: str) -> str:
    """The value of ``U&'raw'``, whose body begins at ``start`` in the statement.

    Raises:
        SyntaxError: 42601
    """
    mark = re.escape(escape)
    pattern = re.compile(rf"{mark}(?:({mark})|\+([0-9A-Fa-f]{{6}})|([0-9A-Fa-f]{{4}})|)")
    pieces: list[str] = []
    done = high = 0
    for match in pattern.finditer(raw):
        place = match.start()
        digits = match.group(2) or match.group(3)
        code = int(digits, 16) if digits else 0
        if bool(high) != (0xDC00 <= code <= 0xDFFF) or (high and place > done):
            raise _bad_unicode("invalid Unicode surrogate pair", start + (done if high else place))
        pieces.append(raw[done:place])
        done = match.end()
        if match.group(1):
            pieces.append(escape)
        elif not digits:
            raise errors.SyntaxError(
                "invalid Unicode escape",
                hint=r"Unicode escapes must be \XXXX or \+XXXXXX.",
                position=start + place + 1,
            )
        elif 0xD800 <= code <= 0xDBFF:
            high = code
        elif not 0 < code <= _CODE_POINT_MAX:
            raise _bad_unicode("invalid Unicode escape value", start + place)
        else:
            pieces.append(chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else code))
            high = 0
    if high:
        raise _bad_unicode("invalid Unicode surrogate pair", start + done)
    return "".join([*pieces, raw[done:]])


def _bad_unicode(message: str, place: int) -> errors.SyntaxError:
    return errors.SyntaxError(message, position=place + 1)

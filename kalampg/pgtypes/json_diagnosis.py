"""Why a text is not JSON, in PostgreSQL's words: detail and context of the 22P02.

Only read after a fast parser refused the text, so this one is written to explain, not to be quick.

Source: PostgreSQL 15, ``json_lex`` and ``report_parse_error`` in ``jsonapi.c``;
``report_json_context`` in ``jsonfuncs.c``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kalampg import errors

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD: Final = re.compile(r"(?:[A-Za-z0-9_]|[^\x00-\x7f])*")
_NUMBER_TAIL: Final = re.compile(r"(?:[A-Za-z0-9_.+-]|[^\x00-\x7f])*")
_STRING_RUN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_FOUR_HEX: Final = re.compile(r"[0-9a-fA-F]{0,4}")
_CONTEXT_BYTES_MAX: Final = 50

_END: Final = "end"
_VALUE_STARTS: Final = frozenset({"string", "number", "true", "false", "null", "{", "["})


@dataclass(frozen=True, slots=True)
class _Token:
    """One lexeme. ``kind`` is its punctuation, its literal, "string", "number" or "end"."""

    kind: str
    start: int
    end: int


class _Problem(Exception):
    """What is wrong, and where the excerpt that shows it ends."""

    def __init__(self, detail: str, end: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.end = end


def syntax_error(text: str, *, is_jsonb: bool = False) -> errors.PgError:
    """The error for a text that is not JSON (or not jsonb: unpaired surrogates)."""
    detail = where = None
    try:
        _scan(text, checks_surrogates=is_jsonb)
    except _Problem as problem:
        detail, where = problem.detail, _context(text, problem.end)
    return errors.InvalidTextRepresentation(
        "invalid input syntax for type json", detail=detail, where=where
    )


def _context(text: str, end: int) -> str:
    line_number = text.count("\n", 0, end) + 1
    line_start = text.rfind("\n", 0, end) + 1
    start = line_start
    while len(text[start:end].encode(errors="replace")) >= _CONTEXT_BYTES_MAX:
        start += 1
    if start - line_start <= 3:
        start = line_start
    prefix = "..." if start > line_start else ""
    suffix = "..." if end < len(text) and text[end] not in "\r\n" else ""
    return f"JSON data, line {line_number}: {prefix}{text[start:end]}{suffix}"


def _scan(text: str, *, checks_surrogates: bool) -> None:
    """Walk the grammar with a stack of open brackets; raise at the first token out of place."""
    position = 0
    brackets: list[str] = []
    state = "value"
    while True:
        token = _next_token(text, position, checks_surrogates=checks_surrogates)
        position = token.end
        if state == "done":
            if token.kind == _END:
                return
            raise _unexpected(text, token, "end of input")
        state = _advance(text, token, state, brackets)


def _advance(text: str, token: _Token, state: str, brackets: list[str]) -> str:
    if state in ("value", "array start"):
        if state == "array start" and token.kind == "]":
            return _close(brackets)
        return _open_value(text, token, brackets)
    if state in ("object start", "key"):
        if token.kind == "string":
            return "colon"
        if state == "key":
            raise _unexpected(text, token, "string")
        if token.kind != "}":
            raise _unexpected(text, token, 'string or "}"')
        return _close(brackets)
    if state == "colon":
        if token.kind != ":":
            raise _unexpected(text, token, '":"')
        return "value"
    return _after_member(text, token, brackets)


def _open_value(text: str, token: _Token, brackets: list[str]) -> str:
    if token.kind not in _VALUE_STARTS:
        raise _unexpected(text, token, "JSON value")
    if token.kind == "{":
        brackets.append("}")
        return "object start"
    if token.kind == "[":
        brackets.append("]")
        return "array start"
    return "next" if brackets else "done"


def _after_member(text: str, token: _Token, brackets: list[str]) -> str:
    closing = brackets[-1]
    if token.kind == ",":
        return "key" if closing == "}" else "value"
    if token.kind == closing:
        return _close(brackets)
    raise _unexpected(text, token, f'"," or "{closing}"')


def _close(brackets: list[str]) -> str:
    brackets.pop()
    return "next" if brackets else "done"


def _unexpected(text: str, token: _Token, expected: str) -> _Problem:
    if token.kind == _END:
        return _Problem("The input string ended unexpectedly.", token.end)
    found = text[token.start : token.end]
    return _Problem(f'Expected {expected}, but found "{found}".', token.end)


def _next_token(text: str, position: int, *, checks_surrogates: bool) -> _Token:
    blanks = _BLANKS.match(text, position)
    start = blanks.end() if blanks else position
    if start == len(text):
        return _Token(_END, start, start)
    character = text[start]
    if character in "{}[]:,":
        return _Token(character, start, start + 1)
    if character == '"':
        end = _string_end(text, start, checks_surrogates=checks_surrogates)
        return _Token("string", start, end)
    if character == "-" or character.isdecimal():
        return _Token("number", start, _number_end(text, start))
    return _word(text, start)


def _number_end(text: str, start: int) -> int:
    matched = _NUMBER.match(text, start)
    tail = _NUMBER_TAIL.match(text, start)
    end = tail.end() if tail else start + 1
    if matched is None or matched.end() != end:
        raise _invalid_token(text, start, end)
    return end


def _word(text: str, start: int) -> _Token:
    matched = _WORD.match(text, start)
    end = max(matched.end() if matched else start, start + 1)
    word = text[start:end]
    if word not in ("true", "false", "null"):
        raise _invalid_token(text, start, end)
    return _Token(word, start, end)


def _invalid_token(text: str, start: int, end: int) -> _Problem:
    return _Problem(f'Token "{text[start:end]}" is invalid.', end)


def _string_end(text: str, start: int, *, checks_surrogates: bool) -> int:
    position = start + 1
    high_surrogate = False
    while True:
        run = _STRING_RUN.match(text, position)
        if run and run.end() > position:
            position = _refuse_lone(run.end(), high_surrogate and checks_surrogates)
            high_surrogate = False
        if position >= len(text):
            raise _invalid_token(text, start, len(text))
        character = text[position]
        if character == '"':
            return _refuse_lone(position + 1, high_surrogate and checks_surrogates)
        if character != "\\":
            raise _Problem(
                f"Character with value 0x{ord(character):02x} must be escaped.", position
            )
        end, code = _escape_end(text, start, position)
        if checks_surrogates:
            is_low = code is not None and 0xDC00 <= code < 0xE000
            _refuse_lone(end, high_surrogate != is_low)
        high_surrogate = code is not None and 0xD800 <= code < 0xDC00
        position = end


def _refuse_lone(end: int, is_lone: bool) -> int:
    if is_lone:
        raise _Problem("Unicode low surrogate must follow a high surrogate.", end)
    return end


def _escape_end(text: str, start: int, position: int) -> tuple[int, int | None]:
    """End of the escape sequence at ``position`` and, of a Unicode escape, the code."""
    escaped = text[position + 1 : position + 2]
    if not escaped:
        raise _invalid_token(text, start, len(text))
    if escaped == "u":
        digits = _FOUR_HEX.match(text, position + 2)
        end = digits.end() if digits else position + 2
        if end - position < 6:
            if end == len(text):
                raise _invalid_token(text, start, end)
            raise _Problem('"\\u" must be followed by four hexadecimal digits.', end + 1)
        return end, int(text[position + 2 : end], 16)
    if escaped not in '"\\/bfnrt':
        raise _Problem(f'Escape sequence "\\{escaped}" is invalid.', position + 2)
    return position + 2, None

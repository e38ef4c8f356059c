"""json and jsonb ↔ text and binary: checking, and jsonb's normal form.

The normal form: keys sorted by length, then bytes; of duplicate keys the last; a blank after each
comma and colon; numbers as numeric writes them.

Source: PostgreSQL 15, ``json.c``, ``jsonb.c``, ``jsonb_util.c``, ``jsonapi.c``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Final, NoReturn, TypeAlias

from kalampg import errors
from kalampg.pgtypes.binary_format import incorrect_binary
from kalampg.pgtypes.json_diagnosis import syntax_error
from kalampg.pgtypes.numeric import format_numeric, parse_numeric
from kalampg.pgtypes.strings import decode_utf8

_JSONB_VERSION: Final = 1


class JsonNumber(str):
    """A number's text; tells it from a string."""

    __slots__ = ()


Json: TypeAlias = "dict[str, Json] | list[Json] | str | bool | None"


def _reject_constant(name: str) -> NoReturn:
    """Python reads NaN and Infinity, JSON has none."""
    raise ValueError(name)


def _ignore(number: str) -> None:
    """Checking needs no numbers, and Python's own limit on their digits would get in the way."""


_check: Final = json.JSONDecoder(
    parse_constant=_reject_constant, parse_int=_ignore, parse_float=_ignore
).decode
# Keeps duplicate keys.
_read_pairs: Final = json.JSONDecoder(object_pairs_hook=list, parse_int=_ignore).decode
_NUL_ESCAPE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_read: Final = json.JSONDecoder(
    parse_constant=_reject_constant, parse_int=JsonNumber, parse_float=JsonNumber
).decode


def parse_json(text: str) -> str:
    """JSON as it was written.

    Raises:
        InvalidTextRepresentation: 22P02, not JSON.
    """
    _decode(_check, text)
    return text


def _decode(decode: Callable[[str], Json], text: str) -> Json:
    try:
        return decode(text)
    except RecursionError:
        raise errors.StatementTooComplex("stack depth limit exceeded") from None
    except ValueError:
        raise syntax_error(text) from None


def parse_jsonb(text: str) -> str:
    """JSON in jsonb's normal form.

    Raises:
        InvalidTextRepresentation: 22P02, not JSON.
        UntranslatableCharacter: 22P05, a string holds the character 0.
    """
    value = _decode(_read, text)
    if "\\u" in text:
        _check_escapes(text)
    parts: list[str] = []
    try:
        _write(value, parts.append)
    except RecursionError:
        raise errors.StatementTooComplex("stack depth limit exceeded") from None
    return "".join(parts)


def read_jsonb(text: str) -> Json:
    """A jsonb value, or any json text, as Python values; numbers as ``JsonNumber``."""
    return _decode(_read, text)


def write_jsonb(value: Json) -> str:
    """A value in jsonb's normal form."""
    parts: list[str] = []
    _write(value, parts.append)
    return "".join(parts)


def _check_escapes(text: str) -> None:
    """What json may hold and jsonb may not: the character 0, and halves of surrogate pairs."""
    try:
        json.dumps(_decode(_read_pairs, text), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise syntax_error(text, is_jsonb=True) from None
    if _NUL_ESCAPE.search(text):
        raise errors.UntranslatableCharacter(
            "unsupported Unicode escape sequence",
            detail="\\u0000 cannot be converted to text.",
        )


def _write(value: Json, write: Callable[[str], None]) -> None:
    if isinstance(value, JsonNumber):
        write(format_numeric(parse_numeric(value)))
    elif isinstance(value, str):
        write(encode_basestring(value))
    elif isinstance(value, dict):
        _write_object(value, write)
    elif isinstance(value, list):
        separator = "["
        for element in value:
            write(separator)
            _write(element, write)
            separator = ", "
        write("]" if value else "[]")
    else:
        write("null" if value is None else "true" if value else "false")


def _write_object(members: dict[str, Json], write: Callable[[str], None]) -> None:
    separator = "{"
    for _, encoded, key in sorted((len(key.encode()), key.encode(), key) for key in members):
        del encoded
        write(f"{separator}{encode_basestring(key)}: ")
        _write(members[key], write)
        separator = ", "
    write("}" if members else "{}")


def send_jsonb(value: str) -> bytes:
    return b"\1" + value.encode()


def receive_json(data: bytes) -> str:
    return parse_json(decode_utf8(data))


def receive_jsonb(data: bytes) -> str:
    if not data:
        raise incorrect_binary()
    if data[0] != _JSONB_VERSION:
        raise errors.InternalError(f"unsupported jsonb version number {data[0]}")
    return parse_jsonb(decode_utf8(bytes(data[1:])))

"""Reading and writing json and jsonb, for the functions that take them apart. PURE.

jsonb is read into Python values (numbers keep their text) and written in its normal form. json
keeps what was written, so its parts are cut out of the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from json import JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Final

from kalampg.pgtypes.json_text import Json, JsonNumber, read_jsonb, write_jsonb

__all__ = ["Json", "JsonNumber", "is_number", "json_members", "json_parts", "number_of",
           "read_jsonb", "text_of", "type_name", "write_jsonb"]  # fmt: skip

_BLANKS: Final = " \t\n\r"
_skip_value: Final = JSONDecoder(parse_int=str, parse_float=str).raw_decode


def is_number(value: Json) -> bool:
    return isinstance(value, JsonNumber)


def number_of(value: Json) -> Decimal:
    assert isinstance(value, JsonNumber)
    return Decimal(value)


def type_name(value: Json) -> str:
    """What jsonb_typeof() calls it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, JsonNumber):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def text_of(value: Json) -> str | None:
    """What ``->>`` gives: strings without their quotes, null as NULL."""
    if value is None:
        return None
    return str(value) if isinstance(value, str) else write_jsonb(value)


def _after_blanks(text: str, at: int) -> int:
    while text[at : at + 1] in _BLANKS and at < len(text):
        at += 1
    return at


def json_parts(text: str) -> Iterator[str]:
    """The elements of a json array, as written."""
    at = _after_blanks(text, _after_blanks(text, 0) + 1)
    while text[at] != "]":
        _, end = _skip_value(text, at)
        yield text[at:end]
        at = _after_blanks(text, end)
        if text[at] == ",":
            at = _after_blanks(text, at + 1)


def json_members(text: str) -> Iterator[tuple[str, str]]:
    """The members of a json object, in the order and as written; keys may repeat."""
    at = _after_blanks(text, _after_blanks(text, 0) + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1, True)
        at = _after_blanks(text, _after_blanks(text, at) + 1)
        _, end = _skip_value(text, at)
        yield key, text[at:end]
        at = _after_blanks(text, end)
        if text[at] == ",":
            at = _after_blanks(text, at + 1)

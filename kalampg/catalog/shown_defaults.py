"""Column defaults as PostgreSQL's catalogs spell them.

A literal is shown as a constant of its type, as clients compare it with what they would have
written: ``'{}'`` of a jsonb column is ``'{}'::jsonb``, ``TRUE`` is ``true``. Names of functions are
in lower case; other expressions stay as they were written.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from kalampg import errors
from kalampg.catalog.sequence_references import with_sequence_names
from kalampg.pgtypes import oids
from kalampg.pgtypes.codecs import codec_of
from kalampg.pgtypes.registry import format_type
from kalampg.pgtypes.settings import OutputSettings
from kalampg.relation import Column

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog

_NUMBER: Final = re.compile(r"([+-]?)\s*([0-9]+|[0-9]*\.[0-9]+|[0-9]+\.[0-9]*)")
_STRING: Final = re.compile(r"'((?:[^']|'')*)'")
_BARE_CALL: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(\s*\)")
_SPECIAL: Final = re.compile(
    r"current_(?:timestamp|date|time|user|role|catalog|schema)|local(?:time|timestamp)"
    r"|session_user|user",
    re.IGNORECASE,
)
_SETTINGS: Final = OutputSettings()
_INTEGER_MAX: Final = 2**31 - 1
_BIGINT_MAX: Final = 2**63 - 1


def shown_default(catalog: Catalog, column: Column, path: tuple[str, ...]) -> str:
    """The expression of a column that has a default."""
    assert column.default is not None, column.name
    written = column.default.strip()
    number, string = _NUMBER.fullmatch(written), _STRING.fullmatch(written)
    if number is not None:
        return _constant_number(number[1] == "-", number[2])
    if string is not None:
        return _constant(string[1].replace("''", "'"), column.type_oid)
    if written.lower() in {"true", "false"}:
        return written.lower()
    if _SPECIAL.fullmatch(written):
        return written.upper()
    call = _BARE_CALL.fullmatch(written)
    if call is not None:
        return f"{call[1].lower()}()"
    return with_sequence_names(catalog, written, path)


def _constant_number(is_negative: bool, digits: str) -> str:
    """A numeric literal has the first type that holds it, whatever the column's is."""
    if "." in digits or int(digits) > _BIGINT_MAX:
        digits = f"0{digits}" if digits.startswith(".") else digits.removesuffix(".")
        return f"'-{digits}'::numeric" if is_negative else digits
    value = -int(digits) if is_negative else int(digits)
    if 0 <= value <= _INTEGER_MAX:
        return str(value)
    name = "integer" if -_INTEGER_MAX <= value <= _INTEGER_MAX else "bigint"
    return f"'{value}'::{name}"


def _constant(text: str, oid: int) -> str:
    """A string literal takes the column's type, and the spelling that values of it have."""
    with suppress(errors.PgError):  # Then it means another thing each time, like 'now'.
        codec = codec_of(oid)
        text = codec.formatter(_SETTINGS)(codec.parse(text, _SETTINGS))
    if oid == oids.BOOL:
        return "true" if text == "t" else "false"
    if oid == oids.INT4 and text.isdecimal():
        return text
    if oid == oids.NUMERIC and "." in text and not text.startswith("-"):
        return text
    doubled = text.replace("'", "''")
    return f"'{doubled}'::{format_type(oid, -1)}"

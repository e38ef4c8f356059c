"""format(): text with its arguments put in. PURE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from kalampg import errors

_SPECIFIER: Final = re.compile(r"%(?:(%)|(?:(\d+)\$)?(-?)(?:(\*(?:(\d+)\$)?)|(\d*))([sIL]))|%")
_PLAIN_NAME: Final = re.compile(r"[a-z_][a-z0-9_$]*")
_HINT: Final = 'For a single "%" use "%%".'


def format_text(template: str | None, values: Sequence[str | None]) -> str | None:
    """``values`` are the arguments as their output functions print them.

    Raises:
        InvalidParameterValue: 22023
        NullValueNotAllowed: 22004, NULL as an identifier
    """
    if template is None:
        return None
    return _Formatting(template, values).text()


class _Formatting:
    def __init__(self, template: str, values: Sequence[str | None]) -> None:
        self._template = template
        self._values = values
        self._next = 0

    def text(self) -> str:
        return _SPECIFIER.sub(self._put, self._template)

    def _take(self, number: str | None) -> str | None:
        """The argument of this number, or the next one."""
        if number is not None and int(number) == 0:
            raise errors.InvalidParameterValue(
                "format specifies argument 0, but arguments are numbered from 1"
            )
        index = self._next if number is None else int(number) - 1
        self._next = index + 1
        if index >= len(self._values):
            raise errors.InvalidParameterValue("too few arguments for format()")
        return self._values[index]

    def _put(self, found: re.Match[str]) -> str:
        if found[1]:
            return "%"
        kind = found[7]
        if kind is None:
            rest = self._template[found.end() :]
            raise errors.InvalidParameterValue(
                f'unrecognized format() type specifier "{rest[0]}"'
                if rest
                else "unterminated format() type specifier",
                hint=_HINT,
            )
        width = int(found[6]) if found[6] else 0
        if found[4]:
            width = int(self._take(found[5]) or 0)
        shown = _spelled(kind, self._take(found[2]))
        is_left = bool(found[3]) or width < 0
        return shown.ljust(abs(width)) if is_left else shown.rjust(abs(width))


def _spelled(kind: str, value: str | None) -> str:
    if kind == "s":
        return value or ""
    if kind == "L":
        return "NULL" if value is None else quote_literal(value)
    if value is None:
        raise errors.NullValueNotAllowed("null values cannot be formatted as an SQL identifier")
    return quote_identifier(value)


def quote_literal(value: str) -> str:
    quoted = value.replace("'", "''")
    if "\\" not in value:
        return f"'{quoted}'"
    return "E'" + quoted.replace("\\", "\\\\") + "'"


def quote_identifier(value: str) -> str:
    if _PLAIN_NAME.fullmatch(value) and value not in RESERVED:
        return value
    return '"' + value.replace('"', '""') + '"'


RESERVED: Final = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
    boolean both case cast char character check coalesce collate collation column concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists extract false fetch float for foreign freeze from full grant greatest group grouping
    having ilike in initially inner inout int integer intersect interval into is isnull join lateral
    leading least left like limit localtime localtimestamp national natural nchar none normalize not
    notnull null nullif numeric offset on only or order out outer overlaps overlay placing position
    precision primary real references returning right row select session_user setof similar smallint
    some substring symmetric table tablesample then time timestamp to trailing treat trim true union
    unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()  # noqa: SIM905 - read as words
)

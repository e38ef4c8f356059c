"""Signatures of functions as ``regprocedure`` reads them. PURE."""

from __future__ import annotations

import re
from typing import Final

from kalampg import errors
from kalampg.pgtypes.registry import type_named

_NUMBER: Final = re.compile(r"\d+|-")
_SCHEMA: Final = "pg_catalog."
_MODIFIER: Final = re.compile(r"\(\s*-?\d+\s*(?:,\s*-?\d+\s*)?\)")
# Types that functions may be declared with although no value has them.
_PSEUDO: Final = {
    "any": 2276, "anyarray": 2277, "anyelement": 2283, "anynonarray": 2776, "anyenum": 3500,
    "anycompatible": 5077, "anycompatiblearray": 5078, "anycompatiblenonarray": 5079,
    "cstring": 2275, "internal": 2281,
}  # fmt: skip


def procedure_key(text: str) -> str:
    """``upper(25)`` for ``pg_catalog.upper(text)``; a number stays as it is.

    Raises:
        InvalidTextRepresentation: 22P02, it is no signature. UndefinedObject: 42704, no such type.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return text
    name, opening, rest = text.partition("(")
    if not opening:
        raise errors.InvalidTextRepresentation("expected a left parenthesis")
    if not rest.endswith(")"):
        raise errors.InvalidTextRepresentation("expected a right parenthesis")
    arguments = _MODIFIER.sub("", rest[:-1])
    oids = [str(_type_oid(part)) for part in arguments.split(",")] if arguments.strip() else []
    return f"{_plain(name)}({','.join(oids)})"


def _plain(name: str) -> str:
    name = name.strip().removeprefix(_SCHEMA)
    if name.startswith('"') and name.endswith('"'):
        return name[1:-1].replace('""', '"')
    return name.lower()


def _type_oid(written: str) -> int:
    name = written.strip().removeprefix(_SCHEMA)
    found = type_named(name)
    if found is not None:
        return int(found.oid)
    if name == '"char"':
        return 18
    pseudo = _PSEUDO.get(name.strip('"').lower())
    if pseudo is None:
        raise errors.UndefinedObject(f'type "{name}" does not exist')
    return pseudo

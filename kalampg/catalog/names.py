"""Which names new objects may have: PostgreSQL's rules and our system columns.

KalamDB reserves more (``default``, ``main``, ``_id``, SQL keywords ...); a PostgreSQL client may
quote any of those, so they stay allowed.
"""

from __future__ import annotations

from typing import Final

from kalampg import errors
from kalampg.relation import POSTGRES_SYSTEM_COLUMNS

# PostgreSQL's NAMEDATALEN - 1. It cuts longer names with a NOTICE; two names must never silently
# become one table here, so we refuse.
NAME_BYTES_MAX: Final = 63
COLUMNS_MAX: Final = 1600  # PostgreSQL's MaxHeapAttributeNumber

OWN_SYSTEM_COLUMNS: Final = frozenset({"_updated", "_deleted", "_seq", "_row_id", "_user_id"})
_RESERVED_ROLES: Final = frozenset({"public", "none"})


def check_name(name: str) -> None:
    """Check what holds for every identifier."""
    if not name:
        raise errors.SyntaxError("zero-length delimited identifier")
    if "\0" in name:
        raise errors.CharacterNotInRepertoire('invalid byte sequence for encoding "UTF8": 0x00')
    if len(name.encode()) > NAME_BYTES_MAX:
        raise errors.NameTooLong(
            f'identifier "{name}" is too long',
            hint=f"Names have at most {NAME_BYTES_MAX} bytes.",
        )


def check_namespace_name(name: str) -> None:
    check_name(name)
    if name.startswith("pg_"):
        raise errors.ReservedName(
            f'unacceptable schema name "{name}"',
            detail='The prefix "pg_" is reserved for system schemas.',
        )


def check_role_name(name: str) -> None:
    check_name(name)
    if name in _RESERVED_ROLES:
        raise errors.ReservedName(f'role name "{name}" is reserved')
    if name.startswith("pg_"):
        raise errors.ReservedName(
            f'role name "{name}" is reserved', detail='Role names starting with "pg_" are reserved.'
        )


def check_column_name(name: str) -> None:
    check_name(name)
    if name in OWN_SYSTEM_COLUMNS or name in POSTGRES_SYSTEM_COLUMNS:
        raise errors.DuplicateColumn(
            f'column name "{name}" conflicts with a system column name', column=name
        )


def primary_key_name(table_name: str, taken: frozenset[str] | set[str]) -> str:
    """The name that PostgreSQL would give to the key's index: ``t_pkey``, ``t_pkey1`` ..."""
    suffix = "_pkey"
    number = 0
    while True:
        ending = f"{suffix}{number or ''}"
        name = f"{_cut(table_name, NAME_BYTES_MAX - len(ending))}{ending}"
        if name not in taken:
            return name
        number += 1


def sequence_name(table_name: str, column_name: str, taken: set[str]) -> str:
    """The name that PostgreSQL would give to a column's sequence: ``t_c_seq``, ``t_c_seq1`` ..."""
    number = 0
    while True:
        ending = f"_seq{number or ''}"
        left, right = len(table_name.encode()), len(column_name.encode())
        room = NAME_BYTES_MAX - len(ending) - 1
        while left + right > room:
            left, right = (left - 1, right) if left > right else (left, right - 1)
        name = f"{_cut(table_name, left)}_{_cut(column_name, right)}{ending}"
        if name not in taken:
            return name
        number += 1


def _cut(name: str, bytes_max: int) -> str:
    return name.encode()[:bytes_max].decode(errors="ignore")

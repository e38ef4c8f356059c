"""Names that PostgreSQL gives to constraints and indexes that get none from the statement.

Source:
    ``ChooseConstraintName``, ``ChooseIndexName`` and ``makeObjectName`` of PostgreSQL 15.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kalampg.catalog.names import NAME_BYTES_MAX


def chosen_name(table: str, columns: Sequence[str], label: str, taken: Collection[str]) -> str:
    """``table_column_label``, with a number behind it where that is taken."""
    middle = "_".join(columns).encode()[:NAME_BYTES_MAX].decode(errors="ignore")
    number = 0
    while True:
        name = _object_name(table, middle, f"{label}{number or ''}")
        if name not in taken:
            return name
        number += 1


def _object_name(first: str, second: str, label: str) -> str:
    """Join the parts; the longer of the first two gives way until all fit."""
    parts = [first.encode(), second.encode()]
    available = NAME_BYTES_MAX - len(label) - 1 - bool(second)
    while sum(map(len, parts)) > available:
        longer = 0 if len(parts[0]) > len(parts[1]) else 1
        parts[longer] = parts[longer][:-1]
    words = [part.decode(errors="ignore") for part in parts if part]
    return "_".join([*words, label])

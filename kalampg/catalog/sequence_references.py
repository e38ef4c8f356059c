"""Sequences in the defaults of columns: by OID where they are kept, by name where they are shown.

``nextval('16400'::regclass)``: renaming the sequence or another search path changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kalampg.catalog.quoting import quoted
from kalampg.relation import Column, Relation
from kalampg.sequence import Sequence

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog

_REFERENCE: Final = re.compile(r"'([0-9]+)'::regclass")


def default_of(sequence: Sequence) -> str:
    """The DEFAULT that takes the sequence's next value."""
    return f"nextval('{sequence.sequence_id}'::regclass)"


def sequences_named(default: str | None) -> list[int]:
    """The OIDs of the sequences in a column's default."""
    return [] if default is None else [int(oid) for oid in _REFERENCE.findall(default)]


def with_sequence_names(catalog: Catalog, default: str, path: tuple[str, ...]) -> str:
    """A default with the names of its sequences, as short as the search path allows."""

    def name(match: re.Match[str]) -> str:
        sequence = catalog.sequence_by_id(int(match[1]))
        if sequence is None:
            return match[0]
        written = quoted(sequence.name)
        found = (space for space in path if (space, sequence.name) in catalog.sequences)
        if next(found, None) != sequence.schema_name:
            written = f"{quoted(sequence.schema_name)}.{written}"
        doubled = written.replace("'", "''")
        return f"'{doubled}'::regclass"

    return _REFERENCE.sub(name, default)


@dataclass(frozen=True, slots=True)
class Dependent:
    """A column whose default takes values of a sequence."""

    relation: Relation
    column: Column

    @property
    def described(self) -> str:
        return f"default value for column {self.column.name} of table {self.relation.name}"


def dependents(catalog: Catalog, sequence: Sequence) -> Iterator[Dependent]:
    for relation in catalog.tables.values():
        for column in relation.columns:
            if sequence.sequence_id in sequences_named(column.default):
                yield Dependent(relation, column)

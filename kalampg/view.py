"""ViewQuery: what a view stands for, as its definition keeps it.

The query is kept as it was written, with everything that its meaning depended on when the view was
made: a view keeps its columns whatever is added to its tables later. It is always run for the one
who reads the view: with the reader's rows and the reader's privileges.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.ids import ColumnId, Oid


@dataclass(frozen=True, slots=True)
class Reading:
    """A relation that a view's query names, and the ids of the columns that it names of it.

    Or a domain, which has no columns; OIDs of relations and of types are never the same.
    ``known`` are the columns that there were: ``*`` never has others. The names are those that the
    relation and these columns had: the query goes on to name them so.
    """

    relation_id: Oid
    known: tuple[ColumnId, ...]
    columns: tuple[ColumnId, ...]
    schema_name: str = ""
    name: str = ""
    column_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewQuery:
    """The query, and the settings that it was written under."""

    text: str
    search_path: tuple[str, ...]
    time_zone: str
    readings: tuple[Reading, ...]
    # WITH (...), which is kept and shown.
    options: tuple[str, ...] = ()
    date_style: str = "ISO, MDY"
    interval_style: str = "postgres"

    @property
    def check_option(self) -> str | None:
        """``local`` or ``cascaded``, where new rows must satisfy the view's condition."""
        for option in self.options:
            name, _, value = option.partition("=")
            if name == "check_option":
                return value
        return None

    def reading(self, relation_id: int) -> Reading | None:
        """What the query reads of a relation; None if it does not name it."""
        return next((each for each in self.readings if each.relation_id == relation_id), None)

    def named(self, schema_name: str, name: str) -> Oid | None:
        """The relation that had this name when the view was made."""
        for reading in self.readings:
            if (reading.schema_name, reading.name) == (schema_name, name):
                return reading.relation_id
        return None

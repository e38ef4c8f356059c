"""TableName: a name of a relation or type as a statement writes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableName:
    """A possibly qualified name. Without a schema, the search path finds it."""

    schema_name: str | None
    name: str

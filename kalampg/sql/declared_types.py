"""Names of declared types: which enumerated type or domain a name means under a search path."""

from __future__ import annotations

from collections.abc import Sequence

from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.relation import RelationLookup
from kalampg.sql.table_name import TableName


def find_declared(
    lookup: RelationLookup, name: TableName, search_path: Sequence[str]
) -> Enumeration | Domain | None:
    """The type that the name means; None if there is none."""
    places = search_path if name.schema_name is None else (name.schema_name,)
    for schema_name in places:
        found = lookup.enumeration(schema_name, name.name) or lookup.domain(schema_name, name.name)
        if found is not None:
            return found
    return None

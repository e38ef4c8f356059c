"""``referenced_by``: what a table knows of the foreign keys that refer to it, kept in step.

Invariant: a table is in ``referenced_by`` of another exactly if one of its foreign keys refers
there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from kalampg.constraint import ForeignKey
from kalampg.ids import TableId
from kalampg.relation import Relation

Tables: TypeAlias = dict[tuple[str, str], Relation]


def relink(tables: Tables, table_id: TableId, referenced: set[TableId]) -> list[Relation]:
    """Make ``table_id`` refer to these tables and no others; the tables that changed."""
    changed = []
    for table in tables.values():
        before = table.referenced_by
        others = tuple(one for one in before if one != table_id)
        after = (*others, table_id) if table.table_id in referenced else others
        if set(after) != set(before):
            changed.append(replace(table, referenced_by=after))
    for table in changed:
        tables[table.schema_name, table.name] = table
    return changed


def forget(tables: Tables, dropped: TableId) -> list[Relation]:
    """Take a dropped table out of all others: their foreign keys to it go; what changed."""
    changed = {table.table_id: table for table in relink(tables, dropped, set())}
    for name, table in list(tables.items()):
        kept = tuple(
            one
            for one in table.constraints
            if not (isinstance(one, ForeignKey) and one.referenced_table == dropped)
        )
        if kept != table.constraints:
            tables[name] = changed[table.table_id] = replace(table, constraints=kept)
    return list(changed.values())


def referenced_tables(relation: Relation) -> set[TableId]:
    return {
        constraint.referenced_table
        for constraint in relation.constraints
        if isinstance(constraint, ForeignKey)
    }

"""What depends on a table, a column or an index: named in 2BP01, or dropped with CASCADE."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.catalog.foreign_key_edit import referring_keys
from kalampg.commands.session_seam import CommandSession
from kalampg.constraint import ForeignKey
from kalampg.ids import ColumnId, TableId
from kalampg.relation import Relation

# A foreign key with its table.
Dependent: TypeAlias = tuple[Relation, ForeignKey]


def keys_to_table(
    catalog: Catalog, table_id: TableId, also_dropped: Collection[TableId] = ()
) -> list[Dependent]:
    """Foreign keys of other tables that refer to this one."""
    return [
        (table, key)
        for table, key in referring_keys(catalog, table_id)
        if table.table_id != table_id and table.table_id not in also_dropped
    ]


def keys_to_columns(
    catalog: Catalog, relation: Relation, columns: Collection[ColumnId]
) -> list[Dependent]:
    """Foreign keys that refer to exactly these columns, whatever their order."""
    return [
        (table, key)
        for table, key in referring_keys(catalog, relation.table_id)
        if set(key.referenced_columns) == set(columns)
    ]


def refuse_dropped_parents(
    catalog: Catalog,
    dropped: Mapping[TableId, Relation],
    session: CommandSession,
    *,
    cascade: bool,
) -> None:
    """Raise 2BP01 where other tables refer to dropped ones, or say that their keys go too."""
    found = {
        relation.name: keys_to_table(catalog, table_id, dropped)
        for table_id, relation in dropped.items()
    }
    if len(dropped) > 1 and not cascade and any(found.values()):
        raise errors.DependentObjectsStillExist(
            "cannot drop desired object(s) because other objects depend on them",
            detail="\n".join(
                f"constraint {key.name} on table {table.name} depends on table {name}"
                for name, dependents in found.items()
                for table, key in dependents
            ),
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    for name, dependents in found.items():
        refuse_or_tell(dependents, f"table {name}", f"table {name}", session, cascade=cascade)


def refuse_or_tell(
    dependents: Sequence[Dependent],
    described: str,
    depends_on: str,
    session: CommandSession,
    *,
    cascade: bool,
) -> None:
    """Raise 2BP01 where something depends on what is to be dropped, or say that it goes too.

    ``described`` is what is dropped ("table t"), ``depends_on`` what the foreign keys depend on.
    """
    if not dependents:
        return
    named = [f"constraint {key.name} on table {table.name}" for table, key in dependents]
    if not cascade:
        raise errors.DependentObjectsStillExist(
            f"cannot drop {described} because other objects depend on it",
            detail="\n".join(f"{one} depends on {depends_on}" for one in named),
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    if len(named) == 1:
        session.notice(f"drop cascades to {named[0]}")
        return
    session.notice(
        f"drop cascades to {len(named)} other objects",
        detail="\n".join(f"drop cascades to {one}" for one in named),
    )

"""What the temporary objects of other sessions need of the catalog that all share.

Whoever changes the catalog does not see them; it must not take away what they stand on.
"""

from __future__ import annotations

from kalampg import errors
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.temporary import TemporaryObjects
from kalampg.catalog.view_dependences import kind_of
from kalampg.relation import Relation
from kalampg.view import Reading

_HINT = "It belongs to another session, and goes with it."


def check_kept(before: Catalog, after: Catalog, own: TemporaryObjects) -> None:
    """Check a change of the catalog against what one session has.

    Raises:
        DependentObjectsStillExist: 2BP01, a column has a type that is to be dropped, or a view
            reads what is to be dropped or changed.
    """
    kept = {one.oid for one in after.declared_types()}
    gone = {one.oid: one for one in before.declared_types() if one.oid not in kept}
    if gone:
        for relation in (*own.tables.values(), *own.views.values()):
            for column in relation.columns:
                declared = column.domain or column.type_oid
                if declared in gone:
                    raise _needed(
                        f"type {gone[declared].name}",
                        f"column {column.name} of {kind_of(relation)} {relation.name}",
                    )
    if own.views:
        _check_views(before, after, own)


def _check_views(before: Catalog, after: Catalog, own: TemporaryObjects) -> None:
    earlier, later = _by_id(before), _by_id(after)
    for view in own.views.values():
        assert view.view is not None, "views have a query"
        for reading in view.view.readings:
            old, new = earlier.get(reading.relation_id), later.get(reading.relation_id)
            if old is not None and (new is None or _shape(old, reading) != _shape(new, reading)):
                raise _needed(f"{kind_of(old)} {old.name}", f"view {view.name}")


def _by_id(catalog: Catalog) -> dict[int, Relation]:
    relations = (*catalog.tables.values(), *catalog.views.values())
    return {relation.table_id: relation for relation in relations}


def _shape(relation: Relation, reading: Reading) -> tuple[object, ...]:
    """What a view must find again of a relation that it reads."""
    columns = (
        (column.column_id, column.name, column.type_oid, column.typmod)
        for column in relation.columns
        if column.column_id in reading.columns
    )
    return relation.schema_name, relation.name, *columns


def _needed(what: str, by: str) -> errors.DependentObjectsStillExist:
    return errors.DependentObjectsStillExist(
        f"cannot change {what} because other objects depend on it",
        detail=f"{by} depends on {what}",
        hint=_HINT,
    )

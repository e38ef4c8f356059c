"""Which views need which relations.

What a view's query names must stay: dropping it takes the view along, or is refused. It may get
other names, which the view does not need to know (``ViewQuery``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kalampg import errors
from kalampg.ids import ColumnId
from kalampg.relation import Relation

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog

_CASCADE: Final = "Use DROP ... CASCADE to drop the dependent objects too."


@dataclass(frozen=True, slots=True)
class Dependence:
    """A view that needs a relation; in words."""

    view: Relation
    on: Relation

    @property
    def described(self) -> str:
        return f"view {self.view.name} depends on {kind_of(self.on)} {self.on.name}"


def kind_of(relation: Relation) -> str:
    """What PostgreSQL calls the relation in messages."""
    return "table" if relation.view is None else "view"


def dependences(
    catalog: Catalog, relations: Iterable[Relation], column_id: ColumnId | None = None
) -> list[Dependence]:
    """Views that need the relations, directly or not, each once; with a column: that column."""
    found: dict[int, Dependence] = {}

    def add(on: Relation, column_id: ColumnId | None) -> None:
        for view in sorted(catalog.views.values(), key=lambda each: each.table_id):
            if view.table_id not in found and _reads(view, on.table_id, column_id):
                found[view.table_id] = Dependence(view, on)
                add(view, None)

    for relation in relations:
        add(relation, column_id)
    return list(found.values())


def check_independent(found: list[Dependence], described: str) -> None:
    """Raise DependentObjectsStillExist (2BP01) if there are any views."""
    if found:
        raise errors.DependentObjectsStillExist(
            f"cannot drop {described} because other objects depend on it",
            detail="\n".join(dependence.described for dependence in found),
            hint=_CASCADE,
        )


def _reads(view: Relation, relation_id: int, column_id: ColumnId | None) -> bool:
    assert view.view is not None, "views have a query"
    return any(
        reading.relation_id == relation_id and (column_id is None or column_id in reading.columns)
        for reading in view.view.readings
    )

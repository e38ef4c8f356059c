"""``information_schema.referential_constraints``: foreign keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.information_schema.named_constraints import named_constraints, unique_name
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.constraint import ForeignKey, MatchType, ReferenceAction

_RULES: Final = {
    ReferenceAction.NO_ACTION: "NO ACTION",
    ReferenceAction.RESTRICT: "RESTRICT",
    ReferenceAction.CASCADE: "CASCADE",
    ReferenceAction.SET_NULL: "SET NULL",
    ReferenceAction.SET_DEFAULT: "SET DEFAULT",
}


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for one in named_constraints(view):
        key = one.definition
        if not isinstance(key, ForeignKey):
            continue
        referenced, unique = unique_name(view, key)
        yield {
            "constraint_catalog": view.database,
            "constraint_schema": one.table.schema_name,
            "constraint_name": one.name,
            "unique_constraint_catalog": None if unique is None else view.database,
            "unique_constraint_schema": None if unique is None else referenced.schema_name,
            "unique_constraint_name": None if unique is None else unique.name,
            "match_option": "FULL" if key.match is MatchType.FULL else "NONE",
            "update_rule": _RULES[key.on_update],
            "delete_rule": _RULES[key.on_delete],
        }


REFERENTIAL_CONSTRAINTS: Final = shaped(
    "information_schema",
    "referential_constraints",
    13339,
    """
    constraint_catalog:name constraint_schema:name constraint_name:name
    unique_constraint_catalog:name unique_constraint_schema:name
    unique_constraint_name:name match_option:varchar update_rule:varchar
    delete_rule:varchar
    """,
    _rows,
    is_null_by_default=True,
)

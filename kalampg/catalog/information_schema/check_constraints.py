"""``information_schema.check_constraints``: the conditions of CHECK constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.constraint_definitions import check_clause, domain_check_clause
from kalampg.catalog.information_schema.named_constraints import named_constraints
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.constraint import CheckConstraint


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for one in named_constraints(view):
        if isinstance(one.definition, CheckConstraint):
            yield {
                "constraint_catalog": view.database,
                "constraint_schema": one.table.schema_name,
                "constraint_name": one.name,
                "check_clause": f"({check_clause(one.table, one.definition, is_pretty=False)})",
            }
    for domain in view.catalog.domains.values():
        for check in domain.checks:
            clause = domain_check_clause(domain, check, is_pretty=False)
            yield {
                "constraint_catalog": view.database,
                "constraint_schema": domain.schema_name,
                "constraint_name": check.name,
                "check_clause": f"({clause})",
            }


CHECK_CONSTRAINTS: Final = shaped(
    "information_schema",
    "check_constraints",
    13285,
    """
    constraint_catalog:name constraint_schema:name constraint_name:name check_clause:varchar
    """,
    _rows,
    is_null_by_default=True,
)

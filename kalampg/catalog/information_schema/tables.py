"""``information_schema.tables``: tables, and computed relations as views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared import relation_kind
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.relation import Relation
from kalampg.sql.view_updatability import written_columns


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    catalog = view.catalog
    stored = (*catalog.tables.values(), *catalog.views.values())
    for relation in (*stored, *catalog.computed_relations()):
        is_own = (relation.schema_name, relation.name) in catalog.tables
        is_written = relation.view is not None and written_columns(relation, catalog)
        yield {
            "table_catalog": view.database,
            "table_schema": relation.schema_name,
            "table_name": relation.name,
            "table_type": _table_type(relation),
            "is_insertable_into": "YES" if is_own or is_written else "NO",
            "is_typed": "NO",
        }


def _table_type(relation: Relation) -> str:
    if relation_kind(relation) == "v":
        return "VIEW"
    return "LOCAL TEMPORARY" if relation.is_temporary else "BASE TABLE"


TABLES: Final = shaped(
    "information_schema",
    "tables",
    13425,
    """
    table_catalog:name table_schema:name table_name:name table_type:varchar
    self_referencing_column_name:name reference_generation:varchar
    user_defined_type_catalog:name user_defined_type_schema:name user_defined_type_name:name
    is_insertable_into:varchar is_typed:varchar commit_action:varchar
    """,
    _rows,
    is_null_by_default=True,
)

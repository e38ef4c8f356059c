"""``information_schema.columns``: declared columns; system columns are not listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.information_schema.type_columns import domain_type_columns, type_columns
from kalampg.catalog.pg_catalog.declared import declared_columns, has_default
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.shown_defaults import shown_default
from kalampg.relation import Column, Relation
from kalampg.sql.view_updatability import written_columns


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        for column in declared_columns(table):
            yield {
                **_column(view, table, column, is_updatable=True),
                **_generation(view, table, column),
            }
    for relation in view.catalog.views.values():
        written = written_columns(relation, view.catalog)
        for column in relation.columns:
            yield _column(view, relation, column, is_updatable=column.name in written)
    for relation in view.catalog.computed_relations():
        for column in relation.columns:
            yield _column(view, relation, column, is_updatable=False)


def _type(view: CatalogView, column: Column) -> NamedRow:
    domain = None if column.domain is None else view.catalog.domain_by_oid(column.domain)
    if domain is None:
        return type_columns(view.database, column.type_oid, column.typmod)
    return {
        **domain_type_columns(view.catalog, view.database, domain),
        "domain_catalog": view.database,
        "domain_schema": domain.schema_name,
        "domain_name": domain.name,
        "is_nullable": "NO" if column.not_null or domain.not_null else "YES",
    }


def _generation(view: CatalogView, table: Relation, column: Column) -> NamedRow:
    """Where the column's values come from if nobody gives one."""
    if column.generated is not None:
        return {"is_generated": "ALWAYS", "generation_expression": column.generated}
    if not column.identity:
        if not has_default(column):
            return {}
        return {"column_default": shown_default(view.catalog, column, view.search_path)}
    (sequence,) = (
        one
        for one in view.catalog.sequences_of(table.table_id)
        if one.owned_by is not None and one.owned_by.column_id == column.column_id
    )
    return {
        "is_identity": "YES",
        "identity_generation": "ALWAYS" if column.identity == "a" else "BY DEFAULT",
        "identity_start": str(sequence.start),
        "identity_increment": str(sequence.increment),
        "identity_maximum": str(sequence.maximum),
        "identity_minimum": str(sequence.minimum),
        "identity_cycle": "YES" if sequence.cycles else "NO",
    }


def _column(
    view: CatalogView, relation: Relation, column: Column, *, is_updatable: bool
) -> NamedRow:
    return {
        "is_nullable": "NO" if column.not_null else "YES",
        **_type(view, column),
        "table_catalog": view.database,
        "table_schema": relation.schema_name,
        "table_name": relation.name,
        "column_name": column.name,
        "ordinal_position": column.column_id,
        "dtd_identifier": str(column.column_id),
        "is_self_referencing": "NO",
        "is_identity": "NO",
        "identity_cycle": "NO",
        "is_generated": "NEVER",
        "is_updatable": "YES" if is_updatable else "NO",
    }


COLUMNS: Final = shaped(
    "information_schema",
    "columns",
    13295,
    """
    table_catalog:name table_schema:name table_name:name column_name:name
    ordinal_position:int4 column_default:varchar is_nullable:varchar data_type:varchar
    character_maximum_length:int4 character_octet_length:int4 numeric_precision:int4
    numeric_precision_radix:int4 numeric_scale:int4 datetime_precision:int4
    interval_type:varchar interval_precision:int4 character_set_catalog:name
    character_set_schema:name character_set_name:name collation_catalog:name
    collation_schema:name collation_name:name domain_catalog:name domain_schema:name
    domain_name:name udt_catalog:name udt_schema:name udt_name:name scope_catalog:name
    scope_schema:name scope_name:name maximum_cardinality:int4 dtd_identifier:name
    is_self_referencing:varchar is_identity:varchar identity_generation:varchar
    identity_start:varchar identity_increment:varchar identity_maximum:varchar
    identity_minimum:varchar identity_cycle:varchar is_generated:varchar
    generation_expression:varchar is_updatable:varchar
    """,
    _rows,
    is_null_by_default=True,
)

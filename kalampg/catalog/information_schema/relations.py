"""The table of relations in ``information_schema``."""

from __future__ import annotations

from typing import Final

from kalampg.catalog.computed import ComputedRelation
from kalampg.catalog.information_schema.check_constraints import CHECK_CONSTRAINTS
from kalampg.catalog.information_schema.columns import COLUMNS
from kalampg.catalog.information_schema.constraint_column_usage import CONSTRAINT_COLUMN_USAGE
from kalampg.catalog.information_schema.domains import DOMAIN_CONSTRAINTS, DOMAINS
from kalampg.catalog.information_schema.empty import EMPTY
from kalampg.catalog.information_schema.key_column_usage import KEY_COLUMN_USAGE
from kalampg.catalog.information_schema.referential_constraints import REFERENTIAL_CONSTRAINTS
from kalampg.catalog.information_schema.schemata import SCHEMATA
from kalampg.catalog.information_schema.sequences import SEQUENCES
from kalampg.catalog.information_schema.table_constraints import TABLE_CONSTRAINTS
from kalampg.catalog.information_schema.tables import TABLES
from kalampg.catalog.information_schema.views import VIEWS

INFORMATION_SCHEMA: Final[tuple[ComputedRelation, ...]] = (
    CHECK_CONSTRAINTS,
    COLUMNS,
    CONSTRAINT_COLUMN_USAGE,
    DOMAIN_CONSTRAINTS,
    DOMAINS,
    KEY_COLUMN_USAGE,
    REFERENTIAL_CONSTRAINTS,
    SCHEMATA,
    SEQUENCES,
    TABLE_CONSTRAINTS,
    TABLES,
    VIEWS,
    *EMPTY,
)

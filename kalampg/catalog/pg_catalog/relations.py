"""The table of relations in ``pg_catalog``."""

from __future__ import annotations

from typing import Final

from kalampg.catalog.computed import ComputedRelation
from kalampg.catalog.pg_catalog.empty import EMPTY
from kalampg.catalog.pg_catalog.pg_aggregate import PG_AGGREGATE
from kalampg.catalog.pg_catalog.pg_am import PG_AM
from kalampg.catalog.pg_catalog.pg_attrdef import PG_ATTRDEF
from kalampg.catalog.pg_catalog.pg_attribute import PG_ATTRIBUTE
from kalampg.catalog.pg_catalog.pg_cast import PG_CAST
from kalampg.catalog.pg_catalog.pg_class import PG_CLASS
from kalampg.catalog.pg_catalog.pg_collation import PG_COLLATION
from kalampg.catalog.pg_catalog.pg_constraint import PG_CONSTRAINT
from kalampg.catalog.pg_catalog.pg_database import PG_DATABASE
from kalampg.catalog.pg_catalog.pg_depend import PG_DEPEND
from kalampg.catalog.pg_catalog.pg_description import PG_DESCRIPTION, PG_SHDESCRIPTION
from kalampg.catalog.pg_catalog.pg_enum import PG_ENUM
from kalampg.catalog.pg_catalog.pg_index import PG_INDEX
from kalampg.catalog.pg_catalog.pg_indexes import PG_INDEXES
from kalampg.catalog.pg_catalog.pg_locks import PG_LOCKS
from kalampg.catalog.pg_catalog.pg_namespace import PG_NAMESPACE
from kalampg.catalog.pg_catalog.pg_opclass import PG_OPCLASS
from kalampg.catalog.pg_catalog.pg_operator import PG_OPERATOR
from kalampg.catalog.pg_catalog.pg_opfamily import PG_OPFAMILY
from kalampg.catalog.pg_catalog.pg_prepared_statements import PG_PREPARED_STATEMENTS
from kalampg.catalog.pg_catalog.pg_proc import PG_PROC
from kalampg.catalog.pg_catalog.pg_roles import PG_ROLES
from kalampg.catalog.pg_catalog.pg_sequence import PG_SEQUENCE
from kalampg.catalog.pg_catalog.pg_sequences import PG_SEQUENCES
from kalampg.catalog.pg_catalog.pg_settings import PG_SETTINGS
from kalampg.catalog.pg_catalog.pg_stat_activity import PG_STAT_ACTIVITY
from kalampg.catalog.pg_catalog.pg_tables import PG_TABLES
from kalampg.catalog.pg_catalog.pg_tablespace import PG_TABLESPACE
from kalampg.catalog.pg_catalog.pg_type import PG_TYPE
from kalampg.catalog.pg_catalog.pg_user import PG_USER
from kalampg.catalog.pg_catalog.pg_views import PG_VIEWS

PG_CATALOG: Final[tuple[ComputedRelation, ...]] = (
    PG_AGGREGATE,
    PG_AM,
    PG_ATTRDEF,
    PG_ATTRIBUTE,
    PG_CAST,
    PG_CLASS,
    PG_COLLATION,
    PG_CONSTRAINT,
    PG_DATABASE,
    PG_DEPEND,
    PG_DESCRIPTION,
    PG_INDEX,
    PG_INDEXES,
    PG_NAMESPACE,
    PG_OPCLASS,
    PG_OPERATOR,
    PG_OPFAMILY,
    PG_PREPARED_STATEMENTS,
    PG_PROC,
    PG_ROLES,
    PG_ENUM,
    PG_SEQUENCE,
    PG_SEQUENCES,
    PG_SETTINGS,
    PG_SHDESCRIPTION,
    PG_LOCKS,
    PG_STAT_ACTIVITY,
    PG_TABLES,
    PG_TABLESPACE,
    PG_TYPE,
    PG_USER,
    PG_VIEWS,
    *EMPTY,
)

"""The shapes of relations that all layers share.

What a relation *is*; which ones exist is the catalog's business, where its rows are is the
storage's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from kalampg.constraint import Constraint, Index
from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.view import ViewQuery

# One value of a PostgreSQL type in memory; ``kalampg.pgtypes`` says which Python type is used for
# which OID. NULL is None.
Datum: TypeAlias = Any

# Fixed column ids (and Parquet field ids) of the system columns, far above any declared column's.
UPDATED_COLUMN_ID: Final = ColumnId(1_000_001)
DELETED_COLUMN_ID: Final = ColumnId(1_000_002)
SEQ_COLUMN_ID: Final = ColumnId(1_000_003)
USER_ID_COLUMN_ID: Final = ColumnId(1_000_004)

# name, column id, type OID (timestamptz, bool, int8, text); in the order they follow the declared
# ones.
SYSTEM_COLUMNS: Final = (
    ("_updated", UPDATED_COLUMN_ID, Oid(1184)),
    ("_deleted", DELETED_COLUMN_ID, Oid(16)),
    ("_seq", SEQ_COLUMN_ID, Oid(20)),
)
ROW_ID_COLUMN: Final = "_row_id"
# PostgreSQL's, whose names no column may have.
POSTGRES_SYSTEM_COLUMNS: Final = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
_TEXTS: Final = frozenset({25, 1043})  # text and varchar

# The name of every session's namespace of temporary tables begins so; ``TEMPORARY_SCHEMA`` means
# the session's own.
TEMPORARY_PREFIX: Final = "pg_temp_"
TEMPORARY_SCHEMA: Final = "pg_temp"
PG_CATALOG: Final = "pg_catalog"


class TableType(StrEnum):
    """KalamDB's kinds of tables, and the relations that the server computes."""

    USER = "USER"
    SHARED = "SHARED"
    SYSTEM = "SYSTEM"


class AccessLevel(StrEnum):
    """Who may use a shared table."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"
    RESTRICTED = "RESTRICTED"
    DBA = "DBA"


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column. ``default`` is the text of an SQL expression.

    ``missing`` is the value that rows have which were written before the column was added.
    ``is_hidden`` columns (``_row_id``) are not in ``*``. ``identity`` is "a" for GENERATED ALWAYS,
    "d" for BY DEFAULT AS IDENTITY; ``default`` then takes the next value of its sequence.
    ``generated`` is the text of GENERATED ALWAYS AS (...) STORED, by the columns' present names.
    ``domain`` is the OID of the declared type, where that is a domain over ``type_oid``.
    """

    column_id: ColumnId
    name: str
    type_oid: Oid
    typmod: int = -1
    not_null: bool = False
    default: str | None = None
    missing: Datum = None
    is_hidden: bool = False
    identity: str = ""
    generated: str | None = None
    domain: Oid | None = None

    def keeps_values_of(self, older: Column) -> bool:
        """Whether each value of ``older`` is stored here as it was: only texts may grow."""
        if (older.type_oid, older.typmod) == (self.type_oid, self.typmod):
            return True
        if older.type_oid not in _TEXTS or self.type_oid not in _TEXTS:
            return False
        return self.typmod == -1 or -1 < older.typmod <= self.typmod


# ``deleted_retention_hours`` of a table that keeps its deleted rows for ever.
RETENTION_OFF: Final = -1


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What CREATE TABLE said about storage and life of the rows. None: the server's default.

    A table with one flush trigger has only that one; ``flush_off``: only FLUSH flushes it.
    Rows that were last changed longer ago than ``retention`` (months, days, microseconds) go.
    ``sharding`` is a strategy of ``kalampg.storage.sharding``, or empty.
    """

    storage_id: str = "local"
    use_user_storage: bool = False
    flush_row_threshold: int | None = None
    flush_interval_seconds: int | None = None
    deleted_retention_hours: int | None = None
    access_level: AccessLevel = AccessLevel.PRIVATE
    flush_off: bool = False
    sharding: str = ""
    retention: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """One version of a relation's definition.

    ``columns`` are the declared columns in ordinal order, hidden ones included, system ones not.
    ``primary_key`` are positions in ``columns``; empty only for SYSTEM relations.
    ``layouts`` maps every schema version that rows may carry to the column ids of that version.
    ``indexes`` includes those of UNIQUE constraints, not the primary key's. ``referenced_by`` are
    the tables whose foreign keys name this one. ``view`` is set for views, which are SYSTEM
    relations otherwise: nothing of theirs is stored. ``on_commit`` of a
    temporary table is "delete", "drop", or empty: its rows stay.
    """

    table_id: TableId
    schema_name: str
    name: str
    table_type: TableType
    columns: tuple[Column, ...]
    primary_key: tuple[int, ...] = ()
    primary_key_name: str = ""
    schema_version: int = 1
    layouts: Mapping[int, tuple[ColumnId, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    owner: str = "root"
    options: TableOptions = TableOptions()
    created_at_us: int = 0
    next_column_id: int = 1
    comment: str | None = None
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    referenced_by: tuple[TableId, ...] = ()
    view: ViewQuery | None = None
    on_commit: str = ""

    @property
    def is_temporary(self) -> bool:
        return self.schema_name.startswith(TEMPORARY_PREFIX)

    @property
    def qualified_name(self) -> str:
        return f"{self.schema_name}.{self.name}"

    @property
    def row_type_oid(self) -> Oid:
        """The OID of the type that the table's rows have, next to the table's own."""
        return Oid(self.table_id + 1)

    @property
    def row_array_oid(self) -> Oid:
        """The OID of the type of arrays of the table's rows."""
        return Oid(self.table_id + 2)

    def position_of(self, column_name: str) -> int | None:
        for position, column in enumerate(self.columns):
            if column.name == column_name:
                return position
        return None

    def position_of_id(self, column_id: ColumnId) -> int:
        """Where the column with this id is; it must be there."""
        for position, column in enumerate(self.columns):
            if column.column_id == column_id:
                return position
        raise LookupError(f"{self.qualified_name} has no column {column_id}")

    def takes_rows_of(self, older: Relation) -> bool:
        """Whether rows of an older version are rows of this one without being computed anew."""
        if older.schema_version == self.schema_version:
            return True
        if older.schema_version not in self.layouts:
            return False
        before = {one.column_id: one for one in older.columns}
        for column in self.columns:
            if column.column_id in before:
                if not column.keeps_values_of(before[column.column_id]):
                    return False
            elif column.missing is None and (column.generated or column.default is not None):
                return False
        return True


class RelationLookup(Protocol):
    """How ``kalampg.sql`` asks which relation a name means; the catalog serves it."""

    @property
    def version(self) -> int: ...

    def relation(self, schema_name: str, name: str) -> Relation | None: ...

    def has_schema(self, schema_name: str) -> bool: ...

    def table_by_id(self, table_id: TableId) -> Relation | None: ...

    def relation_by_id(self, relation_id: int) -> Relation | None: ...

    def enumeration(self, schema_name: str, name: str) -> Enumeration | None: ...

    def domain(self, schema_name: str, name: str) -> Domain | None: ...

    def domain_by_oid(self, oid: Oid) -> Domain | None: ...


def searched(path: tuple[str, ...]) -> tuple[str, ...]:
    """Where an unqualified name is looked up.

    ``pg_catalog`` comes after temporary tables and before all others, unless it is named.
    """
    if PG_CATALOG in path:
        return path
    if path and path[0].startswith(TEMPORARY_PREFIX):
        return (path[0], PG_CATALOG, *path[1:])
    return (PG_CATALOG, *path)

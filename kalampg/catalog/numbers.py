"""OIDs, schema versions and column ids: numbers that are never handed out twice.

A transaction that is rolled back leaves gaps. Without them, a table created after the rollback
could get the id of the table that never was, and with it what a cache still holds under that id.

Invariants:
    - No number is handed out twice by one ``Numbers``, whatever becomes of the catalog that asked.
    - No OID below ``next_oid`` of a committed catalog is handed out after a restart.
"""

from __future__ import annotations

from typing import Final

from kalampg.ids import ColumnId, Oid, TableId

FIRST_OID: Final = 16384  # PostgreSQL's FirstNormalObjectId: OIDs below are the system's own.
# A table takes its own OID, the next two for the types of its rows (``Relation.row_type_oid``) and,
# at these distances from it, those of the objects that belong to it.
OIDS_PER_TABLE: Final = 5
PRIMARY_KEY_INDEX_OFFSET: Final = 3
PRIMARY_KEY_CONSTRAINT_OFFSET: Final = 4


class Numbers:
    """The counters that all versions of one server's catalog share."""

    def __init__(self, next_oid: int = FIRST_OID) -> None:
        self._next_oid = max(next_oid, FIRST_OID)
        self._catalog_version = 0
        self._schema_versions: dict[TableId, int] = {}
        self._column_ids: dict[TableId, int] = {}

    @property
    def next_oid(self) -> int:
        return self._next_oid

    def allocate_oid(self) -> Oid:
        return self.allocate_oids(1)

    def allocate_oids(self, count: int) -> Oid:
        """Take ``count`` consecutive OIDs; return the first."""
        first = self._next_oid
        self._next_oid += count
        return Oid(first)

    def catalog_version(self) -> int:
        """A version that no other catalog of this process has, committed or not."""
        self._catalog_version += 1
        return self._catalog_version

    def schema_version(self, table_id: TableId, current: int) -> int:
        """The version that follows ``current`` and every version ever given to this table."""
        version = max(current, self._schema_versions.get(table_id, 0)) + 1
        self._schema_versions[table_id] = version
        return version

    def column_id(self, table_id: TableId, next_column_id: int) -> ColumnId:
        """A column id at or past ``next_column_id`` that this table never had."""
        column_id = max(next_column_id, self._column_ids.get(table_id, 0) + 1)
        self._column_ids[table_id] = column_id
        return ColumnId(column_id)

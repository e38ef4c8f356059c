"""The last check of a transaction's rows: they must fit their tables as these are at COMMIT.

Others may have altered or dropped a table since the rows were made for it.
"""

from __future__ import annotations

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.engine.commit import StagedRows, dropped_tables
from kalampg.engine.copied_rows import CopiedRows
from kalampg.engine.lookup import Lookup
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.transaction import PendingRow, Transaction
from kalampg.relation import Relation


def check_catalog(
    transaction: Transaction, catalog: Catalog, lookup: Lookup, staged: StagedRows | None
) -> None:
    """Check what is about to be committed under ``catalog``.

    Raises:
        UndefinedTable: 42P01. NotNullViolation: 23502.
        SerializationFailure: 40001, the values are not of its types any more.
    """
    dropped = dropped_tables(transaction)
    for copied in transaction.copied:
        if copied.scope.table_id not in dropped:
            _check_copied(copied, catalog)
    for scope, rows in transaction.overlay.items():
        if scope.table_id in dropped:
            continue
        relation = catalog.table_by_id(scope.table_id)
        if relation is None:
            raise errors.UndefinedTable(f"relation with OID {scope.table_id} does not exist")
        if staged is None or staged.versions.get(scope) != {relation.schema_version}:
            for pending in rows.values():
                _check_row(pending, relation, lookup)


def _check_copied(copied: CopiedRows, catalog: Catalog) -> None:
    now = catalog.table_by_id(copied.scope.table_id)
    if now is None:
        raise errors.UndefinedTable(f"relation with OID {copied.scope.table_id} does not exist")
    if now.schema_version != copied.table.relation.schema_version:
        raise errors.SerializationFailure(
            "could not serialize access due to concurrent change of the table",
            hint="Run the COPY again.",
        )


def _check_row(pending: PendingRow, relation: Relation, lookup: Lookup) -> None:
    if pending.table.relation.schema_version != relation.schema_version:
        if not relation.takes_rows_of(pending.table.relation):
            raise errors.table_altered(relation.name)
        table = StoredTable(relation)
        table.check_not_null(lookup.own(table, pending).row.values)

"""ON COMMIT DELETE ROWS: what a transaction leaves in temporary tables goes with its end."""

from __future__ import annotations

from kalampg.catalog import Catalog
from kalampg.catalog.temporary import temporary_tables
from kalampg.engine.context import SHARED_USER
from kalampg.engine.transaction import Transaction
from kalampg.storage.keys import Scope


def empty_at_commit(transaction: Transaction, catalog: Catalog) -> None:
    """Take the rows of those tables away; each is empty between transactions."""
    for table in temporary_tables(catalog):
        scope = Scope(table.table_id, SHARED_USER)
        if table.on_commit == "delete" and transaction.rows_of(scope):
            transaction.truncate(scope)

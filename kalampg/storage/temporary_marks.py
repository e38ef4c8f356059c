"""Marks of temporary tables: what a crash leaves of them is removed when the store is opened.

Layout (family ``meta``): ``temporary/`` | table id in decimal  ->  empty. A mark is written with
what makes the table and deleted with what drops it, in one batch each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from kalampg.ids import TableId
from kalampg.storage.batch import WriteBatch

if TYPE_CHECKING:
    from kalampg.storage.store import Store

MARKS: Final = b"temporary/"


def temporary_mark(table_id: TableId) -> bytes:
    """The key of a table's mark."""
    return MARKS + str(table_id).encode()


def drop_temporary(batch: WriteBatch, tables: Iterable[TableId]) -> None:
    """Remove the rows of temporary tables, and their marks."""
    for table_id in tables:
        batch.drop_table(table_id)
        batch.delete("meta", temporary_mark(table_id))


def marked_tables(entries: Iterable[tuple[bytes, bytes]]) -> list[TableId]:
    """The tables of the entries that begin with ``MARKS``."""
    return [TableId(int(key.removeprefix(MARKS))) for key, _ in entries]


def remove_marked(store: Store) -> None:
    """Remove the temporary tables of the last process's sessions."""
    batch = WriteBatch()
    drop_temporary(batch, marked_tables(store.read_all("meta", MARKS)))
    store.commit(batch)

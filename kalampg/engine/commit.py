"""Commit: what is pending in a transaction, as one write batch.

A cold row that is replaced must be marked in the same batch. Where it was looked up some time ago,
a flush or a compaction may have moved it since: then the place is looked up again, now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kalampg.catalog.edit import CatalogEdit
from kalampg.engine.copied_rows import CopiedRows
from kalampg.engine.lookup import Lookup
from kalampg.engine.transaction import Home, PendingRow, Place, Transaction
from kalampg.engine.undo import Entries
from kalampg.storage.batch import WriteBatch
from kalampg.storage.index_keys import index_prefix
from kalampg.storage.keys import Scope


def build_batch(
    transaction: Transaction, lookup: Lookup, next_seq: Callable[[], int]
) -> WriteBatch:
    """All pending changes, under their final ``_seq``.

    Raises:
        Suspended: a segment must be loaded to find a row's place, and the statement can still be
            run again. COMMIT of a block cannot wait, so it reads the segment in line.
    """
    batch = WriteBatch()
    place_of = lookup.place_of_loading if transaction.is_explicit else lookup.place_of
    edit = transaction.pending_catalog
    dropped = frozenset(relation.table_id for relation in edit.dropped) if edit else frozenset()
    for scope in transaction.truncated:
        batch.drop_scope(scope)
    for scope, rows in transaction.overlay.items():
        if scope.table_id in dropped:
            continue
        is_truncated = scope in transaction.truncated
        # Where nothing could run since the look-up, nothing has moved.
        manifest = lookup.manifest(scope) if transaction.takes_locks else None
        for key, pending in rows.items():
            place = pending.place
            if is_truncated:
                # A cold place is gone; what a rewrite put there (HOT) has been seen by others.
                place = place if isinstance(place, Home) else Home.NOWHERE
            elif manifest is not None and pending.manifest is not manifest:
                place = place_of(pending.table, scope, key)
            _add_row(
                batch, scope, key, pending, place, next_seq if transaction.is_explicit else None
            )
    for scope, entries in transaction.entries.items():
        if scope.table_id not in dropped:
            _add_entries(batch, scope, entries)
    _add_copied(batch, [each for each in transaction.copied if each.scope.table_id not in dropped])
    if edit is not None:
        _add_catalog(batch, edit)
    return batch


def _add_entries(batch: WriteBatch, scope: Scope, entries: Entries) -> None:
    for key, row_key in entries.items():
        if row_key is None:
            batch.delete_entry(scope, key)
        else:
            batch.put_entry(scope, key, row_key)


def _add_row(
    batch: WriteBatch,
    scope: Scope,
    key: bytes,
    pending: PendingRow,
    place: Place,
    next_seq: Callable[[], int] | None,
) -> None:
    row = pending.row
    if row.deleted and place is Home.NOWHERE:
        return  # Made and deleted by this transaction: nobody ever saw it.
    seq = row.seq if next_seq is None else next_seq()
    data = pending.table.codec.encode(seq, row.updated_us, row.deleted, row.values)
    batch.put_row(scope, key, data)
    if not isinstance(place, Home):
        batch.mark(scope, place.segment_id, place.row_number, seq)


def _add_copied(batch: WriteBatch, copies: Iterable[CopiedRows]) -> None:
    for copied in copies:
        batch.loaded_scopes.add(copied.scope)
        for key in copied.revived:
            batch.delete_row(copied.scope, key)
        for each in copied.segments:
            batch.add_segment(copied.scope, each.segment)


def _add_catalog(batch: WriteBatch, edit: CatalogEdit) -> None:
    for relation in edit.dropped:
        batch.drop_table(relation.table_id)
    for scope, index_oid in edit.dropped_indexes:
        batch.drop_entries(scope, index_prefix(index_oid))
    for key, mark in edit.marks:
        if mark is None:
            batch.delete("meta", key)
        else:
            batch.put("meta", key, mark)
    for name, value in edit.writes:
        if value is None:
            batch.delete("catalog", name)
        else:
            batch.put("catalog", name, value)

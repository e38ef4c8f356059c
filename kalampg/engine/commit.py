"""Commit: what is pending in a transaction, as one write batch.

A cold row that is replaced must be marked in the same batch. Where it was looked up some time ago,
a flush or a compaction may have moved it since: then the place is looked up again, now.

The rows of a large transaction are staged: put into the batch in portions, between which others
have their turns. All of them are locked, so that they stay as they are; whether they are still
where they were is seen by the manifest, which every move replaces: after one COMMIT begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from kalampg.catalog.edit import CatalogEdit
from kalampg.engine.copied_rows import CopiedRows
from kalampg.engine.lookup import Lookup
from kalampg.engine.transaction import Home, PendingRow, Place, Transaction
from kalampg.engine.undo import Entries
from kalampg.ids import TableId
from kalampg.storage.batch import WriteBatch
from kalampg.storage.index_keys import index_prefix
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.store import Store

T = TypeVar("T")

# About 2 ms of work between which others have their turns.
_PORTION_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class StagedRows:
    """The begin of a batch: a transaction's rows and index entries, at a position of its undo log.

    They are where they were for as long as the manifests are the same.
    """

    position: int
    batch: WriteBatch = field(default_factory=WriteBatch)
    manifests: dict[Scope, ScopeManifest] = field(default_factory=dict)
    # The versions of the tables that the rows of a scope were made for.
    versions: dict[Scope, set[int]] = field(default_factory=dict)

    def is_current(self, transaction: Transaction, lookup: Lookup) -> bool:
        return transaction.position() == self.position and all(
            lookup.manifest(scope) is known for scope, known in self.manifests.items()
        )


def is_worth_staging(transaction: Transaction) -> bool:
    """Whether the rows are more than one turn of the event loop should take."""
    return sum(map(len, transaction.overlay.values())) > 2 * _PORTION_ROWS


async def stage_rows(
    transaction: Transaction, lookup: Lookup, next_seq: Callable[[], int], store: Store
) -> StagedRows:
    """Put the rows of a transaction, which nobody changes meanwhile, into a batch.

    Raises:
        Suspended: as ``build_batch``.

    Cancellation: nothing has happened.
    """
    assert transaction.takes_locks, "nobody may change the rows meanwhile"
    staged = StagedRows(transaction.position())
    _drop_truncated(staged.batch, transaction)
    for scope, rows in _kept_rows(transaction):
        staged.manifests[scope] = lookup.manifest(scope)
        versions = staged.versions[scope] = set()
        for portion in _portions(rows):
            _add_rows(staged.batch, transaction, lookup, next_seq, scope, portion)
            versions.update(row.table.relation.schema_version for _, row in portion)
            store.prepare(staged.batch)
            await asyncio.sleep(0)
    for scope, entries in _kept_entries(transaction):
        for some in _portions(entries):
            _add_entries(staged.batch, scope, some)
            store.prepare(staged.batch)
            await asyncio.sleep(0)
    return staged


def build_batch(
    transaction: Transaction,
    lookup: Lookup,
    next_seq: Callable[[], int],
    staged: StagedRows | None = None,
) -> WriteBatch:
    """All pending changes, under their final ``_seq``; what is staged is current.

    Raises:
        Suspended: a segment must be loaded to find a row's place, and the statement can still be
            run again. COMMIT of a block cannot wait, so it reads the segment in line.
    """
    if staged is not None:
        batch = staged.batch
    else:
        batch = WriteBatch()
        _drop_truncated(batch, transaction)
        for scope, rows in _kept_rows(transaction):
            _add_rows(batch, transaction, lookup, next_seq, scope, rows.items())
        for scope, entries in _kept_entries(transaction):
            _add_entries(batch, scope, entries.items())
    edit, dropped = transaction.pending_catalog, dropped_tables(transaction)
    _add_copied(batch, [each for each in transaction.copied if each.scope.table_id not in dropped])
    if edit is not None:
        _add_catalog(batch, edit)
    return batch


def dropped_tables(transaction: Transaction) -> frozenset[TableId]:
    """The tables that the transaction drops: of their rows nothing is written."""
    edit = transaction.pending_catalog
    if edit is None:
        return frozenset()
    return frozenset(relation.table_id for relation in edit.dropped)


def _drop_truncated(batch: WriteBatch, transaction: Transaction) -> None:
    for scope in transaction.truncated:
        batch.drop_scope(scope)


def _kept_rows(transaction: Transaction) -> Iterator[tuple[Scope, dict[bytes, PendingRow]]]:
    """The pending rows by scope, but for those of dropped tables."""
    dropped = dropped_tables(transaction)
    for scope, rows in transaction.overlay.items():
        if scope.table_id not in dropped:
            yield scope, rows


def _kept_entries(transaction: Transaction) -> Iterator[tuple[Scope, Entries]]:
    """The pending index entries by scope, but for those of dropped tables."""
    dropped = dropped_tables(transaction)
    for scope, entries in transaction.entries.items():
        if scope.table_id not in dropped:
            yield scope, entries


def _portions(pending: dict[bytes, T]) -> Iterator[list[tuple[bytes, T]]]:
    items = list(pending.items())
    for start in range(0, len(items), _PORTION_ROWS):
        yield items[start : start + _PORTION_ROWS]


def _add_rows(
    batch: WriteBatch,
    transaction: Transaction,
    lookup: Lookup,
    next_seq: Callable[[], int],
    scope: Scope,
    rows: Iterable[tuple[bytes, PendingRow]],
) -> None:
    is_explicit = transaction.is_explicit
    place_of = lookup.place_of_loading if is_explicit else lookup.place_of
    is_truncated = scope in transaction.truncated
    # Where nothing could run since the look-up, nothing has moved.
    manifest = lookup.manifest(scope) if transaction.takes_locks else None
    for key, pending in rows:
        place = pending.place
        if is_truncated:
            # A cold place is gone; what a rewrite put there (HOT) has been seen by others.
            place = place if isinstance(place, Home) else Home.NOWHERE
        elif manifest is not None and pending.manifest is not manifest:
            place = place_of(pending.table, scope, key)
        _add_row(batch, scope, key, pending, place, next_seq if is_explicit else None)


def _add_entries(
    batch: WriteBatch, scope: Scope, entries: Iterable[tuple[bytes, bytes | None]]
) -> None:
    for key, row_key in entries:
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

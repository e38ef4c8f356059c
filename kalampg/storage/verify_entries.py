"""Verification of index entries: each live row has its entries, and nothing else has any.

Both sides are added up first, so that sound scopes of any size take no memory; only where the sums
differ are the entries compared one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.relation import Relation
from kalampg.storage.index_keys import CompileFunction, entry_keys
from kalampg.storage.keys import Scope, prefix_end, row_prefix
from kalampg.storage.live_rows import LiveRows
from kalampg.storage.rocks import View
from kalampg.storage.segment_files import SegmentFiles
from kalampg.storage.snapshot import Snapshot

_ROWS: Final = 1_000
_SUM_BITS: Final = (1 << 64) - 1


class EntryVerification:
    """Verifies the entries of one table's scopes; ``view`` is of the snapshot's instant."""

    def __init__(
        self,
        snapshot: Snapshot,
        view: View,
        files: SegmentFiles,
        relation: Relation,
        compile_function: CompileFunction,
    ) -> None:
        self._snapshot = snapshot
        self._view = view
        self._files = files
        self._relation = relation
        self._indexes = entry_keys(relation, compile_function)
        self.verified = 0

    @property
    def has_indexes(self) -> bool:
        return bool(self._indexes)

    def problem(self, scope: Scope) -> str | None:
        """What is wrong with a scope's entries; None if nothing is. Blocks."""
        count, total = 0, 0
        for entry in self._expected(scope):
            count, total = count + 1, total + hash(entry) & _SUM_BITS
        stored, stored_total = 0, 0
        for entry in self._stored(scope):
            stored, stored_total = stored + 1, stored_total + hash(entry) & _SUM_BITS
        self.verified += stored
        if (count, total) == (stored, stored_total):
            return None
        expected, found = set(self._expected(scope)), set(self._stored(scope))
        missing, extra = len(expected - found), len(found - expected)
        return f"{missing} index entries are missing, {extra} lead to no such row"

    def _expected(self, scope: Scope) -> Iterator[tuple[bytes, bytes]]:
        live = LiveRows(self._snapshot, self._files, self._relation, scope)
        while rows := live.next_rows(_ROWS):
            for key, row in rows:
                for index in self._indexes:
                    entry = index.entry(row.values, key)
                    if entry is not None:
                        yield entry.key, key

    def _stored(self, scope: Scope) -> Iterator[tuple[bytes, bytes]]:
        """Entries of indexes that the table has; what a failed build left behind is nobody's."""
        for index in self._indexes:
            prefix = row_prefix(scope)
            start = prefix + index.prefix
            for entry, key in self._view.scan(start, prefix_end(start)):
                yield entry[len(prefix) :], key

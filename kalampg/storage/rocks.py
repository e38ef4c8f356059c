"""RocksDB: named families of ordered bytes with atomic batches. The only importer of rocksdict.

rocksdict 0.3.29 has three faults that this module keeps from everyone else, and its test watches:
``Snapshot``'s iterators read the present instead of the snapshot;
``ReadOptions.set_iterate_lower_bound`` sets the *upper* bound; and an iterator points into the
upper bound of its ``ReadOptions`` without keeping them alive, so that it may end anywhere. A plain
iterator is consistent as of the moment it was made and costs 0.4 µs, so a ``View`` is an iterator
that is sought again for each read; lower bounds are start keys.

Invariants:
    - A written batch is visible at once and in the write-ahead log; ``sync`` makes it durable.
    - A View shows one instant for as long as it is kept, in any thread.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from rocksdict import (
    AccessType,
    BlockBasedOptions,
    Cache,
    Checkpoint,
    ColumnFamily,
    CompactOptions,
    Options,
    Rdict,
    RdictIter,
    ReadOptions,
)
from rocksdict import WriteBatch as RocksBatch

from kalampg import errors

Family: TypeAlias = Literal[
    "rows", "segments", "marks", "unique", "catalog", "jobs", "sequences", "meta"
]
FAMILIES: Final[tuple[Family, ...]] = (
    "rows",
    "segments",
    "marks",
    "unique",
    "catalog",
    "jobs",
    "sequences",
    "meta",
)
# Ten bits a key answer 99 % of the probes for absent keys (each INSERT makes one) without a block.
_BLOOM_BITS_PER_KEY: Final = 10
# Logs are replayed at start-up; past this size RocksDB writes memtables out to drop old ones.
_WAL_BYTES_MAX: Final = 256 * 1024 * 1024
# Memtables of all families together: what a burst of writes, or a flush's million deletes, takes of
# memory before RocksDB writes it out. Its own default is 64 MiB for each family.
_MEMTABLES_BYTES_MAX: Final = 32 * 1024 * 1024
_LOG_FILES_KEPT: Final = 4
# A View hands rows out in portions, so that several scans may share its one iterator. The first is
# small because most scans in key order are pages of a few rows.
_FIRST_PORTION_ROWS: Final = 32
_PORTION_ROWS: Final = 512


class View:
    """What a family held at the moment the view was made. Close it: it holds on to old data."""

    def __init__(self, iterator: RdictIter) -> None:
        self._iterator: RdictIter | None = iterator
        self._is_lost = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the instant, also for scans that have not come to their end. Idempotent."""
        with self._lock:
            self._iterator = None

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            iterator = self._opened()
            iterator.seek(key)
            if iterator.valid() and iterator.key() == key:
                value: bytes = iterator.value()
                return value
        return None

    def first_at_or_after(self, key: bytes) -> bytes | None:
        """Return the smallest key that is not below ``key``."""
        with self._lock:
            iterator = self._opened()
            iterator.seek(key)
            if not iterator.valid():
                return None
            found: bytes = iterator.key()
            return found

    def scan(
        self, lower: bytes, upper: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the entries of ``lower <= key < upper`` in key order, or backwards."""
        rows_max = _FIRST_PORTION_ROWS
        while True:
            if reverse:
                portion = self._portion_down(lower, upper, rows_max)
            else:
                portion = self._portion_up(lower, upper, rows_max)
            yield from portion
            if len(portion) < rows_max:
                return
            rows_max = _PORTION_ROWS
            if reverse:
                upper = portion[-1][0]
            else:
                lower = portion[-1][0] + b"\0"

    def _portion_up(
        self, lower: bytes, upper: bytes | None, rows_max: int
    ) -> list[tuple[bytes, bytes]]:
        portion: list[tuple[bytes, bytes]] = []
        with self._lock:
            iterator = self._opened()
            iterator.seek(lower)
            while len(portion) < rows_max and iterator.valid():
                key = iterator.key()
                if upper is not None and key >= upper:
                    return portion
                portion.append((key, iterator.value()))
                iterator.next()
            if not iterator.valid():
                iterator.status()  # raises if the end is a read error, not the end
        return portion

    def _portion_down(
        self, lower: bytes, upper: bytes | None, rows_max: int
    ) -> list[tuple[bytes, bytes]]:
        portion: list[tuple[bytes, bytes]] = []
        with self._lock:
            iterator = self._opened()
            if upper is None:
                iterator.seek_to_last()
            else:
                iterator.seek_for_prev(upper)
                if iterator.valid() and iterator.key() == upper:
                    iterator.prev()
            while len(portion) < rows_max and iterator.valid():
                key = iterator.key()
                if key < lower:
                    return portion
                portion.append((key, iterator.value()))
                iterator.prev()
            if not iterator.valid():
                iterator.status()
        return portion

    def lose(self) -> None:
        """The database is opened anew: whoever still reads learns that the instant is gone."""
        self._is_lost = True
        self.close()

    def _opened(self) -> RdictIter:
        if self._is_lost:
            raise errors.DiskFull(
                "the disk was full and the rows were opened anew", hint="Run the statement again."
            )
        assert self._iterator is not None, "a closed view is not read"
        return self._iterator


class Rocks:
    """One open RocksDB."""

    def __init__(self, path: Path, *, block_cache_bytes: int, is_read_only: bool = False) -> None:
        """Read only, nothing that counts is written below ``path``: what is logged is replayed."""
        self._path = path
        self._is_read_only = is_read_only
        self._block_cache_bytes = block_cache_bytes
        # What reads the database, and keeps it open: somebody may hold on to what is abandoned.
        self._views: weakref.WeakSet[View] = weakref.WeakSet()
        self._scans: weakref.WeakSet[Generator[tuple[bytes, bytes]]] = weakref.WeakSet()
        self._open()

    def _open(self) -> None:
        cache = Cache(self._block_cache_bytes)
        self._db = Rdict(
            str(self._path),
            _db_options(),
            {name: _family_options(cache) for name in FAMILIES},
            AccessType.read_only() if self._is_read_only else AccessType.read_write(),
        )
        self._families = {name: self._db.get_column_family(name) for name in FAMILIES}
        self._handles = {name: self._db.get_column_family_handle(name) for name in FAMILIES}
        # Bound once: the hot path is one call into the library.
        self.get_row = self._families["rows"].get

    def get(self, family: Family, key: bytes) -> bytes | None:
        value: bytes | None = self._families[family].get(key)
        return value

    def scan(
        self, family: Family, lower: bytes, upper: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the present entries of ``lower <= key < upper`` in key order, or backwards."""
        if reverse or upper is None:
            return self.view(family).scan(lower, upper, reverse=reverse)
        scan = _scan_up(self._families[family], lower, upper)
        self._scans.add(scan)
        return scan

    def view(self, family: Family) -> View:
        view = View(self._families[family].iter())
        self._views.add(view)
        return view

    def new_batch(self) -> Batch:
        return Batch(self._handles)

    def is_of_this_opening(self, batch: Batch) -> bool:
        """Whether the batch may still be written; not after ``reopen``."""
        return batch.handles is self._handles

    def write(self, batch: Batch) -> None:
        """Apply a batch: atomic, visible at once, logged but not yet durable."""
        self._db.write(batch.raw)

    def sync(self) -> None:
        """Make everything written so far durable (fdatasync of the write-ahead log)."""
        try:
            self._db.flush_wal(True)
        except Exception as failure:  # rocksdict raises bare Exceptions
            # So it says when a write has failed before, though what came before that is whole.
            if "previous error" not in str(failure):
                raise
            self._sync_files()

    def _sync_files(self) -> None:
        """Sync the log's files: whole but for the write that failed, which a replay leaves out.

        Raises:
            OSError: it may not be durable.
        """
        for log in self._path.glob("*.log"):
            descriptor = os.open(log, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def checkpoint(self, target: Path) -> None:
        """Make a database of this moment, on the same file system. Blocks; may run in any thread.

        It shares the files that never change, so that it takes little time and room.

        Raises:
            Exception: ``target`` exists, or cannot be written.
        """
        Checkpoint(self._db).create_checkpoint(str(target))

    def log_bytes(self) -> int:
        """What a ``reopen`` replays, and writes into tables."""
        return sum(log.stat().st_size for log in self._path.glob("*.log"))

    def level0_files(self) -> int:
        """Files of rows that wait for a merge; RocksDB slows writes down by itself at 20."""
        count = self._families["rows"].property_int_value("rocksdb.num-files-at-level0")
        return int(count or 0)

    def reopen(self) -> None:
        """Open the database anew: after a write has failed it takes no more. Blocks.

        What was written is replayed and is in synced tables when this returns. Open views are lost.

        Raises:
            Exception: it cannot be opened; nothing can be read either then.
        """
        for view in list(self._views):
            view.lose()
        self.close()
        self._open()

    def compact(self, family: Family, begin: bytes, end: bytes | None) -> None:
        """Drop what deleted keys of a range left behind. Slow; for worker threads."""
        self._families[family].compact_range(begin, end, CompactOptions())

    def close(self) -> None:
        """Let go of the files. Nothing is written for it: what counts was synced before."""
        del self.get_row
        for view in list(self._views):
            view.close()
        for scan in list(self._scans):
            scan.close()
        for opened in (*self._families.values(), self._db):
            # After a failed write RocksDB says again that it has failed.
            with contextlib.suppress(Exception):
                opened.close()
        self._families.clear()
        self._handles.clear()  # also those of batches, which keep the database open
        del self._db


class Batch:
    """Puts and deletes that are written as one."""

    def __init__(self, handles: dict[Family, ColumnFamily]) -> None:
        self.raw = RocksBatch(raw_mode=True)
        self.handles = handles

    def put(self, family: Family, key: bytes, value: bytes) -> None:
        self.raw.put(key, value, self.handles[family])

    def delete(self, family: Family, key: bytes) -> None:
        self.raw.delete(key, self.handles[family])

    def delete_range(self, family: Family, begin: bytes, end: bytes) -> None:
        """Delete ``begin <= key < end``."""
        self.raw.delete_range(begin, end, self.handles[family])


def _scan_up(family: Rdict, lower: bytes, upper: bytes) -> Generator[tuple[bytes, bytes]]:
    # With the bound the iterator does not walk over deleted keys of the ranges behind. ``options``
    # must outlive the iterator, and this frame sees to it.
    options = ReadOptions()
    options.set_iterate_upper_bound(upper)
    items = cast("Iterator[tuple[bytes, bytes]]", family.items(from_key=lower, read_opt=options))
    for entry in items:
        if entry[0] >= upper:
            return
        yield entry


def _db_options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.create_missing_column_families(True)
    options.set_max_total_wal_size(_WAL_BYTES_MAX)
    options.set_db_write_buffer_size(_MEMTABLES_BYTES_MAX)
    options.set_keep_log_file_num(_LOG_FILES_KEPT)
    return options


def _family_options(cache: Cache) -> Options:
    blocks = BlockBasedOptions()
    blocks.set_block_cache(cache)
    blocks.set_bloom_filter(_BLOOM_BITS_PER_KEY, False)
    options = Options(raw_mode=True)
    options.set_block_based_table_factory(blocks)
    return options

"""SegmentFetches: segments of remote storages are brought to the cache in threads of their own.

Who waits for a storage waits here, and for that storage only: DuckDB's connections, the threads
that load segments and the readers of everything that is at hand go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from kalampg.storage.segment import Segment
from kalampg.storage.segment_files import SegmentFiles, SegmentLeases

# Requests of one storage at a time: objects are small beside the time that a store takes to answer.
THREADS_PER_STORAGE: Final = 8


class SegmentFetches:
    """Belongs to the event loop's thread. Threads are those of storages that were read so far."""

    def __init__(self, files: SegmentFiles) -> None:
        self._files = files
        self._threads: dict[str, ThreadPoolExecutor] = {}

    async def bring(self, segments: Iterable[Segment], leases: SegmentLeases) -> None:
        """Have the segments at hand until ``leases`` is closed. The caller holds a snapshot.

        Raises:
            IoError: 58030, a storage cannot be read.

        Cancellation: what is on its way comes to its end, and is released then.
        """
        loop = asyncio.get_running_loop()
        coming = [
            loop.run_in_executor(self._threads_of(segment.storage_id), leases.root_of, segment)
            for segment in segments
            if not self._files.is_at_hand(segment)
        ]
        if coming:
            await asyncio.gather(*coming)

    def close(self) -> None:
        """Wait for what is on its way. Statements must have ended."""
        for threads in self._threads.values():
            threads.shutdown(wait=True, cancel_futures=True)

    def _threads_of(self, storage_id: str) -> ThreadPoolExecutor:
        threads = self._threads.get(storage_id)
        if threads is None:
            name = f"fetch {storage_id}"
            threads = ThreadPoolExecutor(THREADS_PER_STORAGE, thread_name_prefix=name)
            self._threads[storage_id] = threads
        return threads

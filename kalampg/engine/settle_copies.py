"""Settling: copied rows that a later statement of the same block may read become pending rows.

Segments of an uncommitted COPY are in no manifest, so nothing finds their rows. COMMIT right after
the COPY needs nobody to find them; any other statement has them put where it looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from kalampg import errors
from kalampg.engine.copied_rows import CopiedRows
from kalampg.engine.copy_segments import CopyTools
from kalampg.engine.transaction import Home, PendingRow, Transaction
from kalampg.storage.row_groups import read_row_groups
from kalampg.storage.segments import SegmentColumns

# Decoded and put between two turns of others: about 10 ms.
_ROWS_PER_TURN = 1_000


async def settle_copies(transaction: Transaction, tools: CopyTools) -> None:
    """Make pending rows of everything copied. The scopes are locked since.

    Raises:
        OutOfMemory: 53200, they are too many; the copied rows stay what they are.

    Cancellation: as a failure, the copied rows stay what they are.
    """
    position = transaction.position()
    try:
        for copied in transaction.copied:
            for each in copied.segments:
                groups = read_row_groups(tools.store.files, each.segment, copied.table.relation)
                await _put_groups(transaction, tools, copied, groups)
    except errors.OutOfMemory as refusal:
        transaction.undo_to(position)
        refusal.hint = "COMMIT before you use the copied rows, or copy them in smaller portions."
        raise
    except BaseException:
        transaction.undo_to(position)
        raise
    transaction.copied.clear()


async def _put_groups(
    transaction: Transaction,
    tools: CopyTools,
    copied: CopiedRows,
    groups: Iterator[SegmentColumns],
) -> None:
    loop = asyncio.get_running_loop()
    manifest = tools.lookup.manifest(copied.scope)
    revived = frozenset(copied.revived)
    while True:
        group = await loop.run_in_executor(tools.workers, partial(next, groups, None))
        if group is None:
            return
        keys = group.keys()
        for start in range(0, group.rows, _ROWS_PER_TURN):
            rows = group.stored_rows(start, min(_ROWS_PER_TURN, group.rows - start))
            for key, row in zip(keys[start : start + len(rows)], rows, strict=True):
                place = Home.HOT if key in revived else Home.NOWHERE
                transaction.put(copied.scope, key, PendingRow(copied.table, row, place, manifest))
            await asyncio.sleep(0)

"""Flush states as rows of ``system.flush_status`` and ``system.alerts``.

The rows begin with a table's id: the relations know its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from kalampg.jobs.auto_flush import AutoFlush
from kalampg.relation import Datum


def flush_status_rows(flushes: AutoFlush) -> Iterator[tuple[Datum, ...]]:
    for table in flushes.ledger.tables():
        history = flushes.history(table.table_id)
        next_us, reason = flushes.ledger.status(table)
        yield (
            table.table_id,
            table.hot_rows,
            table.hot_bytes,
            table.rows_since_flush,
            table.user_count,
            history.last_flush_us,
            history.last_rows,
            history.last_duration_ms,
            history.last_result,
            None if next_us is None else flushes.wall_us(next_us),
            None if reason is None else reason.value,
            history.flush_count,
            history.failures,
            flushes.ledger.is_paused_for(table),
        )


def alert_rows(flushes: AutoFlush) -> Iterator[tuple[Datum, ...]]:
    for table in flushes.ledger.tables():
        history = flushes.history(table.table_id)
        if history.alert_raised_us is not None:
            yield (
                table.table_id,
                f"flush-{table.table_id}",
                "flush",
                "error",
                history.alert_failures,
                history.alert_error,
                history.alert_raised_us,
                history.alert_updated_us,
                history.alert_resolved_us,
            )

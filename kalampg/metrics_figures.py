"""The figures that the metrics tell, read from those who own them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kalampg.catalog import CatalogHolder
from kalampg.jobs import Background
from kalampg.metrics import Figures, TableFigures
from kalampg.net.listener import Listener
from kalampg.storage import DurabilityGate


def figures_of(
    listener: Listener, gate: DurabilityGate, catalog: CatalogHolder, background: Background
) -> Figures:
    """One moment of a server. Belongs to the event loop's thread."""
    return Figures(
        connections=listener.connections,
        log_written=gate.written,
        log_synced=gate.synced,
        disk_free_bytes=background.pressure_watch.free_bytes,
        write_delay_s=background.pressure.delay_s,
        tables=tuple(_tables(catalog, background)),
        jobs={
            (kind.value, status.value): count
            for (kind, status), count in background.scheduler.counts().items()
        },
        alerts=Counter(
            str(kind) for _, _, kind, *_, resolved in background.rows.alerts() if resolved is None
        ),
    )


def _tables(catalog: CatalogHolder, background: Background) -> Iterator[TableFigures]:
    flushes = background.flushes
    for waiting in flushes.ledger.tables():
        table = catalog.current.table_by_id(waiting.table_id)
        if table is not None:
            history = flushes.history(waiting.table_id)
            yield TableFigures(
                table.qualified_name,
                hot_rows=waiting.hot_rows,
                hot_bytes=waiting.hot_bytes,
                flushes=history.flush_count,
                failures=history.failures,
                is_paused=flushes.ledger.is_paused_for(waiting),
            )

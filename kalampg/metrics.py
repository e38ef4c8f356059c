"""Metrics: what an operator's Prometheus reads from a running server, over HTTP.

The figures are read when they are asked for, from those who own them, so serving clients costs
nothing. Owners belong to the event loop's thread; the HTTP server has a thread of its own and asks
the loop for one snapshot a scrape.

Invariants:
    - Names of users, and anything that a user wrote, are in no metric.
    - A scrape holds at most ``tables_max`` tables, the ones with most hot bytes; ``kalampg_hot_*``
      without a table count all of them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kalampg import __version__

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

# A loop that does not answer a scrape for so long has a problem that an empty scrape tells better.
SCRAPE_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class TableFigures:
    """What waits in one table. ``failures`` counts failed flushes in a row."""

    name: str
    hot_rows: int
    hot_bytes: int
    flushes: int
    failures: int
    is_paused: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """One moment of a server: jobs by (kind, status), open alerts by kind."""

    connections: int
    log_written: int
    log_synced: int
    disk_free_bytes: int
    write_delay_s: float
    tables: tuple[TableFigures, ...]
    jobs: Mapping[tuple[str, str], int]
    alerts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Where to answer, and how many tables to name; port 0 answers nowhere."""

    host: str = "127.0.0.1"
    port: int = 0
    tables_max: int = 1000


class MetricsEndpoint:
    """Owns the HTTP server. Opened and closed on the event loop, whose thread ``read`` runs in."""

    def __init__(self, settings: MetricsSettings, read: Callable[[], Figures]) -> None:
        self._settings = settings
        self._read = read
        self._server: WSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int | None:
        """Where it answers; None while closed."""
        return None if self._server is None else self._server.server_port

    def open(self) -> None:
        """Start to answer.

        Raises:
            OSError: the address is in use or not ours.
        """
        if self._settings.port == 0:
            return
        registry = CollectorRegistry()
        loop = asyncio.get_running_loop()
        registry.register(_ServerCollector(loop, self._read, self._settings.tables_max))
        self._server, self._thread = start_http_server(
            self._settings.port, self._settings.host, registry
        )

    async def close(self) -> None:
        """Stop answering; a scrape that is under way ends first. Idempotent."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is None or thread is None:
            return
        # The scrape under way may need this loop to answer, so the loop must not wait for it.
        await asyncio.get_running_loop().run_in_executor(None, _stop, server, thread)


def _stop(server: WSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()


class _ServerCollector(Collector):
    """Turns one snapshot into metric families, in the HTTP server's thread."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, read: Callable[[], Figures], tables_max: int
    ) -> None:
        self._loop = loop
        self._read = read
        self._tables_max = tables_max

    def describe(self) -> Iterable[Metric]:
        """Nothing is read when the collector is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        answer = asyncio.run_coroutine_threadsafe(self._snapshot(), self._loop)
        try:
            figures = answer.result(SCRAPE_TIMEOUT_S)
        except (TimeoutError, CancelledError):
            answer.cancel()
            yield GaugeMetricFamily("kalampg_up", "Whether the server answered.", value=0)
            return
        yield from families(figures, self._tables_max)

    async def _snapshot(self) -> Figures:
        return self._read()


def families(figures: Figures, tables_max: int) -> Iterator[Metric]:
    """The metric families of one moment."""
    yield GaugeMetricFamily("kalampg_up", "Whether the server answered.", value=1)
    build = GaugeMetricFamily("kalampg_build", "The version that runs.", labels=("version",))
    build.add_metric((__version__,), 1)
    yield build
    yield GaugeMetricFamily(
        "kalampg_connections", "Clients that have a session.", value=figures.connections
    )
    yield CounterMetricFamily(
        "kalampg_log_commits_written", "Commits in the log.", value=figures.log_written
    )
    yield CounterMetricFamily(
        "kalampg_log_commits_synced", "Commits known to be on disk.", value=figures.log_synced
    )
    yield GaugeMetricFamily(
        "kalampg_disk_free_bytes", "Space for the data directory.", value=figures.disk_free_bytes
    )
    yield GaugeMetricFamily(
        "kalampg_write_delay_seconds", "What a write waits now.", value=figures.write_delay_s
    )
    jobs = GaugeMetricFamily("kalampg_jobs", "Jobs remembered.", labels=("kind", "status"))
    for kind_and_status, count in sorted(figures.jobs.items()):
        jobs.add_metric(kind_and_status, count)
    yield jobs
    alerts = GaugeMetricFamily("kalampg_alerts", "Alerts that are open.", labels=("kind",))
    for kind, count in sorted(figures.alerts.items()):
        alerts.add_metric((kind,), count)
    yield alerts
    yield from _table_families(figures.tables, tables_max)


def _table_families(tables: tuple[TableFigures, ...], tables_max: int) -> Iterator[Metric]:
    hot_rows = sum(table.hot_rows for table in tables)
    hot_bytes = sum(table.hot_bytes for table in tables)
    yield GaugeMetricFamily("kalampg_hot_rows", "Rows that wait for a flush.", value=hot_rows)
    yield GaugeMetricFamily("kalampg_hot_bytes", "Bytes that wait for a flush.", value=hot_bytes)
    label = ("table",)
    rows = GaugeMetricFamily("kalampg_table_hot_rows", "Rows of a table that wait.", labels=label)
    size = GaugeMetricFamily("kalampg_table_hot_bytes", "Bytes of a table that wait.", labels=label)
    flushes = CounterMetricFamily("kalampg_table_flushes", "Flushes that ended.", labels=label)
    failures = GaugeMetricFamily(
        "kalampg_table_flush_failures", "Failed flushes of a table in a row.", labels=label
    )
    paused = GaugeMetricFamily(
        "kalampg_table_flush_paused", "Whether flushes of a table are paused.", labels=label
    )
    for table in sorted(tables, key=lambda table: (-table.hot_bytes, table.name))[:tables_max]:
        name = (table.name,)
        rows.add_metric(name, table.hot_rows)
        size.add_metric(name, table.hot_bytes)
        flushes.add_metric(name, table.flushes)
        failures.add_metric(name, table.failures)
        paused.add_metric(name, table.is_paused)
    yield from (rows, size, flushes, failures, paused)

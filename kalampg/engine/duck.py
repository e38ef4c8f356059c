"""DuckDB: one locked-down in-memory database, its connections, and the streams of their results.

The only module that imports duckdb. It runs queries that ``kalampg.sql.rewrite`` wrote, over scans
that ``kalampg.engine.scan`` composed, in a bounded pool of worker threads.

Invariants:
    - The configuration is locked before the first query: no file outside the scan directories, no
      extension, no setting but TimeZone can be reached; ``Duck`` refuses to start otherwise.
    - Only a single SELECT is ever run: everything else is refused by its statement type.
    - A connection is used by one query at a time, and an open result owns its connection.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling

from kalampg import errors
from kalampg.builtins import BUILTINS
from kalampg.engine.bound_scan import BoundScan
from kalampg.engine.duck_errors import translate
from kalampg.engine.duck_stream import DuckStream
from kalampg.engine.macros import MACROS

__all__ = [
    "REGISTERED_TABLES_MAX",
    "Duck",
    "DuckConnection",
    "DuckSettings",
    "DuckStream",
    "compose",
]

T = TypeVar("T")

# Rows that one hop encodes: 16 DuckDB vectors. Larger batches delay the first byte, smaller ones
# pay the hop (about 30 us) more often.
BATCH_ROWS: Final = 32_768
# Registered Arrow tables are cheap views, but each keeps its table alive.
REGISTERED_TABLES_MAX: Final = 32
STATEMENTS_CHECKED_MAX: Final = 4_096

_SETTINGS: Final = (
    "SET GLOBAL integer_division = true",
    "SET GLOBAL default_null_order = 'nulls_last_on_asc_first_on_desc'",
    "SET GLOBAL TimeZone = 'UTC'",
    "SET allowed_configs = ['TimeZone']",
)
# Statements that must fail once the database is locked: one for each way out of it.
_FORBIDDEN: Final = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/*')",
    "COPY (SELECT 1) TO '/tmp/kalampg-escape.csv'",
    "ATTACH '/tmp/kalampg-escape.db'",
    "EXPORT DATABASE '/tmp/kalampg-escape'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET memory_limit = '100GB'",
    "SET allowed_directories = ['/']",
    "PRAGMA enable_profiling",
    "SELECT getenv('HOME')",
)


@dataclass(frozen=True, slots=True)
class DuckSettings:
    """Limits of the query engine.

    ``connections`` is the number of worker threads and of idle connections kept. ``queue_max``
    bounds the queries that wait for a worker, ``results_max`` the results that are open at once (a
    portal that its client has not read to the end holds a connection, not a worker).
    """

    connections: int = 4
    queue_max: int = 256
    results_max: int = 256
    threads: int = 2
    memory_limit: str = "1GB"
    scan_directories: tuple[Path, ...] = ()
    temp_directory: Path | None = None


# Told how many rows and bytes of a query have come; raises when they are too many.
CheckRoom: TypeAlias = Callable[[int, int], None]


class DuckConnection:
    """One DuckDB connection. Its methods block: call them in a worker thread only.

    ``interrupt`` alone may be called from any thread.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._timezone = "UTC"
        self._tables: OrderedDict[str, pa.Table] = OrderedDict()

    def set_timezone(self, timezone: str) -> None:
        """Make ``timezone`` the session's; free when it is already."""
        if timezone == self._timezone:
            return
        quoted = timezone.replace("'", "''")
        with _translated():
            self._cursor.execute(f"SET TimeZone = '{quoted}'")
        self._timezone = timezone

    def bind_table(self, name: str, table: pa.Table) -> str:
        """Make an Arrow table readable as ``name``; free when it is that table already."""
        if self._tables.get(name) is not table:
            self._cursor.register(name, table)
            self._tables[name] = table
        self._tables.move_to_end(name)
        return name

    def bind_scans(self, scans: Sequence[BoundScan]) -> None:
        """Bind every table of the scans of one query, and forget those of long ago."""
        bound = [
            self.bind_table(name, table) for scan in scans for name, table in scan.tables.items()
        ]
        # Never one of this query's, which are the newest, however many they are.
        while len(self._tables) > max(REGISTERED_TABLES_MAX, len(bound)):
            oldest, _ = self._tables.popitem(last=False)
            self._cursor.unregister(oldest)

    def reader(self, sql: str, params: Mapping[str, Any]) -> pa.RecordBatchReader:
        """Run a query; its rows come while they are read."""
        with _translated():
            relation = self._cursor.sql(sql, params=dict(params) or None)
            return relation.to_arrow_reader(BATCH_ROWS)

    def execute_arrow(
        self, sql: str, params: Mapping[str, Any], check: CheckRoom | None = None
    ) -> pa.Table:
        """Run a query to its end; ``check`` may end it while its rows come."""
        reader = self.reader(sql, params)
        if check is None:
            with _translated():
                return reader.read_all()
        batches: list[pa.RecordBatch] = []
        rows = size_bytes = 0
        try:
            while True:
                with _translated():
                    batch = next(reader, None)
                if batch is None:
                    return pa.Table.from_batches(batches, reader.schema)
                batches.append(batch)
                rows += batch.num_rows
                size_bytes += batch.nbytes
                check(rows, size_bytes)
        finally:
            reader.close()  # or the connection takes no other query

    def describe(self, sql: str, params: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The names and DuckDB types of a query's columns, without running it."""
        with _translated():
            relation = self._cursor.sql(sql, params=dict(params) or None)
            types = [str(kind) for kind in relation.types]
            return list(zip(relation.columns, types, strict=True))

    def interrupt(self) -> None:
        """Make the query that runs now fail with 57014."""
        self._cursor.interrupt()

    def close(self) -> None:
        self._tables.clear()
        self._cursor.close()


class Duck:
    """The query engine. One per server; used on its event loop, except where a method says so."""

    def __init__(self, settings: DuckSettings) -> None:
        self._settings = settings
        self._database = _open(settings)
        self._idle: deque[DuckConnection] = deque()
        self._opening = threading.Lock()
        self._connections_open = 0
        self._waiting = 0
        self._checked: OrderedDict[str, None] = OrderedDict()
        self._workers = ThreadPoolExecutor(settings.connections, thread_name_prefix="duck")

    def run(
        self,
        parts: Sequence[str],
        scans: Sequence[BoundScan],
        params: Mapping[str, Any],
        timezone: str,
    ) -> DuckStream:
        """A query's rows. Nothing happens before the first ``next`` of the stream."""
        sql = compose(parts, scans)
        return DuckStream(self, sql, scans, _all_params(scans, params), timezone)

    async def describe(
        self,
        parts: Sequence[str],
        scans: Sequence[BoundScan],
        params: Mapping[str, Any],
        timezone: str = "UTC",
    ) -> list[tuple[str, str]]:
        """The names and DuckDB types of the columns; ``params`` are samples of the right types."""
        sql = compose(parts, scans)

        def work(connection: DuckConnection) -> list[tuple[str, str]]:
            self.check_statement(sql)
            connection.set_timezone(timezone)
            connection.bind_scans(scans)
            return connection.describe(sql, _all_params(scans, params))

        return await self.run_in_worker(work)

    async def run_in_worker(self, work: Callable[[DuckConnection], T]) -> T:
        """Run ``work`` with a connection of its own in a worker thread.

        When the caller is cancelled, the query is interrupted and its end awaited.
        """
        connection = self.take()
        try:
            return await self.hop(connection, partial(work, connection))
        finally:
            self.give_back(connection)

    async def hop(self, connection: DuckConnection, work: Callable[[], T]) -> T:
        """Run ``work``, which uses ``connection``, in a worker thread."""
        if self._waiting >= self._settings.queue_max + self._settings.connections:
            raise errors.ConfigurationLimitExceeded(
                "too many queries are waiting", hint="Raise duck.queue_max or duck.connections."
            )
        self._waiting += 1
        job = self._workers.submit(work)
        future = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if job.cancel():  # No worker had begun it.
                raise
            while not future.done():
                connection.interrupt()
                await asyncio.wait([future], timeout=0.05)
            if not future.cancelled():
                future.exception()  # Seen: the cancellation is what the caller learns.
            raise
        finally:
            self._waiting -= 1

    @contextmanager
    def connection(self) -> Iterator[DuckConnection]:
        """A connection for code that already runs in a worker thread."""
        connection = self.take()
        try:
            yield connection
        finally:
            self.give_back(connection)

    def take(self) -> DuckConnection:
        """A connection that nobody else uses. Any thread."""
        try:
            return self._idle.pop()
        except IndexError:
            pass
        with self._opening:
            if self._connections_open >= self._settings.results_max:
                raise errors.ConfigurationLimitExceeded(
                    "too many open results", hint="Raise duck.results_max, or close portals."
                )
            self._connections_open += 1
            return DuckConnection(self._database.cursor())

    def give_back(self, connection: DuckConnection) -> None:
        """End the use of a connection. Any thread."""
        if len(self._idle) < self._settings.connections:
            self._idle.append(connection)
            return
        with self._opening:
            self._connections_open -= 1
        connection.close()

    @staticmethod
    def translated() -> AbstractContextManager[None]:
        """What DuckDB raises inside becomes PostgreSQL's condition."""
        return _translated()

    def check_statement(self, sql: str) -> None:
        """Refuse a text that is anything but one SELECT. Checked texts are remembered."""
        if sql in self._checked:
            return
        with _translated():
            statements = self._database.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise errors.InternalError("only a single query can be executed")
        self._checked[sql] = None
        if len(self._checked) > STATEMENTS_CHECKED_MAX:
            self._checked.popitem(last=False)

    def close(self) -> None:
        """Interrupt nothing, wait for running queries, free everything. Idempotent."""
        self._workers.shutdown(wait=True)
        while self._idle:
            self._idle.pop().close()
        self._database.close()


def compose(parts: Sequence[str], scans: Sequence[BoundScan]) -> str:
    """The text of a query with its scans put in."""
    assert len(parts) == len(scans) + 1
    pieces = [parts[0]]
    for scan, part in zip(scans, parts[1:], strict=True):
        pieces += (scan.text, part)
    return "".join(pieces)


def _all_params(scans: Sequence[BoundScan], params: Mapping[str, Any]) -> dict[str, Any]:
    everything = dict(params)
    for scan in scans:
        everything.update(scan.params)
    return everything


@contextmanager
def _translated() -> Iterator[None]:
    """DuckDB's exceptions, and Arrow's that carry one, become PostgreSQL's conditions."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, RuntimeError) as error:
        raise translate(error) from error


def _open(settings: DuckSettings) -> duckdb.DuckDBPyConnection:
    """Open the database, give it PostgreSQL's meanings, lock it, and prove that it is locked."""
    temp = "" if settings.temp_directory is None else str(settings.temp_directory)
    database = duckdb.connect(
        ":memory:",
        config={
            "threads": settings.threads,
            "memory_limit": settings.memory_limit,
            "temp_directory": temp,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        },
    )
    _create_builtins(database)
    for statement in (*_SETTINGS, *MACROS):
        database.execute(statement)
    directories = ", ".join(
        "'" + str(path).replace("'", "''") + "/'" for path in settings.scan_directories
    )
    database.execute(f"SET allowed_directories = [{directories}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    _assert_locked(database)
    return database


def _create_builtins(database: duckdb.DuckDBPyConnection) -> None:
    """Make the functions of ``kalampg.builtins`` known; every cursor of the database has them."""
    for builtin in BUILTINS:
        database.create_function(
            builtin.name,
            builtin.raising(),
            list(builtin.arguments),
            builtin.result,
            # Otherwise no result may be NULL.
            null_handling=FunctionNullHandling.SPECIAL,
        )


def _assert_locked(database: duckdb.DuckDBPyConnection) -> None:
    """Try every way out; each must fail."""
    for statement in _FORBIDDEN:
        cursor = database.cursor()
        try:
            cursor.execute(statement)
        except duckdb.Error:
            continue
        finally:
            cursor.close()
        raise errors.InternalError(f"DuckDB is not locked down: {statement} succeeded")

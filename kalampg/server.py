"""Server: builds the layers bottom-up, runs them, and stops them top-down. No logic of its own.

Shutdown: SIGTERM refuses newcomers (57P03), lets running transactions end within
``server.shutdown_grace_seconds``, ends the rest (57P01), then the jobs within
``flush.job_shutdown_timeout_seconds``, then the store. SIGINT does the same without the grace.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import structlog
import uvloop

from kalampg import __version__, errors
from kalampg.auth import AuditLog, Authenticator
from kalampg.auth.passwords import verifier_of
from kalampg.auth.root_password import choose_root_password
from kalampg.catalog import Catalog, CatalogHolder, bootstrap, load
from kalampg.clock import SystemClock
from kalampg.config import Config
from kalampg.engine import Duck, Executor
from kalampg.failpoints import NO_FAILPOINTS, ArmedFailpoint, Failpoints
from kalampg.jobs import Background
from kalampg.log import configure_logging
from kalampg.metrics import MetricsEndpoint
from kalampg.metrics_figures import figures_of
from kalampg.net.listener import Listener
from kalampg.net.seams import AuthenticatedStartup, SessionLike
from kalampg.net.tls import ServerTls, load_or_create_tls, load_tls
from kalampg.server_settings import (
    background_settings,
    duck_settings,
    executor_settings,
    listener_settings,
    metrics_settings,
    request_limits,
    store_settings,
)
from kalampg.session import (
    ClientLink,
    Compilation,
    SessionServices,
    dropped_role,
    open_session,
)
from kalampg.sql import Compiler
from kalampg.storage import (
    CredentialVault,
    ObjectStores,
    Storage,
    StorageOperations,
    Store,
    WriteBatch,
)
from kalampg.tasks import TaskOwner

# A crash test arms one fail point in a child process: "name" or "name:nth".
FAILPOINT_VARIABLE: Final = "KALAMPG_FAILPOINT"

# Storages that are checked at a time; one that hangs must not hold up the jobs.
PROBE_THREADS: Final = 2
# How long a query's worker that runs functions in Python may keep the interpreter from the event
# loop: at the default, 5 ms, reads by key beside to_char of many rows took 11 ms, not 4 (p95).
_SWITCH_INTERVAL_S: Final = 0.0005

_log = structlog.get_logger(__name__)


class StartupError(Exception):
    """The server cannot start; the text is one line for the operator."""


def run(config: Config) -> int:
    """Serve until a signal comes; return the exit code.

    Raises:
        StartupError: the server could not start; nothing is left running.
    """
    configure_logging(config.logging.level, config.logging.format)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(config))
    return 0


async def serve(config: Config) -> None:
    """Open everything, serve, close everything."""
    _check_port(config.server.host, config.server.port)
    clock = SystemClock()
    with _open_store(config, clock) as store:
        catalog = CatalogHolder(_load_catalog(store, config.data_dir, clock))
        store.gate.attach(asyncio.get_running_loop())
        await _serve_store(config, clock, store, catalog)


async def _serve_store(
    config: Config, clock: SystemClock, store: Store, catalog: CatalogHolder
) -> None:
    tasks = TaskOwner(_log_failure)
    duck = Duck(duck_settings(config, store))
    background = Background(
        store,
        catalog,
        background_settings(config),
        clock=clock,
        tasks=tasks,
        random_bytes=secrets.token_bytes,
    )
    executor = Executor(
        store,
        duck,
        catalog,
        clock=clock,
        background=background.rows,
        admission=background.pressure,
        settings=executor_settings(config),
    )
    executor.sequences.forget_others()
    probes = ThreadPoolExecutor(PROBE_THREADS, thread_name_prefix="kalampg-storages")
    storages = _storages(config, clock, store, catalog, probes)
    services = _services(config, clock, store, catalog, executor, background, storages)
    listener = Listener(
        listener_settings(config),
        session_factory=lambda startup: _open_session(services, startup),
        authenticator=Authenticator(lambda: catalog.current),
        gate=store.gate,
        tls=_tls(config, clock),
    )
    _follow_catalog(executor, background, listener)
    metrics = MetricsEndpoint(
        metrics_settings(config), lambda: figures_of(listener, store.gate, catalog, background)
    )
    is_hurried = True
    try:
        _open_metrics(config, metrics)
        is_hurried = await _listen(config, listener, background) != signal.SIGTERM
    finally:
        listener.close()
        await listener.wait_closed()
        await metrics.close()
        await background.close(is_hurried=is_hurried)
        tasks.close()
        await tasks.wait_closed()
        services.compilation.close()
        await executor.close()
        duck.close()
        background.shut_threads()
        probes.shutdown(wait=False, cancel_futures=True)


def _follow_catalog(executor: Executor, background: Background, listener: Listener) -> None:
    """What is to be done when users are dropped: their sessions end, their rows go."""
    background.connect(executor.change_catalog, executor.locks.is_locked)
    executor.on_catalog(background.catalog_changed)

    def end_sessions(before: Catalog, after: Catalog) -> None:
        if before.roles is not after.roles:
            loop = asyncio.get_running_loop()
            for name in before.roles.keys() - after.roles.keys():
                loop.call_soon(listener.end_sessions, name, partial(dropped_role, name))

    executor.on_catalog(end_sessions)


def _services(
    config: Config,
    clock: SystemClock,
    store: Store,
    catalog: CatalogHolder,
    executor: Executor,
    background: Background,
    storages: StorageOperations,
) -> SessionServices:
    compiler = Compiler(config.cache.plan_entries)
    return SessionServices(
        executor=executor,
        compiler=compiler,
        compilation=Compilation(compiler, executor, config.cache.plan_entries),
        committed=catalog,
        jobs=background,
        storages=storages,
        generators=executor.generators,
        clock=clock,
        audit=AuditLog(),
        started_us=clock.now_us(),
        log_position=lambda: store.gate.written,
        statements_max=config.server.statements_max,
        portals_max=config.server.portals_max,
        temporary_tables_max=config.server.temporary_tables_max,
        custom_parameters_max=config.server.custom_parameters_max,
        connections_max=config.server.max_connections,
        cursor_bytes_max=config.server.cursor_bytes_max,
        copy_direct_bytes=config.copy.direct_bytes,
    )


def _open_metrics(config: Config, metrics: MetricsEndpoint) -> None:
    try:
        metrics.open()
    except OSError as failure:
        place = f"{config.metrics.host}:{config.metrics.port}"
        raise StartupError(
            f"cannot answer metrics on {place}: {failure.strerror or failure}"
        ) from failure


async def _listen(config: Config, listener: Listener, background: Background) -> int:
    """Serve from the first connection to the signal that ends it, which is returned."""
    try:
        await listener.open()
    except OSError as failure:
        raise StartupError(
            f"cannot listen on {config.server.host}:{config.server.port}: {failure.strerror}"
        ) from failure
    background.start()
    loop = asyncio.get_running_loop()
    stopping: asyncio.Future[int] = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stopping, number)
    for host, port in listener.addresses[:1]:
        sys.stdout.write(f"kalampg: ready to accept connections on {host}:{port}\n")
        sys.stdout.flush()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    # What start-up has made stays: no collection of garbage needs to look at it again.
    gc.collect()
    gc.freeze()
    _log.info("started", version=__version__, pid=os.getpid())
    received = await stopping
    _log.info("stopping", signal=signal.Signals(received).name)
    if received == signal.SIGTERM:
        loop.add_signal_handler(signal.SIGINT, listener.close)
        listener.begin_shutdown(config.server.shutdown_grace_seconds)
        await listener.wait_closed()
    return received


def _stop(stopping: asyncio.Future[int], number: int) -> None:
    if not stopping.done():
        stopping.set_result(number)


def _storages(
    config: Config,
    clock: SystemClock,
    store: Store,
    catalog: CatalogHolder,
    probes: ThreadPoolExecutor,
) -> StorageOperations:
    vault = CredentialVault(config.data_dir)

    def definition_of(storage_id: str) -> Storage | None:
        return catalog.current.storage(storage_id)

    stores = ObjectStores(vault, definition_of, clock, request_limits(config))
    store.files.connect(stores)
    return StorageOperations(
        store,
        vault,
        stores,
        probes,
        clock,
        secrets.token_bytes,
        restore_root=Path(config.storage.restore_root) if config.storage.restore_root else None,
    )


def _open_session(services: SessionServices, startup: AuthenticatedStartup) -> SessionLike:
    return open_session(
        services,
        user=startup.user,
        database=startup.database,
        parameters=startup.parameters,
        pid=startup.pid,
        endpoints=startup.endpoints,
        link=ClientLink(startup.drain, startup.flush),
    )


def _check_port(host: str, port: int) -> None:
    """Find out that a port is taken before anything is opened."""
    if port == 0:
        return
    try:
        for family, kind, _, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as failure:
        reason = failure.strerror or str(failure)
        raise StartupError(f"cannot listen on {host}:{port}: {reason}") from failure


@contextlib.contextmanager
def _open_store(config: Config, clock: SystemClock) -> Iterator[Store]:
    try:
        store = Store.open(
            config.data_dir,
            clock=clock,
            failpoints=_failpoints(),
            settings=store_settings(config),
        )
    except (errors.PgError, OSError) as failure:
        raise StartupError(str(failure)) from failure
    try:
        yield store
    finally:
        store.close()


def _failpoints() -> Failpoints:
    armed = os.environ.get(FAILPOINT_VARIABLE)
    if not armed:
        return NO_FAILPOINTS
    name, _, nth = armed.partition(":")
    return ArmedFailpoint(name, int(nth or 1))


def _load_catalog(store: Store, data_dir: Path, clock: SystemClock) -> Catalog:
    """Load the catalog, or make it at the first start."""
    entries = list(store.read_all("catalog"))
    if entries:
        return load(entries)
    root = choose_root_password(os.environ, data_dir)
    edit = bootstrap(
        root_verifier=verifier_of(root.password, secrets.token_bytes) or "",
        server_secret=secrets.token_bytes(32),
        now_us=clock.now_us(),
    )
    batch = WriteBatch()
    for key, value in edit.writes:
        if value is not None:
            batch.put("catalog", key, value)
    store.commit(batch)
    store.gate.sync()
    if root.file is not None:
        _log.info("root_password_generated", file=str(root.file))
    return edit.catalog


def _tls(config: Config, clock: SystemClock) -> ServerTls | None:
    tls = config.tls
    if not tls.enabled:
        return None
    try:
        if tls.certificate_file:
            return load_tls(Path(tls.certificate_file), Path(tls.key_file))
        return load_or_create_tls(config.data_dir, now_us=clock.now_us())
    except (OSError, ValueError) as failure:
        raise StartupError(f"cannot load the TLS certificate: {failure}") from failure


def _log_failure(failure: BaseException) -> None:
    _log.error("internal_error", exc_info=failure)

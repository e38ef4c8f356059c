"""Opening sessions: what a client that has proved itself gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kalampg import errors
from kalampg.auth.audit import AuditLog
from kalampg.catalog import Catalog, CatalogHolder, Role
from kalampg.clock import Clock
from kalampg.commands import JobControl, StorageControl
from kalampg.endpoints import Endpoints
from kalampg.engine import Executor, Generators, SessionContext
from kalampg.engine.temporary import TemporarySpace
from kalampg.ids import BackendPid, UserId
from kalampg.session.backends import Backends, LiveBackend, SessionControl
from kalampg.session.command_session import SessionCommands
from kalampg.session.compilation import Compilation
from kalampg.session.guc import GucStore
from kalampg.session.link import ClientLink
from kalampg.session.notices import Notices
from kalampg.session.output import Output
from kalampg.session.portal import StatementStore
from kalampg.session.runner import StatementRunner
from kalampg.session.session import Session
from kalampg.session.state import SessionState, version_text
from kalampg.session.transaction_block import TransactionBlock
from kalampg.sql import Compiler

DATABASE: Final = "kalam"
_ALIASES: Final = frozenset({DATABASE, "postgres"})
# Parameters of the startup packet that are not GUCs.
_NOT_GUCS: Final = frozenset({"user", "database"})


@dataclass(frozen=True, slots=True)
class SessionServices:
    """What all sessions of a server share."""

    executor: Executor
    compiler: Compiler
    compilation: Compilation
    committed: CatalogHolder
    jobs: JobControl
    storages: StorageControl
    generators: Generators
    clock: Clock
    audit: AuditLog
    started_us: int
    log_position: Callable[[], int]
    statements_max: int
    portals_max: int
    temporary_tables_max: int
    custom_parameters_max: int
    connections_max: int
    cursor_bytes_max: int
    copy_direct_bytes: int
    backends: Backends = field(default_factory=Backends)


def open_session(
    services: SessionServices,
    *,
    user: str,
    database: str,
    parameters: Mapping[str, str],
    pid: BackendPid,
    endpoints: Endpoints,
    link: ClientLink,
) -> Session:
    """A session for an authenticated role; its first output is waiting in it.

    Raises:
        InvalidCatalogName: 3D000, there is no such database.
        PgError: a start-up parameter is unknown (42704), has a bad value (22023), ...
    """
    _check_database(database, user)
    role = _role(services.committed.current, user)
    gucs = _start_gucs(services, parameters, role, endpoints)
    context = _context(services, role, gucs, pid, endpoints)
    state = SessionState(
        role=role,
        context=context,
        gucs=gucs,
        clock=services.clock,
        committed=services.committed,
        audit=services.audit,
        client_address=endpoints.client_host or "",
    )
    state.check_start_values()
    output = Output()
    notices = Notices(output, gucs)
    runner = _runner(services, state, notices, output, link)
    context.change_setting = runner.change_setting
    context.prepared_statements = runner.statements.prepared_rows
    backends = services.backends
    context.backends = SessionControl(backends, state, notices.send)
    session = Session(runner, output, services.log_position, link, lambda: backends.remove(pid))
    backends.add(LiveBackend(session, state, link.flush, services.clock.now_us()))
    session.start()
    return session


def _runner(
    services: SessionServices,
    state: SessionState,
    notices: Notices,
    output: Output,
    link: ClientLink,
) -> StatementRunner:
    executor, notify = services.executor, notices.send
    block = TransactionBlock(executor, state.context, state.gucs, notify, services.log_position)
    return StatementRunner(
        state=state,
        block=block,
        statements=StatementStore(
            services.statements_max, services.portals_max, services.cursor_bytes_max
        ),
        compilation=services.compilation,
        executor=executor,
        commands=SessionCommands(
            state,
            executor,
            services.compiler,
            services.jobs,
            services.storages,
            services.audit,
            notify,
            block,
        ),
        notify=notify,
        output=output,
        drain=link.drain,
        copy_direct_bytes=services.copy_direct_bytes,
    )


def _context(
    services: SessionServices, role: Role, gucs: GucStore, pid: BackendPid, endpoints: Endpoints
) -> SessionContext:
    return SessionContext(
        user_id=UserId(role.name),
        session_user=role.name,
        generators=services.generators,
        role_class=role.role_class.value,
        database=DATABASE,
        backend_pid=pid,
        endpoints=endpoints,
        server_started_us=services.started_us,
        temporary=TemporarySpace(services.temporary_tables_max),
        server_version=version_text(),
        setting=lambda name: _setting(gucs, name),
        settings=gucs.settings,
        shown_settings=gucs.shown,
    )


def _check_database(database: str, user: str) -> None:
    if database and database not in _ALIASES and database != user:
        raise errors.InvalidCatalogName(f'database "{database}" does not exist', severity="FATAL")


def _role(catalog: Catalog, user: str) -> Role:
    role = catalog.role(user)
    if role is None:  # Dropped between its authentication and now.
        raise errors.InvalidAuthorizationSpecification(
            f'role "{user}" does not exist', severity="FATAL"
        )
    return role


def _start_gucs(
    services: SessionServices, parameters: Mapping[str, str], role: Role, endpoints: Endpoints
) -> GucStore:
    gucs = GucStore(
        {
            "max_connections": str(services.connections_max),
            "port": str(endpoints.server_port or 0),
            "session_authorization": role.name,
            "is_superuser": "on" if role.role_class.value == "system" else "off",
        },
        services.custom_parameters_max,
    )
    for name, value in parameters.items():
        if name == "replication":
            raise errors.FeatureNotSupported("replication connections are not supported")
        if name not in _NOT_GUCS:
            gucs.start_default(name, value)
    return gucs


def _setting(gucs: GucStore, name: str) -> str | None:
    try:
        return gucs.show(name)
    except (errors.UndefinedObject, errors.InvalidName):
        return None

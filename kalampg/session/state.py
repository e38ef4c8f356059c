"""SessionState: who a session is, what it has set, and what the engine and compiler get of that.

Parameters are the truth; what is derived from them (effective user, output forms, search path, lock
time-out) is brought up to date before each statement, so that a rolled-back SET takes its effect
back.

Invariants:
    - ``context.user_id`` is the session's own user unless ``kalam.user_id`` or EXECUTE AS named
      another that the role may act as; the check is made when it is set *and* when it takes effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from kalampg import errors
from kalampg.auth import privileges
from kalampg.auth.audit import AuditEvent, AuditLog
from kalampg.auth.privileges import Action
from kalampg.auth.roles import check_may_act_as
from kalampg.catalog import Catalog, CatalogHolder, Role
from kalampg.catalog.role_edit import check_not_departing
from kalampg.clock import Clock
from kalampg.engine import SessionContext
from kalampg.engine.isolation import isolation_level
from kalampg.ids import UserId
from kalampg.pgtypes import OutputSettings
from kalampg.session.guc import GucStore
from kalampg.session.guc_checks import milliseconds
from kalampg.session.guc_table import SERVER_VERSION, search_path_of
from kalampg.sql import CompileEnv

_SETTINGS_OF_OUTPUT: Final = (
    "TimeZone", "DateStyle", "extra_float_digits", "bytea_output", "IntervalStyle",
)  # fmt: skip


@dataclass(slots=True)
class SessionState:
    """The state of one session between two messages."""

    role: Role
    context: SessionContext
    gucs: GucStore
    clock: Clock
    committed: CatalogHolder
    audit: AuditLog
    client_address: str = ""
    _env: CompileEnv | None = None
    _env_catalog: Catalog | None = None
    _applied_revision: int = -1
    _applied_catalog: Catalog | None = None

    def catalog(self) -> Catalog:
        """The catalog that this session sees: with the DDL of its own transaction."""
        return self.context.catalog_over(self.committed.current)

    def start_statement(self) -> None:
        """Bring everything derived up to date and read the clock for ``now()``."""
        context = self.context
        context.statement_now_us = now_us = self.clock.now_us()
        context.replay.end()
        if context.transaction is None:
            context.transaction_now_us = now_us
        if (
            self._applied_revision != self.gucs.revision
            or self._applied_catalog is not self.committed.current
        ):
            self._apply_settings()

    def compile_env(self) -> CompileEnv:
        """What a statement's text means in this session now; the same object while it does."""
        if (
            self._applied_revision != self.gucs.revision
            or self._applied_catalog is not self.committed.current
        ):
            self._apply_settings()
        catalog = self.catalog()
        env = self._env
        if env is None or catalog is not self._env_catalog:
            env = self._env = self._make_env(catalog)
            self._env_catalog = catalog
        return env

    def _make_env(self, catalog: Catalog) -> CompileEnv:
        path = search_path_of(self.gucs["search_path"], self.context.session_user)
        self.context.current_schema = next((n for n in path if catalog.has_schema(n)), None)
        path = self.context.search_path = catalog.search_path(path)
        return CompileEnv(
            lookup=catalog,
            search_path=path,
            default_table_type=self.gucs["kalam.default_table_type"].upper(),
            scope_all=self.context.scope_all,
            timezone=self.gucs["timezone"],
            date_style=self.gucs["datestyle"],
            interval_style=self.gucs["intervalstyle"],
        )

    def act_as(self, user_id: str) -> UserId:
        """The user that this session may act as.

        Raises:
            InsufficientPrivilege: 42501; the attempt is in the audit log.
        """
        if user_id == self.context.session_user:
            return UserId(user_id)
        role = self.current_role()
        try:
            self._check_may_act_as(role, user_id)
        except errors.PgError:
            self.record(AuditEvent.EXECUTE_AS_USER_DENIED, user_id)
            raise
        self.record(AuditEvent.EXECUTE_AS_USER, user_id)
        return UserId(user_id)

    def check_allowed(self, name: str, value: str | None) -> None:
        """Refuse a value that the role may not set: another user, the rows of all users.

        Raises:
            InsufficientPrivilege: 42501; the attempt is in the audit log.
        """
        if name == "kalam.user_id" and value:
            self.act_as(value)
        elif name == "kalam.scope" and value is not None and value.lower() == "all":
            role = self.current_role()
            if not privileges.may(role, Action.SCOPE_ALL):
                self.record(AuditEvent.SCOPE_ALL_DENIED, "all")
            privileges.check(role, Action.SCOPE_ALL)
            self.record(AuditEvent.SCOPE_ALL, "all")

    def check_start_values(self) -> None:
        """Refuse a start-up packet that sets what SET could not set.

        Raises:
            InsufficientPrivilege: 42501; the attempt is in the audit log.
        """
        for name in ("kalam.user_id", "kalam.scope"):
            self.check_allowed(name, self.gucs[name])

    def record(self, event: AuditEvent, subject: str) -> None:
        """Write a line of the audit log."""
        self.audit.record(event, self.current_role(), subject, client=self.client_address)

    def current_role(self) -> Role:
        """The session's role as the catalog has it now: a changed class counts at once."""
        return self.committed.current.role(self.role.name) or self.role

    @property
    def statement_timeout_s(self) -> float:
        return milliseconds(self.gucs["statement_timeout"]) / 1000

    @property
    def waits_for_durability(self) -> bool:
        return self.gucs["synchronous_commit"] != "off"

    def _apply_settings(self) -> None:
        gucs, context = self.gucs, self.context
        self._take_identity()
        self._applied_revision = gucs.revision
        self._applied_catalog = self.committed.current
        context.output = output_settings(gucs)
        context.lock_timeout_s = milliseconds(gucs["lock_timeout"]) / 1000
        context.is_read_only = gucs["default_transaction_read_only"] == "on"
        context.isolation = isolation_level(gucs["default_transaction_isolation"])
        self._env = None

    def _take_identity(self) -> None:
        """Become whom the settings say, if the role may still do so.

        The last door, whatever way the values came: SET, the start-up packet, a rollback; the role
        may have lost its class since. A session that may not be what it is ends.
        """
        gucs, context = self.gucs, self.context
        found = self.committed.current.role(self.role.name)
        if found is None or found.oid != self.role.oid:
            raise dropped_role(self.role.name)
        role = found
        wanted, scope_all = gucs["kalam.user_id"] or role.name, gucs["kalam.scope"] == "all"
        try:
            if wanted != context.session_user:
                self._check_may_act_as(role, wanted)
            if scope_all:
                privileges.check(role, Action.SCOPE_ALL)
        except errors.PgError as refusal:
            refusal.severity = "FATAL"
            raise
        context.user_id = UserId(wanted)
        context.scope_all = scope_all
        context.role_class = role.role_class.value

    def _check_may_act_as(self, role: Role, user_id: str) -> None:
        catalog = self.catalog()
        check_may_act_as(role, user_id, catalog.role(user_id))
        check_not_departing(catalog, user_id)


def dropped_role(name: str) -> errors.AdminShutdown:
    """Why the sessions of a role end that is dropped."""
    return errors.AdminShutdown(
        "terminating connection due to administrator command",
        detail=f'Role "{name}" was dropped.',
        severity="FATAL",
    )


def output_settings(gucs: GucStore) -> OutputSettings:
    """How values are written for this client."""
    return _output_settings(*(gucs[name.lower()] for name in _SETTINGS_OF_OUTPUT))


@lru_cache(maxsize=256)
def _output_settings(
    zone: str, style: str, digits: str, bytea: str, interval: str
) -> OutputSettings:
    """Interned, so that plans can tell by identity whether a presentation still fits."""
    return OutputSettings(
        timezone=zone,
        date_style=style,
        extra_float_digits=int(digits),
        bytea_output=bytea,
        interval_style=interval,
    )


def version_text() -> str:
    """What ``version()`` answers."""
    return f"PostgreSQL {SERVER_VERSION} on Python, DuckDB and RocksDB, 64-bit"

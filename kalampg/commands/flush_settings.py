"""PAUSE FLUSH, RESUME FLUSH, ALTER FLUSH SETTINGS and SHOW FLUSH SETTINGS.

Like a flush itself they are outside the session's transaction: they take effect at once, and stay
until they are taken back.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.commands.resolve import required_flushable
from kalampg.commands.session_seam import CommandSession
from kalampg.config.kinds import Kind
from kalampg.config.sections import FlushConfig
from kalampg.engine.result import ExecutionResult
from kalampg.jobs import AutoFlushSettings
from kalampg.sql.statements import AlterFlushSettings, PauseFlush, ShowFlushSettings

# The same bounds as in the configuration, whose keys have the same names.
_KINDS: Final[dict[str, Kind]] = {key.name: key.metadata["kind"] for key in fields(FlushConfig)}
_NAMES: Final = tuple(setting.name for setting in fields(AutoFlushSettings))


def pause_flush(statement: PauseFlush, session: CommandSession) -> ExecutionResult:
    """FLUSH TABLE goes on working; a table that was paused by itself stays so."""
    check(session.role, Action.MANAGE_FLUSH)
    table_id = None
    if statement.table is not None:
        table_id = required_flushable(
            session.catalog, statement.table, session.search_path
        ).table_id
    session.jobs.pause_flush(is_paused=statement.is_paused, table_id=table_id)
    return ExecutionResult("PAUSE FLUSH" if statement.is_paused else "RESUME FLUSH")


def alter_flush_settings(statement: AlterFlushSettings, session: CommandSession) -> ExecutionResult:
    """All of them, or none."""
    check(session.role, Action.MANAGE_FLUSH)
    for name, value in statement.values:
        _check_setting(name, value)
    values = dict(statement.values) or dict.fromkeys(_NAMES)
    session.jobs.change_flush_settings(values)
    return ExecutionResult("ALTER FLUSH SETTINGS")


def show_flush_settings(_statement: ShowFlushSettings, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.READ_SYSTEM)
    current, configured = session.jobs.flush_settings, session.jobs.configured_flush_settings
    return ExecutionResult(
        "SHOW", rows=[(name, getattr(current, name), getattr(configured, name)) for name in _NAMES]
    )


def _check_setting(name: str, value: int | None) -> None:
    if name not in _NAMES:
        raise errors.UndefinedObject(
            f'unrecognized flush setting "{name}"', hint=f"The settings are {', '.join(_NAMES)}."
        )
    if value is not None and not _KINDS[name].accepts(value):
        raise errors.InvalidParameterValue(
            f'invalid value for flush setting "{name}": {value}',
            detail=f"Allowed is {_KINDS[name].allowed}.",
        )

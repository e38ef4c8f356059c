"""COMPACT TABLE and PURGE TABLE."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.commands.resolve import required_stored_table
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.sql.statements import CompactTable, PurgeTable


def compact_table(statement: CompactTable, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.COMPACT)
    required_stored_table(session.catalog, statement.table, session.search_path)
    raise errors.FeatureNotSupported("COMPACT TABLE is not supported yet")


def purge_table(statement: PurgeTable, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.PURGE)
    required_stored_table(session.catalog, statement.table, session.search_path)
    raise errors.FeatureNotSupported("PURGE TABLE is not supported yet")

"""LOCK TABLE, in a transaction block.

What is locked is what the session's statements see: all rows of a shared table, the effective
user's own rows of a user table. Nobody can keep other users from theirs.
"""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import check_read, check_write
from kalampg.commands.resolve import required_table
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.sql.lock_statement import LockTables, TableLockMode

# They are compatible with each other, and with writing.
_WEAK = frozenset({TableLockMode.ROW_SHARE, TableLockMode.ROW_EXCLUSIVE})


async def lock_tables(statement: LockTables, session: CommandSession) -> ExecutionResult:
    """Readers never wait and are never waited for, in whatever mode."""
    session.require_block("LOCK TABLE")
    for name in statement.tables:
        relation = required_table(session.catalog, name, session.search_path)
        if relation.view is not None:
            raise errors.FeatureNotSupported(
                f'cannot lock view "{relation.name}"', hint="Lock the tables that it reads."
            )
        if statement.mode is TableLockMode.ACCESS_SHARE:
            check_read(session.role, relation)
            continue
        check_write(session.role, relation)
        await session.lock_rows(
            relation, is_shared=statement.mode in _WEAK, nowait=statement.nowait
        )
    return ExecutionResult("LOCK TABLE")

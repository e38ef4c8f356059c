"""The rows of ``pg_locks``, from the lock table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog import RoleClass
from kalampg.catalog.computed import Row
from kalampg.engine.advisory import ADVISORY_SCOPE, advisory_key
from kalampg.engine.context import SHARED_USER, SessionContext
from kalampg.engine.locks import SHARED_SCOPE, WHOLE_SCOPE, LockTable
from kalampg.sql.lock_modes import LockMode

# What PostgreSQL calls the heavyweight lock that stands for a row's.
_ROW_MODES: Final = {
    LockMode.KEY_SHARE: "AccessShareLock",
    LockMode.SHARE: "RowShareLock",
    LockMode.NO_KEY_UPDATE: "ExclusiveLock",
    LockMode.UPDATE: "AccessExclusiveLock",
}
_ADVISORY_MODES: Final = {LockMode.SHARE: "ShareLock", LockMode.UPDATE: "ExclusiveLock"}
_SEES_ALL: Final = frozenset({RoleClass.DBA.value, RoleClass.SYSTEM.value})


def lock_rows(locks: LockTable, session: SessionContext) -> Iterator[Row]:
    """Locks as the session may see them: none on rows of other users, unless it is a dba's."""
    sees_all = session.role_class in _SEES_ALL
    for (scope, key), mode, pid, is_granted in locks:
        if scope == ADVISORY_SCOPE:
            yield pid, None, False, advisory_key(key), _ADVISORY_MODES[mode], is_granted
        elif sees_all or scope.user_id in (SHARED_USER, session.user_id):
            is_whole = key in (WHOLE_SCOPE, SHARED_SCOPE)
            name = "RowExclusiveLock" if key == SHARED_SCOPE else _ROW_MODES[mode]
            yield pid, scope.table_id, is_whole, None, name, is_granted

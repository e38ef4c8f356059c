"""SessionContext: on whose behalf a statement runs, and what it may ask its session.

The session layer owns one of these per connection and changes it between statements only. The engine
reads it; the one thing the engine changes is ``transaction``.

Isolation: ``user_id`` is the *effective* user. Every scope that the engine reads or writes is derived
from it by ``scope_of``, in this module and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kalampg import errors
from kalampg.ids import BackendPid, UserId
from kalampg.pgtypes import OutputSettings
from kalampg.relation import Relation, TableType
from kalampg.storage.keys import Scope

if TYPE_CHECKING:
    from kalampg.engine.generators import Generators
    from kalampg.engine.transaction import Transaction

SHARED_USER = UserId("")


def _no_guc(name: str) -> str | None:
    return None


@dataclass(slots=True)
class SessionContext:
    """One session as the engine sees it.

    ``setting`` gives the value of a run-time parameter as SHOW would, None when there is none.
    ``scope_all`` is KalamDB's explicit reading across users: then nothing may be written.
    ``transaction`` is None outside a transaction block: each statement commits by itself.
    ``lock_timeout_s`` 0 means: wait as long as it takes.
    """

    user_id: UserId
    session_user: str
    generators: Generators
    role_class: str = "user"
    scope_all: bool = False
    database: str = "kalam"
    current_schema: str | None = "public"
    backend_pid: BackendPid = BackendPid(0)
    server_version: str = "PostgreSQL 15"
    statement_now_us: int = 0
    transaction_now_us: int = 0
    lock_timeout_s: float = 0.0
    setting: Callable[[str], str | None] = _no_guc
    output: OutputSettings = field(default_factory=OutputSettings)
    transaction: Transaction | None = None


def scope_of(relation: Relation, session: SessionContext) -> Scope:
    """The rows of ``relation`` that this session's statements read and write."""
    if relation.table_type is TableType.USER:
        return Scope(relation.table_id, session.user_id)
    if relation.table_type is TableType.SHARED:
        return Scope(relation.table_id, SHARED_USER)
    raise errors.InternalError(f"{relation.qualified_name} has no stored rows")

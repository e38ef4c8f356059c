"""SessionContext: on whose behalf a statement runs, and what it may ask its session.

The session layer owns one of these per connection and changes it between statements only. The
engine reads it; the one thing the engine changes is ``transaction``.

Isolation: ``user_id`` is the *effective* user. Every scope that the engine reads or writes is made
of it by ``StoredTable.scope_for`` and nowhere else (but for ``scope_all``, in ``engine.scan``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from kalampg import errors
from kalampg.endpoints import Endpoints
from kalampg.engine.backend_calls import BackendControl, NoBackends, RowReplay
from kalampg.engine.isolation import IsolationLevel
from kalampg.engine.lock_owner import LockOwner
from kalampg.engine.sequence_memory import SequenceMemory
from kalampg.engine.temporary import TemporarySpace
from kalampg.ids import BackendPid, TableId, UserId
from kalampg.pgtypes import OutputSettings
from kalampg.relation import Datum

if TYPE_CHECKING:
    from kalampg.catalog import Catalog
    from kalampg.catalog.computed import Row
    from kalampg.engine.generators import Generators
    from kalampg.engine.transaction import Transaction

SHARED_USER: Final = UserId("")
_NO_BACKEND: Final = BackendPid(0)
_NOWHERE: Final = Endpoints()


def _no_guc(name: str) -> str | None:
    return None


def _no_change(name: str, value: str | None, is_local: bool) -> str:
    raise errors.UndefinedObject(f'unrecognized configuration parameter "{name}"')


@dataclass(slots=True)
class SessionContext:
    """One session as the engine sees it.

    ``setting`` gives the value of a run-time parameter as SHOW would, None when there is none;
    ``settings`` gives name, value and default for ``pg_settings``, ``shown_settings`` all by their
    names in lower case, the client's own too; ``prepared_statements`` gives rows for
    ``pg_prepared_statements``. ``change_setting`` is SET (or
    SET LOCAL) of a name to a value, None for its default; it gives the new value.
    ``is_read_only`` and ``isolation`` are what a statement outside a block starts with
    (``default_transaction_read_only`` and ``_isolation``). ``scope_all`` is KalamDB's explicit
    reading across users: then nothing may be written. ``sequences`` are the values that the session
    took.
    ``transaction`` is None outside a transaction block: each statement commits by itself.
    ``lock_owner`` holds the locks of one transaction after the other, and the session's own.
    ``lock_timeout_s`` 0 means: wait as long as it takes.
    """

    user_id: UserId
    session_user: str
    generators: Generators
    role_class: str = "user"
    scope_all: bool = False
    is_read_only: bool = False
    isolation: IsolationLevel = IsolationLevel.READ_COMMITTED
    database: str = "kalam"
    current_schema: str | None = "public"
    search_path: tuple[str, ...] = ("public",)
    backend_pid: BackendPid = _NO_BACKEND
    endpoints: Endpoints = _NOWHERE
    server_version: str = "PostgreSQL 15"
    server_started_us: int = 0
    statement_now_us: int = 0
    transaction_now_us: int = 0
    lock_timeout_s: float = 0.0
    setting: Callable[[str], str | None] = _no_guc
    settings: Callable[[], Iterable[tuple[str, str, str]]] = tuple
    shown_settings: Callable[[], Mapping[str, str]] = dict
    change_setting: Callable[[str, str | None, bool], str] = _no_change
    prepared_statements: Callable[[], Iterable[Row]] = tuple
    output: OutputSettings = field(default_factory=OutputSettings)
    transaction: Transaction | None = None
    sequences: SequenceMemory = field(default_factory=SequenceMemory)
    temporary: TemporarySpace = field(default_factory=TemporarySpace)
    backends: BackendControl = field(default_factory=NoBackends)
    replay: RowReplay = field(default_factory=RowReplay)
    # What the parts of the running WITH statement have returned, by their relations' numbers.
    step_rows: dict[TableId, Sequence[Sequence[Datum]]] = field(default_factory=dict)
    lock_owner: LockOwner = field(init=False)

    @property
    def input(self) -> OutputSettings:
        """How the running statement reads values: ``now`` has a meaning."""
        return replace(self.output, now_us=self.transaction_now_us)

    def __post_init__(self) -> None:
        self.lock_owner = LockOwner(self.backend_pid)

    def catalog_over(self, shared: Catalog) -> Catalog:
        """The catalog that the session sees where ``shared`` is what all see."""
        edit = None if self.transaction is None else self.transaction.pending_catalog
        return self.temporary.over(shared, edit)

"""Prepared statements and portals: what Parse and Bind leave behind in a session.

A prepared statement keeps its text and compiles again when the catalog or the search path has
changed since; its result columns may not change by that. A portal is one execution: parameters,
formats, and the rows that have not been fetched yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kalampg import errors
from kalampg.catalog.computed import Row
from kalampg.engine import ExecutionResult
from kalampg.ids import Oid
from kalampg.relation import Datum
from kalampg.session.compilation import CompiledStatement, param_oids_of
from kalampg.session.rows import is_stream
from kalampg.session.scrolling import Scrolling
from kalampg.sql import ResultColumn


@dataclass(slots=True)
class PreparedStatement:
    """A parsed statement. ``columns`` is what the client has been told, None before Describe.

    ``source`` is the PREPARE that it comes from, None if it was sent by Parse.
    """

    name: bytes
    text: str
    param_oids: tuple[int, ...]
    current: CompiledStatement
    columns: tuple[ResultColumn, ...] | None = None
    source: str | None = None
    prepared_us: int = 0
    param_types: tuple[Oid, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.param_types = param_oids_of(self.current.compiled)

    def replace_plan(self, current: CompiledStatement) -> None:
        """Take the plan of a later catalog.

        Raises:
            FeatureNotSupported: 0A000, the result columns are not the ones the client knows.
        """
        columns, before = current.known_columns, self.columns or self.current.known_columns
        if before is not None and columns is not None and not _same(columns, before):
            raise errors.FeatureNotSupported("cached plan must not change result type")
        self.current = current
        self.param_types = param_oids_of(current.compiled)


def _same(left: Sequence[ResultColumn], right: Sequence[ResultColumn]) -> bool:
    return [(c.name, c.type_oid) for c in left] == [(c.name, c.type_oid) for c in right]


@dataclass(slots=True)
class Portal:
    """One execution of a prepared statement.

    Invariants:
        - ``result`` is None until the first Execute; a portal runs its statement once.
        - ``fetched`` counts the rows sent; a finished portal answers further Executes with no rows.
    """

    name: bytes
    statement: PreparedStatement
    params: list[Datum]
    formats: tuple[int, ...]
    result: ExecutionResult | None = None
    fetched: int = 0
    is_finished: bool = False
    # Of a DECLAREd cursor whose rows are in memory, and how much they take.
    scrolling: Scrolling | None = None
    kept_bytes: int = 0
    # WITH HOLD: it goes on after its transaction, unless that is rolled back.
    is_held: bool = False
    is_of_transaction: bool = True
    # How many savepoints were open when it was made, and have not been released.
    savepoint_depth: int = 0

    def close(self) -> None:
        """Free what an unfinished stream holds. Idempotent."""
        if self.result is not None and is_stream(self.result.rows):
            self.result.rows.close()
        self.is_finished = True


@dataclass(slots=True)
class StatementStore:
    """The named and unnamed statements and portals of one session, within bounds."""

    statements_max: int
    portals_max: int
    cursor_bytes_max: int
    statements: dict[bytes, PreparedStatement] = field(default_factory=dict)
    portals: dict[bytes, Portal] = field(default_factory=dict)
    savepoint_depth: int = 0

    def statement(self, name: bytes) -> PreparedStatement:
        statement = self.statements.get(name)
        if statement is None:
            if not name:
                raise errors.InvalidSqlStatementName("unnamed prepared statement does not exist")
            raise errors.InvalidSqlStatementName(
                f'prepared statement "{name.decode(errors="replace")}" does not exist'
            )
        return statement

    def portal(self, name: bytes) -> Portal:
        portal = self.portals.get(name)
        if portal is None:
            raise errors.InvalidCursorName(
                f'portal "{name.decode(errors="replace")}" does not exist'
            )
        return portal

    def prepared_rows(self) -> Iterator[Row]:
        """Rows for ``pg_prepared_statements``."""
        for statement in self.statements.values():
            if statement.name:
                is_sql = statement.source is not None
                text = statement.source if is_sql else statement.text
                types = list(statement.param_types)
                yield statement.name.decode(), text, statement.prepared_us, types, is_sql

    def check_new_statement(self, name: bytes) -> None:
        """Raises 42P05 for a name in use, 53400 when there are too many."""
        if name and name in self.statements:
            raise errors.DuplicatePreparedStatement(
                f'prepared statement "{name.decode(errors="replace")}" already exists'
            )
        if len(self.statements) >= self.statements_max and name not in self.statements:
            raise errors.ConfigurationLimitExceeded(
                f"too many prepared statements in this session (limit {self.statements_max})",
                hint="Close statements that are not needed, or raise server.statements_max.",
            )

    def add_portal(self, portal: Portal) -> None:
        """Raises 42P03 for a name in use, 53400 when there are too many."""
        name = portal.name
        old = self.portals.get(name)
        if old is not None:
            if name:
                raise errors.DuplicateCursor(
                    f'cursor "{name.decode(errors="replace")}" already exists'
                )
            old.close()
        elif len(self.portals) >= self.portals_max:
            raise errors.ConfigurationLimitExceeded(
                f"too many open portals in this session (limit {self.portals_max})",
                hint="Close portals that are not needed, or raise server.portals_max.",
            )
        portal.savepoint_depth = self.savepoint_depth
        self.portals[name] = portal

    def close_statement(self, name: bytes) -> None:
        self.statements.pop(name, None)

    def close_portal(self, name: bytes) -> None:
        portal = self.portals.pop(name, None)
        if portal is not None:
            portal.close()

    @property
    def cursor_bytes_left(self) -> int:
        """How much memory the rows of another cursor may take."""
        return self.cursor_bytes_max - sum(portal.kept_bytes for portal in self.portals.values())

    def end_transaction(self, *, is_committed: bool) -> None:
        """Portals end with their transaction; cursors WITH HOLD with one that is rolled back."""
        self.savepoint_depth = 0
        if not self.portals:
            return
        for name, portal in list(self.portals.items()):
            if not portal.is_held or (portal.is_of_transaction and not is_committed):
                self.close_portal(name)
            else:
                portal.is_of_transaction = False

    def follow_savepoints(self, depth: int, *, is_undone: bool) -> None:
        """So many savepoints are open now; ``is_undone``: the last of them was gone back to.

        Portals made since then go with everything else; those of a released one are the outer's.
        """
        self.savepoint_depth = depth
        for name, portal in list(self.portals.items()):
            if is_undone and portal.is_of_transaction and portal.savepoint_depth >= depth:
                self.close_portal(name)
            portal.savepoint_depth = min(portal.savepoint_depth, depth)

    def close_portals(self) -> None:
        """Close all of them, held or not."""
        for name in list(self.portals):
            self.close_portal(name)

"""CommandSession: what native statements see of the session that runs them.

Implements ``kalampg.commands.session_seam.CommandSession`` on top of the session's state and
engine.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from kalampg import errors
from kalampg.auth.audit import AuditLog
from kalampg.catalog import Catalog, CatalogEdit, Role
from kalampg.clock import Clock
from kalampg.commands.session_seam import JobControl, StorageControl
from kalampg.engine import Executor
from kalampg.engine.table_rewriter import conversion
from kalampg.ids import ColumnId, Oid
from kalampg.protocol.backend import Notice
from kalampg.relation import Datum, Relation, TableType
from kalampg.sequence import Sequence as SequenceDefinition
from kalampg.session.guc_table import search_path_of
from kalampg.session.session_constraints import SessionConstraints
from kalampg.session.state import SessionState
from kalampg.session.transaction_block import TransactionBlock
from kalampg.sql import Compiler
from kalampg.sql.bind_views import ViewShape
from kalampg.sql.expression import Expression
from kalampg.storage import Finding


@dataclass(frozen=True, slots=True)
class SessionCommands:
    """The seam, for one session."""

    state: SessionState
    executor: Executor
    compiler: Compiler
    jobs: JobControl
    storages: StorageControl
    audit: AuditLog
    notify: Callable[[Notice], None]
    block: TransactionBlock

    @property
    def constraints(self) -> SessionConstraints:
        return SessionConstraints(self.executor, self.state.context)

    @property
    def time_zone(self) -> str:
        return self.state.gucs["timezone"]

    def refuse_block(self, statement: str) -> None:
        if self.block.is_explicit:
            raise errors.ActiveSqlTransaction(f"{statement} cannot run inside a transaction block")

    def require_block(self, statement: str) -> None:
        self.block.require(statement)

    @property
    def catalog(self) -> Catalog:
        return self.state.catalog()

    @property
    def role(self) -> Role:
        return self.state.current_role()

    @property
    def search_path(self) -> tuple[str, ...]:
        path = search_path_of(self.state.gucs["search_path"], self.state.context.session_user)
        return self.catalog.search_path(path)

    @property
    def default_table_type(self) -> TableType:
        return TableType(self.state.gucs["kalam.default_table_type"].upper())

    @property
    def clock(self) -> Clock:
        return self.state.clock

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def notice(self, message: str, *, sqlstate: str = "00000", detail: str | None = None) -> None:
        self.notify(Notice(message, "NOTICE", sqlstate, detail))

    @property
    def backend_pid(self) -> int:
        return self.state.context.backend_pid

    @property
    def temporary_tables_max(self) -> int:
        return self.state.context.temporary.tables_max

    async def lock_catalog(self) -> Catalog:
        return await self.executor.lock_catalog(self.state.context)

    def apply(self, edit: CatalogEdit) -> None:
        self.executor.apply_catalog(self.state.context, edit)

    async def truncate(self, relation: Relation) -> None:
        await self.executor.truncate(self.state.context, relation)

    async def lock_rows(self, relation: Relation, *, is_shared: bool, nowait: bool) -> None:
        await self.executor.lock_rows(
            self.state.context, relation, is_shared=is_shared, nowait=nowait
        )

    async def rewrite(self, before: Relation, values: Mapping[ColumnId, Expression]) -> None:
        after = self.catalog.table_by_id(before.table_id)
        assert after is not None, "an altered table is there"
        convert = conversion(before, after, values)
        await self.executor.rewriter.rewrite(self.state.context, before, after, convert)

    async def has_rows(self, relation: Relation) -> bool:
        return await self.executor.has_rows(self.state.context, relation)

    def tables_of_user(self, user_id: str) -> Sequence[Relation]:
        return self.executor.tables_of_user(self.state.context, self.catalog, user_id)

    async def lock_rows_of_user(self, user_id: str) -> None:
        await self.executor.lock_rows_of_user(self.state.context, user_id)

    async def any_row_is_null(self, relation: Relation, position: int) -> bool:
        return await self.executor.any_row_is_null(self.state.context, relation, position)

    def query_columns(self, query: str, offset: int) -> tuple[tuple[str, Oid, int], ...]:
        """Name, type OID and modifier of the query's columns."""
        with _moved(offset):
            return self.compiler.query_columns(query, self.state.compile_env())

    def view_shape(self, query: str, offset: int) -> ViewShape:
        with _moved(offset):
            return self.compiler.view_shape(query, self.state.compile_env())

    def last_of_sequence(self, sequence: SequenceDefinition) -> int:
        return self.executor.sequences.stands_at(sequence)

    async def verify(self, relation: Relation) -> Sequence[Finding]:
        return await self.executor.verify(relation)

    def check_default(self, expression: str, type_oid: Oid, typmod: int) -> None:
        self.compiler.compile_default(expression, type_oid, typmod, self.state.compile_env())

    def compile_default(self, expression: str, type_oid: Oid, typmod: int) -> Expression:
        env = self.state.compile_env()
        return self.compiler.compile_default(expression, type_oid, typmod, env)

    async def evaluate_default(self, expression: str, type_oid: Oid, typmod: int) -> Datum:
        compiled = self.compiler.compile_default(
            expression, type_oid, typmod, self.state.compile_env()
        )
        return self.executor.evaluate(compiled, type_oid, typmod, self.state.context)


@contextmanager
def _moved(offset: int) -> Iterator[None]:
    """Positions in the statement, of errors in a query that it has at ``offset``."""
    try:
        yield
    except errors.PgError as error:
        if error.position is not None:
            error.position += offset
        raise

"""StatementRunner: runs one compiled statement of one session, whatever its kind.

Data plans go to the engine, native statements to ``kalampg.commands``; transaction control, SET,
SHOW and what concerns the session itself are done here. An answer that is there at once is
returned as it is; only what has to wait is an awaitable, so that a key operation costs no task.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from kalampg import commands, errors
from kalampg.auth import privileges
from kalampg.engine import ExecutionResult, Executor
from kalampg.ids import UserId
from kalampg.protocol.backend import Notice
from kalampg.relation import Datum, Relation
from kalampg.session.command_session import SessionCommands
from kalampg.session.compilation import (
    Compilation,
    CompiledStatement,
    check_has_user_tables_only,
    with_lifted,
)
from kalampg.session.copy_in import CopyIn
from kalampg.session.copy_statement import needs_copied, run_copy, run_settled
from kalampg.session.create_table_as import create_table_as
from kalampg.session.cursors import check_declarable, close_cursor, cursor_columns, declare, fetch
from kalampg.session.discarding import discard
from kalampg.session.explaining import analyzed, explained
from kalampg.session.guc_table import guc_named, show_columns
from kalampg.session.output import Output
from kalampg.session.portal import PreparedStatement, StatementStore
from kalampg.session.prepared_sql import (
    argument_values,
    arguments_query,
    check_arguments,
    deallocate,
    find_prepared,
    prepare,
)
from kalampg.session.presentation import Presentations
from kalampg.session.rows import Drain
from kalampg.session.state import SessionState
from kalampg.session.transaction_block import TransactionBlock
from kalampg.sql import (
    CommandPlan,
    CopyPlan,
    DeclarePlan,
    EmptyPlan,
    ExecuteAsPlan,
    ExecutePlan,
    FetchPlan,
    Plan,
    PreparePlan,
    ResultColumn,
    SelectPlan,
    SetPlan,
    ShowPlan,
    TransactionPlan,
    TransactionVerb,
    check_syntax,
)
from kalampg.sql.constraint_statements import SetConstraints
from kalampg.sql.statements import CloseCursor, Deallocate, Discard, Explain, Unlisten
from kalampg.sql.table_as import CreateTableAs

# A COPY FROM STDIN is no answer yet: its data comes in messages of their own.
Outcome: TypeAlias = ExecutionResult | Awaitable[ExecutionResult] | CopyIn
Columns: TypeAlias = tuple[ResultColumn, ...] | None

_EMPTY: Final = ExecutionResult(tag="")
_BLOCK_ENDS: Final = frozenset({TransactionVerb.COMMIT, TransactionVerb.ROLLBACK})
_TRANSACTION_MODES: Final = frozenset(
    {"transaction_isolation", "transaction_read_only", "transaction_deferrable"}
)


@dataclass(slots=True)
class StatementRunner:
    """Runs statements for one session."""

    state: SessionState
    block: TransactionBlock
    statements: StatementStore
    compilation: Compilation
    executor: Executor
    commands: SessionCommands
    notify: Callable[[Notice], None]
    output: Output
    drain: Drain
    copy_direct_bytes: int

    def compile(self, text: str, param_oids: Sequence[int] = ()) -> CompiledStatement:
        """Compile for this session as it is now. Raises PgError."""
        try:
            return self.compilation.compile(text, param_oids, self.state.compile_env())
        except errors.PgError:
            if self.block.is_failed:
                check_syntax(text)  # Names are not even looked up for what will not run.
                self.block.check_runnable(None)
            raise

    def is_current(self, statement: CompiledStatement) -> bool:
        """Whether the plan is still what the text means here."""
        return statement.is_valid_in(self.state.compile_env())

    def run(self, statement: CompiledStatement, params: list[Datum]) -> Outcome:
        """Run the statement; ``params`` are its own, without the lifted literals.

        Raises:
            PgError: as the statement's kind does, at once or when awaited.
        """
        block = self.block
        if block.is_failed:
            block.check_runnable(statement.plan)
        transaction = self.state.context.transaction
        if transaction is not None and transaction.copied and needs_copied(statement.plan):
            return run_settled(self, statement, params)
        self.state.start_statement()
        runnable = statement.data_plan
        if runnable is None:
            return self._run_other(statement, statement.plan, params)
        if statement.guards:
            self.check_guards(statement)
        block.note_statement()
        lifted = statement.compiled.lifted
        return self.executor.execute(
            runnable, [*params, *lifted] if lifted else params, self.state.context
        )

    def columns(self, statement: CompiledStatement) -> Columns | Awaitable[Columns]:
        """The result columns, None if the statement returns no rows; for Describe."""
        plan = statement.plan
        if isinstance(plan, DeclarePlan):
            return None
        if isinstance(plan, ExecutePlan):
            prepared = self._prepared(plan).current
            return None if isinstance(prepared.plan, ExecutePlan) else self.columns(prepared)
        if isinstance(plan, FetchPlan):
            return cursor_columns(plan, self.statements)
        inner = plan.inner if isinstance(plan, ExecuteAsPlan) else plan
        if isinstance(inner, SelectPlan) and inner.columns is not None:
            return inner.columns
        if statement.runnable is not None:
            return self.executor.describe(statement.runnable)
        if isinstance(inner, ShowPlan):
            return show_columns(inner)
        if isinstance(inner, CommandPlan):
            return inner.columns or None
        return None

    def _run_other(self, statement: CompiledStatement, plan: Plan, params: list[Datum]) -> Outcome:
        match plan:
            case EmptyPlan():
                return _EMPTY
            case TransactionPlan():
                if plan.verb is TransactionVerb.COMMIT and self.block.must_settle:
                    return self.block.settle_and(lambda: self._end(plan))
                return self._end(plan)
            case SetPlan():
                is_alone = self.block.open_implicit()
                return self._set(plan, is_alone=is_alone)
            case ShowPlan():
                return self._show(plan)
            case ExecuteAsPlan():
                return self._execute_as(statement, plan, params)
            case CommandPlan():
                return self._command(plan, params)
            case CopyPlan() | DeclarePlan() | FetchPlan() | PreparePlan() | ExecutePlan():
                return self._run_stored(statement, plan, params)
            case _:
                raise errors.InternalError(f"no way to run {type(plan).__name__}")

    def end_cycle(self) -> Awaitable[None] | None:
        """Sync, or the end of a simple query: commit what was joined implicitly.

        Raises:
            PgError: the commit failed; nothing of the implicit block has happened.
        """
        if not self.block.is_explicit and self.block.must_settle:
            return self.block.settle_and(self._end_cycle)
        self._end_cycle()
        return None

    def _end_cycle(self) -> None:
        self.block.end_cycle()
        if not self.block.is_explicit:
            self.statements.end_transaction(is_committed=True)

    def _end(self, plan: TransactionPlan) -> ExecutionResult:
        tag = self.block.run(plan)
        if plan.verb in _BLOCK_ENDS:
            self.statements.end_transaction(is_committed=tag == "COMMIT")
        elif plan.savepoint:
            is_undone = plan.verb is TransactionVerb.ROLLBACK_TO
            self.statements.follow_savepoints(self.block.savepoint_depth, is_undone=is_undone)
        return ExecutionResult(tag=tag)

    def check_guards(self, statement: CompiledStatement) -> None:
        """Refuse relations that the role may not read or write (42501)."""
        role = self.state.current_role()
        for guard in statement.guards:
            if guard.relation.is_temporary:
                self._check_own(guard.relation)
                continue
            check = privileges.check_write if guard.is_write else privileges.check_read
            check(role, guard.relation)

    def _check_own(self, relation: Relation) -> None:
        """The last door of temporary tables: whatever plan this is, the table is the session's.

        Raises:
            UndefinedTable: 42P01.
        """
        if self.state.catalog().table_by_id(relation.table_id) is None:
            raise errors.UndefinedTable(f'relation "{relation.name}" does not exist')

    # SET and SHOW

    def _set(self, plan: SetPlan, *, is_alone: bool) -> ExecutionResult:
        """``is_alone``: SET is the first of its transaction, and maybe all of it."""
        for setting in (plan, *plan.also):
            self._set_one(setting, is_alone=is_alone)
        return ExecutionResult(tag="RESET" if plan.is_reset else "SET")

    def _set_one(self, plan: SetPlan, *, is_alone: bool) -> None:
        name = plan.name.lower()
        if name == "all" and plan.value is None:
            self.state.gucs.reset_all()
            return
        is_mode = name in _TRANSACTION_MODES
        if is_alone and (is_mode or plan.is_local):
            statement = "SET TRANSACTION" if is_mode else "SET LOCAL"
            self._warn(f"{statement} can only be used in transaction blocks")
        if is_mode:
            self.state.gucs.set(name, plan.value, is_local=True)
            self.block.take_modes()
            return
        self.state.check_allowed(name, plan.value)
        if name == "synchronous_commit":
            self.block.keep_promises()
        self.state.gucs.set(name, plan.value, is_local=plan.is_local)

    def change_setting(self, name: str, value: str | None, is_local: bool) -> str:
        """``set_config()``: SET or SET LOCAL; the new value, as SHOW gives it."""
        guc = guc_named(name)
        is_alone = self.state.context.transaction is None
        if is_alone and (is_local or guc.name in _TRANSACTION_MODES):
            # Its transaction ends with the statement that calls it.
            return self.state.gucs.check(guc.name, value)[1]
        self._set_one(SetPlan(guc.name.lower(), value, is_local), is_alone=False)
        if is_alone:
            self.state.gucs.commit()
        return self.state.gucs.show(guc.name)

    def _warn(self, message: str) -> None:
        self.notify(Notice(message, "WARNING", errors.NoActiveSqlTransaction.sqlstate))

    def _show(self, plan: ShowPlan) -> ExecutionResult:
        columns = show_columns(plan)
        if plan.name == "all":
            return ExecutionResult("SHOW", columns, list(self.state.gucs.all_values()))
        return ExecutionResult("SHOW", columns, [(self.state.gucs.show(plan.name),)])

    # EXECUTE AS

    def _execute_as(
        self, statement: CompiledStatement, plan: ExecuteAsPlan, params: list[Datum]
    ) -> Outcome:
        if statement.runnable is None:
            raise errors.FeatureNotSupported(
                "EXECUTE AS USER runs SELECT, INSERT, UPDATE and DELETE only",
                hint="Run the statement on its own.",
            )
        check_has_user_tables_only(statement)
        self.check_guards(statement)
        context = self.state.context
        own = context.user_id
        context.user_id = self.state.act_as(plan.user_id)
        try:
            self.block.note_statement()
            outcome = self.executor.execute(
                statement.runnable, with_lifted(params, statement.compiled), context
            )
        except BaseException:
            context.user_id = own
            raise
        if isinstance(outcome, ExecutionResult):
            context.user_id = own
            return outcome
        return self._restore_user_after(outcome, own)

    async def _restore_user_after(
        self, outcome: Awaitable[ExecutionResult], own: UserId
    ) -> ExecutionResult:
        try:
            return await outcome
        finally:
            self.state.context.user_id = own

    # Native statements

    def _command(self, plan: CommandPlan, params: list[Datum]) -> Outcome:
        statement = plan.statement
        match statement:
            case Discard():
                return discard(self, statement)
            case Deallocate():
                return deallocate(statement, self.statements)
            case CloseCursor():
                return close_cursor(statement, plan, self.statements)
            case Unlisten():
                return ExecutionResult(tag="UNLISTEN")
            case Explain():
                return self._explain(statement, plan)
            case CreateTableAs():
                return create_table_as(self, statement)
            case _:
                return self._run_command(plan, params)

    def _run_command(self, plan: CommandPlan, params: list[Datum]) -> Outcome:
        is_alone = self.block.open_implicit()
        if is_alone and isinstance(plan.statement, SetConstraints):
            self._warn("SET CONSTRAINTS can only be used in transaction blocks")
        self.block.note_statement()
        return commands.run(plan, params, self.commands)

    def _prepared(self, plan: ExecutePlan) -> PreparedStatement:
        prepared = find_prepared(plan, self.statements, self.compile)
        if not self.is_current(prepared.current):
            prepared.replace_plan(self.compile(prepared.text, prepared.param_oids))
        return prepared

    def _execute_prepared(self, statement: CompiledStatement, plan: ExecutePlan) -> Outcome:
        prepared = self._prepared(plan)
        if isinstance(prepared.current.plan, ExecutePlan):
            raise errors.FeatureNotSupported("EXECUTE of a prepared EXECUTE is not supported")
        # Another statement of that name may have had other columns.
        statement.presentations = Presentations()
        values: list[Datum] = []
        query = arguments_query(plan, prepared)
        if query is not None:
            compiled = self.compile(query)
            check_arguments(compiled.plan)
            values = argument_values(self.run(compiled, []))
        return self.run(prepared.current, values)

    def _run_stored(
        self,
        statement: CompiledStatement,
        plan: CopyPlan | DeclarePlan | FetchPlan | PreparePlan | ExecutePlan,
        params: list[Datum],
    ) -> Outcome:
        """COPY, and what works on the session's portals and prepared statements."""
        match plan:
            case CopyPlan():
                return run_copy(self, plan)
            case DeclarePlan():
                return self._declare(statement, plan, params)
            case FetchPlan():
                return fetch(plan, statement, self.statements)
            case PreparePlan():
                return prepare(plan, self.statements, self.compile, self.state.context)
            case ExecutePlan():
                return self._execute_prepared(statement, plan)

    def _declare(
        self, statement: CompiledStatement, plan: DeclarePlan, params: list[Datum]
    ) -> Outcome:
        check_declarable(plan, self.statements, self.state.context)
        assert statement.runnable is not None, "a cursor has a query"
        self.check_guards(statement)
        self.block.note_statement()
        outcome = self.executor.execute(
            statement.runnable, with_lifted(params, statement.compiled), self.state.context
        )
        is_of_transaction = self.state.context.transaction is not None
        return declare(
            plan, statement, outcome, self.statements, is_of_transaction=is_of_transaction
        )

    def _explain(self, statement: Explain, plan: CommandPlan) -> Outcome:
        inner = self.compile(statement.text)
        if inner.runnable is None:
            raise errors.FeatureNotSupported(
                "EXPLAIN explains SELECT, INSERT, UPDATE, DELETE and MERGE"
            )
        self.check_guards(inner)
        context, params = self.state.context, with_lifted([], inner.compiled)
        lines = self.executor.explain(inner.runnable, params, context)
        if not statement.analyze:
            return explained(lines, statement, plan.columns)
        self.block.note_statement()
        clock = self.state.clock
        started_us = clock.now_us()
        outcome = self.executor.execute(inner.runnable, params, context)
        return analyzed(outcome, lines, statement, plan.columns, clock, started_us)

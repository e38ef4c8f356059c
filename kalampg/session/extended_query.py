"""The extended query protocol: Parse, Bind, Describe, Execute, Close.

Statements up to Sync are one implicit transaction, unless they say otherwise themselves.

Source: PostgreSQL documentation, "protocol-flow", Extended Query and Pipelining.
"""

from __future__ import annotations

from collections.abc import Awaitable

from kalampg import errors
from kalampg.engine import ExecutionResult
from kalampg.protocol import backend
from kalampg.protocol.frontend import Bind, BoundExecution, Close, Describe, Execute, Parse, Target
from kalampg.session.copy_in import BeginCopy, CopyIn, Work
from kalampg.session.interruption import Interruption
from kalampg.session.output import Output
from kalampg.session.parameters import decode_parameters, invalid_utf8
from kalampg.session.portal import Portal, PreparedStatement
from kalampg.session.presentation import Presentation
from kalampg.session.rows import Drain, complete_tag, has_stream, is_stream, send_stream
from kalampg.session.runner import Columns, StatementRunner
from kalampg.sql import (
    DeletePlan,
    EmptyPlan,
    ExecuteAsPlan,
    InsertPlan,
    MergePlan,
    ResultColumn,
    SelectPlan,
    UpdatePlan,
    WithPlan,
    split_statements,
)

_WRITES = (InsertPlan, UpdatePlan, DeletePlan, MergePlan, WithPlan, ExecuteAsPlan)


class ExtendedQuery:
    """Handles the extended messages of one session."""

    def __init__(
        self,
        runner: StatementRunner,
        output: Output,
        interruption: Interruption,
        drain: Drain,
        begin_copy: BeginCopy,
    ) -> None:
        self._runner = runner
        self._store = runner.statements
        self._output = output
        self._interruption = interruption
        self._drain = drain
        self._begin_copy = begin_copy

    def close_unnamed(self) -> None:
        """A simple query takes the unnamed statement and portal with it."""
        self._store.close_portal(b"")
        self._store.close_statement(b"")

    def parse(self, message: Parse) -> Work:
        try:
            text = message.sql.decode()
        except UnicodeDecodeError as problem:
            raise invalid_utf8(message.sql, problem) from None
        if not message.name:
            self._store.close_statement(b"")  # Whether the new one is right or not.
        statements = split_statements(text)
        if len(statements) > 1:
            raise errors.SyntaxError("cannot insert multiple commands into a prepared statement")
        runner = self._runner
        compiling = runner.compilation.begin(text, message.param_oids, runner.state.compile_env())
        if compiling is not None:
            return self._parse_later(message, text, compiling)
        self._add_statement(message, text)
        return None

    async def _parse_later(self, message: Parse, text: str, compiling: Awaitable[None]) -> None:
        await compiling
        self._add_statement(message, text)

    def _add_statement(self, message: Parse, text: str) -> None:
        current = self._runner.compile(text, message.param_oids)
        if not isinstance(current.plan, EmptyPlan):
            self._runner.block.check_runnable(current.plan)
        self._store.check_new_statement(message.name)
        self._store.statements[message.name] = PreparedStatement(
            name=message.name,
            text=text,
            param_oids=tuple(message.param_oids),
            current=current,
            prepared_us=self._runner.state.clock.now_us(),
        )
        self._output.write(backend.PARSE_COMPLETE)

    def bind(self, message: Bind) -> Work:
        statement = self._store.statement(message.statement)
        runner = self._runner
        if runner.block.is_failed:
            runner.block.check_runnable(statement.current.plan)
        if statement.current.env is not runner.state.compile_env():
            self._refresh(statement)
        params = decode_parameters(message, statement.param_types, runner.state)
        self._store.add_portal(Portal(message.portal, statement, params, message.result_formats))
        self._output.write(backend.BIND_COMPLETE)
        return None

    def describe(self, message: Describe) -> Work:
        if message.target is Target.STATEMENT:
            statement = self._store.statement(message.name)
            self._check_describable(statement)
            self._output.write(backend.parameter_description(statement.param_types))
            self._refresh(statement)
            return self._describe_columns(statement, ())
        portal = self._store.portal(message.name)
        self._check_describable(portal.statement)
        return self._describe_columns(portal.statement, portal.formats)

    def _check_describable(self, statement: PreparedStatement) -> None:
        """A failed block still says of its end, and of nothing, that there are no rows."""
        plan = statement.current.plan
        if not isinstance(plan, EmptyPlan):
            self._runner.block.check_runnable(plan)

    def execute(self, message: Execute) -> Work:
        portal = self._store.portal(message.portal)
        if portal.result is not None or portal.is_finished:
            return self._continue(portal, message.rows_max)
        statement = portal.statement
        plan = statement.current.plan
        if isinstance(plan, _WRITES) or (isinstance(plan, SelectPlan) and plan.locked is not None):
            self._runner.block.open_implicit()
        outcome = self._runner.run(statement.current, portal.params)
        if isinstance(outcome, ExecutionResult) and not has_stream(outcome):
            portal.result = outcome
            self._send(portal, message.rows_max)
            return None
        if isinstance(outcome, CopyIn):
            portal.is_finished = True
            self._begin_copy(outcome, lambda: None)
            return None
        return self._interruption.guard(
            self._execute_later(portal, outcome, message.rows_max),
            self._runner.state.statement_timeout_s,
        )

    def runs_at_once(self, bind: Bind) -> PreparedStatement | None:
        """The statement, if nothing but its rows can be left of Bind, Execute and Sync.

        That is one the engine runs, with known columns and a current plan, outside a block.
        """
        statement = self._store.statements.get(bind.statement)
        runner = self._runner
        if statement is None or runner.block.is_explicit:
            return None
        current = statement.current
        plan = current.data_plan
        if plan is None or (plan.returns_rows and plan.columns is None):
            return None
        return statement if current.env is runner.state.compile_env() else None

    def run_at_once(self, statement: PreparedStatement, message: BoundExecution) -> Work:
        """Bind, describe and execute without a portal, unless the rows have to be waited for.

        A statement that writes is a transaction of its own: the Sync follows.
        """
        bind, current, write = message.bind, statement.current, self._output.write
        state = self._runner.state
        settings = state.context.output
        params = decode_parameters(bind, statement.param_types, state)
        write(backend.BIND_COMPLETE)
        plan = current.data_plan
        columns = None if plan is None else plan.columns
        presentation = None
        if columns is not None:
            presentation = current.presentations.get(columns, bind.result_formats, settings)
        if message.is_described:
            statement.columns = columns
            write(backend.NO_DATA if presentation is None else presentation.description)
        outcome = self._runner.run(current, params)
        if isinstance(outcome, ExecutionResult) and not has_stream(outcome):
            if presentation is not None and isinstance(outcome.rows, list):
                for row in outcome.rows:
                    write(presentation.encode(row))
            write(backend.command_complete(outcome.tag))
            return None
        assert not isinstance(outcome, CopyIn), "the engine runs no COPY"
        portal = Portal(b"", statement, params, bind.result_formats)
        self._store.add_portal(portal)
        return self._interruption.guard(
            self._execute_later(portal, outcome, 0), self._runner.state.statement_timeout_s
        )

    def close(self, message: Close) -> Work:
        if message.target is Target.STATEMENT:
            self._store.close_statement(message.name)
        else:
            self._store.close_portal(message.name)
        self._output.write(backend.CLOSE_COMPLETE)
        return None

    def _refresh(self, statement: PreparedStatement) -> None:
        """Compile again if the catalog or the search path is another than at Parse."""
        if not self._runner.is_current(statement.current):
            statement.replace_plan(self._runner.compile(statement.text, statement.param_oids))

    def _describe_columns(self, statement: PreparedStatement, formats: tuple[int, ...]) -> Work:
        if statement.columns is not None:
            self._send_description(statement, statement.columns, formats)
            return None
        columns = self._runner.columns(statement.current)
        if columns is None or isinstance(columns, tuple):
            self._describe_now(statement, columns, formats)
            return None
        return self._interruption.guard(
            self._describe_later(statement, columns, formats),
            self._runner.state.statement_timeout_s,
        )

    async def _describe_later(
        self,
        statement: PreparedStatement,
        columns: Awaitable[Columns],
        formats: tuple[int, ...],
    ) -> None:
        self._describe_now(statement, await columns, formats)

    def _describe_now(
        self, statement: PreparedStatement, columns: Columns, formats: tuple[int, ...]
    ) -> None:
        statement.columns = columns
        self._send_description(statement, columns, formats)

    def _send_description(
        self, statement: PreparedStatement, columns: Columns, formats: tuple[int, ...]
    ) -> None:
        if columns is None:
            self._output.write(backend.NO_DATA)
        else:
            self._output.write(self._present(statement, columns, formats).description)

    def _present(
        self,
        statement: PreparedStatement,
        columns: tuple[ResultColumn, ...],
        formats: tuple[int, ...],
    ) -> Presentation:
        settings = self._runner.state.context.output
        return statement.current.presentations.get(columns, formats, settings)

    def _continue(self, portal: Portal, rows_max: int) -> Work:
        """A further Execute of a portal that has run already."""
        result = portal.result
        if result is not None and result.columns is None and not result.tag:
            self._output.write(backend.EMPTY_QUERY_RESPONSE)
            return None
        if result is None or result.columns is None:
            name = portal.name.decode(errors="replace")
            raise errors.ObjectNotInPrerequisiteState(f'portal "{name}" cannot be run')
        if portal.is_finished:
            self._output.write(backend.command_complete(_tag_of_portion(result, 0)))
            return None
        if not is_stream(result.rows):
            self._send(portal, rows_max)
            return None
        return self._interruption.guard(
            self._send_later(portal, rows_max), self._runner.state.statement_timeout_s
        )

    async def _execute_later(
        self,
        portal: Portal,
        outcome: ExecutionResult | Awaitable[ExecutionResult],
        rows_max: int,
    ) -> None:
        portal.result = outcome if isinstance(outcome, ExecutionResult) else await outcome
        if has_stream(portal.result):
            await self._send_later(portal, rows_max)
        else:
            self._send(portal, rows_max)

    def _send(self, portal: Portal, rows_max: int) -> None:
        """Send rows that are there."""
        result = portal.result
        assert result is not None, "the portal has run"
        write = self._output.write
        columns = result.columns
        if columns is None:
            portal.is_finished = True
            write(
                backend.command_complete(result.tag) if result.tag else backend.EMPTY_QUERY_RESPONSE
            )
            return
        rows = result.rows
        assert isinstance(rows, list), "streams are sent elsewhere"
        encode = self._present(portal.statement, columns, portal.formats).encode
        end = len(rows) if rows_max <= 0 else min(len(rows), portal.fetched + rows_max)
        for index in range(portal.fetched, end):
            write(encode(rows[index]))
        is_suspended = 0 < rows_max == end - portal.fetched
        sent, portal.fetched = end - portal.fetched, end
        if is_suspended:
            write(backend.PORTAL_SUSPENDED)
            return
        portal.is_finished = True
        # A portal that was fetched in portions reports the last portion, as PostgreSQL does.
        tag = result.tag if sent == len(rows) else _tag_of_portion(result, sent)
        write(backend.command_complete(tag))

    async def _send_later(self, portal: Portal, rows_max: int) -> None:
        """Send rows of a stream, up to the limit."""
        result = portal.result
        assert result is not None, "the portal has run"
        assert result.columns is not None, "rows have columns"
        assert is_stream(result.rows), "lists are sent elsewhere"
        presentation = self._present(portal.statement, result.columns, portal.formats)
        try:
            sent, is_done = await send_stream(
                result.rows,
                result.columns,
                presentation,
                max(rows_max, 0),
                self._output,
                self._drain,
            )
        except BaseException:
            portal.close()
            raise
        portal.fetched += sent
        if 0 < rows_max == sent:
            self._output.write(backend.PORTAL_SUSPENDED)
            return
        assert is_done, "without a limit a stream is sent to its end"
        portal.close()
        self._output.write(backend.command_complete(complete_tag(result.tag, sent)))


def _tag_of_portion(result: ExecutionResult, sent: int) -> str:
    """``INSERT 0 1`` of ``INSERT 0 3``: the tag with another count, if it has one."""
    if is_stream(result.rows):
        return complete_tag(result.tag, sent)
    verb, _, count = result.tag.rpartition(" ")
    return complete_tag(verb, sent) if count.isdigit() else result.tag

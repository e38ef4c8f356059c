"""The simple query protocol: a string of statements, all answers in text.

Several statements are one implicit transaction, unless they say otherwise themselves.

Source: PostgreSQL documentation, "protocol-flow", Simple Query and Multiple Statements.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Iterable
from typing import TypeAlias

from kalampg import errors
from kalampg.engine import ExecutionResult
from kalampg.protocol import backend
from kalampg.session.compilation import CompiledStatement
from kalampg.session.copy_in import BeginCopy, CopyIn, Work
from kalampg.session.interruption import Interruption
from kalampg.session.output import Output
from kalampg.session.parameters import invalid_utf8
from kalampg.session.presentation import Presentation
from kalampg.session.rows import Drain, complete_tag, has_stream, is_stream, send_stream
from kalampg.session.runner import Outcome, StatementRunner
from kalampg.sql import EmptyPlan, ResultColumn, StatementText, check_syntax, split_statements

Answer: TypeAlias = ExecutionResult | Awaitable[ExecutionResult]


class SimpleQuery:
    """Runs the statements of Query messages."""

    def __init__(
        self,
        runner: StatementRunner,
        output: Output,
        interruption: Interruption,
        drain: Drain,
        begin_copy: BeginCopy,
    ) -> None:
        self._runner = runner
        self._output = output
        self._interruption = interruption
        self._drain = drain
        self._begin_copy = begin_copy
        self._joins = False  # Whether the statements are joined into one implicit transaction.

    def run(self, sql: bytes) -> Work:
        """Run everything; a coroutine is what could not be done at once.

        Raises:
            PgError: the statement that failed; the ones after it have not run.
        """
        try:
            text = sql.decode()
        except UnicodeDecodeError as problem:
            raise invalid_utf8(sql, problem) from None
        statements = deque(split_statements(text))
        if not statements:
            self._output.write(backend.EMPTY_QUERY_RESPONSE)
            return None
        self._joins = len(statements) > 1
        if self._joins:
            _check_syntax(statements)
        return self._run(statements)

    def _run(self, statements: deque[StatementText], *, is_compiled: bool = False) -> Work:
        """``is_compiled``: the first statement has been, if its text is long."""
        while statements:
            compiling = None if is_compiled else self._begin_compile(statements[0])
            is_compiled = False
            if compiling is not None:
                return self._run_compiled(compiling, statements)
            compiled = self._compile(statements[0])
            outcome = self._start(compiled, statements.popleft())
            if isinstance(outcome, CopyIn):
                self._begin_copy(outcome, lambda: self._run(statements))
                return None
            if not isinstance(outcome, ExecutionResult) or has_stream(outcome):
                timeout_s = self._runner.state.statement_timeout_s
                rest = self._rest(compiled, outcome, statements)
                return self._interruption.guard(rest, timeout_s)
            self._send(compiled, outcome)
        end = self._runner.end_cycle()
        if end is None:
            return None
        return self._interruption.guard(end, self._runner.state.statement_timeout_s)

    async def _rest(
        self, compiled: CompiledStatement, outcome: Answer, statements: deque[StatementText]
    ) -> None:
        await self._send_later(compiled, outcome)
        while statements:
            self._interruption.restart_timer(self._runner.state.statement_timeout_s)
            compiling = self._begin_compile(statements[0])
            if compiling is not None:
                await compiling
            compiled = self._compile(statements[0])
            following = self._start(compiled, statements.popleft())
            if isinstance(following, CopyIn):
                self._begin_copy(following, lambda: self._run(statements))
                return
            await self._send_later(compiled, following)
        end = self._runner.end_cycle()
        if end is not None:
            await end

    def _begin_compile(self, statement: StatementText) -> Work:
        runner = self._runner
        return runner.compilation.begin(statement.text, (), runner.state.compile_env())

    async def _run_compiled(
        self, compiling: Awaitable[None], statements: deque[StatementText]
    ) -> None:
        """Go on with a first statement whose text is long."""
        await compiling
        rest = self._run(statements, is_compiled=True)
        if rest is not None:
            await rest

    def _compile(self, statement: StatementText) -> CompiledStatement:
        try:
            return self._runner.compile(statement.text)
        except errors.PgError as error:
            _shift(error, statement)
            raise

    def _start(self, compiled: CompiledStatement, statement: StatementText) -> Outcome:
        if self._joins and not isinstance(compiled.plan, EmptyPlan):
            self._runner.block.open_implicit()
        if len(compiled.compiled.param_oids) > len(compiled.compiled.lifted):
            raise errors.UndefinedParameter("there is no parameter $1")
        try:
            return self._runner.run(compiled, [])
        except errors.PgError as error:
            _shift(error, statement)
            raise

    def _send(self, compiled: CompiledStatement, result: ExecutionResult) -> None:
        write = self._output.write
        if result.columns is None:
            tag = result.tag
            write(backend.command_complete(tag) if tag else backend.EMPTY_QUERY_RESPONSE)
            return
        rows = result.rows
        assert isinstance(rows, list), "streams are sent elsewhere"
        presentation = self._present(compiled, result.columns)
        write(presentation.description)
        encode = presentation.encode
        for row in rows:
            write(encode(row))
        write(backend.command_complete(result.tag))

    async def _send_later(self, compiled: CompiledStatement, outcome: Answer) -> None:
        result = outcome if isinstance(outcome, ExecutionResult) else await outcome
        if not is_stream(result.rows):
            self._send(compiled, result)
            return
        assert result.columns is not None, "rows have columns"
        presentation = self._present(compiled, result.columns)
        try:
            self._output.write(presentation.description)
            sent, _ = await send_stream(
                result.rows, result.columns, presentation, 0, self._output, self._drain
            )
        finally:
            result.rows.close()
        self._output.write(backend.command_complete(complete_tag(result.tag, sent)))

    def _present(
        self, compiled: CompiledStatement, columns: tuple[ResultColumn, ...]
    ) -> Presentation:
        return compiled.presentations.get(columns, (), self._runner.state.context.output)


def _check_syntax(statements: Iterable[StatementText]) -> None:
    """PostgreSQL reads all of a query before it runs any of it."""
    for statement in statements:
        try:
            check_syntax(statement.text)
        except errors.PgError as error:
            _shift(error, statement)
            raise


def _shift(error: errors.PgError, statement: StatementText) -> None:
    """Give the error its position in the whole text of the query."""
    if error.position is not None:
        error.position += statement.offset

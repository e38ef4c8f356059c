"""The simple query protocol: a string of statements, all answers in text.

Several statements are one implicit transaction, unless they say otherwise themselves.

Source: PostgreSQL documentation, "protocol-flow", Simple Query and Multiple Statements.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeAlias

from kalampg import errors
from kalampg.engine import ExecutionResult
from kalampg.protocol import backend
from kalampg.session.compilation import param_oids_of
from kalampg.session.interruption import Interruption
from kalampg.session.output import Output, tuple_encoder
from kalampg.session.parameters import invalid_utf8
from kalampg.session.rows import Drain, complete_tag, has_stream, is_stream, send_stream
from kalampg.session.runner import Outcome, StatementRunner
from kalampg.sql import EmptyPlan, StatementText, split_statements

Work: TypeAlias = Coroutine[Any, Any, None] | None


class SimpleQuery:
    """Runs the statements of Query messages."""

    def __init__(
        self, runner: StatementRunner, output: Output, interruption: Interruption, drain: Drain
    ) -> None:
        self._runner = runner
        self._output = output
        self._interruption = interruption
        self._drain = drain
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
        while statements:
            statement = statements.popleft()
            outcome = self._start(statement)
            if not isinstance(outcome, ExecutionResult) or has_stream(outcome):
                timeout_s = self._runner.state.statement_timeout_s
                return self._interruption.guard(self._rest(outcome, statements), timeout_s)
            self._send(outcome)
        self._runner.block.end_cycle()
        return None

    async def _rest(self, outcome: Outcome, statements: deque[StatementText]) -> None:
        await self._send_later(outcome)
        while statements:
            outcome = self._start(statements.popleft())
            await self._send_later(outcome)
        self._runner.block.end_cycle()

    def _start(self, statement: StatementText) -> Outcome:
        try:
            compiled = self._runner.compile(statement.text)
            if self._joins and not isinstance(compiled.plan, EmptyPlan):
                self._runner.block.open_implicit()
            if param_oids_of(compiled.compiled):
                raise errors.UndefinedParameter("there is no parameter $1")
            return self._runner.run(compiled, [])
        except errors.PgError as error:
            if error.position is not None:
                error.position += statement.offset
            raise

    def _send(self, result: ExecutionResult) -> None:
        if result.columns is None:
            tag = result.tag
            self._output.write(
                backend.command_complete(tag) if tag else backend.EMPTY_QUERY_RESPONSE
            )
            return
        formats = (0,) * len(result.columns)
        self._output.row_description(result.columns, formats)
        rows = result.rows
        assert isinstance(rows, list), "streams are sent elsewhere"
        encode = tuple_encoder(result.columns, formats, self._runner.state.context.output)
        for row in rows:
            self._output.write(encode(row))
        self._output.write(backend.command_complete(result.tag))

    async def _send_later(self, outcome: Outcome) -> None:
        result = outcome if isinstance(outcome, ExecutionResult) else await outcome
        if not is_stream(result.rows):
            self._send(result)
            return
        assert result.columns is not None, "rows have columns"
        formats = (0,) * len(result.columns)
        try:
            self._output.row_description(result.columns, formats)
            sent, _ = await send_stream(
                result.rows, result.columns, formats, 0, self._runner.state, self._output,
                self._drain,
            )  # fmt: skip
        finally:
            result.rows.close()
        self._output.write(backend.command_complete(complete_tag(result.tag, sent)))

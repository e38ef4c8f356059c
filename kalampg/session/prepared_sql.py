"""PREPARE and EXECUTE: the session's prepared statements, made and run by SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kalampg import errors
from kalampg.engine import ExecutionResult, SessionContext
from kalampg.pgtypes import format_type
from kalampg.relation import Datum
from kalampg.session.compilation import CompiledStatement
from kalampg.session.portal import PreparedStatement, StatementStore
from kalampg.sql import ExecutePlan, Plan, PointSelect, PreparePlan, SelectPlan
from kalampg.sql.statements import Deallocate

Compile = Callable[[str, Sequence[int]], CompiledStatement]


def prepare(
    plan: PreparePlan, store: StatementStore, compile_: Compile, context: SessionContext
) -> ExecutionResult:
    """Keep a statement under a name.

    Raises:
        DuplicatePreparedStatement: 42P05.
        PgError: what compiling it raises.
    """
    name = plan.name.encode()
    store.check_new_statement(name)
    try:
        current = compile_(plan.text, plan.param_oids)
    except errors.PgError as error:
        if error.position is not None:
            error.position += plan.offset
        raise
    store.statements[name] = PreparedStatement(
        name,
        plan.text,
        plan.param_oids,
        current,
        source=plan.source,
        prepared_us=context.statement_now_us,
    )
    return ExecutionResult("PREPARE")


def find_prepared(plan: ExecutePlan, store: StatementStore, compile_: Compile) -> PreparedStatement:
    """The statement that EXECUTE names, or the one that it brings along.

    Raises:
        InvalidSqlStatementName: 26000, there is none of that name.
        FeatureNotSupported: 0A000, what is written there is no query and no data change.
        PgError: what compiling it raises.
    """
    if isinstance(plan.statement, str):
        return store.statement(plan.statement.encode())
    written = plan.statement
    try:
        current = compile_(written.text, ())
    except errors.PgError as error:
        if error.position is not None:
            error.position = None if written.offset is None else error.position + written.offset
        raise
    if current.data_plan is None:
        raise errors.FeatureNotSupported(
            'EXECUTE "sql" WITH takes SELECT, INSERT, UPDATE, DELETE and MERGE only',
            hint="Send the statement as it is.",
        )
    return PreparedStatement(b"", written.text, (), current)


def arguments_query(plan: ExecutePlan, prepared: PreparedStatement) -> str | None:
    """A query for the values of the arguments, None when there are none.

    Raises:
        SyntaxError: 42601, they are not as many as the statement's parameters.
    """
    expected, given = len(prepared.param_types), len(plan.arguments)
    if expected != given:
        raise errors.SyntaxError(
            f"wrong number of parameters for {_shown(plan)}",
            detail=f"Expected {expected} parameters but got {given}.",
        )
    if not given:
        return None
    casts = (
        f"CAST(({argument}) AS {format_type(oid, -1)})"
        for argument, oid in zip(plan.arguments, prepared.param_types, strict=True)
    )
    return f"SELECT {', '.join(casts)}"


def _shown(plan: ExecutePlan) -> str:
    if isinstance(plan.statement, str):
        return f'prepared statement "{plan.statement}"'
    return 'the statement of EXECUTE "sql" WITH'


def check_arguments(plan: Plan) -> None:
    """Raise 0A000 for arguments that are not there at once: DuckDB would have to compute them."""
    fast = plan.fast if isinstance(plan, SelectPlan) else None
    if not isinstance(fast, PointSelect) or fast.relation is not None:
        raise errors.FeatureNotSupported(
            "this expression is not supported as an argument of EXECUTE",
            hint="Literals, operators, casts and simple functions are.",
        )


def argument_values(result: object) -> list[Datum]:
    """The one row of ``arguments_query``."""
    assert isinstance(result, ExecutionResult), "it waits for nothing"
    assert isinstance(result.rows, list), "it reads no table"
    return list(result.rows[0])


def deallocate(statement: Deallocate, store: StatementStore) -> ExecutionResult:
    """DEALLOCATE name or ALL. Raises InvalidSqlStatementName (26000)."""
    if statement.name is None:
        store.statements.clear()
        return ExecutionResult(tag="DEALLOCATE ALL")
    name = statement.name.encode()
    store.statement(name)
    store.close_statement(name)
    return ExecutionResult(tag="DEALLOCATE")

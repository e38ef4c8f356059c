"""Running CREATE TABLE AS: the table, then an INSERT ... SELECT into it, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kalampg import commands, errors
from kalampg.engine import ExecutionResult
from kalampg.ids import Oid
from kalampg.relation import TEMPORARY_SCHEMA
from kalampg.session.compilation import with_lifted
from kalampg.session.copying import qualified
from kalampg.sql import CommandPlan
from kalampg.sql.statements import ColumnDefinition, CreateTable
from kalampg.sql.table_as import CreateTableAs
from kalampg.sql.table_name import TableName

if TYPE_CHECKING:
    from kalampg.session.runner import StatementRunner

_WITHOUT_ROWS = "CREATE TABLE AS"


async def create_table_as(runner: StatementRunner, statement: CreateTableAs) -> ExecutionResult:
    """Make the table and fill it; the block keeps both together.

    Raises:
        PgError: the query or the table is wrong, or may not be used.
    """
    runner.block.open_implicit()
    runner.block.note_statement()
    catalog = await runner.commands.lock_catalog()
    columns = _columns(statement, runner)
    is_temporary = commands.is_temporary_place(
        statement.table, catalog, is_said=statement.is_temporary
    )
    schema_name = (
        TEMPORARY_SCHEMA
        if is_temporary
        else commands.creation_namespace(
            catalog, statement.table.schema_name, runner.commands.search_path
        )
    )
    existed = catalog.relation(schema_name, statement.table.name) is not None
    table = TableName(schema_name, statement.table.name)
    await _create(statement, table, columns, runner)
    if not statement.has_data or (existed and statement.if_not_exists):
        return ExecutionResult(_WITHOUT_ROWS)
    names = ", ".join(_quoted(column.name) for column in columns)
    target = f"{qualified(table)} ({names})" if columns else qualified(table)
    text = f"INSERT INTO {target} {statement.query}"
    insert = runner.compile(text)
    assert insert.runnable is not None, "an INSERT is a data plan"
    runner.check_guards(insert)
    outcome = runner.executor.execute(
        insert.runnable, with_lifted([], insert.compiled), runner.state.context
    )
    done = outcome if isinstance(outcome, ExecutionResult) else await outcome
    return ExecutionResult(f"SELECT {done.tag.rpartition(' ')[2]}")


def _columns(statement: CreateTableAs, runner: StatementRunner) -> list[ColumnDefinition]:
    """The columns of the query, under the names that the statement gives them."""
    shape = runner.commands.query_columns(statement.query, statement.offset)
    given = statement.columns
    if len(given) > len(shape):
        raise errors.SyntaxError("too many column names were specified")
    columns: list[ColumnDefinition] = []
    for place, (name, type_oid, typmod) in enumerate(shape):
        chosen = given[place] if place < len(given) else name
        if any(column.name == chosen for column in columns):
            raise errors.DuplicateColumn(f'column "{chosen}" specified more than once')
        columns.append(ColumnDefinition(chosen, Oid(type_oid), typmod))
    return columns


async def _create(
    statement: CreateTableAs,
    table: TableName,
    columns: Sequence[ColumnDefinition],
    runner: StatementRunner,
) -> None:
    create = CreateTable(
        table=table,
        table_type=statement.table_type,
        columns=tuple(columns),
        primary_key=(),
        primary_key_name=None,
        options=statement.options,
        if_not_exists=statement.if_not_exists,
        is_temporary=table.schema_name == TEMPORARY_SCHEMA,
        on_commit=statement.on_commit,
    )
    outcome = commands.run(CommandPlan(create), (), runner.commands)
    if not isinstance(outcome, ExecutionResult):
        await outcome


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'

"""COPY statements: made of a query for COPY TO, of an INSERT's plan for COPY FROM.

So names, privileges, defaults and isolation are the ones of those statements.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Final

from kalampg import errors
from kalampg.engine import ExecutionResult, Executor, SessionContext
from kalampg.pgtypes.copy_batches import CopyEncoder
from kalampg.pgtypes.copy_binary_columns import BinaryColumnDecoder
from kalampg.pgtypes.copy_columns import ColumnDecoder
from kalampg.pgtypes.copy_format import CopyKind
from kalampg.pgtypes.copy_reader import CopyColumn, CopyReader
from kalampg.protocol import backend
from kalampg.protocol.backend import Format
from kalampg.relation import Column
from kalampg.session.compilation import CompiledStatement
from kalampg.session.copy_in import CopyIn
from kalampg.session.direct_copy import DirectCopy
from kalampg.session.output import Output
from kalampg.session.rows import CHUNK_ROWS, Drain, is_stream
from kalampg.sql import CopyPlan, InsertPlan, ResultColumn
from kalampg.sql.statements import TableName

_ALL: Final = ("*",)


def source_query(copy: CopyPlan) -> str:
    """The query whose rows a COPY TO sends."""
    if copy.query is not None:
        return copy.query
    assert copy.table is not None, "a COPY without a query has a table"
    columns = ", ".join(_quoted(name) for name in copy.columns) or "*"
    return f"SELECT {columns} FROM {qualified(copy.table)}"  # noqa: S608 - quoted identifiers


def target_insert(copy: CopyPlan) -> str:
    """An INSERT with the columns that a COPY FROM fills; its values are never used."""
    assert copy.table is not None, "COPY FROM has a table"
    columns = ", ".join(_quoted(name) for name in copy.columns)
    if not columns:
        return f"INSERT INTO {qualified(copy.table)} DEFAULT VALUES"
    values = ", ".join("DEFAULT" for _ in copy.columns)
    return f"INSERT INTO {qualified(copy.table)} ({columns}) VALUES ({values})"  # noqa: S608


def refuse_generated(column: Column) -> None:
    """Raise InvalidColumnReference (42P10) for a generated column."""
    if column.generated is not None:
        raise errors.InvalidColumnReference(
            f'column "{column.name}" is a generated column',
            detail="Generated columns cannot be used in COPY.",
        )


def check_columns(copy: CopyPlan, all_names: Sequence[str]) -> None:
    """Raise what PostgreSQL does for columns that a COPY TO cannot have (42703, 42701)."""
    assert copy.table is not None, "a query has no column list"
    for place, name in enumerate(copy.columns):
        if name not in all_names:
            raise errors.UndefinedColumn(
                f'column "{name}" of relation "{copy.table.name}" does not exist'
            )
        if name in copy.columns[:place]:
            raise errors.DuplicateColumn(f'column "{name}" specified more than once')


def begin_copy_in(
    copy: CopyPlan,
    target: CompiledStatement,
    executor: Executor,
    context: SessionContext,
    direct_bytes: int,
) -> CopyIn:
    """Make ready to take data; the block is open.

    Raises:
        ReadOnlySqlTransaction: 25006.
        PgError: an option names a column that does not fit.
    """
    plan = target.plan
    assert isinstance(plan, InsertPlan), "made of an INSERT"
    relation = plan.relation
    positions = plan.targets or tuple(
        place
        for place, column in enumerate(relation.columns)
        if not column.is_hidden and column.generated is None
    )
    for position in positions:
        refuse_generated(relation.columns[position])
    loader = executor.row_loader(plan, positions, context)
    names = [relation.columns[position].name for position in positions]
    all_names = [column.name for column in relation.columns]
    nulls = _forced("FORCE_NULL", copy.force_null, names, all_names, relation.name)
    not_nulls = _forced("FORCE_NOT_NULL", copy.force_not_null, names, all_names, relation.name)
    columns = []
    for place, position in enumerate(positions):
        column = relation.columns[position]
        columns.append(
            CopyColumn(
                column.name, column.type_oid, column.typmod, place in nulls, place in not_nulls
            )
        )
    reader = CopyReader(copy.format, relation.name, columns, context.input)
    segments = executor.segment_loader(plan, positions, context) if columns else None
    direct = None
    if segments is not None:
        is_binary = copy.format.kind is CopyKind.BINARY
        decoder = (
            BinaryColumnDecoder(columns)
            if is_binary
            else ColumnDecoder(copy.format, columns, context.input)
        )
        direct = DirectCopy(reader, decoder, segments)

    def settle() -> Coroutine[Any, Any, None] | None:
        transaction = context.transaction
        has_copied = transaction is not None and bool(transaction.copied)
        return executor.settle_copies(context) if has_copied else None

    return CopyIn(copy.format, len(columns), reader, loader, direct, settle, direct_bytes)


async def copy_out(
    copy: CopyPlan, result: ExecutionResult, context: SessionContext, output: Output, drain: Drain
) -> ExecutionResult:
    """Send the rows of ``result`` as COPY data.

    Cancellation: what is written stays written; the stream is closed.
    """
    if result.columns is None:
        raise errors.FeatureNotSupported("COPY query must have a RETURNING clause")
    columns = result.columns
    rows = result.rows
    sent = 0
    try:
        encoder = _encoder(copy, columns, context)
        code = Format.BINARY if copy.format.kind is CopyKind.BINARY else Format.TEXT
        output.write(backend.copy_out_response(code, [code.value] * len(columns)))
        output.write(encoder.start([column.name for column in columns]))
        if is_stream(rows):
            is_done = False
            while not is_done:
                encoded, count, is_done = await rows.next(CHUNK_ROWS, encoder.encode)
                output.write(encoded)
                sent += count
                await drain()
        else:
            assert isinstance(rows, list), "a result with columns has rows"
            for start in range(0, len(rows), CHUNK_ROWS):
                output.write(encoder.encode_rows(rows[start : start + CHUNK_ROWS]))
                await drain()
            sent = len(rows)
    finally:
        if is_stream(rows):
            rows.close()
    output.write(encoder.finish() + backend.COPY_DONE)
    return ExecutionResult(tag=f"COPY {sent}")


def _encoder(
    copy: CopyPlan, columns: Sequence[ResultColumn], context: SessionContext
) -> CopyEncoder:
    names = [column.name for column in columns]
    name = copy.table.name if copy.table is not None else None
    forced = _forced("FORCE_QUOTE", copy.force_quote, names, names, name)
    oids = [column.type_oid for column in columns]
    return CopyEncoder(copy.format, oids, context.output, forced)


def _forced(
    option: str,
    wanted: tuple[str, ...],
    names: Sequence[str],
    all_names: Sequence[str],
    relation_name: str | None,
) -> frozenset[int]:
    """Places of the columns that an option names."""
    if wanted == _ALL:
        return frozenset(range(len(names)))
    for name in wanted:
        if name not in all_names:
            of_relation = "" if relation_name is None else f' of relation "{relation_name}"'
            raise errors.UndefinedColumn(f'column "{name}"{of_relation} does not exist')
        if name not in names:
            raise errors.InvalidColumnReference(f'{option} column "{name}" not referenced by COPY')
    return frozenset(names.index(name) for name in wanted)


def qualified(table: TableName) -> str:
    """The name as a statement has it."""
    name = _quoted(table.name)
    return name if table.schema_name is None else f"{_quoted(table.schema_name)}.{name}"


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'

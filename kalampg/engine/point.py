"""Point plans: SELECT by full key, or of no table at all, as one closure on the event loop.

A closure is compiled once for a plan and serves every user: the scope is made from the session at
each run. It returns the rows, or raises Suspended (see ``engine.suspend``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.engine.advisory import calls_advisory, taking_back
from kalampg.engine.backend_calls import calls_backend, replaying
from kalampg.engine.casts import compile_cast
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import (
    Evaluator,
    cast_evaluator,
    compile_expression,
    reads_system_columns,
)
from kalampg.engine.lookup import Lookup
from kalampg.engine.result import Row
from kalampg.engine.stored_table import StoredTable, with_system_columns
from kalampg.relation import Datum
from kalampg.sql.expression import ColumnRef, Expression, Param
from kalampg.sql.row_plans import PointSelect
from kalampg.storage.rows import StoredRow

FastSelect: TypeAlias = Callable[[Sequence[Datum], SessionContext], list[Row]]
Projection: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Row]
# The encoded key; None: no row can have it.
KeyOf: TypeAlias = Callable[[Sequence[Datum], SessionContext], bytes | None]

_NO_ROW: Final[tuple[Datum, ...]] = ()
_INTEGERS: Final = frozenset({20, 21, 23, 26})


def compile_projection(outputs: Sequence[Expression]) -> Projection:
    """The output row of a row; plain columns are picked without a call for each."""
    positions = [output.position for output in outputs if isinstance(output, ColumnRef)]
    if len(positions) == len(outputs) and len(outputs) > 1:
        pick = itemgetter(*positions)
        return lambda row, params, session: pick(row)
    evaluators = tuple(compile_expression(output) for output in outputs)
    if len(evaluators) == 1:
        (only,) = evaluators
        return lambda row, params, session: (only(row, params, session),)
    return lambda row, params, session: tuple(
        [evaluator(row, params, session) for evaluator in evaluators]
    )


def compile_outputs(outputs: Sequence[Expression]) -> Projection:
    """The same, for a row that is computed again where a lock must be waited for."""
    project = compile_projection(outputs)
    if calls_backend(outputs):
        project = replaying(project)
    return taking_back(project) if calls_advisory(outputs) else project


def compile_key(table: StoredTable, key: Sequence[Expression]) -> KeyOf:
    """The encoded primary key that the expressions give."""
    encode = table.encode_key
    if len(key) == 1 and isinstance(key[0], Param) and key[0].type_oid == table.key_oids[0]:
        index = key[0].index - 1

        def only(params: Sequence[Datum], session: SessionContext) -> bytes | None:
            value = params[index]
            return None if value is None else encode((value,))

        return only
    evaluators = tuple(
        key_evaluator(expression, oid) for expression, oid in zip(key, table.key_oids, strict=True)
    )

    def run(params: Sequence[Datum], session: SessionContext) -> bytes | None:
        values = [evaluator(_NO_ROW, params, session) for evaluator in evaluators]
        if None in values:
            return None
        try:
            return encode(values)
        except OverflowError:  # An int8 that no int4 column can hold equals none of them.
            return None

    return run


def key_evaluator(expression: Expression, column_oid: int) -> Evaluator:
    """A key value in its column's type.

    Integers of all sizes compare as they are; a value out of the column's range is found by the
    encoder. Other casts must not lose anything, or rows would match that are not equal.
    """
    evaluator = compile_expression(expression)
    source = expression.type_oid
    if source == column_oid or (source in _INTEGERS and column_oid in _INTEGERS):
        return evaluator
    if column_oid in _INTEGERS and source in (1700, 700, 701):
        raise errors.InternalError("a key look-up must not round its key")
    if compile_cast(source, column_oid, -1, explicit=False) is None:
        return evaluator
    return cast_evaluator(evaluator, source, column_oid, -1, explicit=False)


def compile_point_select(plan: PointSelect, lookup: Lookup) -> FastSelect:
    """Compile the select to its closure."""
    if plan.relation is None:
        return _compile_no_table(plan)
    table = StoredTable(plan.relation)
    key_of = compile_key(table, plan.key)
    finish = _compile_finish(plan, table)
    committed, visible, scope_for = lookup.committed, lookup.visible, table.scope_for

    def run(params: Sequence[Datum], session: SessionContext) -> list[Row]:
        key = key_of(params, session)
        if key is None:
            return []
        scope = scope_for(session)
        transaction = session.transaction
        if transaction is None:
            row = committed(table, scope, key)
        else:
            row = visible(table, scope, key, transaction)
        return [] if row is None else finish(row, params, session)

    return run


def _compile_no_table(plan: PointSelect) -> FastSelect:
    project = compile_outputs(plan.outputs)
    condition = None if plan.filter is None else compile_expression(plan.filter)

    def run(params: Sequence[Datum], session: SessionContext) -> list[Row]:
        if condition is not None and not condition(_NO_ROW, params, session):
            return []
        return [project(_NO_ROW, params, session)]

    return run


def _compile_finish(
    plan: PointSelect, table: StoredTable
) -> Callable[[StoredRow, Sequence[Datum], SessionContext], list[Row]]:
    """Check the row that was found, and project it."""
    project = compile_outputs(plan.outputs)
    condition = None if plan.filter is None else compile_expression(plan.filter)
    sees_deleted = plan.includes_deleted
    filters = () if plan.filter is None else (plan.filter,)
    is_wide = reads_system_columns((*plan.outputs, *filters), table.width)

    def finish(row: StoredRow, params: Sequence[Datum], session: SessionContext) -> list[Row]:
        if row.deleted and not sees_deleted:
            return []
        values = with_system_columns(row) if is_wide else row.values
        if condition is not None and not condition(values, params, session):
            return []
        return [project(values, params, session)]

    return finish

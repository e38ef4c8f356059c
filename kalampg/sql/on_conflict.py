"""ON CONFLICT: which rows count as in the way, and what becomes of them.

The new values and the condition see two rows: the one that is there, under the target's name, and
the one that was to be inserted, as ``excluded``. Bound to two uses of the relation, they become
expressions over both rows side by side (``plan.OnConflict`` says how).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import SYSTEM_COLUMNS, Relation
from kalampg.sql.annotation import column_of, position_of
from kalampg.sql.assignments import SetClause
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.expression import ColumnRef, Expression
from kalampg.sql.plan import OnConflict
from kalampg.sql.write_target import WriteTarget

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_EXCLUDED = "excluded"


class ConflictClause:
    """ON CONFLICT of one INSERT: bound with it, built when all parameters have types."""

    def __init__(self, binder: Binder, clause: exp.Expr, target: WriteTarget) -> None:
        if clause.args.get("duplicate"):
            raise errors.SyntaxError('syntax error at or near "DUPLICATE"')
        self._relation = target.relation
        self._is_update = str(clause.args["action"].name).upper() == "DO UPDATE"
        self._binder = binder.beside()
        self._is_any = not clause.args.get("conflict_keys") and not clause.args.get("constraint")
        self._index = _index(self._binder, clause, target, is_update=self._is_update)
        self._set = self._bind_update(clause, target) if self._is_update else None

    def _bind_update(self, clause: exp.Expr, target: WriteTarget) -> SetClause:
        found = SetClause(self._binder, clause, target)
        select = exp.Select(
            expressions=found.items or [exp.Null()],
            from_=exp.From(this=target.item()),
            joins=[exp.Join(this=target.item(_EXCLUDED))],
        )
        if clause.args.get("where") is not None:
            select.set("where", clause.args["where"])
        # Another binder than the one for the target: these two uses are numbers 0 and 1.
        self._binder = self._binder.beside()
        outputs = self._binder.query(select, None, found.expected)
        found.check([output.oid for output in outputs])
        self._select = select
        return found

    def build(self, defaults: tuple[Expression | None, ...]) -> OnConflict:
        """The plan's part; ``defaults`` has one entry per column of the relation."""
        if self._set is None:
            return OnConflict(index=self._index, is_any=self._is_any)
        translator = _OverBothRows(self._binder, self._relation)
        where = self._select.args.get("where")
        try:
            items = [translator.translate(item.this) for item in self._select.expressions]
            condition = None if where is None else translator.translate(where.this)
        except NotEvaluable:
            raise errors.FeatureNotSupported(
                "this expression is not supported in ON CONFLICT DO UPDATE",
                hint="Operators, casts, CASE, COALESCE and simple functions are; compute the rest "
                "in the rows to insert, and use excluded.",
            ) from None
        values = self._set.values(items, defaults)
        return OnConflict(self._set.targets, values, condition, is_update=True, index=self._index)


class _OverBothRows(Translator):
    """Columns of the existing row keep their positions; those of ``excluded`` come behind them."""

    def __init__(self, binder: Binder, relation: Relation) -> None:
        super().__init__(binder.coercion, None)
        self._offsets = (0, len(relation.columns) + len(SYSTEM_COLUMNS))

    def column(self, node: exp.Expr) -> Expression:
        found = column_of(node)
        if found is None or found[0] not in (0, 1):
            raise NotEvaluable
        own = Translator(self.coercion, found[0]).column(node)
        return ColumnRef(found[1] + self._offsets[found[0]], own.type_oid)


def _index(binder: Binder, clause: exp.Expr, target: WriteTarget, *, is_update: bool) -> Oid | None:
    """The unique index that the conflict target means; None for the primary key."""
    keys = clause.args.get("conflict_keys") or []
    constraint = clause.args.get("constraint")
    index = None
    if constraint is not None:
        index = _named_index(binder, constraint, target.relation)
    elif keys:
        index = _index_on(binder, keys, target)
    elif is_update:
        raise errors.SyntaxError(
            "ON CONFLICT DO UPDATE requires inference specification or constraint name",
            hint="For example, ON CONFLICT (column_name).",
        )
    predicate = clause.args.get("index_predicate")
    if predicate is not None:
        # It chooses among partial indexes, and a whole one always fits; but it must make sense.
        select = exp.Select(
            expressions=[exp.Literal.number(1)],
            from_=exp.From(this=target.item()),
            where=predicate,
        )
        binder.query(select, None)
    return index


def _named_index(binder: Binder, constraint: exp.Expr, relation: Relation) -> Oid | None:
    name = binder.name_of(constraint)
    if name == (relation.primary_key_name or f"{relation.name}_pkey"):
        return None
    for index in relation.indexes:
        if index.name == name and index.constraint_oid is not None:
            return index.oid
    if any(one.name == name for one in relation.constraints):
        raise errors.WrongObjectType("constraint in ON CONFLICT clause has no associated index")
    raise errors.UndefinedObject(
        f'constraint "{name}" for table "{relation.name}" does not exist',
        position=position_of(constraint),
    )


def _index_on(binder: Binder, keys: list[exp.Expr], target: WriteTarget) -> Oid | None:
    relation = target.relation
    positions: set[int] = set()
    is_plain = True
    for key in keys:
        column = key.this if isinstance(key, exp.Ordered) else key
        if not isinstance(column, exp.Column) or column.args.get("table"):
            is_plain = False
            continue
        name = binder.name_of(column.this)
        position = target.place_of(name)
        if position is None:
            raise errors.UndefinedColumn(
                f'column "{name}" does not exist', position=position_of(column)
            )
        positions.add(position)
    if is_plain and positions == set(relation.primary_key):
        return None
    columns = {relation.columns[position].column_id for position in positions}
    for index in relation.indexes:
        if is_plain and index.is_unique and set(index.columns) == columns:
            return index.oid
    raise errors.InvalidColumnReference(
        "there is no unique or exclusion constraint matching the ON CONFLICT specification"
    )


def bind_conflict(binder: Binder, node: exp.Expr, target: WriteTarget) -> ConflictClause | None:
    """The ON CONFLICT clause of an INSERT, if it has one.

    Raises:
        InvalidColumnReference: 42P10, no unique constraint has these columns.
        UndefinedObject: 42704, no constraint has this name.
    """
    clause = node.args.get("conflict")
    return None if clause is None else ConflictClause(binder, clause, target)

"""ON CONFLICT: which rows count as in the way, and what becomes of them.

The new values and the condition see two rows: the one that is there, under the target's name, and
the one that was to be inserted, as ``excluded``. Bound to two uses of the relation, they become
expressions over both rows side by side (``plan.OnConflict`` says how).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.constraint import Index
from kalampg.ids import Oid
from kalampg.relation import SYSTEM_COLUMNS, Relation
from kalampg.sql.annotation import column_of, position_of
from kalampg.sql.assignments import SetClause
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.expression import ColumnRef, Expression
from kalampg.sql.given_rows import query_over_rows
from kalampg.sql.index_expression import (
    column_ref,
    conjuncts_of,
    is_implied,
    key_expressions,
)
from kalampg.sql.operators import BOOL
from kalampg.sql.outputs import Output
from kalampg.sql.plan import OnConflict
from kalampg.sql.write_target import WriteTarget

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_EXCLUDED = "excluded"
_CONDITION = "condition"


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
        self._outputs = self._binder.query(select, None, found.expected)
        found.check([output.oid for output in self._outputs])
        self._select = select
        return found

    @property
    def needs_query(self) -> bool:
        """Whether only DuckDB computes the new values, or the condition."""
        if self._set is None:
            return False
        translator = _OverBothRows(self._binder, self._relation)
        where = self._select.args.get("where")
        parts = [item.this for item in self._select.expressions]
        parts += [] if where is None else [where.this]
        return any(translator.try_translate(part) is None for part in parts)

    def build(
        self, defaults: tuple[Expression | None, ...], param_oids: tuple[Oid, ...]
    ) -> OnConflict:
        """The plan's part; ``defaults`` has one entry per column of the relation."""
        if self._set is None:
            return OnConflict(index=self._index, is_any=self._is_any)
        if self.needs_query:
            return self._by_query(self._set, defaults, param_oids)
        translator = _OverBothRows(self._binder, self._relation)
        where = self._select.args.get("where")
        items = [translator.translate(item.this) for item in self._select.expressions]
        condition = None if where is None else translator.translate(where.this)
        values = self._set.values(items, defaults)
        return OnConflict(self._set.targets, values, condition, is_update=True, index=self._index)

    def _by_query(
        self,
        clause: SetClause,
        defaults: tuple[Expression | None, ...],
        param_oids: tuple[Oid, ...],
    ) -> OnConflict:
        """The values and the condition as columns of a query over both rows."""
        condition = None
        outputs = list(self._outputs)
        where = self._select.args.get("where")
        if where is not None:
            condition = ColumnRef(len(outputs), Oid(BOOL))
            outputs.append(Output(_CONDITION, _CONDITION, BOOL))
            node = exp.alias_(where.this, _CONDITION, quoted=True, copy=False)
            self._select.append("expressions", node)
            self._select.set("where", None)
        items = [ColumnRef(place, Oid(output.oid)) for place, output in enumerate(self._outputs)]
        reads, query = query_over_rows(
            self._binder,
            self._select,
            outputs,
            dict(enumerate(_offsets(self._relation))),
            param_oids,
            is_result=False,
        )
        return OnConflict(
            clause.targets,
            clause.values(items, defaults),
            condition,
            is_update=True,
            index=self._index,
            query=query,
            reads=reads,
        )


def _offsets(relation: Relation) -> tuple[int, int]:
    """Where the existing row and the one that was to be inserted begin, side by side."""
    return 0, len(relation.columns) + len(SYSTEM_COLUMNS)


class _OverBothRows(Translator):
    """Columns of the existing row keep their positions; those of ``excluded`` come behind them."""

    def __init__(self, binder: Binder, relation: Relation) -> None:
        super().__init__(binder.coercion, None)
        self._offsets = _offsets(relation)

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
    if constraint is not None:
        return _named_index(binder, constraint, target.relation)
    if keys:
        given = [key.this if isinstance(key, exp.Ordered) else key for key in keys]
        return _index_on(binder, given, clause.args.get("index_predicate"), target)
    if is_update:
        raise errors.SyntaxError(
            "ON CONFLICT DO UPDATE requires inference specification or constraint name",
            hint="For example, ON CONFLICT (column_name).",
        )
    for index in target.relation.indexes:
        _refuse_deferrable(index, target.relation)
    return None


def _named_index(binder: Binder, constraint: exp.Expr, relation: Relation) -> Oid | None:
    name = binder.name_of(constraint)
    if name == (relation.primary_key_name or f"{relation.name}_pkey"):
        return None
    for index in relation.indexes:
        if index.name == name and index.constraint_oid is not None:
            _refuse_deferrable(index, relation)
            return index.oid
    if any(one.name == name for one in relation.constraints):
        raise errors.WrongObjectType("constraint in ON CONFLICT clause has no associated index")
    raise errors.UndefinedObject(
        f'constraint "{name}" for table "{relation.name}" does not exist',
        position=position_of(constraint),
    )


def _index_on(
    binder: Binder, keys: list[exp.Expr], predicate: exp.Expr | None, target: WriteTarget
) -> Oid | None:
    """The index of exactly these keys; a whole one before a partial one."""
    relation = target.relation
    select = exp.Select(expressions=keys, from_=exp.From(this=WriteTarget(relation, "t").item()))
    if predicate is not None:
        select.set(
            "where", predicate if isinstance(predicate, exp.Where) else exp.Where(this=predicate)
        )
    _name_columns_of_table(binder, select, target)
    inner = binder.beside()
    inner.query(select, None)
    translator = Translator(inner.coercion, 0)
    items = [item.this if isinstance(item, exp.Alias) else item for item in select.expressions]
    wanted = {translator.try_translate(item) for item in items}
    where = select.args.get("where")
    condition = None if where is None else translator.try_translate(where.this)
    conditions = () if condition is None else conjuncts_of(condition)
    if wanted == {column_ref(relation, position) for position in relation.primary_key}:
        return None
    for index in sorted(relation.indexes, key=lambda index: index.predicate is not None):
        is_meant = index.is_unique and wanted == set(key_expressions(relation, index))
        if is_meant and is_implied(index, relation, conditions):
            _refuse_deferrable(index, relation)
            return index.oid
    raise errors.InvalidColumnReference(
        "there is no unique or exclusion constraint matching the ON CONFLICT specification"
    )


def _refuse_deferrable(index: Index, relation: Relation) -> None:
    if index.is_deferrable:
        raise errors.ObjectNotInPrerequisiteState(
            "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as "
            "arbiters",
            schema=relation.schema_name,
            table=relation.name,
            constraint=index.name,
        )


def _name_columns_of_table(binder: Binder, select: exp.Select, target: WriteTarget) -> None:
    """A view's columns may have other names than the table's, whose indexes these are."""
    for column in list(select.find_all(exp.Column)):
        name = binder.name_of(column.this)
        position = target.place_of(name)
        if position is None:
            raise errors.UndefinedColumn(
                f'column "{name}" does not exist', position=position_of(column)
            )
        named = exp.to_identifier(target.relation.columns[position].name, quoted=True)
        column.this.replace(named)


def bind_conflict(binder: Binder, node: exp.Expr, target: WriteTarget) -> ConflictClause | None:
    """The ON CONFLICT clause of an INSERT, if it has one.

    Raises:
        InvalidColumnReference: 42P10, no unique constraint has these columns.
        UndefinedObject: 42704, no constraint has this name.
    """
    clause = node.args.get("conflict")
    return None if clause is None else ConflictClause(binder, clause, target)

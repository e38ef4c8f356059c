"""UPDATE and DELETE: bound trees to plans, by key or by a query that finds the rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import Relation
from kalampg.sql.annotation import position_of
from kalampg.sql.assignments import SetClause
from kalampg.sql.duck_query import duck_query
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.expression import ColumnRef, Expression
from kalampg.sql.index_scan import choose_scan, conditions_of
from kalampg.sql.insert import Defaults
from kalampg.sql.plan import DeletePlan, UpdatePlan
from kalampg.sql.point import full_key, is_stored, key_conditions
from kalampg.sql.returning import take_returning
from kalampg.sql.row_plans import IndexScan
from kalampg.sql.scopes import TableUse
from kalampg.sql.targets import check_parts
from kalampg.sql.write_target import WriteTarget, write_target

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_UPDATE_PARTS: Final = frozenset({"this", "expressions", "from_", "where", "returning", "with_"})
_DELETE_PARTS: Final = frozenset({"this", "using", "where", "returning", "with_"})


# --- UPDATE ---


def compile_update(binder: Binder, node: exp.Update, defaults: Defaults) -> UpdatePlan:
    """UPDATE by key, or by a query that finds the rows and computes the new values."""
    check_parts(node, _UPDATE_PARTS)
    target = write_target(binder, node.this, "UPDATE")
    relation = target.relation
    clause = SetClause(binder, node, target)
    returning = take_returning(node)
    select = _rows_of(node, target, clause.items)
    key_count = len(relation.primary_key) + 1
    expected = [relation.columns[p].type_oid for p in relation.primary_key] + [20]
    outputs = binder.query(select, None, [*expected, *clause.expected])
    items = outputs[key_count:]
    clause.check([output.oid for output in items])
    _add_conditions(select, binder.conditions)
    if returning is not None:
        returning.bind(binder, target, binder.outermost)
        returning.add_joined(binder, select, outputs)
    checks = target.checks(binder)
    params = binder.parameters.finish()
    default_values = defaults(relation)
    key, rest, found = _by_key(binder, select, relation, key_count)
    query, scan, scanned = None, None, None
    if key is None or found is None:
        key = rest = None
        scan, scanned = _by_scan(binder, select, relation, key_count)
        query = duck_query(binder, select, outputs, params, is_result=False)
        found = tuple(
            ColumnRef(place, Oid(output.oid)) for place, output in enumerate(items, key_count)
        )
    return UpdatePlan(
        relation=relation,
        targets=clause.targets,
        key=key,
        filter=rest,
        values=clause.values(found, default_values),
        query=query,
        param_oids=params,
        returning=None if returning is None else returning.build(params),
        scan=scan,
        scan_values=() if scanned is None else clause.values(scanned, default_values),
        checks=checks,
    )


# --- DELETE ---


def compile_delete(binder: Binder, node: exp.Expr, *, restores: bool = False) -> DeletePlan:
    """DELETE by key, or by a query that finds the rows; ``restores``: UNDELETE, by a query."""
    for table in node.args.get("tables") or ():  # MySQL's form, without FROM
        raise errors.SyntaxError(
            f'syntax error at or near "{binder.name_of(table.this)}"', position=position_of(table)
        )
    check_parts(node, _DELETE_PARTS)
    target = write_target(binder, node.this, "UNDELETE" if restores else "DELETE")
    relation = target.relation
    returning = take_returning(node)
    select = _rows_of(node, target, [])
    if restores:
        _add_conditions(select, [target.column("_deleted")])
    outputs = binder.query(select, None)
    _add_conditions(select, binder.conditions)
    if returning is not None:
        returning.bind(binder, target, binder.outermost)
        returning.add_joined(binder, select, outputs)
    params = binder.parameters.finish()
    key_count = len(relation.primary_key) + 1
    key, rest, _ = _by_key(binder, select, relation, key_count)
    query, scan = None, None
    if key is None:
        scan, _ = _by_scan(binder, select, relation, key_count)
        query = duck_query(binder, select, outputs, params, is_result=False)
    built = None if returning is None else returning.build(params)
    return DeletePlan(relation, key, rest, query, params, built, restores, scan)


# --- common parts ---


def _rows_of(node: exp.Expr, target: WriteTarget, values: list[exp.Expr]) -> exp.Select:
    """``SELECT key, _seq, values FROM target, others WHERE ...``, not bound yet."""
    select = exp.Select(
        expressions=[*target.key(), target.column("_seq"), *values],
        from_=exp.From(this=target.item()),
    )
    others = _other_sources(node)
    if others:
        # A row that joins several others is changed once, as PostgreSQL does.
        select.set("joins", others)
        select.set("distinct", exp.Distinct(on=exp.Tuple(expressions=target.key())))
        order = [exp.Ordered(this=column) for column in target.key()]
        select.set("order", exp.Order(expressions=order))
    for key in ("where", "with_"):
        if node.args.get(key) is not None:
            select.set(key, node.args[key])
    return select


def _add_conditions(select: exp.Select, conditions: Sequence[exp.Expr]) -> None:
    if not conditions:
        return
    where = select.args.get("where")
    own = [] if where is None else [exp.Paren(this=where.this)]
    select.set("where", exp.Where(this=reduce(_and, [*own, *conditions])))


def _and(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.And(this=left, expression=right)


def _other_sources(node: exp.Expr) -> list[exp.Expr]:
    source = node.args.get("from_")
    items = [source.this] if isinstance(source, exp.From) else []
    if isinstance(node.args.get("using"), list):
        items += node.args["using"]
    joins: list[exp.Expr] = []
    for item in items:
        # What sqlglot hangs on the first item is joined with it alone, and not with the target.
        following = item.args.get("joins") or []
        item.set("joins", None)
        joins += [exp.Join(this=item), *following]
    return joins


def _by_key(
    binder: Binder, select: exp.Select, relation: Relation, key_count: int
) -> tuple[tuple[Expression, ...] | None, Expression | None, tuple[Expression, ...] | None]:
    """Key, filter and new values when the statement names one row by its whole key."""
    use = _only_use(binder, select, relation)
    if use is None:
        return None, None, None
    translator = Translator(binder.coercion, use.index)
    conditions = key_conditions(select.args.get("where"), use, translator)
    key = full_key(relation, conditions) if conditions is not None else None
    values = _values(select, translator, key_count)
    if key is None or conditions is None or values is None:
        return None, None, None
    if any(conditions.lower) or any(conditions.upper):
        return None, None, None
    return key, conditions.filter(), values


def _by_scan(
    binder: Binder, select: exp.Select, relation: Relation, key_count: int
) -> tuple[IndexScan | None, tuple[Expression, ...] | None]:
    """The scan and the new values where an index, or a part of the key, leads to the rows."""
    use = _only_use(binder, select, relation)
    if use is None:
        return None, None
    translator = Translator(binder.coercion, use.index)
    conditions = conditions_of(select.args.get("where"), translator)
    values = _values(select, translator, key_count)
    if conditions is None or values is None:
        return None, None
    chosen = choose_scan(relation, conditions, (), has_limit=False)
    return (None, None) if chosen is None else (chosen[0], values)


def _only_use(binder: Binder, select: exp.Select, relation: Relation) -> TableUse | None:
    """The target, where the statement reads nothing else, and no deleted rows."""
    if not is_stored(relation) or len(binder.uses) != 1 or select.args.get("joins"):
        return None
    if binder.steps is not None or select.args.get("with_") is not None:
        return None
    return None if binder.uses[0].includes_deleted else binder.uses[0]


def _values(
    select: exp.Select, translator: Translator, key_count: int
) -> tuple[Expression, ...] | None:
    """The new values; None where one of them needs DuckDB."""
    try:
        return tuple(translator.translate(item.this) for item in select.expressions[key_count:])
    except NotEvaluable:
        return None

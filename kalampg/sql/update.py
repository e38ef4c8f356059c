"""UPDATE and DELETE: bound trees to plans, by key or by a query that finds the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Relation
from kalampg.sql.annotation import position_of
from kalampg.sql.duck_query import duck_query
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.expression import Expression
from kalampg.sql.insert import Defaults
from kalampg.sql.plan import DeletePlan, UpdatePlan
from kalampg.sql.point import full_key, is_stored, key_conditions
from kalampg.sql.returning import bind_returning, built
from kalampg.sql.targets import (
    check_assignable,
    check_parts,
    is_default,
    target_alias,
    target_position,
    target_relation,
)

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_UPDATE_PARTS: Final = frozenset({"this", "expressions", "from_", "where", "returning", "with_"})
_DELETE_PARTS: Final = frozenset({"this", "using", "where", "returning", "with_"})


# --- UPDATE ---


def compile_update(binder: Binder, node: exp.Update, defaults: Defaults) -> UpdatePlan:
    """UPDATE by key, or by a query that finds the rows and computes the new values."""
    check_parts(node, _UPDATE_PARTS)
    _refuse_with(node)
    relation = target_relation(binder, node.this, "UPDATE")
    alias = target_alias(binder, node.this, relation)
    assignments = _assignments(binder, node, relation)
    targets = tuple(position for position, _ in assignments)
    select = _rows_of(node, relation, alias, [value for _, value in assignments])
    key_count = len(relation.primary_key) + 1
    default_values = defaults(relation)
    marked = {i: targets[i] for i, (_, value) in enumerate(assignments) if is_default(value)}
    for index in marked:
        select.expressions[key_count + index].replace(exp.Null())
    expected = [relation.columns[p].type_oid for p in relation.primary_key] + [20]
    expected += [relation.columns[position].type_oid for position in targets]
    outputs = binder.query(select, None, expected)
    for position, output in zip(targets, outputs[key_count:], strict=True):
        check_assignable(relation.columns[position], output.oid)
    returning = bind_returning(binder, node, relation, alias)
    params = binder.parameters.finish()
    key, rest, values = _by_key(binder, select, relation, key_count)
    if values is not None:
        changed = list(values)
        for index, position in marked.items():
            changed[index] = default_values[position] or values[index]
        values = tuple(changed)
    elif any(default_values[position] is not None for position in marked.values()):
        raise errors.FeatureNotSupported(
            "SET column = DEFAULT is only supported in an UPDATE by the whole primary key",
            hint="Write the default's expression.",
        )
    query = None
    if key is None or values is None:
        key = rest = values = None
        query = duck_query(binder, select, outputs, params, is_result=False)
    return UpdatePlan(relation, targets, key, rest, values, query, params, built(returning, params))


def _assignments(
    binder: Binder, node: exp.Update, relation: Relation
) -> list[tuple[int, exp.Expr]]:
    found: list[tuple[int, exp.Expr]] = []
    for item in node.expressions:
        if not isinstance(item, exp.EQ):
            raise errors.SyntaxError("syntax error in SET", position=position_of(item))
        for name, value in _pairs(item):
            position = target_position(binder, relation, name, "update")
            if any(position == other for other, _ in found):
                raise errors.SyntaxError(
                    f'multiple assignments to same column "{binder.name_of(name)}"'
                )
            found.append((position, value))
    return found


def _pairs(item: exp.EQ) -> list[tuple[exp.Expr, exp.Expr]]:
    left, right = item.this, item.expression
    if isinstance(left, exp.Column):
        if left.args.get("table"):
            return [(left.args["table"], right)]  # PostgreSQL takes it for a field of a column
        return [(left.this, right)]
    if isinstance(left, (exp.Tuple, exp.Paren)):
        names = left.expressions if isinstance(left, exp.Tuple) else [left.this]
        values = _row_values(right)
        if values is None:
            raise errors.FeatureNotSupported(
                "SET (...) = (SELECT ...) is not supported",
                hint="Write one SET column = (SELECT ...) for each column.",
            )
        if len(names) != len(values):
            raise errors.SyntaxError("number of columns does not match number of values")
        return [(name.this, value) for name, value in zip(names, values, strict=True)]
    raise errors.FeatureNotSupported(
        "assigning to an element of a column is not supported",
        hint="Assign the whole value.",
    )


def _row_values(right: exp.Expr) -> list[exp.Expr] | None:
    if isinstance(right, exp.Tuple):
        return list(right.expressions)
    if isinstance(right, exp.Anonymous) and right.name.lower() == "row":
        return list(right.expressions)
    if isinstance(right, exp.Paren):
        return [right.this]
    return None


# --- DELETE ---


def compile_delete(binder: Binder, node: exp.Delete) -> DeletePlan:
    """DELETE by key, or by a query that finds the rows."""
    check_parts(node, _DELETE_PARTS)
    _refuse_with(node)
    relation = target_relation(binder, node.this, "DELETE")
    alias = target_alias(binder, node.this, relation)
    select = _rows_of(node, relation, alias, [])
    outputs = binder.query(select, None)
    returning = bind_returning(binder, node, relation, alias)
    params = binder.parameters.finish()
    key, rest, _ = _by_key(binder, select, relation, len(relation.primary_key) + 1)
    query = None
    if key is None:
        query = duck_query(binder, select, outputs, params, is_result=False)
    return DeletePlan(relation, key, rest, query, params, built(returning, params))


# --- common parts ---


def _refuse_with(node: exp.Expr) -> None:
    if node.args.get("with_") is not None:
        raise errors.FeatureNotSupported(
            f"WITH before {node.key.upper()} is not supported",
            hint="Write the WITH query as a subquery in FROM, USING or WHERE.",
        )


def _rows_of(node: exp.Expr, relation: Relation, alias: str, values: list[exp.Expr]) -> exp.Select:
    """``SELECT key, _seq, values FROM target, others WHERE ...``, not bound yet."""
    target = exp.Table(
        this=exp.to_identifier(relation.name, quoted=True),
        db=exp.to_identifier(relation.schema_name, quoted=True),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )
    names = [relation.columns[position].name for position in relation.primary_key]
    keys = [_column(alias, name) for name in [*names, "_seq"]]
    select = exp.Select(expressions=[*keys, *values], from_=exp.From(this=target))
    others = _other_sources(node)
    if others:
        # A row that joins several others is changed once, as PostgreSQL does.
        select.set("joins", others)
        on = exp.Tuple(expressions=[_column(alias, name) for name in names])
        select.set("distinct", exp.Distinct(on=on))
    if node.args.get("where") is not None:
        select.set("where", node.args["where"])
    return select


def _other_sources(node: exp.Expr) -> list[exp.Expr]:
    source = node.args.get("from_")
    items = [source.this] if isinstance(source, exp.From) else []
    if isinstance(node.args.get("using"), list):
        items += node.args["using"]
    return [exp.Join(this=item) for item in items]


def _column(alias: str, name: str) -> exp.Column:
    return exp.Column(
        this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True)
    )


def _by_key(
    binder: Binder, select: exp.Select, relation: Relation, key_count: int
) -> tuple[tuple[Expression, ...] | None, Expression | None, tuple[Expression, ...] | None]:
    """Key, filter and new values when the statement names one row by its whole key."""
    if not is_stored(relation) or len(binder.uses) != 1 or select.args.get("joins"):
        return None, None, None
    use = binder.uses[0]
    if use.includes_deleted:
        return None, None, None
    translator = Translator(binder.coercion, use.index)
    conditions = key_conditions(select.args.get("where"), use, translator)
    key = full_key(relation, conditions) if conditions is not None else None
    if key is None or conditions is None:
        return None, None, None
    try:
        values = tuple(translator.translate(item.this) for item in select.expressions[key_count:])
    except NotEvaluable:
        return None, None, None
    if any(conditions.lower) or any(conditions.upper):
        return None, None, None
    return key, conditions.filter(), values

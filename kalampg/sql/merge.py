"""MERGE: one query joins source and target, and says for each pair which WHEN clause applies.

The query's columns are the target's primary key and ``_seq`` (NULL where no row matches), the
number of the clause, and the values of all clauses one after the other. A value that could fail is
computed for its own clause only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql.annotation import position_of
from kalampg.sql.assignments import assignments
from kalampg.sql.duck_query import duck_query
from kalampg.sql.expression import ColumnRef, Expression
from kalampg.sql.insert import Defaults
from kalampg.sql.merge_action import MergeAction, MergeVerb
from kalampg.sql.plan import MergePlan
from kalampg.sql.targets import (
    check_assignable,
    check_parts,
    is_default,
)
from kalampg.sql.write_target import WriteTarget, write_target

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_PARTS: Final = frozenset({"this", "using", "on", "whens", "with_"})
_INT4: Final = Oid(23)
_INT8: Final = Oid(20)
# What cannot fail, whichever clause it is computed for.
_HARMLESS: Final = (exp.Literal, exp.Column, exp.Parameter, exp.Null, exp.Boolean)


@dataclass(slots=True)
class _Clause:
    """One WHEN. ``values`` are unbound; DEFAULT is None."""

    is_matched: bool
    condition: exp.Expr | None
    verb: MergeVerb
    targets: list[int] = field(default_factory=list)
    values: list[exp.Expr | None] = field(default_factory=list)


def compile_merge(binder: Binder, node: exp.Merge, defaults: Defaults) -> MergePlan:
    """MERGE INTO ... USING ... ON ... WHEN ...

    Raises:
        SyntaxError: 42601, a clause comes after one that always applies.
    """
    check_parts(node, _PARTS)
    target = write_target(binder, node.this, "MERGE")
    relation = target.relation
    clauses = [_clause(binder, when, target) for when in node.args["whens"].expressions]
    _check_reachable(clauses)
    select = _select(node, target, clauses)
    key_count = len(relation.primary_key)
    columns = relation.columns
    expected = [columns[position].type_oid for position in relation.primary_key]
    expected += [_INT8, _INT4]
    expected += [columns[position].type_oid for clause in clauses for position in clause.targets]
    outputs = binder.query(select, None, expected)
    targets = [position for clause in clauses for position in clause.targets]
    for position, output in zip(targets, outputs[key_count + 2 :], strict=True):
        check_assignable(columns[position], output.oid)
    params = binder.parameters.finish()
    default_values = defaults(relation)
    actions: list[MergeAction] = []
    place = key_count + 2
    for clause in clauses:
        values: list[Expression | None] = []
        for position, value in zip(clause.targets, clause.values, strict=True):
            is_given = value is not None
            oid = Oid(outputs[place].oid)
            values.append(ColumnRef(place, oid) if is_given else default_values[position])
            place += 1
        actions.append(MergeAction(clause.verb, tuple(clause.targets), tuple(values)))
    query = duck_query(binder, select, outputs, params, is_result=False)
    return MergePlan(relation, query, tuple(actions), default_values, params)


def _clause(binder: Binder, when: exp.Expr, target: WriteTarget) -> _Clause:
    then = when.args["then"]
    if when.args.get("source"):
        raise errors.SyntaxError('syntax error at or near "BY"')
    clause = _Clause(bool(when.args["matched"]), when.args.get("condition"), MergeVerb.NOTHING)
    if not clause.is_matched:
        _refuse_target(binder, when, target)
    if isinstance(then, exp.Update):
        clause.verb = MergeVerb.UPDATE
        if then.args.get("where") is not None:
            raise errors.SyntaxError('syntax error at or near "WHERE"')
        for assignment in assignments(binder, then, target):
            if assignment.element is not None:
                raise errors.FeatureNotSupported(
                    "assigning to an element of a column is not supported in MERGE",
                    hint="Assign the whole value.",
                )
            clause.targets.append(assignment.position)
            clause.values.append(None if assignment.is_default else assignment.value)
    elif isinstance(then, exp.Insert):
        clause.verb = MergeVerb.INSERT
        _take_insert(binder, clause, then, target)
    elif then.name.upper() == "DELETE":
        clause.verb = MergeVerb.DELETE
    is_for_match = clause.verb in {MergeVerb.UPDATE, MergeVerb.DELETE}
    if clause.verb is not MergeVerb.NOTHING and is_for_match is not clause.is_matched:
        raise errors.SyntaxError(
            f'syntax error at or near "{clause.verb.value}"', position=position_of(then)
        )
    return clause


def _refuse_target(binder: Binder, when: exp.Expr, target: WriteTarget) -> None:
    """Where no row matched there is none to name."""
    for column in when.find_all(exp.Column):
        table = column.args.get("table")
        if isinstance(table, exp.Identifier) and binder.name_of(table) == target.alias:
            raise errors.UndefinedTable(
                f'invalid reference to FROM-clause entry for table "{target.alias}"',
                detail=f'There is an entry for table "{target.alias}", '
                "but it cannot be referenced from this part of the query.",
                position=position_of(table),
            )


def _take_insert(binder: Binder, clause: _Clause, then: exp.Insert, target: WriteTarget) -> None:
    names = [] if then.this is None else [column.this for column in then.this.expressions]
    row = then.args.get("expression")
    if row is None:  # sqlglot reads DEFAULT VALUES as a list of columns.
        if [binder.name_of(name) for name in names] != ["default"]:
            raise errors.SyntaxError("syntax error at end of input")
        return
    values = list(row.expressions) if isinstance(row, exp.Tuple) else [row.this]
    relation = target.relation
    targets = [target.position(binder, name, "insert into") for name in names]
    if not names:
        targets = [i for i, column in enumerate(relation.columns) if not column.is_hidden]
    if len(values) > len(targets):
        raise errors.SyntaxError("INSERT has more expressions than target columns")
    if names and len(values) < len(targets):
        raise errors.SyntaxError("INSERT has more target columns than expressions")
    for position, value in zip(targets, values, strict=False):
        if position in clause.targets:
            raise errors.DuplicateColumn(
                f'column "{relation.columns[position].name}" specified more than once'
            )
        clause.targets.append(position)
        clause.values.append(None if is_default(value) else value)


def _check_reachable(clauses: list[_Clause]) -> None:
    for kind in (True, False):
        of_kind = [clause for clause in clauses if clause.is_matched is kind]
        if any(clause.condition is None for clause in of_kind[:-1]):
            raise errors.SyntaxError(
                "unreachable WHEN clause specified after unconditional WHEN clause"
            )


def _select(node: exp.Merge, target: WriteTarget, clauses: list[_Clause]) -> exp.Select:
    alias = target.alias
    items: list[exp.Expr] = [*target.key(), target.column("_seq")]
    numbers: list[exp.Expr] = [exp.Literal.number(number) for number in range(len(clauses))]
    items.append(exp.Case(ifs=_branches(clauses, alias, numbers)))
    for number, clause in enumerate(clauses):
        for value in clause.values:
            if value is None:
                items.append(exp.Null())
            elif isinstance(value, _HARMLESS):
                items.append(value)
            else:
                before: list[exp.Expr] = [exp.Null() for _ in range(number)]
                items.append(exp.Case(ifs=_branches(clauses, alias, [*before, value])))
    has_insert = any(not clause.is_matched for clause in clauses)
    join = exp.Join(this=target.item(), on=node.args["on"])
    if has_insert:
        join.set("side", "LEFT")
    select = exp.Select(expressions=items, from_=exp.From(this=node.args["using"]), joins=[join])
    if node.args.get("with_") is not None:
        select.set("with_", node.args["with_"])
    return select


def _branches(clauses: list[_Clause], alias: str, results: list[exp.Expr]) -> list[exp.Expr]:
    """WHEN branches of a CASE: the clauses in order, as long as there are results."""
    branches: list[exp.Expr] = []
    for clause, result in zip(clauses, results, strict=False):
        is_null = exp.Is(this=_column(alias, "_seq"), expression=exp.Null())
        applies: exp.Expr = exp.Not(this=is_null) if clause.is_matched else is_null
        if clause.condition is not None:
            applies = exp.And(this=applies, expression=exp.Paren(this=clause.condition.copy()))
        branches.append(exp.If(this=applies, true=result))
    return branches


def _column(alias: str, name: str) -> exp.Column:
    return exp.Column(
        this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True)
    )

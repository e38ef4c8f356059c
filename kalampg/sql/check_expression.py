"""CHECK: the text of an expression over one table's row, bound to the columns it names.

It is kept as text; renaming a column rewrites the places where the text names it, and no place
names the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.ids import Oid, TableId
from kalampg.pgtypes.enumerations import element_of, enumeration_of
from kalampg.relation import Relation
from kalampg.sql.annotation import column_of, position_of
from kalampg.sql.bind_query import Binder
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.evaluable_tree import Translator
from kalampg.sql.expression import Expression
from kalampg.sql.grouping import refuse_aggregates
from kalampg.sql.lexer import tokenize
from kalampg.sql.parse import PREFIX_LENGTH, parse_expression

_SCHEMA: Final = "public"
_WHERE: Final = "check constraint"


@dataclass(frozen=True, slots=True)
class BoundCheck:
    """``positions`` are the columns that the expression reads, in order of their first use."""

    expression: Expression
    positions: tuple[int, ...]


def bind_check(text: str, relation: Relation, time_zone: str) -> BoundCheck:
    """The expression over ``relation.columns``.

    Raises:
        FeatureNotSupported: 0A000, only DuckDB could compute it.
        PgError: it is wrong; ``position`` counts from the expression.
    """
    tree, binder = _bound_condition(text, relation, time_zone)
    condition = tree.expressions[0]
    translated = Translator(binder.coercion, 0, is_rule=True).try_translate(condition)
    if translated is None:
        raise errors.FeatureNotSupported(
            f"this CHECK expression is not supported: {text}",
            hint="Comparisons, arithmetic, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE, casts, "
            "regular expressions, coalesce, length, lower, upper, trim and abs are.",
        )
    positions: dict[int, None] = {}
    for node in condition.find_all(exp.Column, bfs=False):
        found = column_of(node)
        assert found is not None, "bound columns are of the table"
        if found[1] >= len(relation.columns):
            raise errors.InvalidColumnReference(
                f'system column "{node.name}" reference in check constraint is invalid',
                position=(position_of(node) or 1) - PREFIX_LENGTH,
            )
        positions[found[1]] = None
    return BoundCheck(translated, tuple(positions))


def plainly_named(text: str, relation: Relation, new_names: Mapping[int, str]) -> str:
    """The text with each column named without its table, and by its new name where it has one."""
    tree, _ = bound_over(text, relation, "UTC", _WHERE)
    tokens = tokenize(text)
    starts = {token.start: number for number, token in enumerate(tokens)}
    changes: list[tuple[int, int, str]] = []
    for node in tree.expressions[0].find_all(exp.Column):
        found, place = column_of(node), position_of(node)
        assert found is not None, "bound columns are of the table"
        assert place is not None, "the parser keeps where a column is written"
        last = first = starts[place - 1 - PREFIX_LENGTH]
        while first and tokens[first - 1].is_symbol("."):
            first -= 2
        name = new_names.get(found[1])
        token = tokens[last]
        written = text[token.start : token.end] if name is None else _quoted(name)
        changes.append((tokens[first].start, token.end, written))
    for start, end, written in sorted(changes, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _bound_condition(text: str, relation: Relation, time_zone: str) -> tuple[exp.Select, Binder]:
    tree, binder = bound_over(text, relation, time_zone, _WHERE)
    try:
        binder.coercion.boolean(tree.expressions[0], "CHECK")
    except errors.PgError as error:
        if error.position is not None:
            error.position -= PREFIX_LENGTH
        raise
    return tree, binder


def bound_over(
    text: str, relation: Relation, time_zone: str, where: str
) -> tuple[exp.Select, Binder]:
    """``SELECT <text> FROM <relation>``, bound; ``where`` says in messages what the text is of."""
    binder = Binder(CompileEnv(_OneTable(relation), (_SCHEMA,), timezone=time_zone), ())
    holder = exp.Paren(this=parse_expression(text))
    _refuse_queries(holder, where)
    table = exp.Table(
        this=exp.to_identifier(relation.name, quoted=True),
        db=exp.to_identifier(relation.schema_name, quoted=True),
    )
    select = exp.Select(expressions=[holder], from_=exp.From(this=table))
    try:
        binder.query(select, None)
        select.set("expressions", [_unaliased(select.expressions[0])])
        refuse_aggregates(select.expressions[0], f"{where}s")
    except errors.PgError as error:
        if error.position is not None:
            error.position -= PREFIX_LENGTH
        raise
    if binder.parameters.count:
        raise errors.UndefinedParameter("there is no parameter $1")
    return select, binder


def _refuse_queries(tree: exp.Expr, where: str) -> None:
    if tree.find(exp.Query, exp.Subquery, exp.Exists) is not None:
        raise errors.FeatureNotSupported(f"cannot use subquery in {where}")


def _unaliased(node: exp.Expr) -> exp.Expr:
    inner = node.this if isinstance(node, exp.Alias) else node
    return inner.pop() if inner is not node else node


@dataclass(frozen=True, slots=True)
class _OneTable:
    """A catalog with nothing but the table: a CHECK sees nothing else."""

    only: Relation
    version: int = 0

    def relation(self, schema_name: str, name: str) -> Relation | None:
        is_it = (schema_name, name) == (self.only.schema_name, self.only.name)
        return self.only if is_it else None

    def enumeration(self, schema_name: str, name: str) -> Enumeration | None:
        """Its columns' types can be named."""
        oids = (column.type_oid for column in self.only.columns)
        found = (enumeration_of(element_of(oid) or oid) for oid in oids)
        return next((each for each in found if each is not None and each.name == name), None)

    def domain(self, schema_name: str, name: str) -> Domain | None:
        return None

    def domain_by_oid(self, oid: Oid) -> Domain | None:
        return None

    def has_schema(self, schema_name: str) -> bool:
        return schema_name == self.only.schema_name

    def table_by_id(self, table_id: TableId) -> Relation | None:
        return self.relation_by_id(table_id)

    def relation_by_id(self, relation_id: int) -> Relation | None:
        return self.only if relation_id == self.only.table_id else None

"""INSERT, UPDATE and DELETE: bound trees to plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import Column, Relation
from kalampg.sql.annotation import position_of
from kalampg.sql.bind_from import find_relation
from kalampg.sql.duck_query import duck_query
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.expression import Expression
from kalampg.sql.plan import DeletePlan, DuckQuery, InsertPlan, Returning, UpdatePlan
from kalampg.sql.point import full_key, is_stored, key_conditions
from kalampg.sql.returning import ReturningClause
from kalampg.sql.scopes import Scope
from kalampg.sql.targets import (
    assigned,
    check_assignable,
    check_writable,
    is_default,
    target_position,
)

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

Defaults: TypeAlias = Callable[[Relation], tuple[Expression | None, ...]]
_UPDATE_PARTS: Final = frozenset({"this", "expressions", "from_", "where", "returning", "with_"})
_DELETE_PARTS: Final = frozenset({"this", "using", "where", "returning", "with_"})
_INSERT_PARTS: Final = frozenset(
    {"this", "expression", "default", "returning", "with_", "conflict"}
)


def compile_insert(binder: Binder, node: exp.Insert, defaults: Defaults) -> InsertPlan:
    """INSERT ... VALUES, SELECT or DEFAULT VALUES."""
    return _InsertCompiler(binder, node, defaults).compile()


class _InsertCompiler:
    def __init__(self, binder: Binder, node: exp.Insert, defaults: Defaults) -> None:
        _check_parts(node, _INSERT_PARTS)
        if node.args.get("conflict") is not None:
            raise errors.FeatureNotSupported(
                "ON CONFLICT is not supported yet",
                hint="INSERT, and UPDATE when it fails with unique_violation (23505).",
            )
        self.binder = binder
        self.node = node
        target = node.this
        names = target.expressions if isinstance(target, exp.Schema) else []
        table = target.this if isinstance(target, exp.Schema) else target
        self.relation = _target(binder, table, "INSERT")
        self.alias = _alias(binder, table, self.relation)
        self.targets = self._targets(names)
        self.has_list = bool(names)
        self.defaults = defaults(self.relation)

    def _targets(self, names: list[exp.Expr]) -> list[int]:
        if not names:
            return [i for i, c in enumerate(self.relation.columns) if not c.is_hidden]
        positions: list[int] = []
        for name in names:
            position = target_position(self.binder, self.relation, name, "insert into")
            if position in positions:
                raise errors.DuplicateColumn(
                    f'column "{self.binder.name_of(name)}" specified more than once',
                    position=position_of(name),
                )
            positions.append(position)
        return positions

    def compile(self) -> InsertPlan:
        source = self.node.args.get("expression")
        if self.node.args.get("default"):
            return self._plan((), ((),), None)
        if isinstance(source, exp.Values) and not self.node.args.get("with_"):
            extra = ("order", "limit", "offset", "with_")
            if not any(source.args.get(key) for key in extra):
                return self._values(source)
        if source is None:
            raise errors.SyntaxError("syntax error at end of input")
        return self._query(source)

    def _column(self, index: int) -> Column:
        return self.relation.columns[self.targets[index]]

    # --- VALUES ---

    def _values(self, source: exp.Values) -> InsertPlan:
        rows = [list(row.expressions) for row in source.expressions]
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise errors.SyntaxError("VALUES lists must all be the same length")
        self._check_width(width, rows[0])
        scope = Scope()
        for row in rows:
            for index, value in enumerate(row):
                if not is_default(value):
                    bound = self.binder.expression(value, scope)
                    row[index] = assigned(self.binder, self._column(index), bound)
        returning = self._bind_returning()
        translator = Translator(self.binder.coercion, None)
        try:
            translated = tuple(
                tuple(None if is_default(v) else translator.translate(v) for v in row)
                for row in rows
            )
        except NotEvaluable:
            return self._values_query(rows, returning)
        return self._plan(tuple(self.targets[:width]), translated, None, returning)

    def _values_query(
        self, rows: list[list[exp.Expr]], returning: ReturningClause | None
    ) -> InsertPlan:
        """VALUES with expressions that only DuckDB computes; a column may be DEFAULT in all rows."""
        width = len(rows[0])
        kept: list[int] = []
        for index in range(width):
            marks = [is_default(row[index]) for row in rows]
            if not any(marks):
                kept.append(index)
            elif not all(marks):
                raise errors.FeatureNotSupported(
                    "DEFAULT in some of several rows is not supported beside such expressions",
                    hint="Insert the rows with DEFAULT by a statement of their own.",
                )
        if not kept:
            return self._plan((), tuple(() for _ in rows), None, returning)
        params = self.binder.parameters.finish()
        values = exp.Values(
            expressions=[
                exp.Tuple(expressions=[row[index].copy() for index in kept]) for row in rows
            ]
        )
        outputs = [
            self.binder.output_of(f"column{n}", rows[0][index]) for n, index in enumerate(kept)
        ]
        query = duck_query(self.binder, values, outputs, params, is_result=False)
        return self._plan(tuple(self.targets[i] for i in kept), (), query, returning)

    # --- SELECT ---

    def _query(self, source: exp.Expr) -> InsertPlan:
        clause = self.node.args.get("with_")
        if clause is not None:
            source.set("with_", clause)
        expected = [self.relation.columns[position].type_oid for position in self.targets]
        outputs = self.binder.query(source, None, expected)
        self._check_width(len(outputs), [])
        for index, output in enumerate(outputs):
            check_assignable(self._column(index), output.oid)
        returning = self._bind_returning()
        params = self.binder.parameters.finish()
        query = duck_query(self.binder, source, outputs, params, is_result=False)
        return self._plan(tuple(self.targets[: len(outputs)]), (), query, returning)

    def _check_width(self, width: int, row: list[exp.Expr]) -> None:
        if width > len(self.targets):
            extra = row[len(self.targets)] if row else None
            raise errors.SyntaxError(
                "INSERT has more expressions than target columns",
                position=position_of(extra) if extra is not None else None,
            )
        if width < len(self.targets) and self.has_list:
            raise errors.SyntaxError("INSERT has more target columns than expressions")

    def _bind_returning(self) -> ReturningClause | None:
        return _returning(self.binder, self.node, self.relation, self.alias)

    def _plan(
        self,
        targets: tuple[int, ...],
        rows: tuple[tuple[Expression | None, ...], ...],
        source: DuckQuery | None,
        returning: ReturningClause | None = None,
    ) -> InsertPlan:
        if returning is None:
            returning = self._bind_returning()
        params = self.binder.parameters.finish()
        return InsertPlan(
            relation=self.relation,
            targets=targets,
            rows=rows,
            source=source,
            defaults=self.defaults,
            param_oids=params,
            returning=_built(returning, params),
        )


# --- UPDATE ---


def compile_update(binder: Binder, node: exp.Update, defaults: Defaults) -> UpdatePlan:
    """UPDATE by key, or by a query that finds the rows and computes the new values."""
    _check_parts(node, _UPDATE_PARTS)
    _refuse_with(node)
    relation = _target(binder, node.this, "UPDATE")
    alias = _alias(binder, node.this, relation)
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
    returning = _returning(binder, node, relation, alias)
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
    return UpdatePlan(
        relation, targets, key, rest, values, query, params, _built(returning, params)
    )


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
    _check_parts(node, _DELETE_PARTS)
    _refuse_with(node)
    relation = _target(binder, node.this, "DELETE")
    alias = _alias(binder, node.this, relation)
    select = _rows_of(node, relation, alias, [])
    outputs = binder.query(select, None)
    returning = _returning(binder, node, relation, alias)
    params = binder.parameters.finish()
    key, rest, _ = _by_key(binder, select, relation, len(relation.primary_key) + 1)
    query = None
    if key is None:
        query = duck_query(binder, select, outputs, params, is_result=False)
    return DeletePlan(relation, key, rest, query, params, _built(returning, params))


# --- common parts ---


def _check_parts(node: exp.Expr, known: frozenset[str]) -> None:
    for key, value in node.args.items():
        if value and key not in known:
            raise errors.FeatureNotSupported(
                f"{key.strip('_').upper()} in {node.key.upper()} is not supported"
            )


def _refuse_with(node: exp.Expr) -> None:
    if node.args.get("with_") is not None:
        raise errors.FeatureNotSupported(
            f"WITH before {node.key.upper()} is not supported",
            hint="Write the WITH query as a subquery in FROM, USING or WHERE.",
        )


def _target(binder: Binder, table: exp.Expr, verb: str) -> Relation:
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise errors.SyntaxError(f"syntax error in {verb}", position=position_of(table))
    schema = table.args.get("db")
    relation = find_relation(
        binder,
        table,
        None if schema is None else binder.name_of(schema),
        binder.name_of(table.this),
    )
    check_writable(relation, verb, scope_all=binder.env.scope_all)
    return relation


def _alias(binder: Binder, table: exp.Expr, relation: Relation) -> str:
    alias = table.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.this is not None:
        return binder.name_of(alias.this)
    return relation.name


def _returning(
    binder: Binder, node: exp.Expr, relation: Relation, alias: str
) -> ReturningClause | None:
    clause = node.args.get("returning")
    return None if clause is None else ReturningClause(binder, clause, relation, alias)


def _built(clause: ReturningClause | None, params: tuple[Oid, ...]) -> Returning | None:
    return None if clause is None else clause.build(params)


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

"""The binder: names to columns, ``*`` to lists, types to every expression of a query.

Works on the tree in place. Afterwards every table is a numbered scan in a subquery of its own
(``scan_markers``), every output column has an alias, and every expression has its PostgreSQL type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Relation
from kalampg.sql.annotation import oid_of, position_of, set_column, set_oid
from kalampg.sql.bind_expression import bind_expression, missing_source
from kalampg.sql.bind_calls import window_parts
from kalampg.sql.bind_from import bind_from
from kalampg.sql.coercion import Coercion, is_convertible
from kalampg.sql.column_names import column_name, folded
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.functions import ARRAY_OIDS, common_type
from kalampg.sql.operators import INT8, TEXT
from kalampg.sql.parameters import UNKNOWN, Parameters
from kalampg.sql.scopes import CommonTable, Resolved, Scope, ScopeColumn, TableUse
from kalampg.sql.type_names import type_name


@dataclass(slots=True)
class Output:
    """One output column: its PostgreSQL name, its name in the generated SQL, and its type."""

    name: str
    sql_name: str
    oid: int
    typmod: int = -1
    table_oid: int = 0
    attnum: int = 0


_SELECT_PARTS: Final = frozenset(
    {
        "with_", "expressions", "distinct", "from_", "joins", "laterals", "where", "group",
        "having", "windows", "order", "limit", "offset", "locks",
    }
)  # fmt: skip


class Binder:
    """Binds one statement."""

    def __init__(self, env: CompileEnv, param_oids: Sequence[int]) -> None:
        self.env = env
        self.parameters = Parameters(param_oids)
        self.coercion = Coercion(self.parameters, env.timezone)
        self.uses: list[TableUse] = []
        self.tables: list[tuple[exp.Table, TableUse]] = []
        self.locks_rows = False
        self._replaced: dict[int, exp.Expr] = {}

    # --- what the other binding modules use ---

    def expression(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        return bind_expression(self, node, scope)

    def name_of(self, identifier: exp.Expr) -> str:
        return folded(identifier)

    def array_of(self, oid: int) -> int:
        array = ARRAY_OIDS.get(TEXT if oid == UNKNOWN else oid)
        if array is None:
            raise errors.UndefinedObject(
                f"could not find array type for data type {type_name(oid)}"
            )
        return array

    def check_literal(self, node: exp.Expr, oid: int, typmod: int) -> None:
        self.coercion.value_of(node.name, oid, -1, position_of(node))

    def replace(self, node: exp.Expr, new: exp.Expr) -> None:
        if node.parent is None:
            self._replaced[id(node)] = new
            new.pop()
        else:
            node.replace(new)

    def replacement(self, node: exp.Expr) -> exp.Expr:
        return self._replaced.pop(id(node), node)

    def new_use(self, relation: Relation) -> TableUse:
        use = TableUse(len(self.uses), relation)
        self.uses.append(use)
        return use

    def use_column(self, node: exp.Column, found: Resolved) -> None:
        """Make ``node`` the column that was found, and note that it is read."""
        column = found.column
        read_column(column)
        if found.is_merged or found.source is None:
            node.set("this", exp.to_identifier(column.sql_name, quoted=True))
            node.set("table", None)
        else:
            start = position_of(node)
            node.set("this", exp.to_identifier(column.sql_name, quoted=True))
            node.set("table", exp.to_identifier(found.source.alias, quoted=True))
            if start is not None:
                node.meta["start"] = start - 1
        node.set("db", None)
        node.set("catalog", None)
        set_oid(node, column.oid, column.typmod)
        if column.use is not None:
            set_column(node, column.use.index, column.position)

    def beside(self) -> Binder:
        """A binder for another tree of the same statement: same parameters, own tables."""
        other = Binder(self.env, ())
        other.parameters = self.parameters
        other.coercion = self.coercion
        return other

    def output_of(self, name: str, node: exp.Expr) -> Output:
        return Output(name, name, int(oid_of(node) or TEXT))

    # --- queries ---

    def bind_subquery(self, node: exp.Expr, scope: Scope) -> list[int]:
        """Types of the columns of a query inside an expression."""
        return [output.oid for output in self.query(node, scope)]

    def query(
        self, node: exp.Expr, parent: Scope | None, expected: Sequence[int] | None = None
    ) -> list[Output]:
        """Bind a query. ``expected`` are types for outputs that have none of their own.

        Raises:
            PgError: whatever is wrong with it.
        """
        if isinstance(node, exp.Select):
            return self._select(node, parent, expected)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, parent, expected)
        if isinstance(node, exp.Subquery):
            return self._wrapped(node, parent, expected)
        if isinstance(node, exp.Values):
            return self._values(node, parent, expected)
        raise errors.FeatureNotSupported(
            f"{node.key.upper()} is not supported here", position=position_of(node)
        )

    def _wrapped(
        self, node: exp.Subquery, parent: Scope | None, expected: Sequence[int] | None
    ) -> list[Output]:
        scope = Scope(parent)
        self._with(node, scope)
        outputs = self.query(node.this, scope, expected)
        self._order_of_outputs(node, outputs, scope)
        self._limits(node, scope)
        set_oid(node, outputs[0].oid if len(outputs) == 1 else UNKNOWN)
        return outputs

    def _with(self, node: exp.Expr, scope: Scope) -> None:
        clause = node.args.get("with_")
        if clause is None:
            return
        is_recursive = bool(clause.args.get("recursive"))
        for item in clause.expressions:
            name = self.name_of(item.args["alias"].this)
            if name in scope.common_tables:
                raise errors.DuplicateAlias(f'WITH query name "{name}" specified more than once')
            if isinstance(item.this, (exp.Insert, exp.Update, exp.Delete)):
                raise errors.FeatureNotSupported(
                    "data-modifying statements in WITH are not supported",
                    hint="Run them as statements of their own, in a transaction.",
                )
            self._common_table(item, name, scope, is_recursive=is_recursive)

    def _common_table(self, item: exp.Expr, name: str, scope: Scope, *, is_recursive: bool) -> None:
        alias = item.args["alias"]
        names = [self.name_of(column) for column in alias.args.get("columns") or []]
        query = item.this
        if is_recursive and isinstance(query, exp.Union):
            inner = Scope(scope)
            outputs = self.query(query.this, inner)
            columns = derived_columns(outputs, names, name)
            inner.common_tables[name] = CommonTable(name, columns)
            right = self.query(query.expression, inner, [c.oid for c in columns])
            _check_widths(outputs, right, "UNION")
            scope.common_tables[name] = CommonTable(name, columns)
        else:
            outputs = self.query(query, scope)
            columns = derived_columns(outputs, names, name)
            scope.common_tables[name] = CommonTable(name, columns)
        quoted_alias(alias, name, columns)

    def _select(
        self, node: exp.Select, parent: Scope | None, expected: Sequence[int] | None
    ) -> list[Output]:
        self._check_parts(node)
        scope = Scope(parent)
        self._with(node, scope)
        bind_from(self, node, scope)
        where = node.args.get("where")
        if where is not None:
            self.coercion.boolean(self.expression(where.this, scope), "WHERE")
        outputs = self._select_list(node, scope, expected)
        self._group(node, scope, outputs)
        having = node.args.get("having")
        if having is not None:
            self.coercion.boolean(self.expression(having.this, scope), "HAVING")
        for window in node.args.get("windows") or []:
            window_parts(self, window, scope)
        self._distinct_on(node, scope, outputs)
        self._order(node, scope, outputs)
        self._limits(node, scope)
        if node.args.get("locks"):
            self.locks_rows = True
            node.set("locks", None)
        return outputs

    def _check_parts(self, node: exp.Select) -> None:
        for key, value in node.args.items():
            if value and key not in _SELECT_PARTS:
                if key == "into":
                    raise errors.FeatureNotSupported(
                        "SELECT INTO is not supported",
                        hint="Create the table, and fill it with INSERT ... SELECT.",
                    )
                raise errors.SyntaxError(f'syntax error at or near "{key.strip("_")}"')

    # --- select list ---

    def _select_list(
        self, node: exp.Select, scope: Scope, expected: Sequence[int] | None
    ) -> list[Output]:
        items: list[exp.Expr] = []
        for item in node.expressions:
            items += self._expanded(item, scope)
        node.set("expressions", items)
        outputs: list[Output] = []
        taken: set[str] = set()
        for index, item in enumerate(list(node.expressions)):
            wanted = expected[index] if expected is not None and index < len(expected) else TEXT
            outputs.append(self._output(node, index, item, scope, wanted, taken))
        return outputs

    def _expanded(self, item: exp.Expr, scope: Scope) -> list[exp.Expr]:
        if isinstance(item, exp.Star):
            if not scope.sources:
                raise errors.SyntaxError("SELECT * with no tables specified is not valid")
            return [_reference(found) for found in scope.visible_columns()]
        if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            alias = self.name_of(item.args["table"])
            source = scope.source(alias)
            if source is None:
                raise missing_source(scope, alias, position_of(item.args["table"]))
            return [
                _reference(Resolved(source, column))
                for column in source.columns
                if not column.is_hidden
            ]
        return [item]

    def _output(
        self,
        node: exp.Select,
        index: int,
        item: exp.Expr,
        scope: Scope,
        wanted: int,
        taken: set[str],
    ) -> Output:
        is_alias = isinstance(item, exp.Alias)
        name = self.name_of(item.args["alias"]) if is_alias else column_name(item)
        value = item.this if is_alias else item
        found = _resolved_marker(value)
        if found is not None:
            self.use_column(value, found)
            bound = value
            name = name if is_alias else found.column.name
        else:
            bound = self.expression(value, scope)
        bound = self.coercion.to(bound, wanted)
        sql_name = _unique(name, taken)
        alias = exp.Alias(this=exp.Null(), alias=exp.to_identifier(sql_name, quoted=True))
        node.expressions[index].replace(alias)
        alias.set("this", bound)
        oid = int(oid_of(bound) or TEXT)
        set_oid(alias, oid)
        return self._described(name, sql_name, bound, oid)

    def _described(self, name: str, sql_name: str, bound: exp.Expr, oid: int) -> Output:
        typmod = bound.meta.get("typmod", -1)
        marked = bound.meta.get("column")
        if isinstance(bound, exp.Column) and marked is not None:
            relation = self.uses[marked[0]].relation
            if marked[1] < len(relation.columns):
                return Output(name, sql_name, oid, typmod, relation.table_id, marked[1] + 1)
        return Output(name, sql_name, oid, typmod)

    # --- GROUP BY, ORDER BY, LIMIT ---

    def _group(self, node: exp.Select, scope: Scope, outputs: list[Output]) -> None:
        group = node.args.get("group")
        if group is None:
            return
        for key, value in group.args.items():
            if value and key != "expressions":
                raise errors.FeatureNotSupported(f"GROUP BY {key.upper()} is not supported")
        for item in list(group.expressions):
            self._group_item(item, scope, outputs)

    def _group_item(self, item: exp.Expr, scope: Scope, outputs: list[Output]) -> None:
        if isinstance(item, (exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple)):
            for part in list(item.expressions):
                self._group_item(part, scope, outputs)
        elif isinstance(item, exp.Paren):
            self._group_item(item.this, scope, outputs)
        elif isinstance(item, exp.Literal) and not item.is_string:
            _check_ordinal(item, outputs, "GROUP BY")
        elif _is_bare(item) and scope.column(self.name_of(item.this), None) is None:
            # PostgreSQL looks for an input column first, then for an output column.
            number = _output_number(self.name_of(item.this), outputs, item)
            if number is None:
                self.expression(item, scope)
            else:
                item.replace(exp.Literal.number(number))
        else:
            self.expression(item, scope)

    def _distinct_on(self, node: exp.Select, scope: Scope, outputs: list[Output]) -> None:
        distinct = node.args.get("distinct")
        on = distinct.args.get("on") if distinct is not None else None
        if on is None:
            return
        for item in list(on.expressions):
            self._sort_key(item, scope, outputs, "SELECT DISTINCT ON")

    def _order(self, node: exp.Select, scope: Scope, outputs: list[Output]) -> None:
        order = node.args.get("order")
        for item in list(order.expressions) if order is not None else []:
            key = item.this if isinstance(item, exp.Ordered) else item
            self._sort_key(key, scope, outputs, "ORDER BY")

    def _sort_key(self, key: exp.Expr, scope: Scope, outputs: list[Output], clause: str) -> None:
        if isinstance(key, exp.Literal) and not key.is_string:
            _check_ordinal(key, outputs, clause)
        elif isinstance(key, (exp.Literal, exp.Null)):
            raise errors.SyntaxError(f"non-integer constant in {clause}", position=position_of(key))
        elif _is_bare(key) and (number := _output_number(self.name_of(key.this), outputs, key)):
            key.replace(exp.Literal.number(number))
        else:
            bound = self.expression(key, scope)
            self.coercion.to(bound, TEXT)

    def _order_of_outputs(self, node: exp.Expr, outputs: list[Output], scope: Scope) -> None:
        """ORDER BY of a set operation sees output columns only."""
        order = node.args.get("order")
        for item in list(order.expressions) if order is not None else []:
            key = item.this if isinstance(item, exp.Ordered) else item
            if isinstance(key, exp.Literal) and not key.is_string:
                _check_ordinal(key, outputs, "ORDER BY")
                continue
            number = _output_number(self.name_of(key.this), outputs, key) if _is_bare(key) else None
            if number is None:
                if _is_bare(key):
                    raise errors.UndefinedColumn(
                        f'column "{self.name_of(key.this)}" does not exist',
                        position=position_of(key),
                    )
                raise errors.FeatureNotSupported(
                    "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                    detail="Only result column names can be used, not expressions or functions.",
                    hint="Add the expression/function to every SELECT, "
                    "or move the UNION into a FROM clause.",
                )
            key.replace(exp.Literal.number(number))

    def order_items(self, order: exp.Expr, scope: Scope) -> None:
        """ORDER BY inside a call or window: expressions only."""
        for item in list(order.expressions):
            key = item.this if isinstance(item, exp.Ordered) else item
            self.coercion.to(self.expression(key, scope), TEXT)

    def _limits(self, node: exp.Expr, scope: Scope) -> None:
        limit = node.args.get("limit")
        if isinstance(limit, exp.Fetch):
            if limit.args.get("count") is not None:
                self._limit_value(limit.args["count"], scope, "LIMIT")
        elif limit is not None:
            self._limit_value(limit.expression, scope, "LIMIT")
        offset = node.args.get("offset")
        if offset is not None:
            self._limit_value(offset.expression, scope, "OFFSET")

    def _limit_value(self, value: exp.Expr, scope: Scope, clause: str) -> None:
        if isinstance(value, exp.Var) and value.name.upper() == "ALL":
            return
        if isinstance(value, exp.Column) and value.name.upper() == "ALL":
            value.replace(exp.Var(this="ALL"))
            return
        bound = self.coercion.to(self.expression(value, scope), INT8)
        oid = int(oid_of(bound) or INT8)
        if oid not in {20, 21, 23, 1700, 700, 701}:
            raise errors.DatatypeMismatch(
                f"argument of {clause} must be type bigint, not type {type_name(oid)}",
                position=position_of(bound),
            )
        if bound.find(exp.Column) is not None and bound.find(exp.Query) is None:
            raise errors.InvalidColumnReference(
                f"argument of {clause} must not contain variables", position=position_of(bound)
            )

    # --- set operations, VALUES ---

    def _set_operation(
        self, node: exp.SetOperation, parent: Scope | None, expected: Sequence[int] | None
    ) -> list[Output]:
        scope = Scope(parent)
        self._with(node, scope)
        name = type(node).__name__.upper()
        left_hints, right_hints = self._branch_types(node, scope, expected)
        left = self.query(node.this, scope, left_hints)
        right = self.query(node.expression, scope, right_hints or [o.oid for o in left])
        _check_widths(left, right, name)
        outputs: list[Output] = []
        for one, other in zip(left, right, strict=True):
            oid = common_type([one.oid, other.oid])
            _check_match(one.oid, other.oid, name)
            typmod = one.typmod if one.oid == other.oid and one.typmod == other.typmod else -1
            outputs.append(Output(one.name, one.sql_name, oid, typmod))
        self._order_of_outputs(node, outputs, scope)
        self._limits(node, scope)
        return outputs

    def _branch_types(
        self, node: exp.SetOperation, scope: Scope, expected: Sequence[int] | None
    ) -> tuple[Sequence[int] | None, Sequence[int] | None]:
        """Untyped literals of one branch take the type of the other branch's column.

        The right branch is typed first where only it knows: a dry run on a copy.
        """
        if not _has_untyped_outputs(node.this):
            return expected, None
        probe = Binder(self.env, ())
        try:
            other = probe.query(node.expression.copy(), scope, expected)
        except errors.PgError:
            return expected, None
        return [output.oid for output in other], None

    def _values(
        self, node: exp.Values, parent: Scope | None, expected: Sequence[int] | None
    ) -> list[Output]:
        scope = Scope(parent)
        rows = [list(row.expressions) for row in node.expressions]
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise errors.SyntaxError("VALUES lists must all be the same length")
        bound = [[self.expression(value, scope) for value in row] for row in rows]
        outputs: list[Output] = []
        for index in range(width):
            column = [row[index] for row in bound]
            if expected is not None and index < len(expected):
                column = [self.coercion.to(value, expected[index]) for value in column]
            oid = self.coercion.unify(column, "VALUES")
            outputs.append(Output(f"column{index + 1}", f"column{index + 1}", oid))
        return outputs


# --- pieces ---


def read_column(column: ScopeColumn) -> None:
    """Note that a stored column is needed."""
    use = column.use
    if use is None or column.position < 0:
        return
    use.columns.add(column.position)
    if column.position == len(use.relation.columns) + 1 and use.has_system_columns:
        use.includes_deleted = True


def _reference(found: Resolved) -> exp.Column:
    node = exp.Column(this=exp.to_identifier(found.column.sql_name, quoted=True))
    node.meta["resolved"] = found
    return node


def _resolved_marker(node: exp.Expr) -> Resolved | None:
    found: Resolved | None = node.meta.pop("resolved", None)
    return found


def _unique(name: str, taken: set[str]) -> str:
    """DuckDB compares names without case, so two outputs must differ in more than that."""
    candidate, number = name, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{name}:{number}"
    taken.add(candidate.lower())
    return candidate


def _is_bare(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.Column)
        and isinstance(node.this, exp.Identifier)
        and not node.args.get("table")
    )


def _output_number(name: str, outputs: list[Output], node: exp.Expr) -> int | None:
    numbers = [number for number, output in enumerate(outputs, 1) if output.name == name]
    if len(numbers) > 1:
        first = outputs[numbers[0] - 1]
        is_same = all(
            first.table_oid
            and (outputs[n - 1].table_oid, outputs[n - 1].attnum) == (first.table_oid, first.attnum)
            for n in numbers
        )
        if not is_same:
            raise errors.AmbiguousColumn(
                f'ORDER BY "{name}" is ambiguous', position=position_of(node)
            )
    return numbers[0] if numbers else None


def _check_ordinal(node: exp.Expr, outputs: list[Output], clause: str) -> None:
    text = node.name
    if not text.isdigit():
        raise errors.SyntaxError(f"non-integer constant in {clause}", position=position_of(node))
    if not 1 <= int(text) <= len(outputs):
        raise errors.InvalidColumnReference(
            f"{clause} position {text} is not in select list", position=position_of(node)
        )
    set_oid(node, 23)


def _check_widths(left: Sequence[Output], right: Sequence[Output], name: str) -> None:
    if len(left) != len(right):
        raise errors.SyntaxError(f"each {name} query must have the same number of columns")


def _check_match(left: int, right: int, name: str) -> None:
    if left != right and not (is_convertible(left, right) or is_convertible(right, left)):
        raise errors.DatatypeMismatch(
            f"{name} types {type_name(left)} and {type_name(right)} cannot be matched"
        )


def _has_untyped_outputs(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Select):
        return False
    for item in node.expressions:
        value = item.this if isinstance(item, exp.Alias) else item
        if isinstance(value, (exp.Null, exp.Parameter)) or (
            isinstance(value, exp.Literal) and value.is_string
        ):
            return True
    return False


def derived_columns(
    outputs: Sequence[Output], names: Sequence[str], alias: str
) -> list[ScopeColumn]:
    """The columns of a subquery or CTE under its alias and column names.

    Raises:
        InvalidColumnReference: 42P10, more names than columns.
    """
    if len(names) > len(outputs):
        raise errors.InvalidColumnReference(
            f'table "{alias}" has {len(outputs)} columns available '
            f"but {len(names)} columns specified"
        )
    columns: list[ScopeColumn] = []
    taken: set[str] = set()
    for index, output in enumerate(outputs):
        name = names[index] if index < len(names) else output.name
        columns.append(
            ScopeColumn(
                name,
                TEXT if output.oid == UNKNOWN else output.oid,
                output.typmod,
                sql_name=_unique(name, taken),
                table_oid=output.table_oid,
                attnum=output.attnum,
            )
        )
    return columns


def quoted_alias(alias: exp.Expr, name: str, columns: Sequence[ScopeColumn]) -> None:
    """Write alias and all column names out, quoted."""
    alias.set("this", exp.to_identifier(name, quoted=True))
    alias.set("columns", [exp.to_identifier(c.sql_name, quoted=True) for c in columns])

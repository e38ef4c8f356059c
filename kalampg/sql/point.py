"""Recognise the statements that run without DuckDB: by key, by key range, without a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from kalampg.ids import Oid
from kalampg.relation import Relation, TableType
from kalampg.sql.annotation import column_of
from kalampg.sql.engine_functions import ENGINE_FUNCTIONS
from kalampg.sql.evaluable_tree import NotEvaluable, Translator, conjuncts, is_constant
from kalampg.sql.expression import Call, Expression
from kalampg.sql.operators import INTEGERS, NUMERIC
from kalampg.sql.row_plans import PointSelect, RangeSelect
from kalampg.sql.scopes import TableUse

_TEXTS: Final = frozenset({25, 1043, 19})
_FLOAT8: Final = 701
_MIRRORED: Final = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPERATORS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip


@dataclass(slots=True)
class KeyConditions:
    """What a WHERE clause says about the key, and the rest of it."""

    fixed: dict[int, Expression] = field(default_factory=dict)
    lower: dict[int, tuple[Expression, bool]] = field(default_factory=dict)
    upper: dict[int, tuple[Expression, bool]] = field(default_factory=dict)
    rest: list[Expression] = field(default_factory=list)

    def filter(self) -> Expression | None:
        if not self.rest:
            return None
        return self.rest[0] if len(self.rest) == 1 else Call("and", tuple(self.rest), Oid(16))


def select_without_table(node: exp.Select, translator: Translator) -> PointSelect | None:
    """One row of expressions: ``SELECT 1``, ``SELECT now(), $1::int``."""
    if not {key for key, value in node.args.items() if value} <= {"expressions"}:
        return None
    outputs = outputs_of(node, translator)
    return None if outputs is None else PointSelect(None, (), None, outputs)


def select_by_key(
    node: exp.Select, use: TableUse, translator: Translator
) -> PointSelect | RangeSelect | None:
    """A SELECT from one table that the row store can answer."""
    relation = use.relation
    if not is_simple(node) or not is_stored(relation):
        return None
    outputs = outputs_of(node, translator)
    conditions = key_conditions(node.args.get("where"), use, translator)
    if outputs is None or conditions is None:
        return None
    if not _hides_deleted_or_names(use, node):
        return None
    key = full_key(relation, conditions)
    limits = node.args.get("limit"), node.args.get("offset")
    if key is not None and limits == (None, None):
        return PointSelect(relation, key, conditions.filter(), outputs, use.includes_deleted)
    if use.includes_deleted:
        return None
    return _range(node, use, translator, conditions, outputs)


def is_stored(relation: Relation) -> bool:
    """Whether the rows are in the row store (and not computed)."""
    return relation.table_type is not TableType.SYSTEM and bool(relation.primary_key)


def full_key(relation: Relation, conditions: KeyConditions) -> tuple[Expression, ...] | None:
    """The whole key, if every column of it is fixed; conditions on it leave the filter."""
    if not all(position in conditions.fixed for position in relation.primary_key):
        return None
    for position in relation.primary_key:
        _restore_bounds(conditions, position)
    return tuple(conditions.fixed[position] for position in relation.primary_key)


def _hides_deleted_or_names(use: TableUse, node: exp.Select) -> bool:
    return use.has_system_columns or not use.includes_deleted


def is_simple(node: exp.Select) -> bool:
    """Whether the SELECT is from one table, and has nothing that groups or joins rows."""
    allowed = {"expressions", "from_", "where", "order", "limit", "offset"}
    if any(value and key not in allowed for key, value in node.args.items()):
        return False
    source = node.args.get("from_")
    return (
        source is not None
        and isinstance(source.this, exp.Table)
        and not source.this.args.get("joins")
        and isinstance(source.this.this, exp.Identifier)
    )


def outputs_of(node: exp.Select, translator: Translator) -> tuple[Expression, ...] | None:
    """The select list; None where a part of it needs DuckDB."""
    try:
        return tuple(
            translator.translate(item.this if isinstance(item, exp.Alias) else item)
            for item in node.expressions
        )
    except NotEvaluable:
        return None


# --- conditions on the key ---


def key_conditions(
    where: exp.Expr | None, use: TableUse, translator: Translator
) -> KeyConditions | None:
    """The WHERE clause taken apart; None when a part of it needs DuckDB."""
    found = KeyConditions()
    if where is None:
        return found
    for conjunct in conjuncts(where.this):
        if _key_condition(conjunct, use, translator, found):
            continue
        expression = translator.try_translate(conjunct)
        if expression is None:
            return None
        found.rest.append(expression)
    return found


def _key_condition(
    node: exp.Expr, use: TableUse, translator: Translator, found: KeyConditions
) -> bool:
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        position = _key_position(node.this, use)
        low = _key_value(node.args["low"], position, use, translator)
        high = _key_value(node.args["high"], position, use, translator)
        if position is None or low is None or high is None:
            return False
        if position in found.lower or position in found.upper:
            return False
        found.lower[position] = (low, True)
        found.upper[position] = (high, True)
        return True
    operator = _OPERATORS.get(type(node))
    if operator is None:
        return False
    return _comparison(node.this, operator, node.expression, use, translator, found) or _comparison(
        node.expression, _MIRRORED[operator], node.this, use, translator, found
    )


def _comparison(
    column: exp.Expr,
    operator: str,
    value: exp.Expr,
    use: TableUse,
    translator: Translator,
    found: KeyConditions,
) -> bool:
    position = _key_position(column, use)
    expression = _key_value(value, position, use, translator)
    if position is None or expression is None:
        return False
    if operator == "=":
        places: dict[int, Expression] = found.fixed
        if position in places:
            return False
        places[position] = expression
        return True
    bounds = found.lower if operator in {">", ">="} else found.upper
    if position in bounds:
        return False
    bounds[position] = (expression, operator in {">=", "<="})
    return True


def _key_position(node: exp.Expr, use: TableUse) -> int | None:
    found = column_of(node)
    if not isinstance(node, exp.Column) or found is None or found[0] != use.index:
        return None
    return found[1] if found[1] in use.relation.primary_key else None


def _key_value(
    node: exp.Expr, position: int | None, use: TableUse, translator: Translator
) -> Expression | None:
    if position is None:
        return None
    expression = translator.try_translate(node)
    if expression is None or not is_constant(expression) or is_volatile(expression):
        return None
    return as_key(expression, use.relation.columns[position].type_oid)


_VOLATILE: Final = (
    frozenset({"snowflake_id", "uuid_v7", "ulid", "gen_random_uuid", "clock_timestamp"})
    | ENGINE_FUNCTIONS
)


def is_volatile(expression: Expression) -> bool:
    """Whether each evaluation may give another value."""
    if not isinstance(expression, Call):
        return False
    return expression.function in _VOLATILE or any(map(is_volatile, expression.arguments))


def as_key(expression: Expression, oid: Oid) -> Expression | None:
    """``expression`` as a value of a key column; None where comparing would not be the same.

    ``bigint_key = 1.5`` must find nothing rather than row 1, and ``int4_key = 3000000000``
    must find nothing rather than fail: both are left to DuckDB.
    """
    given = expression.type_oid
    if given == oid or (given in _TEXTS and oid in _TEXTS):
        return expression
    if oid in INTEGERS and given in INTEGERS:
        return expression if INTEGERS.index(given) < INTEGERS.index(oid) else None
    if (oid == NUMERIC and given in INTEGERS) or (oid == _FLOAT8 and given in {*INTEGERS, NUMERIC}):
        return Call("cast", (expression,), oid)
    return None


def _restore_bounds(conditions: KeyConditions, position: int) -> None:
    """Bounds on a column that is also fixed still have to hold."""
    for bounds, operators in ((conditions.lower, (">=", ">")), (conditions.upper, ("<=", "<"))):
        bound = bounds.pop(position, None)
        if bound is not None:
            value, is_inclusive = bound
            operator = operators[0] if is_inclusive else operators[1]
            conditions.rest.append(Call(operator, (conditions.fixed[position], value), Oid(16)))


# --- ranges ---


def _range(
    node: exp.Select,
    use: TableUse,
    translator: Translator,
    conditions: KeyConditions,
    outputs: tuple[Expression, ...],
) -> RangeSelect | None:
    relation = use.relation
    key = relation.primary_key
    prefix: list[Expression] = []
    while len(prefix) < len(key) and key[len(prefix)] in conditions.fixed:
        _restore_bounds(conditions, key[len(prefix)])
        prefix.append(conditions.fixed[key[len(prefix)]])
    following = key[len(prefix) :]
    lower = conditions.lower.pop(following[0], None) if following else None
    upper = conditions.upper.pop(following[0], None) if following else None
    if conditions.lower or conditions.upper or len(conditions.fixed) > len(prefix):
        return None  # conditions on later key columns: DuckDB filters faster than we scan
    direction = _direction(node, use, following)
    limit = limit_expression(node.args.get("limit"), translator)
    offset = limit_expression(node.args.get("offset"), translator)
    if direction is None or limit == "no" or offset == "no":
        return None
    has_limit = limit is not None
    has_order = bool(node.args.get("order"))
    is_page = has_limit and (lower or upper or has_order)
    is_span = lower and upper and has_order
    if not (prefix or is_page or is_span):
        return None  # a scan of everything: not on the event loop
    return RangeSelect(
        relation=relation,
        prefix=tuple(prefix),
        lower=lower,
        upper=upper,
        is_descending=direction,
        filter=conditions.filter(),
        limit=limit if not isinstance(limit, str) else None,
        offset=offset if not isinstance(offset, str) else None,
        outputs=outputs,
    )


def _direction(node: exp.Select, use: TableUse, following: Sequence[int]) -> bool | None:
    """Whether the order is descending; None when it is not the order of the key."""
    order = node.args.get("order")
    if order is None:
        return False
    directions: set[bool] = set()
    wanted = list(following)
    for item in order.expressions:
        key = sort_key(node, item)
        found = column_of(key)
        if not isinstance(key, exp.Column) or found is None or found[0] != use.index:
            return None
        position = found[1]
        if position in use.relation.primary_key and position not in following:
            continue  # fixed by the prefix
        if not wanted:
            continue  # the whole key has been used: nothing is left to order
        if position != wanted.pop(0):
            return None
        directions.add(bool(item.args.get("desc")))
    if len(directions) > 1:
        return None
    return directions.pop() if directions else False


def sort_key(node: exp.Select, item: exp.Expr) -> exp.Expr:
    """What a term of a bound ORDER BY sorts by; one that is in the select list is a number."""
    key: exp.Expr = item.this
    if isinstance(key, exp.Literal):
        key = node.expressions[int(key.name) - 1]
    return key.this if isinstance(key, exp.Alias) else key


def limit_expression(node: exp.Expr | None, translator: Translator) -> Expression | str | None:
    """An int8 expression, None for none, "no" when it cannot be one."""
    if node is None:
        return None
    value = node.args.get("count") if isinstance(node, exp.Fetch) else node.expression
    if isinstance(node, exp.Fetch):
        options = node.args.get("limit_options")
        if value is None or (options is not None and options.args.get("with_ties")):
            return "no"
    if isinstance(value, exp.Var):
        return None
    expression = translator.try_translate(value) if value is not None else None
    if expression is None or not is_constant(expression):
        return "no"
    if expression.type_oid not in INTEGERS:
        return "no"
    return expression if expression.type_oid == 20 else Call("cast", (expression,), Oid(20))

"""Types of operators and conditions: comparison, logic, IN, BETWEEN, LIKE, quantified arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes.shaped_arrays import is_shaped
from kalampg.sql.annotation import oid_of, position_of, set_oid
from kalampg.sql.bind_rows import compare_fields, compare_with_query, in_fields, null_fields
from kalampg.sql.bind_whole_rows import is_row
from kalampg.sql.coercion import insert_cast
from kalampg.sql.operators import (
    ARITHMETIC,
    BOOL,
    DATE,
    FLOAT8,
    INT4,
    INT8,
    INTERVAL,
    NUMBERS,
    NUMERIC,
    TEXT,
    TIME,
    TIMETZ,
    comparison,
    resolve,
)
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.scopes import Scope
from kalampg.sql.type_names import data_type, element_oid, type_name

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

OPERATOR_HINT: Final = (
    "No operator matches the given name and argument types. "
    "You might need to add explicit type casts."
)
OPERATOR_SYMBOLS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.GT: ">", exp.LTE: "<=", exp.GTE: ">=",
    exp.NullSafeEQ: "=", exp.NullSafeNEQ: "=",
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.Pow: "^",
    exp.DPipe: "||", exp.Like: "~~", exp.ILike: "~~*", exp.RegexpLike: "~", exp.RegexpILike: "~*",
    exp.SimilarTo: "similar to", exp.StartsWith: "^@",
    exp.JSONExtract: "->", exp.JSONExtractScalar: "->>", exp.JSONBExtract: "#>",
    exp.JSONBExtractScalar: "#>>", exp.ArrayContainsAll: "@>", exp.ArrayContainedBy: "<@",
    exp.ArrayOverlaps: "&&", exp.JSONBContainsTopKey: "?", exp.JSONBContainsAnyTopKeys: "?|",
    exp.JSONBContainsAllTopKeys: "?&", exp.JSONBDeleteAtPath: "#-",
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "#",
    exp.BitwiseLeftShift: "<<", exp.BitwiseRightShift: ">>",
}  # fmt: skip


def bind_binary(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    symbol = OPERATOR_SYMBOLS[type(node)]
    if is_row(node.this) and isinstance(node.expression, exp.Subquery):
        compare_with_query(binder, node, scope)
        return
    left = binder.expression(node.this, scope)
    right_node = node.expression
    if isinstance(right_node, (exp.Any, exp.All)):
        _quantified(binder, node, left, right_node, symbol, scope)
        return
    right = binder.expression(right_node, scope)
    if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
        _rows(binder, node, left, right, symbol)
        compare_fields(binder, node, left, right, scope)
        return
    apply_operator(binder, node, symbol, left, right)


# Operators that ask about the elements of arrays, whatever their shape.
_OF_ELEMENTS: Final = frozenset({"@>", "<@", "&&"})
_AMBIGUOUS_SUMS: Final = frozenset({(TIME, TIME), (DATE, UNKNOWN), (UNKNOWN, DATE)})


def apply_operator(
    binder: Binder, node: exp.Expr, symbol: str, left: exp.Expr, right: exp.Expr
) -> None:
    """Type a binary operator whose operands have been bound."""
    left_oid, right_oid = int(oid_of(left) or UNKNOWN), int(oid_of(right) or UNKNOWN)
    found = resolve(symbol, left_oid, right_oid)
    is_open = symbol in ARITHMETIC and (left_oid == right_oid == UNKNOWN)
    if is_open or (symbol == "+" and (left_oid, right_oid) in _AMBIGUOUS_SUMS):
        raise errors.AmbiguousFunction(
            f"operator is not unique: {type_name(left_oid)} {symbol} {type_name(right_oid)}",
            hint="Could not choose a best candidate operator. "
            "You might need to add explicit type casts.",
        )
    if found is None:
        raise no_operator(symbol, left_oid, right_oid)
    left = binder.coercion.to(left, found.left)
    right = binder.coercion.to(right, found.right)
    for side, wanted in ((left, found.left), (right, found.right)):
        if _needs_cast(symbol, int(oid_of(side) or UNKNOWN), wanted):
            insert_cast(side, wanted)
    set_oid(node, found.result)


def _needs_cast(symbol: str, oid: int, wanted: int) -> bool:
    """Whether DuckDB would not convert an operand to the type that PostgreSQL does."""
    if is_shaped(oid) != is_shaped(wanted):
        return symbol not in _OF_ELEMENTS
    if symbol == "||":
        # DuckDB finds the scale that numerics share; a cast of an integer would have none.
        return wanted in NUMBERS - {NUMERIC} or element_oid(wanted) in NUMBERS - {NUMERIC}
    return oid == TIME and wanted in {INTERVAL, TIMETZ}


def no_operator(symbol: str, left: int, right: int) -> errors.UndefinedFunction:
    """42883, as PostgreSQL words it."""
    return errors.UndefinedFunction(
        f"operator does not exist: {type_name(left)} {symbol} {type_name(right)}",
        hint=OPERATOR_HINT,
    )


def _quantified(
    binder: Binder, node: exp.Expr, left: exp.Expr, right: exp.Expr, symbol: str, scope: Scope
) -> None:
    """``x = ANY (array)`` and ``x = ANY (SELECT ...)``."""
    inner = right.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if _is_array_of_query(inner):
        # The same as of the query itself, which DuckDB wants.
        inner = inner.expressions[0].pop()
        right.set("this", inner)
    left_oid = int(oid_of(left) or UNKNOWN)
    if isinstance(inner, (exp.Subquery, exp.Query)):
        outputs = binder.bind_subquery(inner, scope)
        element = single_output(outputs)
    else:
        inner = binder.expression(inner, scope)
        array = int(oid_of(inner) or UNKNOWN)
        if array == UNKNOWN:
            wanted = binder.array_of(TEXT if left_oid == UNKNOWN else left_oid)
            inner = binder.coercion.to(inner, wanted)
            array = int(oid_of(inner) or wanted)
        element = element_oid(array)
        if not element:
            raise errors.WrongObjectType("op ANY/ALL (array) requires array on right side")
    found = resolve(symbol, left_oid, element)
    if found is None:
        raise no_operator(symbol, left_oid, element)
    binder.coercion.to(left, found.left)
    set_oid(right, element)
    set_oid(node, BOOL)


def _is_array_of_query(node: exp.Expr) -> bool:
    """``ARRAY(SELECT ...)``."""
    return (
        isinstance(node, exp.Anonymous)
        and node.name.lower() == "array"
        and len(node.expressions) == 1
        and isinstance(node.expressions[0], exp.Query)
    )


def single_output(outputs: list[int]) -> int:
    """The type of a subquery that must have one column."""
    if len(outputs) != 1:
        raise errors.SyntaxError("subquery must return only one column")
    return TEXT if outputs[0] == UNKNOWN else outputs[0]


def _rows(binder: Binder, node: exp.Expr, left: exp.Expr, right: exp.Expr, symbol: str) -> None:
    """``(a, b) = (1, 2)``."""
    if len(left.expressions) != len(right.expressions):
        raise errors.SyntaxError("unequal number of entries in row expressions")
    for one, other in zip(list(left.expressions), list(right.expressions), strict=True):
        pair = comparison(int(oid_of(one) or UNKNOWN), int(oid_of(other) or UNKNOWN))
        if pair is None:
            raise no_operator(symbol, int(oid_of(one) or UNKNOWN), int(oid_of(other) or UNKNOWN))
        binder.coercion.to(one, pair.left)
        binder.coercion.to(other, pair.right)
    set_oid(node, BOOL)


def bind_logical(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    name = "AND" if isinstance(node, exp.And) else "OR"
    for side in (node.this, node.expression):
        binder.coercion.boolean(binder.expression(side, scope), name)
    set_oid(node, BOOL)


def bind_not(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    binder.coercion.boolean(binder.expression(node.this, scope), "NOT")
    set_oid(node, BOOL)


def bind_is(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    operand = binder.expression(node.this, scope)
    test = node.expression
    if isinstance(operand, exp.Tuple) and isinstance(test, exp.Null):
        null_fields(binder, node, operand, scope)
        return
    if isinstance(test, exp.Boolean):
        set_oid(test, BOOL)
        binder.coercion.boolean(operand, f"IS {'TRUE' if test.this else 'FALSE'}")
    elif isinstance(test, exp.Null):
        set_oid(test, UNKNOWN)
        binder.coercion.to(operand, TEXT)
    else:
        raise errors.FeatureNotSupported(
            f"IS {test.sql(dialect='postgres')} is not supported", position=position_of(test)
        )
    set_oid(node, BOOL)


def bind_in(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    left = binder.expression(node.this, scope)
    query = node.args.get("query")
    if query is not None:
        _in_query(binder, left, query, scope)
    elif node.expressions:
        items = [binder.expression(item, scope) for item in list(node.expressions)]
        if isinstance(left, exp.Tuple) and all(isinstance(item, exp.Tuple) for item in items):
            for item in items:
                _rows(binder, node, left, item, "=")
            in_fields(binder, node, left, items, scope)
        else:
            _in_list(binder, left, items)
    else:
        raise errors.SyntaxError("syntax error in IN", position=position_of(node))
    set_oid(node, BOOL)


def _in_query(binder: Binder, left: exp.Expr, query: exp.Expr, scope: Scope) -> None:
    outputs = binder.bind_subquery(query, scope)
    lefts = list(left.expressions) if isinstance(left, exp.Tuple) else [left]
    if len(outputs) != len(lefts):
        few_or_many = "few" if len(outputs) < len(lefts) else "many"
        raise errors.SyntaxError(f"subquery has too {few_or_many} columns")
    for one, other in zip(lefts, outputs, strict=True):
        one_oid = int(oid_of(one) or UNKNOWN)
        pair = comparison(one_oid, other)
        if pair is None:
            raise no_operator("=", one_oid, other)
        binder.coercion.to(one, pair.left)


def _in_list(binder: Binder, left: exp.Expr, items: list[exp.Expr]) -> None:
    left_oid = int(oid_of(left) or UNKNOWN)
    if left_oid == UNKNOWN:
        binder.coercion.unify([left, *items], "IN")
        return
    for item in items:
        item_oid = int(oid_of(item) or UNKNOWN)
        pair = comparison(left_oid, item_oid)
        if pair is None:
            raise no_operator("=", left_oid, item_oid)
        binder.coercion.to(item, pair.right)


def bind_between(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    value = binder.expression(node.this, scope)
    for key, symbol in (("low", ">="), ("high", "<=")):
        bound = binder.expression(node.args[key], scope)
        value_oid, bound_oid = int(oid_of(value) or UNKNOWN), int(oid_of(bound) or UNKNOWN)
        pair = comparison(value_oid, bound_oid)
        if pair is None:
            raise no_operator(symbol, value_oid, bound_oid)
        binder.coercion.to(bound, pair.right)
        value = binder.coercion.to(value, pair.left)
    set_oid(node, BOOL)


def bind_escape(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    binder.expression(node.this, scope)
    binder.coercion.to(binder.expression(node.expression, scope), TEXT)
    set_oid(node, BOOL)


def _negated_number(node: exp.Expr) -> exp.Expr | None:
    """The number in ``(-number)``."""
    while isinstance(node, exp.Paren):
        node = node.this
    inner = node.this if isinstance(node, exp.Neg) else None
    return inner if isinstance(inner, exp.Literal) and not inner.is_string else None


_SMALLEST: Final = {str(2**31): INT4, str(2**63): INT8}


def bind_negate(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    positive = _negated_number(node.this)
    if positive is not None:
        # PostgreSQL negates numbers while it parses, so that two signs leave none.
        binder.replace(node, positive)
        binder.expression(positive, scope)
        return
    smallest = _SMALLEST.get(node.this.name) if isinstance(node.this, exp.Literal) else None
    if smallest is not None:
        # Its positive has no place in the type; PostgreSQL negates while it parses.
        literal = exp.Literal.string(f"-{node.this.name}")
        binder.replace(node, exp.Cast(this=literal, to=data_type(smallest)))
        set_oid(literal, UNKNOWN)
        assert literal.parent is not None
        set_oid(literal.parent, smallest)
        return
    operand = binder.expression(node.this, scope)
    oid = int(oid_of(operand) or UNKNOWN)
    if oid == UNKNOWN:
        operand = binder.coercion.to(operand, FLOAT8)
        oid = FLOAT8
    if oid not in NUMBERS | {INTERVAL}:
        raise errors.UndefinedFunction(
            f"operator does not exist: - {type_name(oid)}", hint=OPERATOR_HINT
        )
    set_oid(node, oid)


def bind_bitwise_not(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    operand = binder.expression(node.this, scope)
    set_oid(node, int(oid_of(operand) or INT4))

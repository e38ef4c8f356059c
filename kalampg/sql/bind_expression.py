"""Types of scalar expressions, as PostgreSQL's parser finds them.

Every node that is reached here is on the allowlist ``_BINDERS``; a node that is in no entry is not
supported. That is the second half of what a client can make DuckDB do; the first is ``functions``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, position_of, set_oid
from kalampg.sql.bind_calls import bind_call, bind_filter, bind_window, bind_within_group
from kalampg.sql.coercion import insert_cast
from kalampg.sql.operators import (
    BOOL,
    FLOAT8,
    INT4,
    INT8,
    INTERVAL,
    JSONB,
    NUMBERS,
    NUMERIC,
    RECORD,
    STRINGS,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    TIMETZ,
    can_cast,
    comparison,
    resolve,
)
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.scopes import Resolved, Scope
from kalampg.sql.type_names import element_oid, type_name, type_of_node

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

Bind = Callable[["Binder", exp.Expr, Scope], None]

OPERATOR_HINT: Final = "No operator matches the given name and argument types. You might need to add explicit type casts."
_OPERATOR_SYMBOLS: Final[dict[type[exp.Expr], str]] = {
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


def bind_expression(binder: Binder, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Resolve and type ``node``; the node that stands in its place afterwards.

    Raises:
        FeatureNotSupported: 0A000, an expression that kalampg has not.
        PgError: 42703, 42702, 42883, 42804, 22P02, ...
    """
    parent, key, index = node.parent, node.arg_key, node.index
    bind = _BINDERS.get(type(node))
    if bind is None:
        raise errors.FeatureNotSupported(
            f"this expression is not supported: {node.sql(dialect='postgres')[:80]}",
            position=position_of(node),
        )
    bind(binder, node, scope)
    if parent is None:
        return binder.replacement(node)
    current = parent.args.get(key or "")
    if isinstance(current, list) and index is not None:
        found: exp.Expr = current[index]
        return found
    return current if isinstance(current, exp.Expr) else node


# --- leaves ---


def _literal(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    if node.is_string:
        set_oid(node, UNKNOWN)
        return
    text = node.name
    if text.isdigit():
        value = int(text)
        set_oid(node, INT4 if value < 2**31 else INT8 if value < 2**63 else NUMERIC)
    else:
        set_oid(node, NUMERIC)


def _boolean(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    set_oid(node, BOOL)


def _null(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    set_oid(node, UNKNOWN)


def _parameter(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    assert isinstance(node, exp.Parameter)
    binder.parameters.see(node)


def _column(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    assert isinstance(node, exp.Column)
    if isinstance(node.this, exp.Star):
        raise errors.SyntaxError('syntax error at or near "*"', position=position_of(node))
    binder.use_column(node, resolve_column(binder, node, scope))


def resolve_column(binder: Binder, node: exp.Column, scope: Scope) -> Resolved:
    """What a column reference means.

    Raises:
        UndefinedColumn: 42703
        UndefinedTable: 42P01, missing FROM-clause entry
        AmbiguousColumn: 42702
    """
    name = binder.name_of(node.this)
    table = node.args.get("table")
    position = position_of(table if isinstance(table, exp.Expr) else node)
    if not isinstance(table, exp.Identifier):
        found = scope.column(name, position)
        if found is None:
            if scope.source(name) is not None:
                raise errors.FeatureNotSupported(
                    f'whole-row reference "{name}" is not supported',
                    hint=f"Write {name}.* in the select list.",
                    position=position,
                )
            raise errors.UndefinedColumn(f'column "{name}" does not exist', position=position)
        return found
    return _qualified(binder, node, scope, table, position)


def _qualified(
    binder: Binder, node: exp.Column, scope: Scope, table: exp.Identifier, position: int | None
) -> Resolved:
    name = binder.name_of(node.this)
    alias = binder.name_of(table)
    schema = node.args.get("db")
    schema_name = binder.name_of(schema) if isinstance(schema, exp.Identifier) else None
    source = scope.source(alias, schema_name)
    if source is None:
        raise missing_source(scope, alias, position)
    found = [column for column in source.columns if column.name == name]
    if not found:
        raise errors.UndefinedColumn(f"column {alias}.{name} does not exist", position=position)
    if len(found) > 1:
        raise errors.AmbiguousColumn(f'column reference "{name}" is ambiguous', position=position)
    return Resolved(source, found[0])


def missing_source(scope: Scope, alias: str, position: int | None) -> errors.UndefinedTable:
    """42P01 for a table name that no FROM clause in reach has."""
    hidden = scope.source_of_relation(alias)
    if hidden is not None:
        return errors.UndefinedTable(
            f'invalid reference to FROM-clause entry for table "{alias}"',
            hint=f'Perhaps you meant to reference the table alias "{hidden.alias}".',
            position=position,
        )
    return errors.UndefinedTable(
        f'missing FROM-clause entry for table "{alias}"', position=position
    )


# --- operators ---


def _binary(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    symbol = _OPERATOR_SYMBOLS[type(node)]
    left = bind_expression(binder, node.this, scope)
    right_node = node.expression
    if isinstance(right_node, (exp.Any, exp.All)):
        _quantified(binder, node, left, right_node, symbol, scope)
        return
    right = bind_expression(binder, right_node, scope)
    if isinstance(left, exp.Tuple) or isinstance(right, exp.Tuple):
        _rows(binder, node, left, right, symbol)
        return
    apply_operator(binder, node, symbol, left, right)


def apply_operator(
    binder: Binder, node: exp.Expr, symbol: str, left: exp.Expr, right: exp.Expr
) -> None:
    """Type a binary operator whose operands have been bound."""
    left_oid, right_oid = int(oid_of(left) or UNKNOWN), int(oid_of(right) or UNKNOWN)
    found = resolve(symbol, left_oid, right_oid)
    if found is None:
        raise no_operator(symbol, left_oid, right_oid)
    binder.coercion.to(left, found.left)
    binder.coercion.to(right, found.right)
    set_oid(node, found.result)


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
    left_oid = int(oid_of(left) or UNKNOWN)
    if isinstance(inner, (exp.Subquery, exp.Query)):
        outputs = binder.bind_subquery(inner, scope)
        element = single_output(outputs)
    else:
        inner = bind_expression(binder, inner, scope)
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


def single_output(outputs: list[int]) -> int:
    """The type of a subquery that must have one column."""
    if len(outputs) != 1:
        raise errors.SyntaxError("subquery must return only one column")
    return TEXT if outputs[0] == UNKNOWN else outputs[0]


def _rows(binder: Binder, node: exp.Expr, left: exp.Expr, right: exp.Expr, symbol: str) -> None:
    """``(a, b) = (1, 2)``."""
    if not (isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple)):
        raise errors.FeatureNotSupported(
            "comparing a row with something else than a row is not supported"
        )
    if len(left.expressions) != len(right.expressions):
        raise errors.SyntaxError("unequal number of entries in row expressions")
    for one, other in zip(list(left.expressions), list(right.expressions), strict=True):
        pair = comparison(int(oid_of(one) or UNKNOWN), int(oid_of(other) or UNKNOWN))
        if pair is None:
            raise no_operator(symbol, int(oid_of(one) or UNKNOWN), int(oid_of(other) or UNKNOWN))
        binder.coercion.to(one, pair.left)
        binder.coercion.to(other, pair.right)
    set_oid(node, BOOL)


def _logical(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    name = "AND" if isinstance(node, exp.And) else "OR"
    for side in (node.this, node.expression):
        binder.coercion.boolean(bind_expression(binder, side, scope), name)
    set_oid(node, BOOL)


def _not(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    binder.coercion.boolean(bind_expression(binder, node.this, scope), "NOT")
    set_oid(node, BOOL)


def _is(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    operand = bind_expression(binder, node.this, scope)
    test = node.expression
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


def _in(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    left = bind_expression(binder, node.this, scope)
    query = node.args.get("query")
    if query is not None:
        _in_query(binder, left, query, scope)
    elif node.expressions:
        items = [bind_expression(binder, item, scope) for item in list(node.expressions)]
        if isinstance(left, exp.Tuple):
            for item in items:
                _rows(binder, node, left, item, "=")
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


def _between(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    value = bind_expression(binder, node.this, scope)
    for key, symbol in (("low", ">="), ("high", "<=")):
        bound = bind_expression(binder, node.args[key], scope)
        value_oid, bound_oid = int(oid_of(value) or UNKNOWN), int(oid_of(bound) or UNKNOWN)
        pair = comparison(value_oid, bound_oid)
        if pair is None:
            raise no_operator(symbol, value_oid, bound_oid)
        binder.coercion.to(bound, pair.right)
        value = binder.coercion.to(value, pair.left)
    set_oid(node, BOOL)


def _escape(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    bind_expression(binder, node.this, scope)
    binder.coercion.to(bind_expression(binder, node.expression, scope), TEXT)
    set_oid(node, BOOL)


def _negate(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    operand = bind_expression(binder, node.this, scope)
    oid = int(oid_of(operand) or UNKNOWN)
    if oid == UNKNOWN:
        operand = binder.coercion.to(operand, FLOAT8)
        oid = FLOAT8
    if oid not in NUMBERS | {INTERVAL}:
        raise errors.UndefinedFunction(
            f"operator does not exist: - {type_name(oid)}", hint=OPERATOR_HINT
        )
    set_oid(node, oid)


def _bitwise_not(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    operand = bind_expression(binder, node.this, scope)
    set_oid(node, int(oid_of(operand) or INT4))


def _paren(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    set_oid(node, int(oid_of(bind_expression(binder, node.this, scope)) or UNKNOWN))


def _tuple(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    for item in list(node.expressions):
        bind_expression(binder, item, scope)
    set_oid(node, RECORD)


# --- casts, CASE, arrays ---


def _cast(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    oid, typmod = type_of_node(node.args["to"])
    operand = bind_expression(binder, node.this, scope)
    source = int(oid_of(operand) or UNKNOWN)
    if source == UNKNOWN and isinstance(operand, exp.Array):
        _array_items(binder, operand, element_oid(oid) or TEXT)
        source = oid
    elif source == UNKNOWN:
        # The cast stays, so a literal is only checked here, and keeps its spelling for the rules.
        if isinstance(operand, exp.Literal):
            if oid not in STRINGS:
                binder.check_literal(operand, oid, typmod)
        else:
            operand = binder.coercion.to(operand, oid)
        source = int(oid_of(operand) or UNKNOWN)
    if not can_cast(source, oid):
        raise errors.CannotCoerce(f"cannot cast type {type_name(source)} to {type_name(oid)}")
    set_oid(node, oid, typmod)


def _case(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    subject = node.args.get("this")
    if subject is not None:
        subject = bind_expression(binder, subject, scope)
    results: list[exp.Expr] = []
    for branch in node.args["ifs"]:
        condition = bind_expression(binder, branch.this, scope)
        if subject is None:
            binder.coercion.boolean(condition, "CASE/WHEN")
        else:
            left, right = int(oid_of(subject) or UNKNOWN), int(oid_of(condition) or UNKNOWN)
            pair = comparison(left, right)
            if pair is None:
                raise no_operator("=", left, right)
            subject = binder.coercion.to(subject, pair.left)
            binder.coercion.to(condition, pair.right)
        results.append(bind_expression(binder, branch.args["true"], scope))
    default = node.args.get("default")
    if default is not None:
        # PostgreSQL puts the ELSE first when it looks for the common type.
        results.insert(0, bind_expression(binder, default, scope))
    set_oid(node, binder.coercion.unify(results, "CASE"))


def _array(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    items = [bind_expression(binder, item, scope) for item in list(node.expressions)]
    if any(isinstance(item, exp.Array) or element_oid(int(oid_of(item) or TEXT)) for item in items):
        raise errors.FeatureNotSupported(
            "arrays of more than one dimension are not supported",
            hint="Use jsonb for nested values.",
        )
    if not items:
        set_oid(node, UNKNOWN)
        if not isinstance(node.parent, exp.Cast):
            raise errors.IndeterminateDatatype(
                "cannot determine type of empty array",
                hint="Explicitly cast to the desired type, for example ARRAY[]::integer[].",
                position=position_of(node),
            )
        return
    set_oid(node, binder.array_of(binder.coercion.unify(items, "ARRAY")))


def _array_items(binder: Binder, node: exp.Expr, element: int) -> None:
    for item in list(node.expressions):
        insert_cast(binder.coercion.to(item, element), element)
    set_oid(node, binder.array_of(element))


def _bracket(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    base = bind_expression(binder, node.this, scope)
    base_oid = int(oid_of(base) or UNKNOWN)
    element = element_oid(base_oid) if base_oid != UNKNOWN else 0
    if base_oid == JSONB:
        for index in list(node.expressions):
            binder.coercion.to(bind_expression(binder, index, scope), TEXT)
        set_oid(node, JSONB)
        return
    if not element:
        raise errors.DatatypeMismatch(
            f"cannot subscript type {type_name(base_oid)} because it does not support subscripting",
            position=position_of(node),
        )
    if len(node.expressions) != 1:
        raise errors.FeatureNotSupported("arrays have one dimension")
    index = node.expressions[0]
    if isinstance(index, exp.Slice):
        for key in ("this", "expression"):
            bound = index.args.get(key)
            if bound is not None:
                binder.coercion.to(bind_expression(binder, bound, scope), INT4)
        set_oid(node, base_oid)
        return
    binder.coercion.to(bind_expression(binder, index, scope), INT4)
    set_oid(node, element)


# --- dates and special syntax ---


def _interval(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    value = node.this
    if not isinstance(value, exp.Literal):
        raise errors.SyntaxError("syntax error in INTERVAL", position=position_of(node))
    set_oid(value, UNKNOWN)
    unit = node.args.get("unit")
    text = value.name if unit is None else f"{value.name} {unit.name.lower()}"
    binder.coercion.value_of(text, INTERVAL, -1, position_of(value))
    set_oid(node, INTERVAL)


_AT_TIME_ZONE: Final = {TIMESTAMP: TIMESTAMPTZ, TIMESTAMPTZ: TIMESTAMP, TIMETZ: TIMETZ}


def _at_time_zone(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    value = bind_expression(binder, node.this, scope)
    binder.coercion.to(bind_expression(binder, node.args["zone"], scope), TEXT)
    value = binder.coercion.to(value, TIMESTAMPTZ)
    oid = int(oid_of(value) or UNKNOWN)
    if oid == 1082:
        value = insert_cast(value, TIMESTAMPTZ)
        oid = TIMESTAMPTZ
    result = _AT_TIME_ZONE.get(oid)
    if result is None:
        raise errors.UndefinedFunction(
            f"function pg_catalog.timezone(unknown, {type_name(oid)}) does not exist",
            hint="No function matches the given name and argument types. "
            "You might need to add explicit type casts.",
        )
    set_oid(node, result)


_EXTRACTABLE: Final = frozenset({1082, 1083, 1114, 1184, 1186})


def _extract(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    value = bind_expression(binder, node.expression, scope)
    oid = int(oid_of(value) or UNKNOWN)
    if oid not in _EXTRACTABLE:
        raise errors.UndefinedFunction(
            f"function pg_catalog.extract(unknown, {type_name(oid)}) does not exist",
            hint="No function matches the given name and argument types. "
            "You might need to add explicit type casts.",
        )
    set_oid(node, NUMERIC)


def _text_syntax(keys: tuple[str, ...], result: int) -> Bind:
    """TRIM, POSITION, OVERLAY: operands are text, but counts are integers."""

    def bind(binder: Binder, node: exp.Expr, scope: Scope) -> None:
        for key in keys:
            operand = node.args.get(key)
            if isinstance(operand, exp.Expr):
                bound = bind_expression(binder, operand, scope)
                binder.coercion.to(bound, INT4 if key in {"from_", "for_"} else TEXT)
                insert_cast(bound, INT4 if key in {"from_", "for_"} else TEXT)
        set_oid(node, result)

    return bind


def _collate(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    collation = (
        binder.name_of(node.expression) if isinstance(node.expression, exp.Identifier) else ""
    )
    if collation not in {"C", "POSIX", "default", "ucs_basic"}:
        raise errors.FeatureNotSupported(
            f'collation "{collation}" is not supported',
            hint='Text is ordered by code point, as with the collation "C".',
        )
    operand = binder.coercion.to(bind_expression(binder, node.this, scope), TEXT)
    oid = int(oid_of(operand) or TEXT)
    binder.replace(node, operand)
    set_oid(operand, oid)


def _dot(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``pg_catalog.f(x)``; other fields do not exist."""
    call = node.expression
    if isinstance(call, exp.Anonymous) and isinstance(node.this, exp.Identifier):
        schema = binder.name_of(node.this)
        if schema != "pg_catalog":
            raise errors.UndefinedFunction(
                f"function {schema}.{call.name.lower()} does not exist", position=position_of(node)
            )
        binder.replace(node, call)
        bind_expression(binder, call, scope)
        return
    raise errors.FeatureNotSupported("composite values are not supported")


# --- subqueries ---


def _scalar_subquery(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    set_oid(node, single_output(binder.bind_subquery(node, scope)))


def _exists(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    binder.bind_subquery(node.this, scope)
    set_oid(node, BOOL)


_BINDERS: Final[dict[type[exp.Expr], Bind]] = {
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Parameter: _parameter,
    exp.Column: _column,
    exp.Paren: _paren,
    exp.Tuple: _tuple,
    **dict.fromkeys(_OPERATOR_SYMBOLS, _binary),
    exp.And: _logical,
    exp.Or: _logical,
    exp.Not: _not,
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Escape: _escape,
    exp.Neg: _negate,
    exp.BitwiseNot: _bitwise_not,
    exp.Cast: _cast,
    exp.Case: _case,
    exp.Array: _array,
    exp.Bracket: _bracket,
    exp.Interval: _interval,
    exp.AtTimeZone: _at_time_zone,
    exp.Extract: _extract,
    exp.Trim: _text_syntax(("this", "expression"), TEXT),
    exp.StrPosition: _text_syntax(("this", "substr"), INT4),
    exp.Overlay: _text_syntax(("this", "expression", "from_", "for_"), TEXT),
    exp.Collate: _collate,
    exp.Dot: _dot,
    exp.Subquery: _scalar_subquery,
    exp.Exists: _exists,
    exp.Anonymous: bind_call,
    exp.Filter: bind_filter,
    exp.Window: bind_window,
    exp.WithinGroup: bind_within_group,
}

"""Types of casts, CASE, arrays, and of the syntax that PostgreSQL has for some functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes.arrays import parse_shaped
from kalampg.pgtypes.row_types import is_row_type
from kalampg.pgtypes.shaped_arrays import is_shaped, shaped_of
from kalampg.sql.annotation import oid_of, position_of, set_oid
from kalampg.sql.bind_domains import domain_cast
from kalampg.sql.bind_operators import no_operator
from kalampg.sql.bind_whole_rows import bind_field, cast_row, named_row_type
from kalampg.sql.coercion import insert_cast
from kalampg.sql.functions import OBJECT_IDENTIFIERS
from kalampg.sql.operators import (
    INT4,
    JSONB,
    NUMERIC,
    STRINGS,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    TIMETZ,
    can_cast,
    comparison,
)
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.record_functions import EXPAND_ARRAY, EXPAND_ARRAY_SCHEMA
from kalampg.sql.scopes import Scope
from kalampg.sql.type_names import element_oid, type_name, type_of_node

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder


Bind: TypeAlias = Callable[["Binder", exp.Expr, Scope], None]


def bind_cast(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    checked = domain_cast(binder, node)
    if checked is not None:
        binder.replace(node, checked)
        binder.expression(checked, scope)
        return
    row_type = named_row_type(node.args["to"], binder.env)
    oid, typmod = (
        type_of_node(node.args["to"], binder.env)
        if row_type is None
        else (Oid(binder.keep(row_type)), -1)
    )
    operand = binder.expression(node.this, scope)
    source = int(oid_of(operand) or UNKNOWN)
    if row_type is not None and is_row_type(source):
        binder.replace(node, cast_row(binder, operand, row_type))
        return
    if source == UNKNOWN and isinstance(operand, exp.Array):
        _array_items(binder, operand, element_oid(oid) or TEXT)
        source = int(oid_of(operand) or oid)
    elif source == UNKNOWN:
        # The cast stays, so a literal is only checked here, and keeps its spelling for the rules.
        if isinstance(operand, exp.Literal):
            oid = literal_type(operand.name, oid)
            if oid not in STRINGS | OBJECT_IDENTIFIERS:
                binder.check_literal(operand, oid, typmod)
        else:
            operand = binder.coercion.to(operand, oid)
        source = int(oid_of(operand) or UNKNOWN)
    if is_shaped(source) and element_oid(oid):
        oid = shaped_of(oid)
    if not can_cast(source, oid):
        raise errors.CannotCoerce(f"cannot cast type {type_name(source)} to {type_name(oid)}")
    set_oid(node, oid, typmod)


def literal_type(text: str, oid: Oid) -> Oid:
    """The type of a literal that is cast: arrays of another shape than most have their own."""
    if not element_oid(oid):
        return oid
    is_plain = parse_shaped(text, lambda element: element).as_list() is not None
    return oid if is_plain else shaped_of(oid)


def bind_case(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    subject = node.args.get("this")
    if subject is not None:
        subject = binder.expression(subject, scope)
    results: list[exp.Expr] = []
    for branch in node.args["ifs"]:
        condition = binder.expression(branch.this, scope)
        if subject is None:
            binder.coercion.boolean(condition, "CASE/WHEN")
        else:
            left, right = int(oid_of(subject) or UNKNOWN), int(oid_of(condition) or UNKNOWN)
            pair = comparison(left, right)
            if pair is None:
                raise no_operator("=", left, right)
            subject = binder.coercion.to(subject, pair.left)
            binder.coercion.to(condition, pair.right)
        results.append(binder.expression(branch.args["true"], scope))
    default = node.args.get("default")
    if default is not None:
        # PostgreSQL puts the ELSE first when it looks for the common type.
        results.insert(0, binder.expression(default, scope))
    set_oid(node, binder.coercion.unify(results, "CASE"))


def bind_array(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    items = [binder.expression(item, scope) for item in list(node.expressions)]
    if any(element_oid(int(oid_of(item) or TEXT)) for item in items):
        set_oid(node, shaped_of(binder.coercion.unify(items, "ARRAY")))
        return
    if all(isinstance(item, exp.Array) for item in items):
        set_oid(node, UNKNOWN)
        if not isinstance(node.parent, (exp.Cast, exp.Array)):
            raise errors.IndeterminateDatatype(
                "cannot determine type of empty array",
                hint="Explicitly cast to the desired type, for example ARRAY[]::integer[].",
                position=position_of(node),
            )
        return
    set_oid(node, binder.array_of(binder.coercion.unify(items, "ARRAY")))


def _array_items(binder: Binder, node: exp.Expr, element: int) -> None:
    """Give the untyped items of an array, and of the arrays in it, a type."""
    array = binder.array_of(element)
    for item in list(node.expressions):
        if isinstance(item, exp.Array):
            _array_items(binder, item, element)
            array = shaped_of(array)
        else:
            insert_cast(binder.coercion.to(item, element), element)
    set_oid(node, array)


def _gather_subscripts(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """Put all subscripts of ``a[i][j]`` on the outer bracket, if ``a`` is an array."""
    inner: exp.Expr = node.this
    subscripts = list(node.expressions)
    while isinstance(inner, exp.Bracket):
        subscripts[:0] = inner.expressions
        inner = inner.this
    if inner is node.this:
        return
    bound = binder.expression(inner, scope)
    if element_oid(int(oid_of(bound) or TEXT)):
        node.set("this", bound)
        node.set("expressions", subscripts)


def bind_bracket(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    _gather_subscripts(binder, node, scope)
    base = binder.expression(node.this, scope)
    base_oid = int(oid_of(base) or UNKNOWN)
    element = element_oid(base_oid) if base_oid != UNKNOWN else 0
    if base_oid == JSONB:
        for index in list(node.expressions):
            binder.coercion.to(binder.expression(index, scope), TEXT)
        set_oid(node, JSONB)
        return
    if not element:
        raise errors.DatatypeMismatch(
            f"cannot subscript type {type_name(base_oid)} because it does not support subscripting",
            position=position_of(node),
        )
    is_slice = any(isinstance(index, exp.Slice) for index in node.expressions)
    for index in list(node.expressions):
        bounds = (index.this, index.expression) if isinstance(index, exp.Slice) else (index,)
        for bound in bounds:
            if bound is not None:
                binder.coercion.to(binder.expression(bound, scope), INT4)
    if len(node.expressions) > 1:
        insert_cast(node.this, shaped_of(base_oid))
        base_oid = shaped_of(base_oid)
    set_oid(node, base_oid if is_slice else element)


_AT_TIME_ZONE: Final = {TIMESTAMP: TIMESTAMPTZ, TIMESTAMPTZ: TIMESTAMP, TIMETZ: TIMETZ}


def bind_at_time_zone(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    value = binder.expression(node.this, scope)
    binder.coercion.to(binder.expression(node.args["zone"], scope), TEXT)
    value = binder.coercion.to(value, TIMESTAMPTZ)
    oid = int(oid_of(value) or UNKNOWN)
    if oid == 1082:
        value = insert_cast(value, TIMESTAMPTZ)
        oid = TIMESTAMPTZ
    if oid == TIME:
        value = insert_cast(value, TIMETZ)
        oid = TIMETZ
    result = _AT_TIME_ZONE.get(oid)
    if result is None:
        raise errors.UndefinedFunction(
            f"function pg_catalog.timezone(unknown, {type_name(oid)}) does not exist",
            hint="No function matches the given name and argument types. "
            "You might need to add explicit type casts.",
        )
    set_oid(node, result)


_EXTRACTABLE: Final = frozenset({1082, 1083, 1114, 1184, 1186, 1266})


def bind_extract(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    value = binder.expression(node.expression, scope)
    oid = int(oid_of(value) or UNKNOWN)
    if oid == UNKNOWN:
        raise errors.AmbiguousFunction(
            "function pg_catalog.extract(unknown, unknown) is not unique",
            hint="Could not choose a best candidate function. "
            "You might need to add explicit type casts.",
        )
    if oid not in _EXTRACTABLE:
        raise errors.UndefinedFunction(
            f"function pg_catalog.extract(unknown, {type_name(oid)}) does not exist",
            hint="No function matches the given name and argument types. "
            "You might need to add explicit type casts.",
        )
    set_oid(node, NUMERIC)


def bind_collate(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    collation = (
        binder.name_of(node.expression) if isinstance(node.expression, exp.Identifier) else ""
    )
    if collation not in {"C", "POSIX", "default", "ucs_basic"}:
        raise errors.UndefinedObject(
            f'collation "{collation}" for encoding "UTF8" does not exist',
            hint='Text is ordered by code point, as with the collation "C".',
        )
    operand = binder.coercion.to(binder.expression(node.this, scope), TEXT)
    oid = int(oid_of(operand) or TEXT)
    binder.replace(node, operand)
    set_oid(operand, oid)


def bind_dot(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``pg_catalog.f(x)``, or a field of a record."""
    call = node.expression
    if isinstance(call, exp.Identifier):
        bind_field(binder, node, scope)
        return
    if isinstance(call, exp.Literal):
        raise errors.SyntaxError(f'syntax error at or near ".{call.name}"')
    if isinstance(call, exp.Anonymous) and isinstance(node.this, exp.Identifier):
        schema = binder.name_of(node.this)
        home = EXPAND_ARRAY_SCHEMA if call.name.lower() == EXPAND_ARRAY else "pg_catalog"
        if schema != home:
            if not binder.env.lookup.has_schema(schema):
                raise errors.InvalidSchemaName(
                    f'schema "{schema}" does not exist', position=position_of(node)
                )
            raise errors.UndefinedFunction(
                f"function {schema}.{call.name.lower()} does not exist", position=position_of(node)
            )
        binder.replace(node, call)
        binder.expression(call, scope)
        return
    raise errors.FeatureNotSupported('row expansion via "*" is not supported here')

"""Types of calls: functions, aggregates with FILTER and ORDER BY, window functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes.shaped_arrays import is_shaped, shaped_of
from kalampg.sql.annotation import oid_of, position_of, set_oid
from kalampg.sql.bind_order import bind_order_items
from kalampg.sql.bind_whole_rows import bind_row
from kalampg.sql.coercion import insert_cast
from kalampg.sql.functions import (
    FunctionKind,
    FunctionMatch,
    is_aggregate_name,
    is_known,
    lookup,
    overloads,
)
from kalampg.sql.named_arguments import place_named_arguments
from kalampg.sql.operators import INSTANTS, INT8, INTERVAL, RECORD, STRINGS, TEXT
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.populate import POPULATING, populate
from kalampg.sql.record_functions import returned_row_type
from kalampg.sql.scopes import Scope
from kalampg.sql.set_returning import check_place
from kalampg.sql.shaped_calls import SHAPED_CALLS
from kalampg.sql.type_names import data_type, type_name
from kalampg.sql.variadic_calls import FUNCTION_HINT, spread_variadic
from kalampg.sql.window_frames import check_frame, check_window_name

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_COMMON_TYPE_CALLS: Final = {
    "coalesce": "COALESCE", "greatest": "GREATEST", "least": "LEAST", "nullif": "NULLIF",
}  # fmt: skip
# Names of types that are calls with one argument: a cast.
_TYPE_CALLS: Final = {
    "int2": 21, "int4": 23, "int8": 20, "float4": 700, "float8": 701, "text": 25, "bool": 16,
    "date": 1082,
}  # fmt: skip
_ANY: Final = 2276
_POLYMORPHIC: Final = frozenset({2276, 2277, 2283})


def bind_call(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """A function call.

    Raises:
        UndefinedFunction: 42883, no such function on the allowlist.
    """
    name = call_name(node)
    if name == "array" and _is_subquery_call(node):
        inner = node.expressions[0]
        outputs = binder.bind_subquery(inner, scope)
        if len(outputs) != 1:
            raise errors.SyntaxError("subquery must return only one column")
        set_oid(node, binder.array_of(outputs[0]))
        return
    if name == "row":
        bind_row(binder, node, scope)
        return
    if name in POPULATING:
        populate(binder, node, name, scope)
        return
    spread = spread_variadic(binder, name, node, scope)
    if spread is not node:
        binder.expression(spread, scope)
        return
    arguments = _bound_arguments(binder, node, scope)
    if name == "count" and not arguments and not _is_star(node):
        raise errors.WrongObjectType(
            "count(*) must be used to call a parameterless aggregate function",
            position=position_of(node),
        )
    if name in _TYPE_CALLS and len(arguments) == 1 and not is_known(name):
        cast = exp.Cast(this=arguments[0].copy(), to=data_type(_TYPE_CALLS[name]))
        binder.replace(node, cast)
        binder.expression(cast, scope)
        return
    if name in _COMMON_TYPE_CALLS:
        if not arguments:
            raise errors.SyntaxError('syntax error at or near ")"', position=position_of(node))
        set_oid(node, binder.coercion.unify(arguments, _COMMON_TYPE_CALLS[name]))
        return
    _resolve(binder, node, name, arguments, is_star=_is_star(node))


def call_name(node: exp.Expr) -> str:
    """The lower-case name of a call; quoted names keep their case."""
    this = node.this
    if isinstance(this, exp.Identifier) and this.args.get("quoted"):
        return this.name
    return node.name.lower()


def _is_subquery_call(node: exp.Expr) -> bool:
    return len(node.expressions) == 1 and isinstance(node.expressions[0], (exp.Query, exp.Subquery))


def _is_star(node: exp.Expr) -> bool:
    return len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Star)


def _bound_arguments(binder: Binder, node: exp.Expr, scope: Scope) -> list[exp.Expr]:
    """The arguments, without the DISTINCT and ORDER BY that an aggregate may have among them."""
    if _is_star(node):
        return []
    place_named_arguments(call_name(node), node)
    arguments: list[exp.Expr] = []
    for argument in list(node.expressions):
        arguments += _argument(binder, argument, scope)
    return arguments


def _argument(binder: Binder, argument: exp.Expr, scope: Scope) -> list[exp.Expr]:
    if isinstance(argument, exp.Distinct):
        found: list[exp.Expr] = []
        for item in list(argument.expressions):
            found += _argument(binder, item, scope)
        return found
    if isinstance(argument, exp.Order):
        bind_order_items(binder, argument, scope)
        return _argument(binder, argument.this, scope) if argument.this is not None else []
    if isinstance(argument, exp.Variadic):
        raise errors.FeatureNotSupported(
            "variadic arguments are not supported",
            hint="Write the elements of the array as arguments.",
            position=position_of(argument),
        )
    return [binder.expression(argument, scope)]


def _check_use(node: exp.Expr, match: FunctionMatch) -> None:
    """A window function needs OVER, DISTINCT an aggregate."""
    name = call_name(node)
    parent = node.parent
    if match.is_window and not (isinstance(parent, exp.Window) and parent.this is node):
        raise errors.WrongObjectType(
            f"window function {name} requires an OVER clause", position=position_of(node)
        )
    has_distinct = any(isinstance(argument, exp.Distinct) for argument in node.expressions)
    if has_distinct and not match.is_aggregate:
        raise errors.WrongObjectType(
            f"DISTINCT specified, but {name} is not an aggregate function",
            position=position_of(node),
        )


def _resolve(
    binder: Binder,
    node: exp.Expr,
    name: str,
    arguments: list[exp.Expr],
    *,
    is_star: bool = False,
) -> FunctionMatch:
    oids = [int(oid_of(argument) or UNKNOWN) for argument in arguments]
    _refuse_undecided(name, oids)
    match = lookup(name, oids)
    if match is not None:
        _check_use(node, match)
        if match.returns_set:
            check_place(node)
    if match is None or (is_star and name != "count"):
        types = "*" if is_star else ", ".join(type_name(oid) for oid in oids)
        raise errors.UndefinedFunction(
            f"function {name}({types}) does not exist",
            hint=FUNCTION_HINT,
            position=position_of(node),
        )
    _convert_arguments(binder, name, arguments, match)
    result = int(match.result_oid)
    if name in _SHAPING and _makes_shaped(name, arguments):
        result = shaped_of(result)
    if result == RECORD:
        result = binder.keep(returned_row_type(name, [int(oid) for oid in match.arg_oids]))
    set_oid(node, TEXT if result == UNKNOWN else result)
    return match


# Functions of several types of which none is the one that PostgreSQL prefers.
_UNDECIDED: Final = frozenset({"generate_series"})


def _refuse_undecided(name: str, oids: Sequence[int]) -> None:
    if name in _UNDECIDED and oids and all(oid == UNKNOWN for oid in oids):
        types = ", ".join(type_name(oid) for oid in oids)
        raise errors.AmbiguousFunction(
            f"function {name}({types}) is not unique",
            hint="Could not choose a best candidate function. "
            "You might need to add explicit type casts.",
        )


def _convert_arguments(
    binder: Binder, name: str, arguments: list[exp.Expr], match: FunctionMatch
) -> None:
    declared = match.function.declared(len(arguments)) or match.arg_oids
    for argument, wanted, pattern in zip(arguments, match.arg_oids, declared, strict=True):
        if is_shaped(int(oid_of(argument) or UNKNOWN)) and (
            pattern == _ANY or name in SHAPED_CALLS
        ):
            continue
        if pattern in _POLYMORPHIC and int(wanted) == UNKNOWN:
            if pattern != _ANY or not isinstance(argument, exp.Parameter):
                binder.coercion.to(argument, TEXT)
            continue
        argument = binder.coercion.to(argument, int(wanted))  # noqa: PLW2901
        if not (int(wanted) in STRINGS and oid_of(argument) in STRINGS):
            insert_cast(argument, int(wanted))


# Calls whose result may have any shape: if an argument has, or of more than one dimension.
_SHAPING: Final = frozenset({"array_cat", "array_fill"})


def _makes_shaped(name: str, arguments: list[exp.Expr]) -> bool:
    if name == "array_fill":
        dimensions = arguments[1]
        is_plain = isinstance(dimensions, exp.Array) and len(dimensions.expressions) == 1
        return len(arguments) > 2 or not is_plain
    return any(is_shaped(int(oid_of(argument) or UNKNOWN)) for argument in arguments)


# --- aggregates and windows ---


def bind_filter(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``aggregate(...) FILTER (WHERE ...)``."""
    call = binder.expression(node.this, scope)
    inner = call.this if isinstance(call, exp.WithinGroup) else call
    if not (isinstance(inner, exp.Anonymous) and is_aggregate_name(call_name(inner))):
        raise errors.WrongObjectType("FILTER specified, but the call is not an aggregate function")
    condition = node.expression.this
    binder.coercion.boolean(binder.expression(condition, scope), "FILTER")
    set_oid(node, int(oid_of(call) or TEXT))


# Window functions without arguments; with some, hypothetical-set aggregates.
_RANKS: Final = frozenset({"rank", "dense_rank", "percent_rank", "cume_dist"})


def bind_window(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``call OVER (...)`` and named windows."""
    call = node.this
    check_window_name(node)
    if isinstance(call, (exp.Anonymous, exp.Filter, exp.WithinGroup)):
        _check_windowed(call)
        bound = binder.expression(call, scope)
        set_oid(node, int(oid_of(bound) or TEXT))
    elif not isinstance(call, exp.Identifier):  # WINDOW w AS (...) has a name there
        raise errors.SyntaxError("syntax error in OVER", position=position_of(node))
    window_parts(binder, node, scope)


def _check_windowed(call: exp.Expr) -> None:
    """Only aggregates and window functions have OVER, and no DISTINCT there."""
    inner = call.this if isinstance(call, exp.Filter) else call
    if not isinstance(inner, exp.Anonymous):
        return
    found = overloads(call_name(inner))
    if found and all(function.kind is FunctionKind.SCALAR for function in found):
        raise errors.WrongObjectType(
            f"OVER specified, but {call_name(inner)} is not a window function nor an aggregate "
            "function",
            position=position_of(inner),
        )
    if inner.expressions and call_name(inner) in _RANKS:
        raise errors.WrongObjectType(
            f"WITHIN GROUP is required for ordered-set aggregate {call_name(inner)}",
            position=position_of(inner),
        )
    if any(isinstance(argument, exp.Distinct) for argument in inner.expressions):
        raise errors.FeatureNotSupported("DISTINCT is not implemented for window functions")


def window_parts(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """PARTITION BY, ORDER BY and the frame of one window."""
    for item in list(node.args.get("partition_by") or []):
        binder.coercion.to(binder.expression(item, scope), TEXT)
    order = node.args.get("order")
    if order is not None:
        bind_order_items(binder, order, scope)
    spec = node.args.get("spec")
    if spec is not None:
        check_frame(spec)
    for key in ("start", "end"):
        bound = spec.args.get(key) if spec is not None else None
        if isinstance(bound, exp.Expr) and not isinstance(bound, exp.Var):
            is_rows = str(spec.args.get("kind", "")).upper() != "RANGE" if spec else True
            typed = binder.expression(bound, scope)
            if is_rows:
                binder.coercion.to(typed, INT8)
            elif order is not None and oid_of(order.expressions[0].this) in INSTANTS:
                binder.coercion.to(typed, INTERVAL)


def bind_within_group(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """Ordered-set aggregates: ``percentile_cont(0.5) WITHIN GROUP (ORDER BY x)``."""
    call = node.this
    order = node.expression
    if not isinstance(call, exp.Anonymous) or not isinstance(order, exp.Order):
        raise errors.SyntaxError("syntax error in WITHIN GROUP", position=position_of(node))
    direct = _bound_arguments(binder, call, scope)
    bind_order_items(binder, order, scope)
    ordered = [item.this for item in order.expressions]
    match = _resolve(binder, call, call_name(call), [*direct, *ordered])
    set_oid(node, int(match.result_oid))

"""Which of PostgreSQL's functions, operators and casts work here: those that the compiler resolves.

The compiler is asked for PostgreSQL's own signature; where it would convert an argument, it has
another function. Functions of KalamDB's that PostgreSQL has not follow with numbers of their own.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from kalampg import errors
from kalampg.catalog.pg_catalog.recorded import (
    RecordedCast,
    RecordedFunction,
    RecordedOperator,
    recorded_casts,
    recorded_functions,
    recorded_operators,
)
from kalampg.ids import Oid
from kalampg.pgtypes import format_type
from kalampg.pgtypes.registry import TYPES
from kalampg.sql.bind_json_tables import TABLE_FUNCTIONS
from kalampg.sql.functions import (
    ANY,
    ANY_ARRAY,
    ANY_ELEMENT,
    ANY_ENUM,
    ARRAY_OIDS,
    ELEMENT_OIDS,
    Function,
    FunctionKind,
    can_cast_implicitly,
    lookup,
    overloads,
)
from kalampg.sql.operators import (
    FLOAT8,
    INT4,
    INTEGERS,
    INTERVAL,
    NUMBERS,
    can_assign,
    can_cast,
    resolve,
)

# Pseudo-types that the function tables write as another one.
_PSEUDO: Final = {2776: ANY_ELEMENT, 5077: ANY_ELEMENT, 5079: ANY_ELEMENT, 5078: ANY_ARRAY}
# A type that stands for each polymorphic one.
_EXAMPLES: Final = {ANY: INT4, ANY_ELEMENT: INT4, ANY_ARRAY: ARRAY_OIDS[INT4]}
_KINDS: Final = {
    FunctionKind.SCALAR: "f",
    FunctionKind.AGGREGATE: "a",
    FunctionKind.ORDERED_SET: "a",
    FunctionKind.WINDOW: "w",
}
# KalamDB's own, between PostgreSQL's numbers and those of objects.
_OWN: Final = {"snowflake_id": 15801, "uuid_v7": 15802, "ulid": 15803}


# What stands before operands of these types.
_PREFIXES: Final = {
    "-": NUMBERS | {INTERVAL},
    "+": NUMBERS,
    "~": frozenset(INTEGERS),
    "|/": frozenset({FLOAT8}),
    "||/": frozenset({FLOAT8}),
}


@cache
def supported_functions() -> tuple[RecordedFunction, ...]:
    """What a client may call, by OID."""
    known = (function for function in recorded_functions() if _is_callable(function))
    own = (_own(Oid(oid), overloads(name)[0]) for name, oid in _OWN.items())
    return (*known, *own)


@cache
def supported_operators() -> tuple[RecordedOperator, ...]:
    return tuple(operator for operator in recorded_operators() if _has_operator(operator))


@cache
def supported_casts() -> tuple[RecordedCast, ...]:
    return tuple(each for each in recorded_casts() if _has_cast(each))


def _is_callable(recorded: RecordedFunction) -> bool:
    if recorded.name in TABLE_FUNCTIONS:
        return True
    arg_oids = [_PSEUDO.get(oid, oid) for oid in recorded.arg_oids]
    if ANY_ENUM in arg_oids:
        # No built-in type stands for all enumerated ones.
        declared_as = (tuple(arg_oids), recorded.result_oid)
        return declared_as in [(f.arg_oids, f.result_oid) for f in overloads(recorded.name)]
    if recorded.variadic_oid not in {0, ANY}:
        arg_oids[-1] = recorded.variadic_oid
    try:
        match = lookup(recorded.name, [_EXAMPLES.get(oid, oid) for oid in arg_oids])
    except errors.FeatureNotSupported:
        return False
    if match is None or _KINDS[match.function.kind] != recorded.kind:
        return False
    declared = match.function.declared(len(arg_oids)) or ()
    result = _PSEUDO.get(recorded.result_oid, recorded.result_oid)
    return result in {match.result_oid, match.function.result_oid} and all(
        map(_is_taken, declared, arg_oids)
    )


def _is_taken(declared: int, oid: int) -> bool:
    """Whether an argument of this type is taken as it is."""
    if declared == oid:
        return True
    if oid in _EXAMPLES:
        return declared == ANY
    is_taken = declared in {ANY, ANY_ELEMENT} or (declared == ANY_ARRAY and oid in ELEMENT_OIDS)
    return is_taken and oid in TYPES


def _own(oid: Oid, function: Function) -> RecordedFunction:
    return RecordedFunction(
        oid=oid,
        name=function.name,
        arg_oids=function.arg_oids,
        result_oid=function.result_oid,
        kind=_KINDS[function.kind],
        returns_set=function.returns_set,
        variadic_oid=0,
        volatility="v",
        is_strict=True,
        parallel="u",
        is_leakproof=False,
        default_count=0,
        cost=1.0,
        rows=0.0,
        aggregate_kind="",
        direct_arg_count=0,
        arg_names=None,
        all_arg_oids=None,
        arg_modes=None,
        source=function.name,
        arguments=", ".join(map(format_type, function.arg_oids)),
        is_only=True,
    )


def _has_operator(recorded: RecordedOperator) -> bool:
    left, right, result = map(
        _example, (recorded.left_oid, recorded.right_oid, recorded.result_oid)
    )
    if not left:
        return right in _PREFIXES.get(recorded.name, frozenset())
    if not {left, right} <= TYPES.keys():
        return False
    found = resolve(recorded.name, left, right)
    return found is not None and found.result == result


def _example(oid: int) -> int:
    pseudo = _PSEUDO.get(oid, oid)
    return _EXAMPLES.get(pseudo, pseudo)


def _has_cast(recorded: RecordedCast) -> bool:
    source, target = recorded.source_oid, recorded.target_oid
    match recorded.context:
        case "i":
            return can_cast_implicitly(source, target)
        case "a":
            return can_assign(source, target)
        case _:
            return can_cast(source, target)

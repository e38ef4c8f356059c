"""The allowlist of functions, and which one a call means.

``lookup`` follows PostgreSQL's rules for choosing among overloads: an exact match first, then the
candidate that needs the fewest implicit casts, preferring the preferred type of a category.
``Function`` says what the result is and what runs it; a name that is not here is 42883.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes import type_of
from kalampg.pgtypes.enumerations import (
    array_of,
    array_required,
    element_of,
    enumeration_of,
    is_enumeration,
)
from kalampg.pgtypes.row_types import is_row_array, is_row_type, row_type_of
from kalampg.pgtypes.shaped_arrays import is_shaped, plain_of, shaped_of
from kalampg.sql import (
    advisory_functions,
    aggregate_table,
    backend_functions,
    function_table,
    json_function_table,
    privilege_functions,
)
from kalampg.sql.catalog_functions import CATALOG
from kalampg.sql.types_by_type import TypesByType

UNKNOWN: Final = 705
ANY: Final = 2276
ANY_ARRAY: Final = 2277
ANY_ELEMENT: Final = 2283
ANY_ENUM: Final = 3500
_POLYMORPHIC: Final = frozenset({ANY, ANY_ARRAY, ANY_ELEMENT, ANY_ENUM})

TYPE_OIDS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "bool": 16, "bytea": 17, "char": 18, "name": 19, "int8": 20, "int2": 21, "int4": 23,
        "text": 25, "oid": 26, "json": 114, "float4": 700, "float8": 701, "bpchar": 1042,
        "varchar": 1043, "date": 1082, "time": 1083, "timestamp": 1114, "timestamptz": 1184,
        "interval": 1186, "timetz": 1266, "numeric": 1700, "uuid": 2950, "jsonb": 3802,
        "any": ANY, "anyarray": ANY_ARRAY, "anyelement": ANY_ELEMENT,
        "anyenum": ANY_ENUM,
        "regproc": 24, "regprocedure": 2202, "regclass": 2205, "regtype": 2206,
        "regnamespace": 4089, "regrole": 4096, "void": 2278, "record": 2249,
    }
)  # fmt: skip
ELEMENT_OIDS: Final[Mapping[int, int]] = TypesByType(
    {
        1000: 16, 1001: 17, 1002: 18, 1003: 19, 1016: 20, 1005: 21, 1007: 23, 1009: 25, 1028: 26,
        199: 114, 1021: 700, 1022: 701, 1014: 1042, 1015: 1043, 1182: 1082, 1183: 1083, 1115: 1114,
        1185: 1184, 1187: 1186, 1270: 1266, 1231: 1700, 2951: 2950, 3807: 3802,
        1008: 24, 2207: 2202, 2210: 2205, 2211: 2206, 4090: 4089, 4097: 4096,
    },
    element_of,
)  # fmt: skip
# int2vector and oidvector: arrays to PostgreSQL, which prints them without braces.
VECTOR_ELEMENTS: Final[Mapping[int, int]] = MappingProxyType({22: 21, 30: 26})
ARRAY_OIDS: Final[Mapping[int, int]] = TypesByType(
    {element: array for array, element in ELEMENT_OIDS.items()}, array_of
)

# regclass and its kin: OIDs that are read and printed as names.
REGCLASS: Final = 2205
OBJECT_IDENTIFIERS: Final = frozenset({24, 2202, REGCLASS, 2206, 4089, 4096})

# Implicit casts of PostgreSQL between the types we have: what a value of the key may be used as.
_IMPLICIT_CASTS: Final[Mapping[int, frozenset[int]]] = MappingProxyType(
    {
        21: frozenset({23, 20, 1700, 700, 701, 26}) | OBJECT_IDENTIFIERS,
        23: frozenset({20, 1700, 700, 701, 26}) | OBJECT_IDENTIFIERS,
        20: frozenset({1700, 700, 701, 26}) | OBJECT_IDENTIFIERS,
        1700: frozenset({700, 701}),
        700: frozenset({701}),
        1043: frozenset({25, 1042, 19}),
        1042: frozenset({25, 1043, 19}),
        25: frozenset({1043, 1042, 19}),
        19: frozenset({25}),
        18: frozenset({25}),
        1082: frozenset({1114, 1184}),
        1114: frozenset({1184}),
        1083: frozenset({1186, 1266}),
        # Arrays convert as their elements do.
        1231: frozenset({1022}),
        1007: frozenset({1016, 1231, 1022}),
        26: OBJECT_IDENTIFIERS,
        **dict.fromkeys(OBJECT_IDENTIFIERS, frozenset({26})),
    }
)
_PREFERRED: Final = frozenset({701, 25, 1184, 16, 1186, 26})
_STRINGS: Final = frozenset({25, 1043, 1042, 19, 18})


def array_oid(element: int) -> int | None:
    """The type of arrays of that type; None if there is none."""
    if is_row_type(element):
        return type_of(element).array_oid
    return ARRAY_OIDS.get(element)


def element_type(oid: int | None) -> int | None:
    """The type of an array's elements; None if the type is no array."""
    if oid is not None and is_row_array(oid):
        return type_of(oid).element_oid
    return None if oid is None else ELEMENT_OIDS.get(oid)


# These have an order, and yet no smallest and largest value in PostgreSQL 15.
_EXTREMES: Final = frozenset({"min", "max"})
_WITHOUT_EXTREMES: Final = frozenset({16, 17, 114, 2950, 3802})


class FunctionKind(Enum):
    """Where a call may stand."""

    SCALAR = "scalar"
    AGGREGATE = "aggregate"
    ORDERED_SET = "ordered-set aggregate"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Function:
    """One signature. ``runner`` is a DuckDB function, ``@rule`` or ``$session value``."""

    name: str
    arg_oids: tuple[int, ...]
    result_oid: int
    runner: str
    kind: FunctionKind
    is_variadic: bool = False
    returns_set: bool = False

    def declared(self, count: int) -> tuple[int, ...] | None:
        """The declared types for ``count`` arguments; None if it does not take that many."""
        if not self.is_variadic:
            return self.arg_oids if len(self.arg_oids) == count else None
        extra = count - len(self.arg_oids)
        return None if extra < 0 else self.arg_oids + self.arg_oids[-1:] * extra


@dataclass(frozen=True, slots=True)
class FunctionMatch:
    """What a call means. ``arg_oids`` are the types its arguments are cast to."""

    function: Function
    arg_oids: tuple[Oid, ...]
    result_oid: Oid

    @property
    def is_aggregate(self) -> bool:
        return self.function.kind in {FunctionKind.AGGREGATE, FunctionKind.ORDERED_SET}

    @property
    def is_window(self) -> bool:
        return self.function.kind is FunctionKind.WINDOW

    @property
    def returns_set(self) -> bool:
        return self.function.returns_set


def is_known(name: str) -> bool:
    """Whether any function of this lower-case name may be called."""
    return name in _FUNCTIONS


def overloads(name: str) -> tuple[Function, ...]:
    """All signatures of a lower-case name."""
    return _FUNCTIONS.get(name, ())


def is_aggregate_name(name: str) -> bool:
    """Whether calls of this lower-case name are aggregates."""
    return any(
        function.kind in {FunctionKind.AGGREGATE, FunctionKind.ORDERED_SET}
        for function in overloads(name)
    )


def is_set_returning(name: str) -> bool:
    """Whether calls of this lower-case name may give several rows."""
    return any(function.returns_set for function in overloads(name))


def lookup(name: str, arg_oids: Sequence[int | None]) -> FunctionMatch | None:
    """The function that a call of ``name`` means, or None (42883).

    An argument whose type is not known yet (an untyped literal or parameter) is 705 or None.

        >>> match = lookup("length", [25])
        >>> match.result_oid, match.function.runner
        (23, 'pg_length')
    """
    given = tuple(UNKNOWN if oid is None else int(oid) for oid in arg_oids)
    # A function is found by the array type itself, whatever shape its values may have.
    actual = tuple(int(plain_of(oid)) for oid in given)
    best: FunctionMatch | None = None
    best_score: tuple[int, ...] | None = None
    for function in _FUNCTIONS.get(name, ()):
        declared = function.declared(len(actual))
        if declared is None or not _accepts(declared, actual):
            continue
        if name in _EXTREMES and (actual[0] in _WITHOUT_EXTREMES or is_row_type(actual[0])):
            continue
        score = _score(declared, actual)
        if best_score is None or score > best_score:
            best, best_score = _resolved(function, declared, actual, given), score
    return best


def can_cast_implicitly(source: int, target: int) -> bool:
    """Whether PostgreSQL converts ``source`` to ``target`` without being asked."""
    if is_shaped(target):
        return can_cast_implicitly(plain_of(source), plain_of(target))
    if source in (target, UNKNOWN) or target in _IMPLICIT_CASTS.get(source, frozenset()):
        return True
    return is_row_type(source) and is_row_type(target) and _is_row_of(target, source)


def _is_row_of(target: int, source: int) -> bool:
    """Whether the rows differ only in fields that have no type yet."""
    wanted, given = row_type_of(target), row_type_of(source)
    if wanted is None or given is None or len(wanted.fields) != len(given.fields):
        return False
    return not given.name and all(
        each.type_oid in (field.type_oid, UNKNOWN)
        for field, each in zip(wanted.fields, given.fields, strict=True)
    )


def common_type(oids: Sequence[int | None]) -> int:
    """The type that CASE, COALESCE, VALUES, UNION, ARRAY and IN resolve to.

    PostgreSQL takes the first known type and moves to a later one of the same category that the
    earlier ones convert to; all unknown is text.
    """
    chosen = UNKNOWN
    for oid in oids:
        if oid is None or oid in (UNKNOWN, chosen):
            continue
        if chosen == UNKNOWN or (
            chosen not in _PREFERRED
            and can_cast_implicitly(chosen, oid)
            and not can_cast_implicitly(oid, chosen)
        ):
            chosen = oid
    return TYPE_OIDS["text"] if chosen == UNKNOWN else chosen


def _accepts(declared: Sequence[int], actual: Sequence[int]) -> bool:
    if ANY_ENUM in declared and not any(map(is_enumeration, actual)):
        return False
    return all(
        _accepts_one(target, source) for target, source in zip(declared, actual, strict=True)
    )


def _accepts_one(target: int, source: int) -> bool:
    if target == ANY_ARRAY:
        is_array = element_type(source) is not None or source in VECTOR_ELEMENTS
        return is_array or source == UNKNOWN
    if target == ANY_ENUM:
        return source == UNKNOWN or is_enumeration(source)
    return target in _POLYMORPHIC or can_cast_implicitly(source, target)


def _score(declared: Sequence[int], actual: Sequence[int]) -> tuple[int, ...]:
    """Higher is better: exact arguments, then preferred types, then text for unknown ones."""
    pairs = list(zip(declared, actual, strict=True))
    exact = sum(target == source for target, source in pairs)
    concrete = sum(target not in _POLYMORPHIC for target, _ in pairs)
    strings = sum(source == UNKNOWN and target in _STRINGS for target, source in pairs)
    preferred = sum(target in _PREFERRED for target, source in pairs if target != source)
    # varchar is text to PostgreSQL, so it prefers text over another cast.
    binary = sum(source in {1043, 19, 18} and target == 25 for target, source in pairs)
    return exact + binary, strings, preferred, concrete


def _resolved(
    function: Function, declared: Sequence[int], actual: Sequence[int], given: Sequence[int]
) -> FunctionMatch:
    element = _element_type(declared, actual)
    gathers = function.name == "array_agg" and element in ELEMENT_OIDS
    if function.result_oid == ANY_ARRAY and element in ELEMENT_OIDS and not gathers:
        raise errors.FeatureNotSupported(
            f"{function.name} of arrays is not supported",
            hint="Arrays have one dimension in kalampg.",
        )
    enumeration = enumeration_of(element)
    if function.result_oid == ANY_ARRAY and enumeration is not None:
        array_required(enumeration)
    pairs = list(zip(declared, given, strict=True))
    takes_shaped = any(target == ANY_ELEMENT and is_shaped(source) for target, source in pairs)
    concrete = {
        ANY_ELEMENT: shaped_of(element) if takes_shaped else element,
        ANY_ENUM: element,
        ANY_ARRAY: shaped_of(element) if gathers else array_oid(element) or ARRAY_OIDS[25],
    }
    cast_to = tuple(
        Oid(source if target == ANY else concrete.get(target, target)) for target, source in pairs
    )
    result = concrete.get(function.result_oid, function.result_oid)
    if result == ANY:
        result = UNKNOWN
    return FunctionMatch(function, cast_to, Oid(result))


def _element_type(declared: Sequence[int], actual: Sequence[int]) -> int:
    """What anyelement stands for in this call."""
    candidates: list[int | None] = []
    for target, source in zip(declared, actual, strict=True):
        if target == ANY_ARRAY:
            candidates.append(element_type(source) or VECTOR_ELEMENTS.get(source))
        elif target in (ANY_ELEMENT, ANY_ENUM):
            candidates.append(source)
    return common_type(candidates)


def _parsed(table: str, kind: FunctionKind) -> Iterator[Function]:
    for line in table.strip().splitlines():
        signature, runner = line.rsplit(" > ", 1)
        name, rest = signature.split("(", 1)
        arguments, result = rest.rsplit(") ", 1)
        types = [part for part in arguments.split(", ") if part]
        is_variadic = bool(types) and types[-1].endswith("...")
        yield Function(
            name,
            tuple(_type_oid(part.removesuffix("...")) for part in types),
            _type_oid(result.removeprefix("setof ")),
            runner,
            kind,
            is_variadic=is_variadic,
            returns_set=result.startswith("setof "),
        )


def _type_oid(name: str) -> int:
    if name.endswith("[]"):
        return ARRAY_OIDS[TYPE_OIDS[name[:-2]]]
    return TYPE_OIDS[name]


def _build() -> Mapping[str, tuple[Function, ...]]:
    scalars = (
        function_table.STRINGS,
        function_table.NUMBERS,
        function_table.DATES,
        function_table.ARRAYS,
        json_function_table.JSON,
        function_table.CONDITIONS,
        CATALOG,
        privilege_functions.SIGNATURES,
        advisory_functions.SIGNATURES,
        backend_functions.SIGNATURES,
    )
    tables = [(table, FunctionKind.SCALAR) for table in scalars]
    tables.append((aggregate_table.AGGREGATES, FunctionKind.AGGREGATE))
    tables.append((aggregate_table.ORDERED_SET_AGGREGATES, FunctionKind.ORDERED_SET))
    tables.append((aggregate_table.WINDOWS, FunctionKind.WINDOW))
    grouped: dict[str, list[Function]] = {}
    for table, kind in tables:
        for function in _parsed(table, kind):
            grouped.setdefault(function.name, []).append(function)
    return MappingProxyType({name: tuple(found) for name, found in grouped.items()})


_FUNCTIONS: Final = _build()

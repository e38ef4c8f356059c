"""Result types of PostgreSQL's operators, from the types of their operands.

``resolve`` answers (left type, right type, result type): what the operands are taken as, and what
comes out. An operand of unknown type takes the other's type, as PostgreSQL assumes first.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kalampg import errors
from kalampg.pgtypes import format_type
from kalampg.pgtypes.row_types import is_row_array, is_row_type, row_type_of
from kalampg.pgtypes.shaped_arrays import is_shaped, plain_of, shaped_of
from kalampg.sql.functions import (
    ARRAY_OIDS,
    ELEMENT_OIDS,
    OBJECT_IDENTIFIERS,
    UNKNOWN,
    VECTOR_ELEMENTS,
    can_cast_implicitly,
    common_type,
    element_type,
)

BOOL, BYTEA, NAME, INT8, INT2, INT4, TEXT, OID = 16, 17, 19, 20, 21, 23, 25, 26
JSON, FLOAT4, FLOAT8, BPCHAR, VARCHAR = 114, 700, 701, 1042, 1043
DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, TIMETZ = 1082, 1083, 1114, 1184, 1186, 1266
NUMERIC, UUID, JSONB, RECORD = 1700, 2950, 3802, 2249

INTEGERS: Final = (INT2, INT4, INT8)
NUMBERS: Final = frozenset({INT2, INT4, INT8, NUMERIC, FLOAT4, FLOAT8})
STRINGS: Final = frozenset({TEXT, VARCHAR, BPCHAR, NAME, 18})
INSTANTS: Final = frozenset({DATE, TIMESTAMP, TIMESTAMPTZ})
COMPARISONS: Final = frozenset({"=", "<>", "<", ">", "<=", ">="})
PATTERNS: Final = frozenset(
    {"~~", "!~~", "~~*", "!~~*", "~", "~*", "!~", "!~*", "similar to", "^@"}
)
ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%", "^"})
# OIDs compare among each other and with integers.
_OIDS: Final = frozenset({OID, *OBJECT_IDENTIFIERS, *INTEGERS})
# Types without comparison operators.
_INCOMPARABLE: Final = frozenset({JSON})


class Resolution(NamedTuple):
    """Operand types and result type of one operator."""

    left: int
    right: int
    result: int


def resolve(operator: str, left: int, right: int) -> Resolution | None:
    """What ``left operator right`` means; None where PostgreSQL has no such operator.

    >>> resolve("+", INT4, INT8).result == INT8
    True
    """
    if operator in COMPARISONS:
        return comparison(left, right)
    if operator != "||":
        left, right = plain_of(left), plain_of(right)
    if operator in PATTERNS:
        return _pattern(left, right)
    if operator in ARITHMETIC:
        return _arithmetic(operator, left, right)
    if operator == "||":
        return _concatenation(left, right)
    return _other(operator, left, right)


def comparison(left: int, right: int) -> Resolution | None:
    """``=`` and its kin."""
    if left == UNKNOWN and right == UNKNOWN:
        return Resolution(TEXT, TEXT, BOOL)
    if left == UNKNOWN:
        left = right
    elif right == UNKNOWN:
        right = left
    if left in _INCOMPARABLE or right in _INCOMPARABLE:
        return None
    if (is_shaped(left) or is_shaped(right)) and plain_of(left) == plain_of(right):
        return Resolution(shaped_of(left), shaped_of(right), BOOL)
    if is_row_type(left) and is_row_type(right):
        _check_comparable(left, right)
        return Resolution(left, right, BOOL)
    if left == right or any(
        left in group and right in group for group in (NUMBERS, _OIDS, STRINGS, INSTANTS)
    ):
        return Resolution(left, right, BOOL)
    if {left, right} == {TIME, TIMETZ}:
        return Resolution(TIMETZ, TIMETZ, BOOL)
    if {left, right} == {TIME, INTERVAL}:
        return Resolution(left, right, BOOL)
    return None


def _check_comparable(left: int, right: int) -> None:
    """Rows are comparable if their fields have the same types.

    Raises:
        DatatypeMismatch: 42804
    """
    one, other = row_type_of(left), row_type_of(right)
    if one is other or one is None or other is None:
        return
    for number, pair in enumerate(zip(one.fields, other.fields, strict=False), 1):
        first, second = (field.type_oid for field in pair)
        if is_row_type(first) and is_row_type(second):
            _check_comparable(first, second)
        elif first != second:
            raise errors.DatatypeMismatch(
                f"cannot compare dissimilar column types {format_type(first)} and "
                f"{format_type(second)} at record column {number}"
            )
    if len(one.fields) != len(other.fields):
        raise errors.DatatypeMismatch(
            "cannot compare record types with different numbers of columns"
        )


def _pattern(left: int, right: int) -> Resolution | None:
    left = TEXT if left == UNKNOWN else left
    right = TEXT if right == UNKNOWN else right
    if left == BYTEA and right in {BYTEA, TEXT}:
        return Resolution(BYTEA, BYTEA, BOOL)
    if left in STRINGS and right in STRINGS:
        return Resolution(left, TEXT if right == BPCHAR else right, BOOL)
    return None


def _arithmetic(operator: str, left: int, right: int) -> Resolution | None:
    if left == UNKNOWN and right == UNKNOWN:
        return None
    known = right if left == UNKNOWN else left
    if UNKNOWN in (left, right) and known in NUMBERS:
        left = right = known
    if left in NUMBERS and right in NUMBERS:
        return _numbers(operator, left, right)
    return _dates(operator, left, right)


def _numbers(operator: str, left: int, right: int) -> Resolution | None:
    if operator == "^":
        exact = NUMERIC in (left, right) and not {left, right} & {FLOAT4, FLOAT8}
        result = NUMERIC if exact else FLOAT8
        return Resolution(result, result, result)
    result = number_type(left, right)
    if operator == "%" and result in {FLOAT4, FLOAT8}:
        return None
    return Resolution(result, result, result)


def number_type(left: int, right: int) -> int:
    """What two numbers become when they meet."""
    if left == right:
        return left
    if left in INTEGERS and right in INTEGERS:
        return max(left, right, key=INTEGERS.index)
    if {left, right} & {FLOAT4, FLOAT8}:
        return FLOAT8
    return NUMERIC


# operator, left, right: result. What is not here does not exist.
_DATE_OPERATORS: Final = {
    ("+", DATE, INT4): DATE, ("+", INT4, DATE): DATE, ("-", DATE, INT4): DATE,
    ("-", DATE, DATE): INT4,
    ("+", DATE, TIME): TIMESTAMP, ("+", TIME, DATE): TIMESTAMP,
    ("+", DATE, INTERVAL): TIMESTAMP, ("+", INTERVAL, DATE): TIMESTAMP,
    ("-", DATE, INTERVAL): TIMESTAMP,
    ("+", TIMESTAMP, INTERVAL): TIMESTAMP, ("+", INTERVAL, TIMESTAMP): TIMESTAMP,
    ("-", TIMESTAMP, INTERVAL): TIMESTAMP, ("-", TIMESTAMP, TIMESTAMP): INTERVAL,
    ("+", TIMESTAMPTZ, INTERVAL): TIMESTAMPTZ, ("+", INTERVAL, TIMESTAMPTZ): TIMESTAMPTZ,
    ("-", TIMESTAMPTZ, INTERVAL): TIMESTAMPTZ, ("-", TIMESTAMPTZ, TIMESTAMPTZ): INTERVAL,
    ("+", TIME, INTERVAL): TIME, ("+", INTERVAL, TIME): TIME, ("-", TIME, INTERVAL): TIME,
    ("-", TIME, TIME): INTERVAL,
    ("+", TIMETZ, INTERVAL): TIMETZ, ("+", INTERVAL, TIMETZ): TIMETZ,
    ("-", TIMETZ, INTERVAL): TIMETZ,
    ("+", DATE, TIMETZ): TIMESTAMPTZ, ("+", TIMETZ, DATE): TIMESTAMPTZ,
    ("+", INTERVAL, INTERVAL): INTERVAL, ("-", INTERVAL, INTERVAL): INTERVAL,
    ("*", INTERVAL, FLOAT8): INTERVAL, ("*", FLOAT8, INTERVAL): INTERVAL,
    ("/", INTERVAL, FLOAT8): INTERVAL,
    ("-", JSONB, TEXT): JSONB, ("-", JSONB, INT4): JSONB, ("-", JSONB, 1009): JSONB,
}  # fmt: skip


def _dates(operator: str, left: int, right: int) -> Resolution | None:
    if UNKNOWN in (left, right):
        return _dates_with_unknown(operator, left, right)
    exact = _DATE_OPERATORS.get((operator, left, right))
    if exact is not None:
        return Resolution(left, right, exact)
    for wider_left in _widened(left):
        for wider_right in _widened(right):
            result = _DATE_OPERATORS.get((operator, wider_left, wider_right))
            if result is not None:
                return Resolution(wider_left, wider_right, result)
    return None


def _dates_with_unknown(operator: str, left: int, right: int) -> Resolution | None:
    known = right if left == UNKNOWN else left
    if known == JSONB:
        return Resolution(JSONB, TEXT, JSONB) if operator == "-" and left == JSONB else None
    same = _DATE_OPERATORS.get((operator, known, known))
    if same is not None:
        return Resolution(known, known, same)
    for other in (INTERVAL, FLOAT8, INT4):
        pair = (other, known) if left == UNKNOWN else (known, other)
        result = _DATE_OPERATORS.get((operator, *pair))
        if result is not None:
            return Resolution(*pair, result)
    return None


def _widened(oid: int) -> tuple[int, ...]:
    """The type itself and what PostgreSQL would convert it to for an operator on dates."""
    if oid in {INT2, INT4}:
        return (INT4, FLOAT8)
    if oid in {INT8, NUMERIC, FLOAT4}:
        return (FLOAT8,)
    if oid == DATE:
        return (DATE, TIMESTAMP, TIMESTAMPTZ)
    if oid == TIMESTAMP:
        return (TIMESTAMP, TIMESTAMPTZ)
    if oid in STRINGS:
        return (TEXT,)
    if oid == TIME:
        return (TIME, INTERVAL)
    return (oid,)


def _concatenation(left: int, right: int) -> Resolution | None:
    if is_shaped(left) or is_shaped(right):
        return _shaped_concatenation(left, right)
    for first, second in ((left, right), (right, left)):
        if element_type(first) is not None:
            return _array_concatenation(left, right, first, second)
    if JSONB in (left, right) and {left, right} <= {JSONB, UNKNOWN}:
        return Resolution(JSONB, JSONB, JSONB)
    if BYTEA in (left, right) and {left, right} <= {BYTEA, UNKNOWN}:
        return Resolution(BYTEA, BYTEA, BYTEA)
    if left in STRINGS or right in STRINGS or UNKNOWN in (left, right):
        return Resolution(
            TEXT if left == UNKNOWN else left, TEXT if right == UNKNOWN else right, TEXT
        )
    return None


def _shaped_concatenation(left: int, right: int) -> Resolution | None:
    plain = _concatenation(plain_of(left), plain_of(right))
    if plain is None or {plain.left, plain.right} != {plain.result}:
        return plain
    shaped = shaped_of(plain.result)
    return Resolution(shaped, shaped, shaped)


def _array_concatenation(left: int, right: int, array: int, other: int) -> Resolution | None:
    if other in {array, UNKNOWN}:
        return Resolution(array, array, array)
    if is_row_array(array):
        return Resolution(left, right, array) if other == element_type(array) else None
    element = ELEMENT_OIDS[array]
    added = ELEMENT_OIDS.get(other, other)
    common = common_type([ELEMENT_OIDS.get(left, left), ELEMENT_OIDS.get(right, right)])
    if not all(can_cast_implicitly(each, common) for each in (element, added)):
        return None
    array = ARRAY_OIDS[common]
    return Resolution(
        array if left in ELEMENT_OIDS else common,
        array if right in ELEMENT_OIDS else common,
        array,
    )


_JSON_STEPS: Final = frozenset({"->", "->>"})
_JSON_PATHS: Final = frozenset({"#>", "#>>"})


def _other(operator: str, left: int, right: int) -> Resolution | None:
    if operator in _JSON_STEPS | _JSON_PATHS:
        return _json_access(operator, left, right)
    if operator in {"@>", "<@", "&&"}:
        return _containment(operator, left, right)
    if operator in {"?", "?|", "?&"}:
        wanted = TEXT if operator == "?" else ARRAY_OIDS[TEXT]
        if left == JSONB and right in {UNKNOWN, wanted, *STRINGS}:
            return Resolution(JSONB, wanted, BOOL)
        return None
    if operator == "#-":
        return Resolution(JSONB, ARRAY_OIDS[TEXT], JSONB) if left == JSONB else None
    if operator in {"<<", ">>"}:
        return Resolution(left, INT4, left) if left in INTEGERS else None
    if operator in {"&", "|", "#"}:
        return _bits(left, right)
    return None


def _json_access(operator: str, left: int, right: int) -> Resolution | None:
    if left not in {JSON, JSONB}:
        return None
    result = TEXT if operator.endswith(">>") else left
    if operator in _JSON_PATHS:
        array = ARRAY_OIDS[TEXT]
        return Resolution(left, array, result) if right in {UNKNOWN, array} else None
    if right in INTEGERS:
        return Resolution(left, INT4, result)
    return Resolution(left, TEXT, result) if right in {UNKNOWN, *STRINGS} else None


def _containment(operator: str, left: int, right: int) -> Resolution | None:
    known = right if left == UNKNOWN else left
    is_container = known in ELEMENT_OIDS or (known == JSONB and operator != "&&")
    if not is_container or not {left, right} <= {known, UNKNOWN}:
        return None
    return Resolution(known, known, BOOL)


def _bits(left: int, right: int) -> Resolution | None:
    known = right if left == UNKNOWN else left
    if known not in INTEGERS or right not in {UNKNOWN, *INTEGERS}:
        return None
    result = known if UNKNOWN in (left, right) else number_type(left, right)
    return Resolution(result, result, result)


def can_cast(source: int, target: int) -> bool:
    """Whether PostgreSQL has an explicit cast between the types."""
    source, target = plain_of(source), plain_of(target)
    if source in {target, UNKNOWN} or source in STRINGS or target in STRINGS:
        return True
    if source in VECTOR_ELEMENTS:
        return ELEMENT_OIDS.get(target) == VECTOR_ELEMENTS[source]
    if source in ELEMENT_OIDS and target in ELEMENT_OIDS:
        return can_cast(ELEMENT_OIDS[source], ELEMENT_OIDS[target])
    if source in NUMBERS and target in NUMBERS:
        return True
    return (source, target) in _EXPLICIT_CASTS


_EXPLICIT_CASTS: Final = frozenset(
    {(a, b) for a in INSTANTS for b in INSTANTS}
    | {(TIMESTAMP, TIME), (TIMESTAMPTZ, TIME), (TIME, INTERVAL), (INTERVAL, TIME)}
    | {(TIME, TIMETZ), (TIMETZ, TIME), (TIMESTAMPTZ, TIMETZ)}
    | {(BOOL, INT4), (INT4, BOOL), (JSON, JSONB), (JSONB, JSON), (JSONB, BOOL)}
    | {(JSONB, number) for number in NUMBERS}
    | {(a, b) for a in _OIDS for b in _OIDS}
)


def can_assign(source: int, target: int) -> bool:
    """Whether INSERT and UPDATE convert ``source`` to a column of type ``target`` by themselves."""
    if is_shaped(source) and not is_shaped(target):
        raise several_shapes()
    if source in {target, UNKNOWN} or target in STRINGS:
        return True
    if source in STRINGS:
        return False
    if source in ELEMENT_OIDS and target in ELEMENT_OIDS:
        return can_assign(ELEMENT_OIDS[source], ELEMENT_OIDS[target])
    if (source, target) in {(BOOL, INT4), (INT4, BOOL)}:
        return False
    if source == JSONB and target != JSON:
        return False
    return can_cast(source, target)


def several_shapes() -> errors.PgError:
    """0A000 where a column would hold arrays of any shape."""
    return errors.FeatureNotSupported(
        "columns hold arrays of one dimension that begins with 1",
        hint="Store nested lists as jsonb.",
    )

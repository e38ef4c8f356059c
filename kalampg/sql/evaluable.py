"""The names that a Call may carry, and for which argument types: what runs without DuckDB.

``sql.point`` asks before it builds a Call; ``engine.evaluate`` implements exactly these names (a
test compares the two sets). A name is an operator's symbol or a lower-case SQL name. Arguments of
the special forms: ``case`` has condition, value, condition, value, ..., [else]; ``in`` has the
value, then the list; ``between`` has value, low, high; ``cast`` has one argument (target: the
Call's type; ask ``is_castable`` too).

A Call's ``type_oid`` is the type of its result, and arithmetic is checked for overflow against it.
Assignment casts of INSERT and UPDATE are the engine's: plans carry the bare expression.

Collation is "C": text compares by code point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kalampg.pgtypes.enumerations import is_enumeration
from kalampg.sql.advisory_functions import ADVISORY_NAMES
from kalampg.sql.backend_functions import BACKEND_FUNCTIONS
from kalampg.sql.domains import REFUSE_VALUE
from kalampg.sql.element_assignment import ELEMENT_ASSIGNMENTS
from kalampg.sql.functions import ELEMENT_OIDS
from kalampg.sql.moment_functions import MOMENT_FUNCTIONS
from kalampg.sql.sequence_names import SEQUENCE_FUNCTIONS

_INTEGERS: Final = frozenset({20, 21, 23, 26})
_NUMBERS: Final = frozenset({20, 21, 23, 26, 1700, 700, 701})
_EXACT: Final = _INTEGERS | {1700}
_FLOATS: Final = frozenset({700, 701})
_TEXTS: Final = frozenset({25, 1043, 19, 18, 705})
_BPCHAR: Final = frozenset({1042})
_UNKNOWN: Final = 705

# Types whose values compare with one another here as PostgreSQL compares them. date, timestamp and
# timestamptz compare only with themselves: across them the session's time zone has a say.
# jsonb and arrays are left to DuckDB: jsonb's 1.0 = 1 needs more than its text.
_COMPARABLE: Final = (
    _NUMBERS,
    _TEXTS,
    _BPCHAR,
    frozenset({16}),
    frozenset({17}),
    frozenset({1082}),
    frozenset({1083}),
    frozenset({1266}),
    frozenset({1114}),
    frozenset({1184}),
    frozenset({1186}),
    frozenset({2950}),
)
_BOOL: Final = frozenset({16, _UNKNOWN})
_STRINGS: Final = _TEXTS | _BPCHAR
_NUMERIC_CASTS: Final = frozenset({20, 21, 23, 700, 701, 1700})
_DATETIME_CASTS: Final = frozenset(
    {(1082, 1114), (1082, 1184), (1114, 1082), (1114, 1083), (1114, 1184)}
    | {(1184, 1082), (1184, 1083), (1184, 1114), (1083, 1186), (1186, 1083)}
    | {(1083, 1266), (1266, 1083), (1184, 1266)}
)
_OTHER_CASTS: Final = frozenset(
    {(16, 23), (23, 16), (114, 3802), (3802, 114), (21, 26), (23, 26), (20, 26), (26, 23), (26, 20)}
)

COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
DISTINCTIONS: Final = frozenset({"is distinct from", "is not distinct from"})
TRUTH_TESTS: Final = frozenset(
    {"is true", "is false", "is unknown", "is not true", "is not false", "is not unknown"}
)
ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%"})
# No arguments; the value comes from the session or the server.
SESSION_FUNCTIONS: Final = frozenset(
    {
        "now", "current_timestamp", "transaction_timestamp", "statement_timestamp",
        "clock_timestamp", "current_user", "session_user", "user", "current_role",
        "current_schema", "current_database", "current_catalog", "version", "pg_backend_pid",
    }
)  # fmt: skip
# No arguments; each call gives a new value.
GENERATORS: Final = frozenset({"snowflake_id", "uuid_v7", "ulid", "gen_random_uuid"})

LIKES: Final = ("like", "not like", "ilike", "not ilike")
# Only for what each row of a table keeps: in a query DuckDB's threads run them.
REGEXES: Final = ("~", "!~", "~*", "!~*")

# Minimum and maximum number of arguments of everything that has no rule of its own.
_ARITY: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(COMPARISONS | DISTINCTIONS, (2, 2)),
    **dict.fromkeys(TRUTH_TESTS, (1, 1)),
    **dict.fromkeys(SESSION_FUNCTIONS | GENERATORS, (0, 0)),
    "+": (1, 2), "-": (1, 2), "*": (2, 2), "/": (2, 2), "%": (2, 2),
    "and": (1, 1000), "or": (1, 1000), "not": (1, 1),
    "is null": (1, 1), "is not null": (1, 1),
    "||": (2, 2), "cast": (1, 1),
    "coalesce": (1, 1000), "nullif": (2, 2), "case": (2, 1000),
    "in": (2, 100_000), "not in": (2, 100_000), "between": (3, 3), "not between": (3, 3),
    "greatest": (1, 1000), "least": (1, 1000),
    "lower": (1, 1), "upper": (1, 1), "hashtext": (1, 1),
    "length": (1, 1), "char_length": (1, 1), "character_length": (1, 1), "octet_length": (1, 1),
    **dict.fromkeys((*LIKES, *REGEXES, "starts_with", "strpos"), (2, 2)),
    "btrim": (1, 2), "ltrim": (1, 2), "rtrim": (1, 2),
    "abs": (1, 1), "mod": (2, 2),
    "current_setting": (1, 2), REFUSE_VALUE: (5, 5),
    **dict.fromkeys(ELEMENT_ASSIGNMENTS, (3, 1000)),
    **dict.fromkeys(ADVISORY_NAMES, (0, 2)),
    **dict.fromkeys(BACKEND_FUNCTIONS, (1, 2)),
    **dict.fromkeys(MOMENT_FUNCTIONS, (2, 2)),
    "nextval": (1, 1), "currval": (1, 1), "setval": (2, 3), "lastval": (0, 0),
}  # fmt: skip

EVALUABLE: Final = frozenset(_ARITY)


def are_comparable(arg_oids: Sequence[int]) -> bool:
    """Whether values of these types compare here as in PostgreSQL."""
    oids = set(arg_oids)
    if len(oids) == 1 and is_enumeration(arg_oids[0]):
        return True
    return any(oids <= group for group in _COMPARABLE)


def is_evaluable(name: str, arg_oids: Sequence[int]) -> bool:
    """Whether ``engine.evaluate`` gives ``name`` PostgreSQL's meaning for these argument types."""
    arity = _ARITY.get(name)
    if arity is None or not arity[0] <= len(arg_oids) <= arity[1]:
        return False
    if name in MOMENT_FUNCTIONS:
        return tuple(arg_oids) in MOMENT_FUNCTIONS[name]
    if name in _COMPARES_ALL:
        return are_comparable(arg_oids)
    allowed = _ALLOWED.get(name)
    if allowed is not None:
        return any(set(arg_oids) <= group for group in allowed)
    if name == "case":
        conditions = arg_oids[0 : len(arg_oids) - 1 : 2]
        return set(conditions) <= _BOOL
    return True


def is_castable(source_oid: int, target_oid: int) -> bool:
    """Whether a "cast" Call from one type to the other is PostgreSQL's explicit cast."""
    if source_oid == target_oid or source_oid in _STRINGS or target_oid in _STRINGS:
        return True
    if source_oid in _NUMERIC_CASTS and target_oid in _NUMERIC_CASTS:
        return True
    if source_oid in ELEMENT_OIDS and target_oid in ELEMENT_OIDS:
        return is_castable(ELEMENT_OIDS[source_oid], ELEMENT_OIDS[target_oid])
    pair = (source_oid, target_oid)
    return pair in _DATETIME_CASTS or pair in _OTHER_CASTS


_COMPARES_ALL: Final = COMPARISONS | DISTINCTIONS | {
    "nullif", "in", "not in", "between", "not between", "greatest", "least",
}  # fmt: skip
_ALLOWED: Final[Mapping[str, tuple[frozenset[int], ...]]] = {
    **dict.fromkeys(TRUTH_TESTS | {"and", "or", "not"}, (_BOOL,)),
    **dict.fromkeys(ARITHMETIC, (_EXACT - {26}, _NUMBERS - {26})),
    "%": (_EXACT - {26},),
    "mod": (_EXACT - {26},),
    "abs": (_NUMBERS - {26},),
    "||": (_TEXTS, frozenset({17})),
    **dict.fromkeys(("lower", "upper", "char_length", "character_length", "hashtext"), (_TEXTS,)),
    "length": (_TEXTS, frozenset({17})),
    "octet_length": (_TEXTS, frozenset({17})),
    **dict.fromkeys(
        (*LIKES, *REGEXES, "starts_with", "strpos", "btrim", "ltrim", "rtrim"), (_TEXTS,)
    ),
    "current_setting": (_TEXTS | _BOOL,),
    **dict.fromkeys(SEQUENCE_FUNCTIONS, (_TEXTS | _BOOL | _INTEGERS | {2205},)),
}

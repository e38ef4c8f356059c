"""The names that a Call may carry, and for which argument types: what runs without DuckDB.

``sql.point`` asks before it builds a Call; ``engine.evaluate`` implements exactly these names (a test
compares the two sets). A name is an operator's symbol or a lower-case SQL name. Arguments of the
special forms: ``case`` has condition, value, condition, value, ..., [else]; ``in`` has the value, then
the list; ``between`` has value, low, high; ``cast`` has one argument (target: the Call's type).

A Call's ``type_oid`` is the type of its result, and arithmetic is checked for overflow against it.
Assignment casts of INSERT and UPDATE are the engine's: plans carry the bare expression.

Collation is "C": text compares by code point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

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
    _EXACT,
    _INTEGERS | _FLOATS,
    _FLOATS,
    _TEXTS,
    _BPCHAR,
    frozenset({16}),
    frozenset({17}),
    frozenset({1082}),
    frozenset({1083}),
    frozenset({1114}),
    frozenset({1184}),
    frozenset({1186}),
    frozenset({2950}),
)
_BOOL: Final = frozenset({16, _UNKNOWN})
_CASTABLE: Final = frozenset(
    {16, 17, 18, 19, 20, 21, 23, 25, 26, 114, 700, 701, 705, 1042, 1043}
    | {1082, 1083, 1114, 1184, 1186, 1700, 2950, 3802}
    # Arrays, only through their text form or to themselves.
    | {1000, 1001, 1005, 1007, 1016, 1021, 1022, 1231, 1009, 1015, 1014, 1182, 1183, 1115}
    | {1185, 1187, 2951, 199, 3807, 1028, 1003}
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
    "lower": (1, 1), "upper": (1, 1),
    "length": (1, 1), "char_length": (1, 1), "character_length": (1, 1), "octet_length": (1, 1),
    "abs": (1, 1), "mod": (2, 2),
    "current_setting": (1, 2),
}  # fmt: skip

EVALUABLE: Final = frozenset(_ARITY)


def are_comparable(arg_oids: Sequence[int]) -> bool:
    """Whether values of these types compare here as in PostgreSQL."""
    oids = set(arg_oids)
    return any(oids <= group for group in _COMPARABLE)


def is_evaluable(name: str, arg_oids: Sequence[int]) -> bool:
    """Whether ``engine.evaluate`` gives ``name`` PostgreSQL's meaning for these argument types."""
    arity = _ARITY.get(name)
    if arity is None or not arity[0] <= len(arg_oids) <= arity[1]:
        return False
    if name in _COMPARES_ALL:
        return are_comparable(arg_oids)
    allowed = _ALLOWED.get(name)
    if allowed is not None:
        return any(set(arg_oids) <= group for group in allowed)
    if name == "cast":
        return arg_oids[0] in _CASTABLE
    if name == "case":
        conditions = arg_oids[0 : len(arg_oids) - 1 : 2]
        return set(conditions) <= _BOOL
    return True


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
    **dict.fromkeys(("lower", "upper", "char_length", "character_length"), (_TEXTS,)),
    "length": (_TEXTS, frozenset({17})),
    "octet_length": (_TEXTS, frozenset({17})),
    "current_setting": (_TEXTS | _BOOL,),
}

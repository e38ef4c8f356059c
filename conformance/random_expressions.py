"""Random expressions on both sides: a value or an SQLSTATE, and both must give the same.

Hypothesis makes the expressions and shrinks one that differs; a difference that is to stay belongs
into ``sql/`` with an entry in ``gaps.toml``.
"""

from __future__ import annotations

import warnings
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning
from psycopg import pq

from conformance.answers import Answer, ask, difference
from conformance.random_moments import MOMENTS

Text = st.SearchStrategy[str]

_INTS: Final = ("0", "1", "-1", "7", "100", "2147483647", "(-2147483648)", "NULL::int")
_BIGINTS: Final = ("0::int8", "5::int8", "(-3)::int8", "9223372036854775807", "NULL::int8")
_NUMERICS: Final = ("0.0", "1.5", "-2.25", "100.00", "0.001", "12345678.9", "NULL::numeric")
_FLOATS: Final = ("0::float8", "1.5::float8", "-2.5::float8", "1e10::float8", "NULL::float8")
_TEXTS: Final = ("''", "'a'", "'Abc'", "'hello world'", "' pad '", "'日本'", "NULL::text")
_DATES: Final = ("date '2024-02-29'", "date '2000-01-01'", "date '1999-12-31'", "NULL::date")
_TIMESTAMPS: Final = (
    "timestamp '2024-02-29 13:04:05.678'",
    "timestamp '1999-12-31 23:59:59'",
    "NULL::timestamp",
)
_INTERVALS: Final = (
    "interval '1 day'", "interval '1 month -2 days 03:04:05'", "interval '0'", "NULL::interval",
)  # fmt: skip
_BOOLEANS: Final = ("true", "false", "NULL::bool")
_ARRAYS: Final = ("ARRAY[1, 2, 3]", "'{}'::int[]", "ARRAY[NULL, 1]", "NULL::int[]")
_OBJECTS: Final = (
    """'{"a": 1, "b": [1, 2, {"c": null}]}'::jsonb""", "'[1, \"x\", null]'::jsonb", "'{}'::jsonb",
    "NULL::jsonb",
)  # fmt: skip


def _leaf(values: tuple[str, ...]) -> Text:
    return st.sampled_from(values)


def _form(template: str, *parts: Text) -> Text:
    return st.tuples(*parts).map(lambda given_: template.format(*given_))


def _grow(leaf: Text, extend: list[tuple[str, int]], *others: Text) -> Text:
    """Expressions of one type: ``extend`` are templates and how many operands are of that type."""

    def step(inner: Text) -> Text:
        return st.one_of(
            *(_form(template, *[inner] * count, *others[: 3 - count]) for template, count in extend)
        )

    return st.recursive(leaf, step, max_leaves=5)


_int = _grow(
    _leaf(_INTS),
    [("({} + {})", 2), ("({} - {})", 2), ("({} * {})", 2), ("({} / {})", 2), ("({} % {})", 2),
     ("abs({})", 1), ("COALESCE({}, {})", 2), ("NULLIF({}, {})", 2), ("GREATEST({}, {})", 2),
     ("({} & {})", 2), ("CASE WHEN {} > {} THEN {} END", 3)],
)  # fmt: skip
_bigint = _grow(
    _leaf(_BIGINTS), [("({} + {})", 2), ("({} * {})", 2), ("({} / {})", 2), ("LEAST({}, {})", 2)]
)
_numeric = _grow(
    _leaf(_NUMERICS),
    [("({} + {})", 2), ("({} - {})", 2), ("({} * {})", 2), ("({} / {})", 2), ("({} % {})", 2),
     ("round({}, 1)", 1), ("trunc({})", 1), ("ceil({})", 1), ("sign({})", 1), ("-{}", 1)],
)  # fmt: skip
_float = _grow(
    _leaf(_FLOATS), [("({} + {})", 2), ("({} * {})", 2), ("({} - {})", 2), ("abs({})", 1)]
)
_text = _grow(
    _leaf(_TEXTS),
    [("({} || {})", 2), ("upper({})", 1), ("lower({})", 1), ("reverse({})", 1), ("btrim({})", 1),
     ("left({}, 2)", 1), ("replace({}, {}, {})", 3), ("lpad({}, 5, '*')", 1), ("md5({})", 1),
     ("substr({}, 2, 3)", 1), ("split_part({}, ' ', 1)", 1), ("initcap({})", 1),
     ("COALESCE({}, {})", 2)],
)  # fmt: skip
_interval = _grow(
    _leaf(_INTERVALS), [("({} + {})", 2), ("({} - {})", 2), ("({} * 2)", 1), ("-{}", 1)]
)
_date = st.one_of(_leaf(_DATES), _form("({} + {})", _leaf(_DATES), st.sampled_from(("1", "-30"))))
_timestamp = st.one_of(
    _leaf(_TIMESTAMPS),
    _form("({} + {})", _leaf(_TIMESTAMPS), _interval),
    _form("({} - {})", _leaf(_TIMESTAMPS), _interval),
    _form("date_trunc('month', {})", _leaf(_TIMESTAMPS)),
)
_bool = st.one_of(
    _leaf(_BOOLEANS),
    _form("({} < {})", _leaf(_INTS), _leaf(_INTS)),
    _form("({} = {})", _numeric, _numeric),
    _form("({} <= {})", _text, _text),
    _form("({} LIKE {})", _text, _text),
    _form("({} IS DISTINCT FROM {})", _date, _date),
    _form("({} BETWEEN {} AND {})", _leaf(_INTS), _leaf(_INTS), _leaf(_INTS)),
    _form("({} AND NOT {})", _leaf(_BOOLEANS), _leaf(_BOOLEANS)),
    _form("({} @> {})", _leaf(_ARRAYS), _leaf(_ARRAYS)),
    _form("({} @> {})", _leaf(_OBJECTS), _leaf(_OBJECTS)),
)
_other = st.one_of(
    _form("({} || {})", _leaf(_ARRAYS), _leaf(_ARRAYS)),
    _form("array_length({}, 1)", _leaf(_ARRAYS)),
    _form("({} -> 'b')", _leaf(_OBJECTS)),
    _form("({} ->> 0)", _leaf(_OBJECTS)),
    _form("({} - 'a')", _leaf(_OBJECTS)),
    _form("({} - {})", _timestamp, _timestamp),
    _form("extract(epoch FROM {})", _interval),
    _form("to_char({}, 'YYYY-MM-DD HH24:MI:SS')", _timestamp),
    _form("length({})", _text),
    _form("({})::text", _numeric),
    _form("({})::int", _numeric),
)
EXPRESSIONS: Final = st.one_of(
    _int, _bigint, _numeric, _float, _text, _interval, _date, _timestamp, _bool, _other, MOMENTS
)


def differing(
    theirs: pq.abc.PGconn, ours: pq.abc.PGconn, *, examples: int, number: int
) -> tuple[str, str] | None:
    """The smallest statement found that differs and how, or None. ``number`` seeds the choice."""
    found: list[tuple[str, str]] = []
    # The description of the strategies is long, and nobody reads it.
    warnings.simplefilter("ignore", HypothesisWarning)

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(EXPRESSIONS)
    def agree(expression: str) -> None:
        statement = f"SELECT {expression}"
        expected, got = ask(theirs, statement), ask(ours, statement)
        differs = _difference(expected, got)
        if differs:
            found.append((statement, differs))
        assert not differs

    try:
        agree()
    except AssertionError:
        return found[-1]
    return None


def _difference(expected: Answer, got: Answer) -> str:
    """What is evaluated first, or not at all beside a NULL, is the plan's choice."""
    is_null = not got.sqlstate and all(value is None for row in got.rows for value in row)
    if expected.sqlstate and (is_null or got.sqlstate[:2] == expected.sqlstate[:2]):
        return ""
    return difference(expected, got, is_ordered=True)

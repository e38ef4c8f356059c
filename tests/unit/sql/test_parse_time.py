"""The time that parsing takes, for texts made to make it long.

Goal: no nesting of a short text keeps the event loop busy; each level costs about the same.
Method: every construct that can hold itself, nested deeply; the time is compared with a bound that
an exponential would miss by orders of magnitude.
"""

from __future__ import annotations

import contextlib
import time

import pytest
from sqlglot.errors import ParseError

from kalampg.errors import StatementTooComplex
from kalampg.sql.dialect import parse

DEPTH = 40
SECONDS_MAX = 1.0

# What opens a level, what closes it, and the innermost expression.
NESTINGS = {
    "call": ("f(", ")", "x"),
    "call with more arguments": ("coalesce(a, ", ", b)", "x"),
    "call of a name in parentheses": ("f((", "))", "x"),
    "quoted call": ('"f"(', ")", "x"),
    "call in a schema": ("pg_catalog.abs(", ")", "x"),
    "aggregate with FILTER": ("sum(", ") FILTER (WHERE true)", "x"),
    "window": ("sum(", ") OVER (ORDER BY 1)", "x"),
    "json operator in a call": ("f(a -> ", ")", "'b'"),
    "named argument": ("f(a => ", ")", "x"),
    "row": ("ROW(", ")", "x"),
    "tuple": ("(1, ", ")", "x"),
    "name of a type": ("date(", ")", "x"),
    "type with parameters": ("numeric(", ")", "1"),
    "struct": ("struct(", ")", "x"),
    "array": ("ARRAY[", "]", "1"),
    "any": ("1 = ANY (ARRAY[", "])", "1"),
    "subscript": ("a[", "]", "1"),
    "case": ("CASE WHEN true THEN ", " END", "1"),
    "cast": ("CAST(", " AS int)", "1"),
    "subquery": ("(SELECT ", ")", "1"),
    "exists": ("EXISTS (SELECT 1 WHERE ", ")", "true"),
    "in": ("1 IN (", ")", "1"),
    "substring": ("substring(", " FROM 1)", "'a'"),
    "trim": ("trim(BOTH 'x' FROM ", ")", "'a'"),
    "table function": ("(SELECT * FROM unnest(", ") AS t)", "x"),
}


@pytest.mark.parametrize("name", NESTINGS)
def test_nesting_costs_no_more_than_its_length(name: str) -> None:
    opening, closing, core = NESTINGS[name]
    started = time.process_time()
    with contextlib.suppress(ParseError, StatementTooComplex):  # Refused, and soon.
        parse("SELECT " + opening * DEPTH + core + closing * DEPTH)
    assert time.process_time() - started < SECONDS_MAX


def test_ordinary_nesting_is_read() -> None:
    calls = "upper(" * 30 + "x" + ")" * 30
    arrays = "f(ARRAY[" * 8 + "x" + "])" * 8
    assert parse(f"SELECT {calls}, {arrays}")

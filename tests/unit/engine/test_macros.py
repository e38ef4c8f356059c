"""The macros by themselves.

Goal: they can be created in order, do not capture each other's names, and raise what they say.
Method: read the statements, and call macros on a locked DuckDB; golden pairs test their values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from kalampg import errors
from kalampg.engine.duck import Duck, DuckConnection, DuckSettings
from kalampg.engine.macros import MACROS
from kalampg.sql import aggregate_table, function_table


@pytest.fixture(scope="module")
def connection() -> Iterator[DuckConnection]:
    duck = Duck(DuckSettings(connections=1, threads=1))
    with duck.connection() as opened:
        yield opened
    duck.close()


def test_no_two_macros_share_a_lambda_parameter() -> None:
    users: Counter[str] = Counter()
    for statement in MACROS:
        users.update(set(re.findall(r"lambda (\w+):", statement)))
    assert [name for name, count in users.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z]\d+", name) for name in users)


def test_every_runner_of_the_function_table_exists(connection: DuckConnection) -> None:
    macros = set(re.findall(r"CREATE MACRO (pg_\w+)", "\n".join(MACROS)))
    modules = (function_table, aggregate_table)
    tables = [v for m in modules for v in vars(m).values() if isinstance(v, str)]
    runners = set(re.findall(r" > (\w+)$", "\n".join(tables), re.MULTILINE))
    ours = {runner for runner in runners if runner.startswith("pg_")}
    assert ours - macros == set()
    found = connection.execute_arrow("SELECT DISTINCT function_name FROM duckdb_functions()", {})
    known = set(found.column(0).to_pylist())
    keywords = {"coalesce", "nullif", "grouping"}
    window = {"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag"}
    window |= {"lead", "first_value", "last_value", "nth_value", "unnest"}
    assert runners - ours - known - keywords - window == set()


@pytest.mark.parametrize(
    ("call", "condition", "message"),
    [
        pytest.param(
            "pg_sqrt(-1)", errors.InvalidArgumentForPowerFunction,
            "cannot take square root of a negative number", id="sqrt",
        ),
        pytest.param(
            "pg_bool_input('x')", errors.InvalidTextRepresentation,
            'invalid input syntax for type boolean: "x"', id="bool",
        ),
        pytest.param(
            "pg_array_items('x')", errors.InvalidTextRepresentation,
            'malformed array literal: "x"', id="array",
        ),
        pytest.param(
            "kpg_numeric_divide('1', '0')", errors.DivisionByZero, "division by zero", id="div"
        ),
    ],
)  # fmt: skip
def test_macros_raise_postgresql_conditions(
    connection: DuckConnection, call: str, condition: type[errors.PgError], message: str
) -> None:
    with pytest.raises(condition) as raised:
        connection.execute_arrow(f"SELECT {call}", {})
    assert raised.value.message == message


def test_snowflakes_of_one_query_are_distinct_and_increase(connection: DuckConnection) -> None:
    rows = connection.execute_arrow("SELECT pg_snowflake_id(1800000000000) FROM range(10000)", {})
    values = rows.column(0).to_pylist()
    assert values == sorted(set(values))


def test_ulids_have_26_characters_of_crockfords_alphabet(connection: DuckConnection) -> None:
    rows = connection.execute_arrow("SELECT pg_ulid() FROM range(100)", {})
    values = rows.column(0).to_pylist()
    assert len(set(values)) == 100
    assert all(re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", value) for value in values)

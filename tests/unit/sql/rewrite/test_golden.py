"""Golden pairs of the rewrite rules.

Goal: every rule keeps PostgreSQL's meaning. Method: each pair in tests/golden/rewrite has a
statement, the DuckDB text that the rules must give, and the answer that PostgreSQL 15 gave to the
statement (``conformance/record_golden.py``). Here it is rewritten and run on DuckDB; text,
types and values must be those on record. No PostgreSQL is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.golden import GOLDEN, Case, answer_of, open_duck, read_cases
from kalampg.engine.duck import DuckConnection

CASES = [
    pytest.param(case, id=f"{path.stem}: {case.title}")
    for path in sorted(GOLDEN.glob("*.sql"))
    for case in read_cases(path)
]


@pytest.fixture(scope="module")
def connection() -> Iterator[DuckConnection]:
    duck = open_duck()
    with duck.connection() as opened:
        yield opened
    duck.close()


@pytest.mark.parametrize("case", CASES)
def test_duckdb_answers_what_postgresql_answered(connection: DuckConnection, case: Case) -> None:
    text, answer = answer_of(connection, case.statement)
    assert answer == case.answer
    assert text == case.duckdb


def test_every_pair_is_recorded() -> None:
    for parameters in CASES:
        [case] = parameters.values
        assert isinstance(case, Case)
        assert case.answer.error is not None or case.answer.types, case.title

"""Goal: sqlglot reads what PostgreSQL's precedences mean. Method: trees worked out by hand."""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.sql.annotation import position_of
from kalampg.sql.parse import parse


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("~1 + 1", "~(1 + 1)"),
        ("@ -3 + 1", "ABS((-3 + 1))"),
        ("- 2 ^ 2", "POWER(-2, 2)"),
        ("'a' ~ 'b' || 'c'", "('a' ~ 'b') || 'c'"),
        ("a LIKE b ~ c", "a LIKE (b ~ c)"),
        ('a + b COLLATE "C"', 'a + (b COLLATE "C")'),
        ("a * b AT TIME ZONE c", "a * (b AT TIME ZONE c)"),
        ("a = b IS NULL", "(a = b) IS NULL"),
        ("a IS NULL < b", "(a IS NULL) < b"),
        ("a = NOT b", "a = (NOT b)"),
        ("a OPERATOR(pg_catalog.+) b * c", "a + b * c"),
        ("a OPERATOR(pg_catalog.*) b + c", "a * (b + c)"),
        ("numeric(5,1) '1.55'::text", "CAST(CAST('1.55' AS DECIMAL(5, 1)) AS TEXT)"),
        ("interval '1' hour * 2", "CAST('1' AS INTERVAL 67174399) * 2"),
        ("trim(leading from 'ab')", "LTRIM('ab')"),
    ],
)
def test_expressions_are_read_as_postgresql_reads_them(written: str, meant: str) -> None:
    assert parse(f"SELECT {written}").sql(dialect="postgres") == f"SELECT {meant}"


@pytest.mark.parametrize(
    ("text", "near", "position"),
    [
        ("SELECT 1 < 2 < 3", "<", 14),
        ("SELECT a LIKE b LIKE c", "LIKE", 17),
        ("SELECT ARRAY[1][1]", "[", 16),
        ("SELECT 1 year", "year", 10),
        ("SELECT f(1).a", ".", 12),
        ("SELECT 1 FROM t ORDER BY a b", "b", 28),
    ],
)
def test_errors_are_at_postgresql_s_token(text: str, near: str, position: int) -> None:
    with pytest.raises(errors.SyntaxError) as caught:
        parse(text)
    assert caught.value.message == f'syntax error at or near "{near}"'
    assert caught.value.position == position


def test_positions_stay_those_of_the_text_that_was_written() -> None:
    text = "SELECT date '2024-01-01' - interval '1' day, a ~ b || c, late FROM t"
    assert position_of(parse(text).expressions[2]) == text.index("late") + 1


def test_deep_nesting_is_refused_and_soon() -> None:
    with pytest.raises(errors.StatementTooComplex):
        parse("SELECT " + "(" * 5000 + "1" + ")" * 5000)

"""EXPLAIN: what runs, in text and JSON, and with ANALYZE how it went.

Goal: options are PostgreSQL's; what is shown is what runs; ANALYZE runs the statement, a write as
well. Method: over the wire, the options beside PostgreSQL 15.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.server_process import ServerProcess
from tests.fix_sides import Connect, numbers, outcome


def lines(answer: list[tuple[str]]) -> list[str]:
    return [row[0] for row in answer]


def test_the_plan_that_runs_is_shown(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("explained")
    with numbers(server.connect, name, flush=True) as root:
        by_key = lines(outcome(root, f"EXPLAIN SELECT * FROM {name} WHERE id = 1 FOR UPDATE"))
        assert by_key[0] == f"Point Select on public.{name}"
        assert "  Locks: the rows found" in by_key
        scan = lines(outcome(root, f"EXPLAIN (VERBOSE, COSTS OFF) SELECT sum(v) FROM {name}"))
        assert scan[0] == "DuckDB Query"
        assert "        Segments: 1 of 1 (0 pruned by min/max)" in scan
        pruned = lines(outcome(root, f"EXPLAIN SELECT sum(v) FROM {name} WHERE id > 100"))
        assert "        Segments: 0 of 1 (1 pruned by min/max)" in pruned
        parts = lines(outcome(root, f"EXPLAIN WITH x AS (DELETE FROM {name}) SELECT 1"))
        assert f"    Delete on public.{name}" in parts
        locking = outcome(root, f"EXPLAIN SELECT v FROM {name} ORDER BY v LIMIT 1 FOR UPDATE")
        assert lines(locking)[0] == "DuckDB Query"


def test_analyze_runs_the_statement_and_counts_its_rows(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("analyzed")
    with numbers(server.connect, name) as root:
        found = lines(outcome(root, f"EXPLAIN ANALYZE SELECT * FROM {name} WHERE v = 0"))
        assert "  Actual Rows: 5" in found
        assert found[-1].startswith("Execution Time: ")
        written = lines(outcome(root, f"EXPLAIN (ANALYZE, SUMMARY OFF) UPDATE {name} SET v = 1"))
        assert written[-1] == "  Rows Affected: 5"
        assert outcome(root, f"SELECT sum(v) FROM {name}") == [(5,)]
        assert outcome(root, f"EXPLAIN ANALYZE SELECT 1 / (v - 1) FROM {name}")[0] == "22012"
        root.execute("BEGIN")
        root.execute(f"EXPLAIN ANALYZE DELETE FROM {name}".encode())
        root.execute("ROLLBACK")
        assert outcome(root, f"SELECT count(*) FROM {name}") == [(5,)]


def test_json_is_a_tree_of_the_same(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("tree")
    with numbers(server.connect, name) as root:
        cursor = root.execute(f"EXPLAIN (FORMAT JSON, ANALYZE) SELECT sum(v) FROM {name}".encode())
        assert cursor.description is not None
        assert [(c.name, c.type_code) for c in cursor.description] == [("QUERY PLAN", 114)]
        row = cursor.fetchone()
        assert row is not None
        ((top,),) = row
        assert top["Plan"]["Node Type"] == "DuckDB Query"
        assert top["Plan"]["Actual Rows"] == 1
        (scan,) = top["Plan"]["Plans"]
        assert scan["Node Type"] == f"Scan on public.{name}"
        assert scan["Segments"] == "0 of 0 (0 pruned by min/max)"
        assert top["Execution Time"] > 0


@pytest.mark.parametrize(
    "options",
    [
        "TIMING", "WAL ON", "FORMAT nothing", "NOTHING", "ANALYZE maybe", "BUFFERS, TIMING",
    ],
)  # fmt: skip
def test_options_are_refused_as_in_postgresql(
    both_sides: tuple[Connect, Connect], options: str
) -> None:
    answers = []
    for connect in both_sides:
        with connect() as connection:
            answers.append(outcome(connection, f"EXPLAIN ({options}) SELECT 1"))
    assert answers[0] == answers[1]

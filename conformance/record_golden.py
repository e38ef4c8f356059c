"""Record PostgreSQL's answers into golden pairs: ``python -m conformance.record_golden [file]``.

Statements stay; DuckDB's text and PostgreSQL's answer below them are written anew. Review the
diff: a changed text is a changed rule. ``--check`` only reports where DuckDB's answer differs.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import psycopg

from conformance.golden import (
    GOLDEN,
    TIMEZONE,
    Answer,
    answer_of,
    open_duck,
    read_cases,
    write_cases,
)
from conformance.postgres import Postgres


def main(arguments: list[str]) -> int:
    is_check = "--check" in arguments
    conninfo = next((a for a in arguments if "=" in a), None)
    names = [a for a in arguments if not a.startswith("--") and "=" not in a]
    paths = [Path(name) for name in names] or sorted(GOLDEN.glob("*.sql"))
    if conninfo is not None:
        return _record(conninfo, paths, is_check=is_check)
    with Postgres() as server:
        return _record(server.dsn(), paths, is_check=is_check)


def _record(conninfo: str, paths: list[Path], *, is_check: bool) -> int:
    differences = 0
    duck = open_duck()
    with psycopg.connect(conninfo, autocommit=True) as client, duck.connection() as connection:
        client.execute(f"SET TimeZone = '{TIMEZONE}'")
        for path in paths:
            cases = []
            for case in read_cases(path):
                expected = _postgres_answer(client, case.statement)
                text, actual = answer_of(connection, case.statement)
                if actual != expected:
                    differences += 1
                    print(f"{path.name}: {case.statement}\n  duckdb: {text}")
                    print(f"  PostgreSQL: {expected}\n  kalampg:    {actual}")
                cases.append(replace(case, duckdb=text, answer=expected))
            if not is_check:
                write_cases(path, cases)
    duck.close()
    print(f"{differences} differences")
    return 1 if differences else 0


def _postgres_answer(client: psycopg.Connection, statement: str) -> Answer:
    result = client.pgconn.exec_(statement.encode())
    if result.status != psycopg.pq.ExecStatus.TUPLES_OK:
        fields = psycopg.pq.DiagnosticField
        state = (result.error_field(fields.SQLSTATE) or b"").decode()
        message = (result.error_field(fields.MESSAGE_PRIMARY) or b"").decode()
        return Answer(error=f"{state} {message}")
    types = tuple(result.ftype(column) for column in range(result.nfields))
    rows = tuple(
        tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
        for row in range(result.ntuples)
    )
    return Answer(types, rows)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

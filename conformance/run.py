"""``make conformance``: the same statements on PostgreSQL 15 and on kalampg, answers compared.

PostgreSQL is the oracle and is asked anew in each run. A difference that ``gaps.toml`` does not
list fails the run; so does a listed gap that has closed or that answers otherwise than listed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.answers import (
    CONNECTION_LOST,
    ask,
    connected,
    difference,
    has_order,
    may_compare_binary,
)
from conformance.function_list import check_functions
from conformance.postgres import Postgres, Unavailable, install
from conformance.random_expressions import differing
from conformance.report import report
from conformance.server_process import ServerProcess

SQL: Final = Path(__file__).parent / "sql"
SETUP: Final = SQL / "setup.sql"


@dataclass(frozen=True, slots=True)
class Compared:
    """One statement on both sides. ``sqlstate`` is kalampg's; ``differs`` is empty if they agree.

    ``same_message`` is None unless both raised the same condition.
    """

    subject: str
    statement: str
    differs: str
    sqlstate: str
    same_message: bool | None


def statements(file: Path) -> Iterator[str]:
    """A file has one statement a line."""
    for line in file.read_text().splitlines():
        if line.strip() and not line.startswith("--"):
            yield line.removesuffix(";")


def compare(subject: Path, oracle: str, kalampg: str) -> Iterator[Compared]:
    """Each statement of the subject, in text and, where it can be read twice, in binary."""
    with connected(oracle) as theirs, ExitStack() as stack:
        ours = stack.enter_context(connected(kalampg))
        for statement in statements(subject):
            is_ordered = has_order(statement)
            expected, got = ask(theirs, statement), ask(ours, statement)
            if got.sqlstate == CONNECTION_LOST:
                ours = stack.enter_context(connected(kalampg))
            differs = difference(expected, got, is_ordered=is_ordered)
            if not differs and may_compare_binary(statement, expected):
                expected = ask(theirs, statement, is_binary=True)
                got = ask(ours, statement, is_binary=True)
                differs = difference(expected, got, is_ordered=is_ordered)
                differs = differs and f"in binary: {differs}"
            same_message = None
            if expected.sqlstate and expected.sqlstate == got.sqlstate:
                same_message = expected.message == got.message
            yield Compared(subject.stem, statement, differs, got.sqlstate, same_message)


@contextmanager
def both_servers(postgres_dsn: str | None) -> Iterator[tuple[str, str]]:
    """Connection strings of PostgreSQL (a running one, or one of our own) and of kalampg."""
    with ExitStack() as stack:
        oracle = postgres_dsn or stack.enter_context(Postgres()).dsn()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kalampg-conformance-"))
        kalampg = stack.enter_context(ServerProcess(Path(folder) / "data")).dsn()
        yield oracle, kalampg


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="conformance.run")
    parser.add_argument("subject", nargs="*", help="files of conformance/sql without .sql (all)")
    parser.add_argument("--postgres", metavar="DSN", help="use this server, and a new schema in it")
    parser.add_argument(
        "--random", type=int, default=400, metavar="N", help="random expressions to try (400)"
    )
    parser.add_argument("--seed", type=int, default=0, help="what the random ones begin with (0)")
    options = parser.parse_args()
    files = [file for file in sorted(SQL.glob("*.sql")) if file != SETUP]
    subjects = [file for file in files if not options.subject or file.stem in options.subject]
    try:
        install()
    except Unavailable as failure:
        print(f"conformance: {failure}", file=sys.stderr)
        return 1
    with both_servers(options.postgres) as (oracle, kalampg):
        if options.postgres:
            with connected(oracle) as connection:
                ask(connection, "DROP SCHEMA public CASCADE")
                ask(connection, "CREATE SCHEMA public")
        found = [
            compared
            for subject in (SETUP, *subjects)
            for compared in compare(subject, oracle, kalampg)
        ]
        faults: list[str] = []
        if not options.subject:
            with connected(oracle) as theirs, connected(kalampg) as ours:
                faults = [f"functions: {fault}" for fault in check_functions(theirs, found)]
                odd = differing(theirs, ours, examples=options.random, number=options.seed)
                faults += [f"random: {odd[0]}\n    {odd[1]}"] if odd is not None else []
    for fault in faults:
        print(fault)
    return 0 if report(found) and not faults else 1


if __name__ == "__main__":
    sys.exit(main())

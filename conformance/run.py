"""``make conformance``: the same statements on PostgreSQL 15 and on kalampg, answers compared.

PostgreSQL is the oracle and is asked anew in each run. A difference that ``gaps.toml`` does not
list fails the run; so does a listed gap that has closed.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import pq

from conformance.postgres import Postgres, Unavailable, install
from conformance.server_process import ServerProcess

HERE = Path(__file__).parent
SETUP = HERE / "sql" / "setup.sql"
GAPS = HERE / "gaps.toml"

Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client sees of one statement; ``message`` explains, and is not compared."""

    columns: tuple[tuple[str, int], ...] = ()
    rows: tuple[Row, ...] = ()
    tag: str = ""
    sqlstate: str = ""
    message: str = ""

    def differs_from(self, other: Answer, *, is_ordered: bool) -> str:
        """The first thing that differs, or an empty string."""
        if self.sqlstate != other.sqlstate:
            return f"{_outcome(other)} instead of {_outcome(self)}"
        ours, theirs = other.rows, self.rows
        if not is_ordered:
            ours, theirs = tuple(sorted(ours, key=repr)), tuple(sorted(theirs, key=repr))
        for what, expected, got in (
            ("column names", _names(self), _names(other)),
            ("type OIDs", _types(self), _types(other)),
            ("rows", theirs, ours),
            ("tag", self.tag, other.tag),
        ):
            if expected != got:
                return f"{what} {got} instead of {expected}"
        return ""


def _outcome(answer: Answer) -> str:
    return f"{answer.sqlstate} ({answer.message})" if answer.sqlstate else "success"


def _names(answer: Answer) -> tuple[str, ...]:
    return tuple(name for name, _ in answer.columns)


def _types(answer: Answer) -> tuple[int, ...]:
    return tuple(type_oid for _, type_oid in answer.columns)


def statements(file: Path) -> Iterator[str]:
    """A file has one statement a line."""
    for line in file.read_text().splitlines():
        if line.strip() and not line.startswith("--"):
            yield line.removesuffix(";")


@contextmanager
def connected(dsn: str) -> Iterator[pq.abc.PGconn]:
    connection = pq.PGconn.connect(dsn.encode())
    try:
        if connection.status != pq.ConnStatus.OK:
            raise RuntimeError(connection.error_message.decode())
        ask(connection, "SET TimeZone = 'UTC'")
        ask(connection, "SET client_min_messages = 'warning'")
        yield connection
    finally:
        connection.finish()


def ask(connection: pq.abc.PGconn, statement: str) -> Answer:
    result = connection.exec_(statement.encode())
    try:
        if connection.status != pq.ConnStatus.OK:
            return Answer(sqlstate="08006", message="the connection was lost")
        state = result.error_field(pq.DiagnosticField.SQLSTATE)
        if state is not None:
            message = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b""
            return Answer(sqlstate=state.decode(), message=message.decode())
        return Answer(
            tuple((_text(result.fname(n)) or "", result.ftype(n)) for n in range(result.nfields)),
            tuple(
                tuple(_text(result.get_value(row, n)) for n in range(result.nfields))
                for row in range(result.ntuples)
            ),
            _text(result.command_status) or "",
        )
    finally:
        result.clear()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def compare(subject: Path, oracle: str, kalampg: str) -> Iterator[tuple[str, str]]:
    """Each statement of the subject with its difference, empty where both agree."""
    with connected(oracle) as theirs, ExitStack() as stack:
        ours = stack.enter_context(connected(kalampg))
        for statement in statements(subject):
            expected = ask(theirs, statement)
            got = ask(ours, statement)
            if got.sqlstate == "08006":
                ours = stack.enter_context(connected(kalampg))
            is_ordered = re.search(r"\border by\b", statement, re.IGNORECASE) is not None
            yield statement, expected.differs_from(got, is_ordered=is_ordered)


def _gaps() -> dict[tuple[str, str], str]:
    entries = tomllib.loads(GAPS.read_text()).get("gap", [])
    return {(entry["subject"], entry["statement"]): entry["reason"] for entry in entries}


def _compare_all(subjects: list[Path]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    with ExitStack() as stack:
        oracle = stack.enter_context(Postgres()).dsn()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kalampg-conformance-"))
        kalampg = stack.enter_context(ServerProcess(Path(folder) / "data")).dsn()
        for subject in (SETUP, *subjects):
            for statement, difference in compare(subject, oracle, kalampg):
                found.append((subject.stem, statement, difference))
    return found


def _report(found: list[tuple[str, str, str]], gaps: dict[tuple[str, str], str]) -> bool:
    """Print agreement by subject and what is not as listed; whether everything is."""
    total = Counter(subject for subject, _, _ in found)
    agreed = Counter(subject for subject, _, difference in found if not difference)
    unlisted = [each for each in found if each[2] and each[:2] not in gaps]
    closed = [each for each in found if not each[2] and each[:2] in gaps]
    asked = {each[:2] for each in found}
    for subject, statement, difference in unlisted:
        print(f"{subject}: {statement}\n    {difference}")
    for subject, statement, _ in closed:
        print(f"{subject}: {statement}\n    agrees now: remove it from {GAPS.name}")
    lost = [place for place in gaps if place[0] in total and place not in asked]
    for subject, statement in lost:
        print(f"{subject}: {statement}\n    is in {GAPS.name} but in no file")
    for subject, count in total.items():
        print(f"{subject:14} {agreed[subject]:>4} of {count:>4}")
    print(f"{'all':14} {agreed.total():>4} of {total.total():>4} agree; {len(gaps)} gaps listed")
    return not unlisted and not closed and not lost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="conformance.run")
    parser.add_argument("subject", nargs="*", help="files of conformance/sql without .sql (all)")
    chosen = parser.parse_args().subject
    files = [f for f in sorted(SETUP.parent.glob("*.sql")) if f != SETUP]
    subjects = [f for f in files if not chosen or f.stem in chosen]
    try:
        install()
    except Unavailable as failure:
        print(f"conformance: {failure}", file=sys.stderr)
        return 1
    return 0 if _report(_compare_all(subjects), _gaps()) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Golden pairs of the rewrite rules: PostgreSQL's statement, DuckDB's text, PostgreSQL's answer.

A file has one case after another:

    -- title: what the pair shows
    SELECT 7 / 2;
    -- duckdb: SELECT 7 / 2
    -- types: 23
    -- row: ["3"]

or ``-- error: 22012 division by zero`` in place of types and rows. Rows are PostgreSQL's text
forms. ``record_golden.py`` writes everything below the statement, ``tests/unit/sql/rewrite`` checks
it. A text of several lines is written as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kalampg.domain import Domain
from kalampg.engine.duck import Duck, DuckConnection, DuckSettings
from kalampg.enumeration import Enumeration
from kalampg.errors import PgError
from kalampg.ids import Oid, TableId
from kalampg.pgtypes import OutputSettings
from kalampg.pgtypes.batches import encode_batch
from kalampg.relation import Relation
from kalampg.sql.bind_query import Binder
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.duck_query import duck_query
from kalampg.sql.parse import parse
from kalampg.sql.rewrite.parameters import session_parameters

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "rewrite"
TIMEZONE = "Europe/Paris"
# 2024-05-06 07:08:09.123456 in UTC: what now() is while golden statements run.
NOW = "2024-05-06 07:08:09.123456+00"
SESSION = {
    "k_now": NOW,
    "k_setting_datestyle": "ISO, MDY",
    "k_setting_intervalstyle": "postgres",
    "k_statement_now": NOW,
    "k_clock_now": NOW,
    "k_current_user": "alice",
    "k_session_user": "alice",
    "k_current_schema": "public",
    "k_current_database": "kalam",
    "k_version": "PostgreSQL 15",
    "k_pg_backend_pid": 42,
    "k_txid_current": 7,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answers: types and rows in text form, or an error."""

    types: tuple[int, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One golden pair."""

    title: str
    statement: str
    duckdb: str = ""
    answer: Answer = field(default_factory=Answer)

    def text(self) -> str:
        lines = [f"-- title: {self.title}"] if self.title else []
        lines.append(f"{self.statement};")
        text = json.dumps(self.duckdb) if "\n" in self.duckdb else self.duckdb
        lines.append(f"-- duckdb: {text}")
        if self.answer.error is not None:
            lines.append(f"-- error: {self.answer.error}")
        else:
            lines.append(f"-- types: {' '.join(map(str, self.answer.types))}")
            lines += [f"-- row: {json.dumps(row, ensure_ascii=False)}" for row in self.answer.rows]
        return "\n".join(lines) + "\n"


class NoRelations:
    """A catalog without tables: golden statements bring their rows along."""

    version = 1

    def relation(self, schema_name: str, name: str) -> Relation | None:
        return None

    def has_schema(self, schema_name: str) -> bool:
        return schema_name == "public"

    def table_by_id(self, table_id: TableId) -> Relation | None:
        return None

    def relation_by_id(self, relation_id: int) -> Relation | None:
        return None

    def enumeration(self, schema_name: str, name: str) -> Enumeration | None:
        return None

    def domain(self, schema_name: str, name: str) -> Domain | None:
        return None

    def domain_by_oid(self, oid: Oid) -> Domain | None:
        return None


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a file, recorded or not."""
    for block in path.read_text().strip().split("\n\n"):
        notes: dict[str, list[str]] = {}
        statement: list[str] = []
        for line in block.splitlines():
            if line.startswith("-- ") and ": " in line:
                key, _, value = line[3:].partition(": ")
                notes.setdefault(key, []).append(value)
            else:
                statement.append(line)
        rows = tuple(tuple(json.loads(row)) for row in notes.get("row", ()))
        types = tuple(int(oid) for oid in " ".join(notes.get("types", ())).split())
        error = notes.get("error", [None])[0]
        text = notes.get("duckdb", [""])[0]
        yield Case(
            notes.get("title", [""])[0],
            "\n".join(statement).strip().removesuffix(";"),
            json.loads(text) if text.startswith('"') else text,
            Answer(types, rows, error),
        )


def rewritten(statement: str) -> tuple[str, tuple[int, ...]]:
    """The DuckDB text of a statement without tables, and the types of its columns.

    Raises:
        PgError: the binder or a rule refuses it.
    """
    binder = Binder(CompileEnv(NoRelations(), timezone=TIMEZONE), ())
    tree = parse(statement)
    outputs = binder.query(tree, None)
    query = duck_query(binder, tree, outputs, binder.parameters.finish())
    return "".join(query.parts), tuple(output.oid for output in outputs)


def answer_of(connection: DuckConnection, statement: str) -> tuple[str, Answer]:
    """The DuckDB text, and the answer that a client of ours would get."""
    try:
        text, types = rewritten(statement)
    except PgError as error:
        return "", Answer(error=f"{error.sqlstate} {error.message}")
    params = {name: SESSION[name] for name in session_parameters([text])}
    settings = OutputSettings(timezone=TIMEZONE)
    try:
        connection.set_timezone(TIMEZONE)
        table = connection.execute_arrow(text, params)
        data = b"".join(
            encode_batch(batch, types, [0] * len(types), settings) for batch in table.to_batches()
        )
    except PgError as error:
        return text, Answer(error=f"{error.sqlstate} {error.message}")
    return text, Answer(types, tuple(_rows(data, len(types))))


def _rows(data: bytes, columns: int) -> Iterator[tuple[str | None, ...]]:
    """DataRow messages as text."""
    place = 0
    while place < len(data):
        place += 7
        row: list[str | None] = []
        for _ in range(columns):
            size = int.from_bytes(data[place : place + 4], signed=True)
            place += 4
            row.append(None if size < 0 else data[place : place + size].decode())
            place += max(size, 0)
        yield tuple(row)


def open_duck() -> Duck:
    """A query engine as a server opens it."""
    return Duck(DuckSettings(connections=1, threads=1))


def write_cases(path: Path, cases: Sequence[Case]) -> None:
    path.write_text("\n".join(case.text() for case in cases))

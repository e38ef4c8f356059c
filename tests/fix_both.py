"""The same statements in kalampg and in PostgreSQL 15, compared answer by answer.

An answer is everything that a client sees: column names, type OIDs, rows, tag, notices, and of an
error SQLSTATE, message, detail and hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
import pytest

from conformance.postgres import Postgres
from conformance.server_process import Connection, ServerProcess

Answer = tuple[Any, ...]

# Ours only: a table without a key gets one, and OIDs of types that a script makes are as they come.
_OWN_NOTICE: Final = re.compile(r"has no primary key and gets the hidden key column")
_FIRST_OWN_OID: Final = 16_384


@dataclass(slots=True)
class Side:
    """One server's connection, and the notices that have come."""

    connection: Connection
    notices: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection.add_notice_handler(self._note)

    def _note(self, notice: psycopg.errors.Diagnostic) -> None:
        if not _OWN_NOTICE.search(notice.message_primary or ""):
            severity, message = str(notice.severity), str(notice.message_primary)
            self.notices.append((severity, str(notice.sqlstate), message))

    def answer(self, statement: str) -> Answer:
        """What the server answers, with the notices before it."""
        self.notices.clear()
        try:
            cursor = self.connection.execute(statement.encode())
        except psycopg.Error as error:
            said = error.diag
            return (
                "error",
                error.sqlstate,
                said.message_primary,
                said.message_detail,
                said.message_hint,
                *self.notices,
            )
        columns = [
            (column.name, column.type_code if column.type_code < _FIRST_OWN_OID else "own")
            for column in cursor.description or ()
        ]
        rows = cursor.fetchall() if cursor.description is not None else []
        return (cursor.statusmessage, columns, rows, *self.notices)


@dataclass(slots=True)
class Both:
    """The two servers, each with an empty schema of its own as the search path."""

    kalampg: Side
    postgres: Side

    def same(self, script: str) -> None:
        """Run the statements of a script, one to a paragraph, and compare every answer."""
        different: list[str] = []
        for statement in filter(None, map(str.strip, re.split(r"\n\s*\n", script))):
            ours, theirs = self.kalampg.answer(statement), self.postgres.answer(statement)
            if ours != theirs:
                different.append(f"{statement}\n  kalampg:    {ours}\n  PostgreSQL: {theirs}")
        assert not different, "\n".join(["", *different])


@pytest.fixture
def both(
    server: ServerProcess, postgres: Postgres, fresh_name: Callable[[str], str]
) -> Iterator[Both]:
    schema = fresh_name("both")
    with server.connect() as ours, psycopg.connect(postgres.dsn(), autocommit=True) as theirs:
        for connection in (ours, theirs):
            connection.execute(f"CREATE SCHEMA {schema}".encode())
            connection.execute(f"SET search_path = {schema}".encode())
        yield Both(Side(ours), Side(theirs))
        for connection in (ours, theirs):
            connection.rollback()
            connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())

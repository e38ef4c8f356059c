"""Goal: statements that are wrong anywhere are refused at PostgreSQL's token, in its words.

Method: statements of the conformance run with a token dropped, doubled, swapped or replaced at
random (the seed is fixed) go to PostgreSQL 15's parser and to ours.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import psycopg
from psycopg import pq

from conformance.postgres import Postgres
from conformance.run import SQL, statements
from kalampg import errors
from kalampg.sql import grammar
from kalampg.sql.lexer import tokenize
from kalampg.sql.qualified_spellings import plainly_spelled

_SUBJECTS: Final = ("dml", "grouping", "joins_more", "select", "set_operations", "subqueries")
_QUERIES: Final = frozenset({"select", "values", "insert", "update", "delete", "with"})
_VOCABULARY: Final = """
    SELECT FROM WHERE AND OR NOT IN IS NULL LIKE BETWEEN ORDER BY GROUP HAVING LIMIT OFFSET AS ON
    JOIN LEFT USING CASE WHEN THEN ELSE END DISTINCT ALL ANY EXISTS UNION VALUES INSERT UPDATE
    SET DELETE RETURNING CAST id name 1 2.5 'a' $1 ( ) , . = < <> + - * / || :: ;
""".split()  # noqa: SIM905 - read as words
_MISTAKES: Final = 3


def _wrong_statements() -> Iterator[str]:
    for subject in _SUBJECTS:
        for statement in statements(SQL / f"{subject}.sql"):
            tokens = tokenize(statement)
            if tokens[0].value in _QUERIES and len(tokens) > 3:
                # Seeded by its own text: other statements come and go.
                chosen = random.Random(statement)
                words = [statement[token.start : token.end] for token in tokens[:-1]]
                for _ in range(_MISTAKES):
                    wrong = _with_mistake(words, chosen)
                    if tokenize(wrong[0])[0].value in _QUERIES and ";" not in wrong:
                        yield " ".join(wrong)


def _with_mistake(written: list[str], chosen: random.Random) -> list[str]:
    words = list(written)
    place = chosen.randrange(1, len(words))
    kind = chosen.randrange(4)
    if kind == 0:
        del words[place]
    elif kind == 1:
        words.insert(place, chosen.choice(_VOCABULARY))
    elif kind == 2:
        words[place] = chosen.choice(_VOCABULARY)
    else:
        words[place - 1], words[place] = words[place], words[place - 1]
    return words


def _theirs(connection: pq.abc.PGconn, statement: str) -> tuple[str, int] | None:
    result = connection.prepare(b"", statement.encode())
    if result.status != pq.ExecStatus.FATAL_ERROR:
        return None
    message = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode()
    position = int(result.error_field(pq.DiagnosticField.STATEMENT_POSITION) or 0)
    return (message, position) if message.startswith("syntax error") else None


def _ours(statement: str) -> tuple[str, int] | None:
    try:
        grammar.check(statement, plainly_spelled(tokenize(statement)))
    except errors.PgError as error:
        if error.message.startswith("syntax error"):
            return error.message, error.position or 0
    return None


def test_random_mistakes_are_found_where_postgresql_finds_them(postgres: Postgres) -> None:
    different = []
    with psycopg.connect(postgres.dsn()) as connection:
        connection.autocommit = True
        for statement in _wrong_statements():
            theirs, ours = _theirs(connection.pgconn, statement), _ours(statement)
            if theirs != ours:
                different.append(f"{statement}\n  PostgreSQL: {theirs}\n  kalampg:    {ours}")
    assert not different, "\n".join(["", *different])

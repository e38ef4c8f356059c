"""Constraints and indexes, as a client meets them.

Goal: CHECK, UNIQUE, FOREIGN KEY and indexes answer what PostgreSQL 15 answers, with SQLSTATE,
message, detail and the fields that name the constraint, on shared and on user tables. Method: the
same script runs here and there, statement by statement, and every answer must be the same; what
PostgreSQL has no word for (users, flushes, waiting) is checked on its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine, inspect

from conformance.postgres import Postgres
from conformance.server_process import ServerProcess
from tests.fix_jobs import wait_for
from tests.fix_server import Person

SCRIPTS = Path(__file__).parent / "constraints"
KINDS = ("shared", "user")


class Side:
    """One of the two servers; gives what a client sees of each statement."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str) -> None:
        self._connection = connection
        self._notices: list[tuple[str | None, str | None]] = []
        connection.add_notice_handler(
            lambda notice: self._notices.append((notice.message_primary, notice.message_detail))
        )
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))

    def answer(self, statement: str) -> tuple[Any, ...]:
        self._notices.clear()
        try:
            cursor = self._connection.execute(statement.encode())
        except psycopg.Error as error:
            shown = error.diag
            return (
                shown.sqlstate, shown.message_primary, shown.message_detail, shown.message_hint,
                shown.schema_name, shown.table_name, shown.column_name, shown.constraint_name,
            )  # fmt: skip
        rows = cursor.fetchall() if cursor.description else None
        return (cursor.statusmessage, rows, list(self._notices))


@pytest.fixture
def sides(
    server: ServerProcess, postgres: Postgres, fresh_name: Callable[[str], str]
) -> Iterator[tuple[Side, Side, psycopg.Connection[Any]]]:
    schema = fresh_name("constraints")
    with (
        server.connect("root", autocommit=True) as ours,
        psycopg.connect(postgres.dsn(), autocommit=True) as theirs,
    ):
        yield Side(ours, schema), Side(theirs, schema), ours
        theirs.rollback()
        theirs.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "script",
    [
        "unique_and_check",
        "foreign_keys",
        "with_other_statements",
        "catalogs",
        "partial_and_expressions",
        "deferrable_and_patterns",
    ],
)
def test_every_answer_is_postgresql_s(
    sides: tuple[Side, Side, psycopg.Connection[Any]], script: str, kind: str
) -> None:
    ours, theirs, connection = sides
    connection.execute(f"SET kalam.default_table_type = '{kind}'".encode())
    for statement in (SCRIPTS / f"{script}.sql").read_text().split(";\n"):
        if statement.strip():
            expected = theirs.answer(statement)
            assert ours.answer(statement) == expected, statement


def test_sqlalchemy_reflects_the_same_as_from_postgresql(
    server: ServerProcess, postgres: Postgres, fresh_name: Callable[[str], str]
) -> None:
    schema = fresh_name("reflected")
    reflected = []
    with (
        server.connect("root", autocommit=True) as ours,
        psycopg.connect(postgres.dsn(), autocommit=True) as theirs,
    ):
        for connection in (ours, theirs):
            side, info = Side(connection, schema), connection.info
            for statement in REFLECTED:
                side.answer(statement)
            place = f"{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"
            engine = create_engine(f"postgresql+psycopg://{place}")
            inspector = inspect(engine)
            reflected.append(
                [
                    (
                        inspector.get_pk_constraint(table, schema),
                        inspector.get_unique_constraints(table, schema),
                        inspector.get_check_constraints(table, schema),
                        inspector.get_foreign_keys(table, schema),
                        inspector.get_indexes(table, schema),
                    )
                    for table in ("p", "c")
                ]
            )
            engine.dispose()
        theirs.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    assert reflected[0] == reflected[1]


REFLECTED = (
    "CREATE TABLE p (id int PRIMARY KEY, a int UNIQUE, CHECK (a > 0 OR a IS NULL))",
    (
        "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, x int, y text,"
        " UNIQUE (x, y), CONSTRAINT chk CHECK (x IN (1, 2) AND y <> ''))"
    ),
    "CREATE INDEX ci ON c (y DESC, x)",
    "CREATE UNIQUE INDEX cu ON c (p, y)",
)


def test_users_do_not_share_unique_values(
    alice: Person, bob: Person, server: ServerProcess
) -> None:
    with server.connect("root", autocommit=True) as root:
        root.execute("CREATE USER TABLE mine (id int PRIMARY KEY, slug text UNIQUE)")
    for person in (alice, bob):
        with person.connect(autocommit=True) as connection:
            connection.execute("INSERT INTO mine VALUES (1, 'a')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO mine VALUES (2, 'a')")
    with server.connect("root", autocommit=True) as root:
        # Built over the rows of all users, of which none violates it.
        root.execute("CREATE UNIQUE INDEX mine_both ON mine (slug, id)")
        root.execute("DROP TABLE mine")


def test_partial_and_computed_indexes_know_cold_rows_of_each_user(
    alice: Person, bob: Person, server: ServerProcess
) -> None:
    with server.connect("root", autocommit=True) as root:
        root.execute("CREATE USER TABLE mails (id int PRIMARY KEY, mail text, is_main boolean)")
        root.execute("CREATE UNIQUE INDEX ON mails (lower(mail)) WHERE is_main")
        try:
            for person in (alice, bob):
                with person.connect(autocommit=True) as own:
                    own.execute("INSERT INTO mails VALUES (1, 'A@x', true), (2, 'a@x', false)")
            for row in root.execute("FLUSH TABLE mails").fetchall():
                wait_for(root, row[0])
            with alice.connect(autocommit=True) as own:
                with pytest.raises(psycopg.errors.UniqueViolation):
                    own.execute("UPDATE mails SET is_main = true WHERE id = 2")
                found = "SELECT id FROM mails WHERE is_main AND lower(mail) = 'a@x'"
                plan = own.execute(f"EXPLAIN {found}".encode()).fetchall()
                assert plan[0] == ("Index Select using mails_lower_idx on public.mails",)
                assert own.execute(found.encode()).fetchall() == [(1,)]
                own.execute("DELETE FROM mails WHERE id = 1")
                own.execute("UPDATE mails SET is_main = true WHERE id = 2")
            assert {row[3] for row in root.execute("VERIFY TABLE mails").fetchall()} == {"ok"}
        finally:
            root.execute("DROP TABLE mails")


def test_a_user_table_refers_to_shared_rows_and_keeps_them(
    alice: Person, server: ServerProcess
) -> None:
    with server.connect("root", autocommit=True) as root:
        root.execute("CREATE SHARED TABLE plan (id int PRIMARY KEY) WITH (ACCESS_LEVEL='public')")
        root.execute("INSERT INTO plan VALUES (1), (2)")
        root.execute("CREATE USER TABLE chosen (id int PRIMARY KEY, plan int REFERENCES plan)")
        with alice.connect(autocommit=True) as connection:
            connection.execute("INSERT INTO chosen VALUES (1, 2)")
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                connection.execute("INSERT INTO chosen VALUES (2, 3)")
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="violates"):
            root.execute("DELETE FROM plan WHERE id = 2")
        root.execute("DELETE FROM plan WHERE id = 1")
        root.execute("DROP TABLE chosen, plan")


REFUSED = [
    ("CREATE SHARED TABLE s (id int REFERENCES u)", "cannot reference user table"),
    ("CREATE USER TABLE x (id int REFERENCES s ON DELETE CASCADE)", "shared row changes"),
    ("CREATE USER TABLE x (id int REFERENCES s ON UPDATE SET NULL)", "shared row changes"),
    ("CREATE USER TABLE x (id int CHECK (md5(id::text) > 'x'))", "this CHECK expression"),
    ("CREATE USER TABLE x (id jsonb UNIQUE)", "cannot be in a unique constraint"),
    ("ALTER TABLE u ADD PRIMARY KEY (id)", "primary key of a table"),
    ("ALTER TABLE u DROP CONSTRAINT u_pkey", "primary key of a table"),
]


@pytest.mark.parametrize(("statement", "message"), REFUSED, ids=[text for text, _ in REFUSED])
def test_what_is_not_supported_says_so(
    server: ServerProcess, fresh_name: Callable[[str], str], statement: str, message: str
) -> None:
    schema = sql.Identifier(fresh_name("refused"))
    with server.connect("root", autocommit=True) as root:
        root.execute(sql.SQL("CREATE SCHEMA {0}; SET search_path = {0}").format(schema))
        root.execute("CREATE USER TABLE u (id int PRIMARY KEY)")
        if "TABLE s" not in statement:
            root.execute("CREATE SHARED TABLE s (id int PRIMARY KEY)")
        with pytest.raises(psycopg.errors.FeatureNotSupported, match=message) as caught:
            root.execute(statement.encode())
        assert caught.value.diag.message_hint


def waits(work: Callable[[], object], release: Callable[[], object]) -> object:
    """What ``work`` gives or raises, which must not come before ``release``."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(work())
        except psycopg.Error as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.1)
    assert thread.is_alive(), outcome
    release()
    thread.join(10)
    return outcome[0]


@pytest.fixture
def three(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Connection[Any], psycopg.Connection[Any]]]:
    """A session in a block, one outside, and one to look with; parents p and children c."""
    schema = sql.Identifier(fresh_name("waiting"))
    with (
        server.connect("root", autocommit=False) as first,
        server.connect("root", autocommit=True) as second,
        server.connect("root", autocommit=True) as third,
    ):
        third.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        for connection in (first, second, third):
            connection.execute(sql.SQL("SET search_path = {}").format(schema))
        first.commit()
        third.execute("CREATE SHARED TABLE p (id int PRIMARY KEY, a int UNIQUE)")
        third.execute(
            "CREATE SHARED TABLE c (id int PRIMARY KEY, p int REFERENCES p, a int REFERENCES p (a))"
        )
        third.execute("INSERT INTO p VALUES (1, 1), (2, 2)")
        yield first, second, third


def test_the_second_inserter_waits_for_the_first(three: Any) -> None:
    first, second, _ = three
    first.execute("INSERT INTO p VALUES (3, 3)")
    outcome = waits(lambda: second.execute("INSERT INTO p VALUES (4, 3)"), first.commit)
    assert isinstance(outcome, psycopg.errors.UniqueViolation)
    first.execute("INSERT INTO p VALUES (5, 5)")
    outcome = waits(lambda: second.execute("INSERT INTO p VALUES (6, 5)"), first.rollback)
    assert not isinstance(outcome, Exception)


def test_a_freed_value_is_waited_for(three: Any) -> None:
    first, second, _ = three
    first.execute("DELETE FROM p WHERE a = 2")
    outcome = waits(lambda: second.execute("INSERT INTO p VALUES (7, 2)"), first.commit)
    assert not isinstance(outcome, Exception)


@pytest.mark.parametrize("column", ["p", "a"])
def test_a_parent_is_not_deleted_under_a_new_child(three: Any, column: str) -> None:
    first, second, _ = three
    first.execute(f"INSERT INTO c (id, {column}) VALUES (1, 1)")
    outcome = waits(lambda: second.execute("DELETE FROM p WHERE id = 1"), first.commit)
    assert isinstance(outcome, psycopg.errors.ForeignKeyViolation)


@pytest.mark.parametrize("column", ["p", "a"])
def test_a_child_waits_for_the_deletion_of_its_parent(three: Any, column: str) -> None:
    first, second, _ = three
    first.execute("DELETE FROM p WHERE id = 1")
    insert = f"INSERT INTO c (id, {column}) VALUES (1, 1)"
    outcome = waits(lambda: second.execute(insert.encode()), first.commit)
    assert isinstance(outcome, psycopg.errors.ForeignKeyViolation)


def test_children_of_one_parent_do_not_wait_for_each_other(three: Any) -> None:
    first, second, third = three
    first.execute("INSERT INTO c VALUES (1, 1, 1)")
    second.execute("INSERT INTO c VALUES (2, 1, 1)")
    first.commit()
    assert third.execute("SELECT count(*) FROM c").fetchone() == (2,)


def test_writers_wait_for_an_index_that_is_being_built_and_then_keep_it(three: Any) -> None:
    first, second, _ = three
    first.execute("CREATE UNIQUE INDEX built ON c (p)")
    second.execute("SELECT count(*) FROM c")
    outcome = waits(lambda: second.execute("INSERT INTO c VALUES (1, 1), (2, 1)"), first.commit)
    assert isinstance(outcome, psycopg.errors.UniqueViolation)


def test_an_index_answers_equality_over_hot_and_cold_rows(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    table = sql.Identifier(fresh_name("indexed"))

    def run(connection: Any, text: str) -> Any:
        cursor = connection.execute(sql.SQL(text).format(table))
        return cursor.fetchall() if cursor.description else None

    with server.connect("root", autocommit=True) as root:
        run(root, "CREATE USER TABLE {} (id int PRIMARY KEY, a int UNIQUE, b int, c text)")
        run(root, "INSERT INTO {} SELECT g, g, g % 10, 'c' || g FROM generate_series(1, 2000) g")
        run(root, "CREATE INDEX ON {} (b, c)")
        wait_for(root, run(root, "FLUSH TABLE {}")[0][0])
        run(root, "UPDATE {} SET b = 77, c = 'new' WHERE id < 3")
        shown = run(root, "EXPLAIN SELECT * FROM {} WHERE c = 'c5' AND b = 5")
        assert shown[0][0].startswith("Index Select using ")
        assert run(root, "SELECT id FROM {} WHERE a = 1500") == [(1500,)]
        assert run(root, "SELECT id FROM {} WHERE b = 5 AND c = 'c15'") == [(15,)]
        assert sorted(run(root, "SELECT id FROM {} WHERE b = 77")) == [(1,), (2,)]
        # More rows than are looked up one by one.
        assert len(run(root, "SELECT id FROM {} WHERE b = 4")) == 200
        root.autocommit = False
        run(root, "DELETE FROM {} WHERE id = 1")
        run(root, "INSERT INTO {} VALUES (5000, 5000, 77, 'own')")
        assert sorted(run(root, "SELECT id FROM {} WHERE b = 77")) == [(2,), (5000,)]
        root.rollback()
        root.autocommit = True
        assert sorted(run(root, "SELECT id FROM {} WHERE b = 77")) == [(1,), (2,)]


def test_copy_keeps_all_constraints_and_checks_foreign_keys_at_its_end(three: Any) -> None:
    _, second, third = three
    third.execute("CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree, CHECK (id < 9))")
    with second.cursor().copy("COPY tree FROM STDIN") as copy:
        copy.write("1\t2\n2\t\\N\n")
    for data, refusal in (
        ("3\t7\n", psycopg.errors.ForeignKeyViolation),
        ("10\t1\n", psycopg.errors.CheckViolation),
    ):
        with pytest.raises(refusal), second.cursor().copy("COPY tree FROM STDIN") as copy:
            copy.write(data)
    assert third.execute("SELECT count(*) FROM tree").fetchone() == (2,)

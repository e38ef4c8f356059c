"""Who may connect, as what, and what connections can ask for.

Goal: logging in works as PostgreSQL users expect, and tells a stranger nothing. Method: psycopg
against one server; messages compared with each other where they must not differ.
"""

from __future__ import annotations

import threading

import psycopg
import pytest

from conformance.server_process import ServerProcess
from tests.fix_server import Person, StartServer

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("database", ["kalam", "postgres", "own name"])
def test_one_database_has_three_names(server: ServerProcess, alice: Person, database: str) -> None:
    name = alice.name if database == "own name" else database
    with psycopg.connect(server.dsn(alice.name, database=name)) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("kalam",)


def test_other_databases_do_not_exist(server: ServerProcess, alice: Person) -> None:
    with pytest.raises(psycopg.OperationalError, match='database "nonesuch" does not exist'):
        psycopg.connect(server.dsn(alice.name, database="nonesuch"))


def test_wrong_user_and_wrong_password_read_the_same(server: ServerProcess, alice: Person) -> None:
    said = []
    for user in (alice.name, "nobody_at_all"):
        with pytest.raises(psycopg.OperationalError) as caught:
            psycopg.connect(server.dsn(user, password="wrong"))
        assert f'password authentication failed for user "{user}"' in str(caught.value)
        said.append(str(caught.value).replace(user, "?"))
    assert said[0] == said[1]


@pytest.mark.parametrize("mode", ["disable", "require"])
def test_scram_works_with_and_without_channel_binding(
    server: ServerProcess, alice: Person, mode: str
) -> None:
    binding = "require" if mode == "require" else "disable"
    dsn = f"{server.dsn(alice.name)} sslmode={mode} channel_binding={binding}"
    with psycopg.connect(dsn) as connection:
        assert connection.pgconn.ssl_in_use == (mode == "require")


def test_startup_parameters_become_settings(server: ServerProcess, alice: Person) -> None:
    options = {
        "application_name": "tester",
        "options": "-c DateStyle=ISO,DMY -c TimeZone=Asia/Tokyo",
    }
    with alice.connect(**options) as connection:
        shown = [
            connection.execute(f"SHOW {name}".encode()).fetchone()
            for name in ("application_name", "DateStyle", "TimeZone")
        ]
        assert shown == [("tester",), ("ISO, DMY",), ("Asia/Tokyo",)]
        assert connection.info.parameter_status("TimeZone") == "Asia/Tokyo"
        connection.execute("SET TimeZone = 'UTC'")
        assert connection.info.parameter_status("TimeZone") == "UTC"


def test_a_query_is_cancelled_from_outside(server: ServerProcess) -> None:
    with server.connect() as connection:
        timer = threading.Timer(0.3, connection.cancel_safe)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute(
                "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"
                " WHERE a.a % 7 = b.b % 11"
            )
        timer.join()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_notices_arrive(alice: Person) -> None:
    heard: list[str | None] = []
    with alice.connect() as connection:
        connection.add_notice_handler(lambda notice: heard.append(notice.message_primary))
        connection.execute("DROP TABLE IF EXISTS nonesuch")
    assert heard == ['table "nonesuch" does not exist, skipping']


def test_connections_are_limited_in_total_and_by_role(start_server: StartServer) -> None:
    server = start_server(
        environment={
            "KALAMPG_SERVER_MAX_CONNECTIONS": "3",
            "KALAMPG_SERVER_MAX_CONNECTIONS_PER_ROLE": "2",
        }
    )
    server.create_role("alice")
    with server.connect("alice"), server.connect("alice"):
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            server.connect("alice").__enter__()
        with (
            server.connect(),
            pytest.raises(psycopg.OperationalError, match="too many clients already"),
        ):
            server.connect().__enter__()


def test_trust_needs_no_password(start_server: StartServer) -> None:
    server = start_server(environment={"KALAMPG_SERVER_AUTHENTICATION": "trust"})
    with psycopg.connect(f"host=127.0.0.1 port={server.port} user=root dbname=kalam") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("root",)


def test_a_chained_transaction_keeps_its_modes(alice: Person) -> None:
    with alice.connect() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for end in ("COMMIT AND CHAIN", "ROLLBACK AND CHAIN"):
            connection.execute(end)
            isolation = connection.execute("SHOW transaction_isolation").fetchone()
            read_only = connection.execute("SHOW transaction_read_only").fetchone()
            assert (isolation, read_only) == (("repeatable read",), ("on",))


def test_nothing_of_a_query_runs_that_has_a_syntax_error_later(alice: Person) -> None:
    with alice.connect() as connection:
        connection.execute("CREATE USER TABLE chained (id int PRIMARY KEY)")
        with pytest.raises(psycopg.errors.SyntaxError) as refusal:
            connection.execute("INSERT INTO chained VALUES (1); COMMIT; SELEC 2")
        assert refusal.value.diag.statement_position == "41"
        assert connection.execute("SELECT * FROM chained").fetchall() == []


def test_several_statements_are_one_transaction(alice: Person) -> None:
    with alice.connect() as connection:
        connection.execute("CREATE USER TABLE IF NOT EXISTS together (id int PRIMARY KEY)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO together VALUES (1); INSERT INTO together VALUES (1)")
        assert connection.execute("SELECT count(*) FROM together").fetchone() == (0,)

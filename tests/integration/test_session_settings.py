"""What sessions do with their run-time parameters, over the wire.

Goal: a parameter that is accepted has its effect. Method: psycopg against a running server.
"""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from conformance.server_process import Connection, ServerProcess


def last_words(connection: Connection) -> str | None:
    """Wait for the server without sending anything; the SQLSTATE of its FATAL error.

    libpq hands an error that answers no query to the notice handlers.
    """
    heard: list[str | None] = []
    connection.add_notice_handler(lambda diagnostic: heard.append(diagnostic.sqlstate))
    with pytest.raises(psycopg.OperationalError):
        for _ in connection.notifies(timeout=10):
            pass
        connection.execute("SELECT 1")
    return heard[-1]


def test_an_idle_session_is_ended_when_it_asked_for_that(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.execute("SET idle_session_timeout = '50ms'")
        assert last_words(connection) == errors.IdleSessionTimeout.sqlstate


def test_an_idle_transaction_is_ended_and_rolled_back(server: ServerProcess) -> None:
    with server.connect() as root:
        root.execute("CREATE TABLE idle_rows (id bigint PRIMARY KEY)")
        with server.connect(autocommit=False) as connection:
            connection.execute("SET idle_in_transaction_session_timeout = '50ms'")
            connection.execute("INSERT INTO idle_rows VALUES (1)")
            assert last_words(connection) == errors.IdleInTransactionSessionTimeout.sqlstate
        assert root.execute("SELECT count(*) FROM idle_rows").fetchone() == (0,)


def test_a_statement_that_takes_too_long_is_cancelled(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.execute("SET statement_timeout = '100ms'")
        slow = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"
        with pytest.raises(errors.QueryCanceled, match="due to statement timeout"):
            connection.execute(slow)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_notices_below_the_clients_threshold_are_not_sent(server: ServerProcess) -> None:
    heard: list[str | None] = []
    with server.connect() as connection:
        connection.add_notice_handler(lambda diagnostic: heard.append(diagnostic.message_primary))
        connection.execute("CREATE SCHEMA IF NOT EXISTS public")
        connection.execute("SET client_min_messages = warning")
        connection.execute("CREATE SCHEMA IF NOT EXISTS public")
        connection.execute("COMMIT")
    assert heard == [
        'schema "public" already exists, skipping',
        "there is no transaction in progress",
    ]


def test_changes_of_reported_parameters_reach_the_driver(server: ServerProcess) -> None:
    with server.connect(autocommit=False) as connection:
        connection.execute("SET TIME ZONE 'Asia/Tokyo'")
        assert connection.info.parameter_status("TimeZone") == "Asia/Tokyo"
        connection.rollback()
        assert connection.info.parameter_status("TimeZone") == "UTC"


def test_pg_settings_shows_the_sessions_values(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.execute("SET extra_float_digits = 3")
        query = "SELECT setting FROM pg_settings WHERE name = 'extra_float_digits'"
        assert connection.execute(query).fetchone() == ("3",)


def test_an_unknown_start_parameter_refuses_the_connection(server: ServerProcess) -> None:
    with pytest.raises(psycopg.OperationalError, match="unrecognized configuration parameter"):
        psycopg.connect(server.dsn(), options="-c no_such_thing=1")

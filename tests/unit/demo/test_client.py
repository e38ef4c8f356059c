"""The demo's client against PostgreSQL itself.

Goal: what the demo prints is what a PostgreSQL client would. Method: the client talks to
PostgreSQL 15, and its tables are compared with those of psql.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from conformance.postgres import PASSWORD, Postgres
from kalampg.demo.client import Client, ServerError
from kalampg.demo.story import table_lines


@pytest.fixture
def client(postgres: Postgres) -> Iterator[Client]:
    with Client("127.0.0.1", postgres.port, "postgres", PASSWORD, "postgres") as connected:
        yield connected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS a, 'x' AS b",
        "SELECT n AS number, repeat('y', n) AS ys, n / 2.0 AS half FROM generate_series(8, 11) n",
        "SELECT NULL AS nothing, true AS yes, 'é' AS accent",
        "SELECT 1 AS a WHERE false",
        "SELECT 1 AS a, 'trailing  ' AS b UNION ALL SELECT 2, NULL",
    ],
)
@pytest.mark.client("psql")
def test_tables_are_printed_as_psql_prints_them(
    postgres: Postgres, client: Client, psql: str, query: str
) -> None:
    printed = subprocess.run(
        [psql, "-X", "-c", query, postgres.dsn()],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "\n".join(table_lines(client.query(query))) + "\n\n" == printed


def test_command_tags_and_notices_are_kept(client: Client) -> None:
    result = client.query("DROP TABLE IF EXISTS none_such")
    assert result.tag == "DROP TABLE"
    assert [n["M"] for n in result.notices] == ['table "none_such" does not exist, skipping']


def test_an_error_carries_its_fields_and_the_next_query_works(client: Client) -> None:
    with pytest.raises(ServerError, match="division by zero") as caught:
        client.query("SELECT 1/0")
    assert caught.value.fields["C"] == "22012"
    assert client.query("SELECT 2 AS two").rows == [["2"]]


def test_a_wrong_password_is_an_error_of_the_server(postgres: Postgres) -> None:
    with pytest.raises(ServerError, match="password authentication failed"):
        Client("127.0.0.1", postgres.port, "postgres", "wrong", "postgres")

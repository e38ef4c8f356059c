"""Attacks on identity: ways to become somebody else that are not SQL statements on tables.

Goal: whom a session acts as is what its role allows, whatever set it: the start-up packet, SET, a
savepoint, or a role that has changed since. Method: over the wire, with canaries of a victim.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_server import Person

CANARY = "canary-51c0"
FreshName = Callable[[str], str]


@pytest.fixture
def diary(server: ServerProcess, alice: Person, fresh_name: FreshName) -> str:
    """A user table in which alice, the victim, has one row."""
    schema = fresh_name("identity")
    with server.connect() as root:
        root.execute(f"CREATE NAMESPACE {schema}".encode())
        root.execute(f"CREATE USER TABLE {schema}.diary (id int PRIMARY KEY, body text)".encode())
    with alice.connect() as connection:
        connection.execute(f"INSERT INTO {schema}.diary VALUES (1, '{CANARY}')".encode())
    return f"{schema}.diary"


def bodies(connection: Connection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(f"SELECT body FROM {table} ORDER BY 1".encode())]


@pytest.mark.parametrize("option", ["kalam.scope=all", "kalam.user_id={victim}"])
def test_the_start_up_packet_sets_nothing_that_set_could_not(
    server: ServerProcess, alice: Person, bob: Person, option: str
) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"permission denied|Insufficient"):
        psycopg.connect(
            server.dsn(bob.name), options=f"-c {option.format(victim=alice.name)}"
        ).close()


def test_a_service_may_name_its_user_in_the_start_up_packet(
    server: ServerProcess, alice: Person, diary: str, fresh_name: FreshName
) -> None:
    butler = server.create_role(fresh_name("butler"), "service")
    with server.connect(butler, options=f"-c kalam.user_id={alice.name}") as connection:
        assert bodies(connection, diary) == [CANARY]


def test_a_local_user_ends_with_its_transaction_across_savepoints(
    server: ServerProcess, alice: Person, bob: Person, diary: str, fresh_name: FreshName
) -> None:
    butler = server.create_role(fresh_name("butler"), "service")
    with server.connect(butler) as connection:
        for statement in (
            "BEGIN",
            f"SET LOCAL kalam.user_id = '{alice.name}'",
            "SAVEPOINT s",
            f"SET kalam.user_id = '{bob.name}'",
            "ROLLBACK TO s",
            "COMMIT",
        ):
            connection.execute(statement.encode())
        assert connection.execute("SHOW kalam.user_id").fetchone() == ("",)
        assert bodies(connection, diary) == []


def test_a_role_that_lost_its_class_acts_as_nobody_else_any_more(
    server: ServerProcess, alice: Person, diary: str, fresh_name: FreshName
) -> None:
    butler = server.create_role(fresh_name("butler"), "service")
    with server.connect() as root, server.connect(butler) as connection:
        connection.execute(f"SET kalam.user_id = '{alice.name}'".encode())
        assert bodies(connection, diary) == [CANARY]
        root.execute(f"ALTER USER '{butler}' SET ROLE user".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bodies(connection, diary)
        with pytest.raises(psycopg.OperationalError):  # The session has ended.
            bodies(connection, diary)


def test_a_dba_that_lost_its_class_reads_across_users_no_more(
    server: ServerProcess, diary: str, fresh_name: FreshName
) -> None:
    boss = server.create_role(fresh_name("boss"), "dba")
    with server.connect() as root, server.connect(boss) as connection:
        connection.execute("SET kalam.scope = 'all'")
        assert bodies(connection, diary) == [CANARY]
        root.execute(f"ALTER USER '{boss}' SET ROLE user".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bodies(connection, diary)


@pytest.mark.parametrize(
    "setting", ["SET kalam.scope = 'all'", "SET default_transaction_read_only = on"]
)
def test_truncate_is_a_write(server: ServerProcess, diary: str, setting: str) -> None:
    with server.connect() as root:
        root.execute(f"INSERT INTO {diary} VALUES (1, 'own')".encode())
        root.execute(setting.encode())
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            root.execute(f"TRUNCATE {diary}".encode())
        root.execute("RESET ALL")
        assert bodies(root, diary) == ["own"]


ALL_ROWS = (
    "ALTER TABLE {t} ALTER body TYPE int USING body::int",
    "ALTER TABLE {t} ALTER body TYPE text USING 'overwritten'",
    "ALTER TABLE {t} ADD CHECK (body <> '{canary}')",
    "ALTER TABLE {t} ADD CHECK (body::int > 0)",
    "ALTER TABLE {t} ADD COLUMN g int GENERATED ALWAYS AS (body::int) STORED",
    "ALTER TABLE {t} ALTER body SET NOT NULL",
    "CREATE UNIQUE INDEX ON {t} (body)",
    "ALTER TABLE {t} ADD FOREIGN KEY (body) REFERENCES {t} (word)",
)


@pytest.mark.parametrize("statement", ALL_ROWS)
def test_a_user_asks_nothing_of_others_rows_by_altering_an_own_table(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: FreshName, statement: str
) -> None:
    """An owner could guess values by the constraints that hold, or read them in the errors."""
    table = f"{fresh_name('identity')}.lure"
    with server.connect() as root:
        root.execute(f"CREATE NAMESPACE {table.partition('.')[0]}".encode())
    definition = "(id int PRIMARY KEY, body text, word text UNIQUE)"
    with bob.connect() as owner, alice.connect() as victim:
        owner.execute(f"CREATE USER TABLE {table} {definition}".encode())
        victim.execute(f"INSERT INTO {table} VALUES (1, '{CANARY}'), (2, '{CANARY}')".encode())
        text = statement.format(t=table, canary=CANARY)
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refusal:
            owner.execute(text.encode())
        assert CANARY not in str(refusal.value)
        assert bodies(victim, table) == [CANARY, CANARY]
        with server.connect() as root:
            assert CANARY not in _answer(root, text), "not without kalam.scope"


def _answer(connection: Connection, statement: str) -> str:
    """What a client sees of a statement that may fail."""
    try:
        return str(connection.execute(statement.encode()).statusmessage)
    except psycopg.Error as error:
        return str(error)

"""What commands with rows describe is what they send.

Goal: a driver that describes first (asyncpg, JDBC) reads every command. Method: the columns of the
extended protocol's Describe against those of the simple protocol's answer.
"""

from __future__ import annotations

import psycopg
import pytest

from conformance.server_process import ServerProcess

COMMANDS = [
    "DESCRIBE described",
    "SHOW TABLES",
    "SHOW NAMESPACES",
    "SHOW STORAGES",
    "SHOW JOBS",
    "SHOW FLUSH SETTINGS",
    "SHOW ALL",
    "SHOW search_path",
    "FLUSH TABLE described",
    "COMPACT TABLE described",
    "VERIFY TABLE described",
    "EXPLAIN SELECT 1",
    "STORAGE CHECK local",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_send_the_columns_that_they_describe(server: ServerProcess, command: str) -> None:
    with server.connect() as root:
        root.execute("CREATE TABLE IF NOT EXISTS described (id int PRIMARY KEY)")
        pgconn = root.pgconn
        assert pgconn.prepare(b"", command.encode()).status == psycopg.pq.ExecStatus.COMMAND_OK
        described = pgconn.describe_prepared(b"")
        # The simple protocol describes what comes with the rows.
        sent = pgconn.exec_(command.encode())
        assert sent.status == psycopg.pq.ExecStatus.TUPLES_OK, sent.error_message
        columns = [
            [(result.fname(n), result.ftype(n)) for n in range(result.nfields)]
            for result in (described, sent)
        ]
        assert columns[0] == columns[1]

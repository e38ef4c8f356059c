"""Sequences of a server that dies.

Goal: no value that a client was given comes again. Method: take values, and rows with serial keys,
until the server is killed at a fail point; the reopened server must go on behind them.
"""

from __future__ import annotations

import contextlib

import psycopg
import pytest

from tests.fix_server import StartServer

pytestmark = [pytest.mark.crash, pytest.mark.slow]

STEPS_MAX = 5_000
FAILPOINT_EXIT = 91


def test_no_value_comes_again_after_a_crash(start_server: StartServer) -> None:
    server = start_server()
    with server.connect() as root:
        root.execute("CREATE SEQUENCE s")
        root.execute("CREATE SHARED TABLE t (id serial PRIMARY KEY, body text)")
        root.execute("SELECT nextval('s')")
    assert server.stop() == 0
    server = start_server(environment={"KALAMPG_FAILPOINT": "commit-before-sync:60"})
    taken: list[int] = []
    keys: list[int] = []
    with contextlib.suppress(psycopg.OperationalError), server.connect() as root:
        for _ in range(STEPS_MAX):
            row = root.execute("SELECT nextval('s')").fetchone()
            assert row is not None
            taken.append(row[0])
            row = root.execute("INSERT INTO t (body) VALUES ('x') RETURNING id").fetchone()
            assert row is not None
            keys.append(row[0])
    assert server.process.wait(60) == FAILPOINT_EXIT
    assert taken == list(range(2, len(taken) + 2)), "an orderly end leaves no gap"
    with start_server().connect() as root:
        row = root.execute("SELECT nextval('s')").fetchone()
        assert row is not None
        assert row[0] > max(taken)
        row = root.execute("INSERT INTO t (body) VALUES ('y') RETURNING id").fetchone()
        assert row is not None
        assert row[0] > max(keys)
        found = root.execute("SELECT count(*), count(DISTINCT id) FROM t").fetchone()
        assert found is not None
        assert found[0] == found[1] >= len(keys) + 1

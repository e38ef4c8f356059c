"""Start and stop of the server as a process.

Goal: whoever runs kalampg under a service manager can rely on its lines, exit codes and signals.
Method: real processes on temporary directories, driven by signals and by psycopg.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from conformance.server_process import ROOT, ROOT_PASSWORD, ServerProcess
from tests.fix_server import StartServer

pytestmark = pytest.mark.slow
END_SECONDS_MAX = 60


def _failed_start(
    data_dir: Path, *arguments: str, environment: dict[str, str] | None = None
) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "kalampg", "serve", "--data-dir", str(data_dir), *arguments],
        cwd=ROOT,
        env={**os.environ, "KALAMPG_ROOT_PASSWORD": "x" * 12, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=END_SECONDS_MAX,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_ready_line_is_exact_and_names_the_port(start_server: StartServer) -> None:
    server = start_server()
    expected = f"kalampg: ready to accept connections on 127.0.0.1:{server.port}\n"
    assert server.ready_line == expected
    with server.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_generated_root_password_is_in_a_private_file(start_server: StartServer) -> None:
    server = start_server(environment={"KALAMPG_ROOT_PASSWORD": ""})
    file = server.data_dir / "root.password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert str(file) in server.log()
    password = file.read_text().strip()
    assert password not in server.log()
    with psycopg.connect(server.dsn(password=password)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("root",)


def test_rows_and_roles_survive_a_restart(start_server: StartServer) -> None:
    server = start_server("data")
    server.create_role("alice")
    with server.connect("alice") as alice:
        alice.execute("CREATE USER TABLE notes (id int PRIMARY KEY, body text)")
        alice.execute("INSERT INTO notes VALUES (1, 'kept')")
    assert server.stop() == 0
    again = start_server("data", environment={"KALAMPG_ROOT_PASSWORD": ""})
    with again.connect("alice") as alice:
        assert alice.execute("SELECT * FROM notes").fetchall() == [(1, "kept")]


def test_a_port_in_use_is_one_line_and_leaves_no_data(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = _failed_start(tmp_path / "data", "--port", str(port))
    assert (code, out) == (1, "")
    assert re.fullmatch(rf"kalampg: .*{port}.*\n", err)
    assert not (tmp_path / "data").exists()


def test_a_data_directory_in_use_is_one_line(start_server: StartServer) -> None:
    server = start_server()
    code, out, err = _failed_start(server.data_dir, "--port", "0")
    assert (code, out) == (1, "")
    assert re.fullmatch(rf"kalampg: .*{re.escape(str(server.data_dir))}.*in use.*\n", err)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_signals_end_an_idle_server_cleanly(
    start_server: StartServer, number: signal.Signals
) -> None:
    server = start_server()
    assert server.stop(number) == 0
    assert "Traceback" not in server.log()


def test_sigterm_lets_a_transaction_end_and_refuses_new_connections(
    start_server: StartServer,
) -> None:
    server = start_server()
    with server.connect() as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t VALUES (1)")
        server.process.send_signal(signal.SIGTERM)
        _wait_for_refusal(server)
        connection.execute("INSERT INTO t VALUES (2)")
        connection.execute("COMMIT")
    assert server.process.wait(END_SECONDS_MAX) == 0
    again = start_server()
    with again.connect() as connection:
        assert connection.execute("SELECT id FROM t ORDER BY id").fetchall() == [(1,), (2,)]


def _wait_for_refusal(server: ServerProcess) -> None:
    """Try until the server says that it is shutting down; a signal is not seen at once."""
    for _ in range(10_000):
        try:
            psycopg.connect(server.dsn()).close()
        except psycopg.OperationalError as failure:
            if "the database system is shutting down" in str(failure):
                return
            raise
    raise AssertionError("the server goes on accepting connections")


def test_after_the_grace_period_transactions_end_with_57p01(start_server: StartServer) -> None:
    server = start_server(environment={"KALAMPG_SERVER_SHUTDOWN_GRACE_SECONDS": "0"})
    with server.connect() as connection:
        connection.execute("BEGIN")
        assert server.stop(signal.SIGTERM) == 0
        with pytest.raises(psycopg.errors.AdminShutdown):
            connection.execute("SELECT 1")


def test_the_demo_tells_its_story() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kalampg", "demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=END_SECONDS_MAX,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    story = done.stdout
    assert re.search(r"/alice/.*\.parquet", story)
    assert "The report is done" in story
    refused = re.search(r"EXECUTE AS USER 'alice' .*;\nERROR:  ", story)
    assert refused is not None
    assert story.count("ERROR:") == 1
    assert story.rstrip().endswith("(4 rows)")


def test_the_root_password_is_never_logged(start_server: StartServer) -> None:
    server = start_server()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn(password="not it"))
    server.stop()
    assert ROOT_PASSWORD not in server.log()

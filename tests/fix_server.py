"""A kalampg server in a child process, with roles to connect as.

``server`` is shared by a whole test session; ``start_server`` gives a test servers of its own.
Names of roles and namespaces come from ``fresh_name``: tests that share a server do not meet.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).parents[1]
ROOT_PASSWORD = "root's password"
USER_PASSWORD = "correct horse"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 60.0

Connection = psycopg.Connection[Any]


class ServerProcess:
    """``python -m kalampg serve`` in a child process.

    Invariants:
        - ``port`` is the one that the ready line named.
        - ``stop`` leaves no process behind.
    """

    def __init__(
        self, data_dir: Path, *, environment: dict[str, str] | None = None, port: int = 0
    ) -> None:
        self.data_dir = data_dir
        self.log_path = data_dir.with_name(data_dir.name + ".log")
        self._log = self.log_path.open("ab")
        arguments = [
            "serve",
            "--data-dir",
            str(data_dir),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kalampg", *arguments],
            cwd=ROOT,
            env={**os.environ, "KALAMPG_ROOT_PASSWORD": ROOT_PASSWORD, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.port = self._read_port()

    def _read_port(self) -> int:
        """The port of the ready line.

        Standard output is read by a thread: a server that hangs would block ``readline`` for ever.
        """
        lines: queue.Queue[str] = queue.Queue()
        stdout = self.process.stdout
        assert stdout is not None
        threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
        try:
            self.ready_line = lines.get(timeout=START_SECONDS_MAX)
        except queue.Empty:
            self.ready_line = ""
        prefix = "kalampg: ready to accept connections on 127.0.0.1:"
        if not self.ready_line.startswith(prefix):
            self.stop(signal.SIGKILL)
            raise AssertionError(f"server did not start: {self.log()[-4000:]}")
        return int(self.ready_line.removeprefix(prefix))

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, wait for the end, answer the exit code. Idempotent."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()
            self._log.close()
        return code

    def dsn(self, user: str = "root", password: str | None = None, database: str = "kalam") -> str:
        if password is None:
            password = ROOT_PASSWORD if user == "root" else USER_PASSWORD
        return psycopg.conninfo.make_conninfo(
            host="127.0.0.1", port=self.port, user=user, password=password, dbname=database
        )

    @contextmanager
    def connect(self, user: str = "root", **options: Any) -> Iterator[Connection]:
        """A connection in autocommit mode unless told otherwise."""
        with psycopg.connect(self.dsn(user), **{"autocommit": True, **options}) as connection:
            yield connection

    def create_role(self, name: str, role_class: str = "user") -> str:
        with self.connect() as root:
            root.execute(
                sql.SQL("CREATE USER {} WITH PASSWORD {} ROLE {}").format(
                    sql.Literal(name), sql.Literal(USER_PASSWORD), sql.SQL(role_class)
                )
            )
        return name


StartServer = Callable[..., ServerProcess]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers in this test's own directory; stops what is left of them at the end."""
    started: list[ServerProcess] = []

    def start(name: str = "data", **options: Any) -> ServerProcess:
        started.append(ServerProcess(tmp_path / name, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests that do not restart it."""
    running = ServerProcess(tmp_path_factory.mktemp("server") / "data")
    yield running
    assert running.process.poll() is None, f"the server died: {running.log()[-4000:]}"
    running.stop()


_numbers = count(1)


@pytest.fixture
def fresh_name() -> Callable[[str], str]:
    """Names that no other test of this session uses."""
    return lambda stem: f"{stem}_{next(_numbers)}"


@dataclass(frozen=True, slots=True)
class Person:
    """A role with a way to connect as it."""

    name: str
    connect: Callable[..., AbstractContextManager[Connection]]


@pytest.fixture
def alice(server: ServerProcess, fresh_name: Callable[[str], str]) -> Person:
    name = server.create_role(fresh_name("alice"))
    return Person(name, lambda **options: server.connect(name, **options))


@pytest.fixture
def bob(server: ServerProcess, fresh_name: Callable[[str], str]) -> Person:
    name = server.create_role(fresh_name("bob"))
    return Person(name, lambda **options: server.connect(name, **options))


@pytest.fixture(scope="session")
def psql() -> str:
    """The psql program; missing, it skips here and fails in CI."""
    found = shutil.which("psql")
    if found is None:
        assert "KALAMPG_TEST_REQUIRE_CLIENTS" not in os.environ, "psql is not installed"
        pytest.skip("psql is not installed")
    return found

"""A kalampg server in a child process, as tests, benchmark and conformance run start it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
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
        self,
        data_dir: Path,
        *,
        environment: dict[str, str] | None = None,
        port: int = 0,
        module: str = "kalampg",
    ) -> None:
        """``module`` is what runs in the child; another one than kalampg wraps it."""
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
            [sys.executable, "-m", module, *arguments],
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

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

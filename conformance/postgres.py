"""A throw-away PostgreSQL 15 on a temporary directory, with the settings that initdb gives it.

It is the oracle of the conformance run, the other side of the benchmark, and a server that tests
compare with. Missing programs are installed with apt where that is possible.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "postgres' password"
ROLE = "postgres"


class Unavailable(Exception):
    """PostgreSQL 15 is not installed and cannot be."""


def install() -> None:
    """Make sure that PostgreSQL 15 is installed.

    Raises:
        Unavailable: it is not, and apt cannot help.
    """
    if is_installed():
        return
    if shutil.which("apt-get") is None:
        raise Unavailable(f"PostgreSQL 15 is not in {PROGRAMS}, and there is no apt-get to get it")
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "postgresql-15"]):
        done = subprocess.run([*prefix, "apt-get", "-qq", *command], env=environment, check=False)
        if done.returncode != 0:
            raise Unavailable(f"apt-get {command[0]} failed; install the package postgresql-15")


def is_installed() -> bool:
    return (PROGRAMS / "postgres").exists()


def free_port() -> int:
    """A TCP port that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


class Postgres:
    """One running server; the context manager starts and removes it.

    Invariants:
        - It listens on 127.0.0.1 at ``port`` (SCRAM-SHA-256) and on a socket in ``socket_dir``.
        - Nothing of it is left after the block.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="kalampg-postgres-"))
        self.socket_dir = self._folder
        self._data_dir = self._folder / "data"
        # PostgreSQL refuses to run as root; Debian's package made this user.
        self._user = "postgres" if os.geteuid() == 0 else None

    def __enter__(self) -> Self:
        password_file = self._folder / "password"
        password_file.write_text(PASSWORD)
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            for path in (self._folder, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        try:
            self._run(
                "initdb",
                f"--pgdata={self._data_dir}",
                f"--username={ROLE}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            )
            options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.socket_dir}"
            log = self._folder / "log"
            self._run(
                "pg_ctl", f"--pgdata={self._data_dir}", f"--log={log}", "-w", "-o", options, "start"
            )
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._run("pg_ctl", f"--pgdata={self._data_dir}", "-w", "-m", "immediate", "stop")
        finally:
            self._remove()

    def dsn(self, database: str = "postgres") -> str:
        password = PASSWORD.replace("'", r"\'")
        return (
            f"host=127.0.0.1 port={self.port} user={ROLE} password='{password}' dbname={database}"
        )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [PROGRAMS / program, *arguments],
            user=self._user,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # pg_ctl start leaves the server holding a pipe
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            log = self._folder / "log"
            reason = done.stderr or (log.read_text() if log.exists() else "")
            raise Unavailable(f"{program} failed: {reason}")

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

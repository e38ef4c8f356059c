"""The story that the demo tells; each statement is printed with its result, as psql does.

The server is a child process on a temporary directory and a port of the system's choice; it is
gone, with its data, when the story ends.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from kalampg.demo.client import Client, Result, ServerError

Print = Callable[[str], object]

_HOST: Final = "127.0.0.1"
_READY: Final = f"kalampg: ready to accept connections on {_HOST}:"
_FLUSH_SECONDS_MAX: Final = 30.0
_POLL_SECONDS: Final = 0.05

_PEOPLE: Final = ("alice", "bob", "carol")
_CREATE_TABLE: Final = """\
CREATE USER TABLE chat.messages (
    id BIGINT PRIMARY KEY,
    room TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
)"""
_READ: Final = "SELECT id, room, body FROM chat.messages ORDER BY id"


def run(write: Print) -> int:
    """Play the story; the exit code of the command."""
    password = secrets.token_urlsafe(18)
    try:
        with tempfile.TemporaryDirectory(prefix="kalampg-demo-") as folder, ExitStack() as stack:
            data_dir = Path(folder) / "data"
            port = stack.enter_context(_server(data_dir, password))
            write(f"-- kalampg serves on {_HOST}:{port} with its data under {data_dir}.")
            _play(_Stage(stack, port, password, write), data_dir)
    except (ServerError, OSError) as failure:
        write(f"kalampg: the demo stopped: {failure}")
        return 1
    return 0


@contextmanager
def _server(data_dir: Path, root_password: str) -> Iterator[int]:
    """The port of a server that runs until the block ends."""
    arguments = ["serve", "--data-dir", str(data_dir), "--host", _HOST, "--port", "0"]
    log_path = data_dir.with_suffix(".log")
    with (
        log_path.open("wb") as log,
        subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "kalampg", *arguments],
            env={**os.environ, "KALAMPG_ROOT_PASSWORD": root_password},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None, "standard output is a pipe"
            ready = process.stdout.readline()
            if not ready.startswith(_READY):
                raise ConnectionError(log_path.read_text(errors="replace").strip())
            yield int(ready.removeprefix(_READY))
        finally:
            process.terminate()


class _Stage:
    """Connections by user, and the printing of what they say and hear."""

    def __init__(self, stack: ExitStack, port: int, root_password: str, write: Print) -> None:
        self._stack = stack
        self._port = port
        self._passwords = {"root": root_password}
        self._clients: dict[str, Client] = {}
        self._write = write

    def tell(self, text: str) -> None:
        self._write("\n" + textwrap.fill(text, 100, initial_indent="-- ", subsequent_indent="-- "))

    def create(self, name: str) -> None:
        """Create a role with a password that is not printed."""
        self._passwords[name] = secrets.token_urlsafe(18)
        statement = f"CREATE USER '{name}' WITH PASSWORD '{{}}' ROLE user"
        self._write(f"root=> {statement.format('...')};")
        self._show(self._client("root").query(statement.format(self._passwords[name])))

    def say(self, user: str, statement: str) -> Result | None:
        """Run and print a statement; None if the server refused it."""
        prompt = f"{user}=> "
        self._write(prompt + statement.replace("\n", "\n" + f"{user}-> ") + ";")
        try:
            result = self._client(user).query(statement)
        except ServerError as failure:
            self._write(f"{failure.fields['S']}:  {failure.fields['M']}")
            for code, title in (("D", "DETAIL"), ("H", "HINT")):
                if code in failure.fields:
                    self._write(f"{title}:  {failure.fields[code]}")
            return None
        self._show(result)
        return result

    def wait_for_job(self, job_id: str) -> None:
        """Wait until a job has ended.

        Raises:
            ConnectionError: it has not within the time that a few rows should need.
        """
        query = f"SELECT status FROM system.jobs WHERE job_id = '{job_id}'"  # noqa: S608 - our id
        for _ in range(round(_FLUSH_SECONDS_MAX / _POLL_SECONDS)):
            status = self._client("root").query(query).rows[0][0]
            if status == "completed":
                return
            time.sleep(_POLL_SECONDS)
        raise ConnectionError(f"job {job_id} has not completed")

    def _client(self, user: str) -> Client:
        if user not in self._clients:
            client = Client(_HOST, self._port, user, self._passwords[user], "kalam")
            self._clients[user] = self._stack.enter_context(client)
        return self._clients[user]

    def _show(self, result: Result) -> None:
        for notice in result.notices:
            self._write(f"{notice['S']}:  {notice['M']}")
        if not result.columns:
            self._write(result.tag)
            return
        for line in table_lines(result):
            self._write(line)


def table_lines(result: Result) -> Iterator[str]:
    """A result as psql's aligned format shows it."""
    cells = [[value or "" for value in row] for row in result.rows]
    widths = [
        max(len(name), *(len(row[i]) for row in cells), 0) for i, name in enumerate(result.columns)
    ]
    titles = [f"{name:^{width}}" for name, width in zip(result.columns, widths, strict=True)]
    yield f" {' | '.join(titles)} "
    yield "+".join("-" * (width + 2) for width in widths)
    # The last column is padded only where that aligns it.
    widths[-1] = widths[-1] if result.is_right_aligned[-1] else 0
    for row in cells:
        aligned = [
            f"{value:>{width}}" if is_right else f"{value:<{width}}"
            for value, width, is_right in zip(row, widths, result.is_right_aligned, strict=True)
        ]
        yield " " + " | ".join(aligned)
    yield f"({len(cells)} row{'' if len(cells) == 1 else 's'})"


def _play(stage: _Stage, data_dir: Path) -> None:
    stage.tell("Root makes a namespace and three users, who share the definition of one table.")
    stage.say("root", "CREATE NAMESPACE chat")
    for name in _PEOPLE:
        stage.create(name)
    stage.say("root", _CREATE_TABLE)
    stage.tell("Alice and Bob write. Each of them has keys of their own: both use 1.")
    stage.say(
        "alice",
        "INSERT INTO chat.messages (id, room, body) VALUES\n"
        "    (1, 'family', 'Dinner at eight?'),\n"
        "    (2, 'work', 'The report is late')",
    )
    stage.say(
        "bob",
        "INSERT INTO chat.messages (id, room, body) VALUES\n"
        "    (1, 'football', 'We won!') RETURNING id, body",
    )
    stage.tell("The rows are hot. A flush moves them to Parquet files, one folder for each user.")
    started = stage.say("root", "FLUSH TABLE chat.messages")
    if started is not None:
        stage.wait_for_job(started.rows[0][0] or "")
    for file in sorted(data_dir.rglob("*.parquet")):
        stage.tell(f"{file.relative_to(data_dir)} ({file.stat().st_size} bytes)")
    stage.tell("Alice reads what is cold now, changes a flushed row, and adds a hot one.")
    stage.say("alice", _READ)
    stage.say("alice", "UPDATE chat.messages SET body = 'The report is done' WHERE id = 2")
    stage.say("alice", "INSERT INTO chat.messages (id, room, body) VALUES (3, 'work', 'Sent it')")
    stage.say("alice", _READ)
    stage.say(
        "alice", "SELECT room, count(*) AS messages FROM chat.messages GROUP BY room ORDER BY 1"
    )
    stage.tell("Bob sees his row and no other; Carol, who wrote nothing, sees nothing.")
    stage.say("bob", _READ)
    stage.say("carol", "SELECT count(*) FROM chat.messages")
    stage.tell("Bob may not act as Alice.")
    stage.say("bob", f"EXECUTE AS USER 'alice' ({_READ})")
    stage.tell(
        "Root may look across users, by asking for it; the hidden column says whose row it is."
    )
    stage.say("root", "SET kalam.scope = 'all'")
    stage.say("root", "SELECT _user_id, id, body FROM chat.messages ORDER BY 1, 2")

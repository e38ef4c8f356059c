"""A listener with sessions that know a handful of words, and a client that sees every byte.

The session is a real one for the net layer's purposes: it answers at once or later, streams, opens
transactions, waits until it is canceled, and crashes when asked to.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec

import uvloop

from kalampg import errors
from kalampg.net import AuthenticatedStartup, Listener, ListenerSettings, ServerTls
from kalampg.protocol import backend
from kalampg.protocol.backend import Field
from kalampg.protocol.frontend import FrontendMessage, Malformed, Query, Terminate
from kalampg.protocol.scram import Verifier, create_verifier, mock_verifier

P = ParamSpec("P")
DEADLINE_S = 10.0
ROW_BYTES = 64 * 1024
TEXT_FIELD = Field("word", 25, -1)  # type: ignore[arg-type]


def on_uvloop(scenario: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a coroutine as a test, on the loop of the server, with a deadline."""

    @functools.wraps(scenario)
    def test(*args: P.args, **kwargs: P.kwargs) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(DEADLINE_S):
                await scenario(*args, **kwargs)

        uvloop.run(bounded())

    return test


class EchoSession:
    """Answers ``echo x`` with x; the other words are methods."""

    def __init__(self, startup: AuthenticatedStartup, journal: list[str]) -> None:
        self.startup = startup
        self.is_closing = False
        self.is_in_transaction = False
        self.durable_position = 0
        self._journal = journal
        self._output = [backend.parameter_status("server_version", "15.0"), backend.READY_IDLE]
        self._waiting: asyncio.Future[None] | None = None
        self._fatal: errors.PgError | None = None
        self._is_poisoned = False
        self.rows_made = 0

    def handle(self, message: FrontendMessage) -> Coroutine[Any, Any, None] | None:
        if isinstance(message, Terminate):
            self.is_closing = True
            return None
        if isinstance(message, Malformed):
            self._error(message.error)
            return None
        assert isinstance(message, Query)
        word, _, rest = message.sql.decode().partition(" ")
        work: Coroutine[Any, Any, None] | None = getattr(self, f"_{word}")(rest)
        return work

    def take_output(self) -> bytes:
        taken = b"".join(self._output)
        self._output.clear()
        return taken

    def cancel(self) -> None:
        self._journal.append("cancel")
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def terminate(self, error: errors.PgError) -> None:
        self._journal.append(f"terminate {error.sqlstate}")
        self._fatal = error
        if self._waiting is None:
            self._output.append(backend.error_response(error))
            self.is_closing = True
        elif not self._waiting.done():
            self._waiting.set_result(None)

    def close(self) -> None:
        self._journal.append("close")
        if self._is_poisoned:
            raise RuntimeError("a bug")

    def _echo(self, text: str) -> None:
        self._output.append(backend.row_description([TEXT_FIELD]))
        self._output.append(backend.data_row([text.encode()]))
        self._done("SELECT 1")

    def _begin(self, _: str) -> None:
        self.is_in_transaction = True
        self._done("BEGIN")

    def _commit(self, position: str) -> None:
        self.is_in_transaction = False
        self.durable_position = int(position or 0)
        self._done("COMMIT")

    async def _wait(self, _: str) -> None:
        self._journal.append("wait")
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None
        if self._fatal is not None:
            self.terminate(self._fatal)
            return
        self._error(errors.QueryCanceled("canceling statement due to user request"))

    async def _stream(self, rows: str) -> None:
        self._output.append(backend.row_description([TEXT_FIELD]))
        for _ in range(int(rows)):
            self._output.append(backend.data_row([b"x" * ROW_BYTES]))
            self.rows_made += 1
            try:
                await self.startup.drain()
            except errors.ConnectionFailure:
                self._journal.append("lost")
                return
        self._done(f"SELECT {rows}")

    def _poison(self, _: str) -> None:
        self._is_poisoned = True
        self._done("POISON")

    def _crash(self, _: str) -> None:
        raise RuntimeError("a bug")

    async def _crashlater(self, _: str) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("a bug")

    def _error(self, error: errors.PgError) -> None:
        self._output += [backend.error_response(error), self._ready]

    def _done(self, tag: str) -> None:
        self._output += [backend.command_complete(tag), self._ready]

    @property
    def _ready(self) -> bytes:
        return backend.READY_IN_TRANSACTION if self.is_in_transaction else backend.READY_IDLE


class OpenGate:
    """A gate whose keeper is the test."""

    def __init__(self) -> None:
        self.synced = 0
        self._waiters: list[tuple[int, Callable[[errors.PgError | None], None]]] = []

    def when_synced(self, position: int, waiter: Callable[[errors.PgError | None], None]) -> None:
        self._waiters.append((position, waiter))

    def open(self, position: int) -> None:
        self.synced = position
        for waiting, waiter in self._waiters:
            if waiting <= position:
                waiter(None)
        self._waiters = [entry for entry in self._waiters if entry[0] > position]

    def fail(self, failure: errors.PgError) -> None:
        for _, waiter in self._waiters:
            waiter(failure)
        self._waiters.clear()


class Roles:
    """Knows alice, whose password is "wonder land", and bob, who may not log in."""

    _verifier = create_verifier("wonder land", salt=b"0123456789abcdef")

    def verifier_for(self, role_name: str) -> Verifier:
        known = role_name in {"alice", "bob"}
        return self._verifier if known else mock_verifier(b"secret", role_name)

    def admit(self, role_name: str) -> object:
        if role_name == "bob":
            raise errors.InvalidAuthorizationSpecification(
                'role "bob" is not permitted to log in', severity="FATAL"
            )
        return role_name


@dataclass(slots=True)
class EchoServer:
    """A running listener and what its sessions wrote down."""

    listener: Listener
    gate: OpenGate
    sessions: list[EchoSession]
    journal: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.listener.addresses[0][1]

    def conninfo(self, user: str = "alice", **options: str) -> str:
        settings = {
            "host": "127.0.0.1",
            "port": str(self.port),
            "user": user,
            "dbname": "kalam",
            "connect_timeout": "5",
            "gssencmode": "disable",
            **options,
        }
        return " ".join(f"{name}='{value}'" for name, value in settings.items())

    async def until(self, claim: Callable[[], bool]) -> None:
        """Let the loop run until the claim is true; the test's deadline bounds it."""
        while not claim():  # noqa: ASYNC110 - what changes is inside the code under test
            await asyncio.sleep(0)


@asynccontextmanager
async def echo_server(
    *, tls: ServerTls | None = None, **settings: Any
) -> AsyncIterator[EchoServer]:
    journal: list[str] = []
    sessions: list[EchoSession] = []

    def open_session(startup: AuthenticatedStartup) -> EchoSession:
        if startup.database == "missing":
            raise errors.InvalidCatalogName('database "missing" does not exist')
        if startup.database == "broken":
            raise RuntimeError("a bug")
        sessions.append(EchoSession(startup, journal))
        return sessions[-1]

    gate = OpenGate()
    listener = Listener(
        ListenerSettings(**{"port": 0, "authentication": "trust", **settings}),
        session_factory=open_session,
        authenticator=Roles(),
        gate=gate,
        tls=tls,
    )
    await listener.open()
    try:
        yield EchoServer(listener, gate, sessions, journal)
    finally:
        listener.close()
        await listener.wait_closed()
    assert listener.connections == 0


class WireClient:
    """Sends bytes, reads messages."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def query(self, *statements: str) -> None:
        for sql in statements:
            self.send(b"Q" + (len(sql) + 5).to_bytes(4) + sql.encode() + b"\0")

    async def message(self) -> tuple[bytes, bytes]:
        header = await self.reader.readexactly(5)
        return header[:1], await self.reader.readexactly(int.from_bytes(header[1:]) - 4)

    async def until_ready(self) -> list[tuple[bytes, bytes]]:
        """The messages up to and with the next ReadyForQuery."""
        found = [await self.message()]
        while found[-1][0] != b"Z":
            found.append(await self.message())
        return found

    async def echoed(self) -> bytes:
        rows = [body for tag, body in await self.until_ready() if tag == b"D"]
        return rows[0][6:]

    async def error(self) -> dict[str, str]:
        tag, body = await self.message()
        assert tag == b"E"
        fields = body.decode().rstrip("\0").split("\0")
        return {text[0]: text[1:] for text in fields}

    async def is_at_end(self) -> bool:
        try:
            return await self.reader.read(1) == b""
        except ConnectionResetError:
            return True

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


def startup_packet(user: str = "alice", version: int = 0x30000, **parameters: str) -> bytes:
    pairs = {"user": user, "database": "kalam", **parameters}
    body = version.to_bytes(4)
    body += b"".join(f"{name}\0{value}\0".encode() for name, value in pairs.items()) + b"\0"
    return (len(body) + 4).to_bytes(4) + body


@asynccontextmanager
async def wire_client(
    server: EchoServer, *, startup: bytes | None = b""
) -> AsyncIterator[WireClient]:
    """Connect; log in as alice and read up to ReadyForQuery unless ``startup`` says otherwise."""
    client = WireClient(*await asyncio.open_connection("127.0.0.1", server.port))
    try:
        if startup is not None:
            client.send(startup or startup_packet())
        if startup == b"":
            await client.until_ready()
        yield client
    finally:
        await client.close()

"""Encryption requests and authentication, over real sockets and with real clients.

Goal: libpq's SCRAM, with and without channel binding, gets in; nobody else does, nobody learns
which roles exist, and nothing sent in clear is ever read as encrypted.
Method: psycopg and psql (both libpq) against a listener, and bytes by hand for what they never
send.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
from pathlib import Path

import psycopg
import pytest

from kalampg.net.authentication import method_for
from kalampg.net.tls import ServerTls, load_or_create_tls
from tests.unit.net.echo_server import (
    EchoServer,
    echo_server,
    on_uvloop,
    startup_packet,
    wire_client,
)

NOW_US = 1_700_000_000_000_000
SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"
GSSENC_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x30"
SCRAM = "scram-sha-256"
PASSWORD = "wonder land"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerTls:
    return load_or_create_tls(tmp_path_factory.mktemp("tls"), now_us=NOW_US)


async def echo_through_psycopg(server: EchoServer, **options: str) -> object:
    async with await psycopg.AsyncConnection.connect(
        server.conninfo(**options), autocommit=True
    ) as connection:
        cursor = await connection.execute("echo hello")
        return await cursor.fetchone()


@pytest.mark.parametrize(
    ("sslmode", "channel_binding"),
    [("disable", "disable"), ("require", "disable"), ("require", "prefer"), ("require", "require")],
)
@on_uvloop
async def test_libpq_authenticates(tls: ServerTls, sslmode: str, channel_binding: str) -> None:
    async with echo_server(tls=tls, authentication=SCRAM) as server:
        found = await echo_through_psycopg(
            server, password=PASSWORD, sslmode=sslmode, channel_binding=channel_binding
        )
        assert found == ("hello",)
        assert server.sessions[0].startup.is_tls is (sslmode == "require")


@on_uvloop
async def test_psql_authenticates_with_channel_binding(tls: ServerTls) -> None:
    psql = shutil.which("psql")
    if psql is None:
        pytest.skip("psql is not installed")
    async with echo_server(tls=tls, authentication=SCRAM) as server:
        conninfo = server.conninfo(sslmode="require", channel_binding="require")
        process = await asyncio.create_subprocess_exec(
            psql, conninfo, "-XAtc", "echo hello",
            env={**os.environ, "PGPASSWORD": PASSWORD},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert await process.communicate() == (b"hello\n", b"")


@pytest.mark.parametrize("user", ["alice", "nobody", "bob"])
@on_uvloop
async def test_a_wrong_password_and_an_unknown_role_are_told_the_same(user: str) -> None:
    async with echo_server(authentication=SCRAM) as server:
        with pytest.raises(psycopg.OperationalError) as raised:
            await psycopg.AsyncConnection.connect(server.conninfo(user, password="wrong"))
        expected = f'FATAL:  password authentication failed for user "{user}"'
        assert str(raised.value).strip().endswith(expected)
        await server.until(lambda: server.listener.connections == 0)


@on_uvloop
async def test_a_role_that_may_not_log_in_learns_it_after_its_proof() -> None:
    async with echo_server(authentication=SCRAM) as server:
        with pytest.raises(psycopg.OperationalError, match='"bob" is not permitted to log in'):
            await psycopg.AsyncConnection.connect(server.conninfo("bob", password=PASSWORD))


@on_uvloop
async def test_without_tls_a_client_that_requires_it_is_refused() -> None:
    async with echo_server() as server:
        with pytest.raises(psycopg.OperationalError, match="server does not support SSL"):
            await psycopg.AsyncConnection.connect(server.conninfo(sslmode="require"))


@on_uvloop
async def test_without_tls_channel_binding_cannot_be_had() -> None:
    async with echo_server(authentication=SCRAM) as server:
        with pytest.raises(psycopg.OperationalError, match="channel binding"):
            await psycopg.AsyncConnection.connect(
                server.conninfo(password=PASSWORD, channel_binding="require")
            )


@on_uvloop
async def test_gss_is_declined_before_tls_is_taken(tls: ServerTls) -> None:
    async with (
        echo_server(tls=tls) as server,
        wire_client(server, startup=GSSENC_REQUEST) as client,
    ):
        assert await client.reader.readexactly(1) == b"N"
        client.send(SSL_REQUEST)
        assert await client.reader.readexactly(1) == b"S"


@on_uvloop
async def test_a_refused_request_is_followed_by_a_session_in_clear() -> None:
    async with echo_server() as server, wire_client(server, startup=SSL_REQUEST) as client:
        assert await client.reader.readexactly(1) == b"N"
        client.send(startup_packet())
        await client.until_ready()


@pytest.mark.parametrize("request_packet", [SSL_REQUEST, GSSENC_REQUEST], ids=["ssl", "gss"])
@on_uvloop
async def test_encryption_may_be_asked_for_once(request_packet: bytes) -> None:
    async with echo_server() as server, wire_client(server, startup=request_packet) as client:
        assert await client.reader.readexactly(1) == b"N"
        client.send(request_packet)
        error = await client.error()
        assert (error["C"], error["S"]) == ("0A000", "FATAL")
        assert error["M"].startswith("unsupported frontend protocol 1234.56")


@pytest.mark.parametrize("has_tls", [True, False])
@on_uvloop
async def test_bytes_in_clear_behind_an_ssl_request_are_refused(
    tls: ServerTls, has_tls: bool
) -> None:
    async with (
        echo_server(tls=tls if has_tls else None) as server,
        wire_client(server, startup=SSL_REQUEST + startup_packet()) as client,
    ):
        error = await client.error()
        assert (error["C"], error["M"]) == (
            "08P01", "received unencrypted data after SSL request",
        )  # fmt: skip
        assert await client.is_at_end()
        assert server.sessions == []


@on_uvloop
async def test_a_failed_handshake_ends_the_connection(tls: ServerTls) -> None:
    async with (
        echo_server(tls=tls) as server,
        wire_client(server, startup=SSL_REQUEST) as client,
    ):
        assert await client.reader.readexactly(1) == b"S"
        client.send(startup_packet())
        await client.reader.read()  # an alert, perhaps; then the end
        await server.until(lambda: server.listener._strangers == 0)


@on_uvloop
async def test_a_certificate_that_is_trusted_is_verified(tls: ServerTls, tmp_path: Path) -> None:
    own = load_or_create_tls(tmp_path, now_us=NOW_US)
    root = str(tmp_path / "server.crt")
    async with echo_server(tls=own) as server:
        found = await echo_through_psycopg(server, sslmode="verify-full", sslrootcert=root)
        assert found == ("hello",)
    async with echo_server(tls=tls) as server:
        with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
            await echo_through_psycopg(server, sslmode="verify-full", sslrootcert=root)


@pytest.mark.parametrize(
    ("message", "sqlstate"),
    [
        pytest.param(b"Q\0\0\0\x05\0", "08P01", id="query-before-authentication"),
        pytest.param(b"S\0\0\0\x05\0", "08P01", id="malformed"),
        pytest.param(b"p\0\0\0\x06X\0", "08P01", id="no-initial-response"),
        pytest.param(b"p\0\1\0\0", "08P01", id="longer-than-65535"),
        pytest.param(b"p\0\0\0\x0aX\0\xff\xff\xff\xffp\0\0\0\x07n,,", "08P01", id="mechanism"),
    ],
)
@on_uvloop
async def test_a_stranger_may_send_nothing_but_sasl(message: bytes, sqlstate: str) -> None:
    async with (
        echo_server(authentication=SCRAM) as server,
        wire_client(server, startup=startup_packet()) as client,
    ):
        tag, body = await client.message()
        assert (tag, body) == (b"R", b"\0\0\0\x0aSCRAM-SHA-256\0\0")
        client.send(message)
        tag, body = await client.message()
        if tag == b"R":  # The empty challenge.
            assert body == b"\0\0\0\x0b"
            tag, body = await client.message()
        assert tag == b"E"
        assert f"C{sqlstate}\0".encode() in body
        assert b"SFATAL\0" in body


@on_uvloop
async def test_a_session_over_tls_streams_and_ends_like_any_other(tls: ServerTls) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with (
        echo_server(tls=tls) as server,
        wire_client(server, startup=SSL_REQUEST) as client,
    ):
        assert await client.reader.readexactly(1) == b"S"
        await client.writer.start_tls(context)
        client.send(startup_packet())
        await client.until_ready()
        client.query("stream 50")
        assert len(await client.until_ready()) == 50 + 3
        server.listener.begin_shutdown(grace_s=60)
        assert (await client.error())["C"] == "57P01"
        assert await client.is_at_end()


@pytest.mark.parametrize(
    ("host", "method"),
    [
        ("127.0.0.1", "trust"),
        ("127.8.8.8", "trust"),
        ("::1", "trust"),
        ("::ffff:127.0.0.1", "trust"),
        ("10.0.0.1", SCRAM),
        ("::ffff:10.0.0.1", SCRAM),
        ("fe80::1%eth0", SCRAM),
        ("", SCRAM),
    ],
)
def test_trust_reaches_no_further_than_this_machine(host: str, method: str) -> None:
    assert method_for("trust", host) == method
    assert method_for("scram-sha-256", host) == SCRAM

"""Listener: limits, cancel requests, time-outs and the order of a shutdown.

Goal: strangers cost little, every client is counted as long as it is there, and a shutdown ends
everybody in the order that was promised.
Method: real sockets; what must not happen is given room by a round trip of another client.
"""

from __future__ import annotations

import asyncio
import resource
import socket

import psycopg
import pytest
from psycopg import errors as client_errors

from kalampg.net import listener
from kalampg.net.accepting import Acceptor
from tests.unit.net.echo_server import (
    echo_server,
    on_uvloop,
    startup_packet,
    wire_client,
)


@on_uvloop
async def test_psycopg_talks_to_it() -> None:
    async with echo_server() as server:
        options = "-c geqo=off"
        async with await psycopg.AsyncConnection.connect(
            server.conninfo(options=options, application_name="test"), autocommit=True
        ) as connection:
            cursor = await connection.execute("echo hello")
            assert await cursor.fetchall() == [("hello",)]
            startup = server.sessions[0].startup
            assert (startup.user, startup.database) == ("alice", "kalam")
            assert startup.parameters["geqo"] == "off"
            assert startup.parameters["application_name"] == "test"
            assert (startup.endpoints.client_host, startup.is_tls) == ("127.0.0.1", False)
            assert startup.pid == connection.info.backend_pid


@on_uvloop
async def test_a_session_that_cannot_be_opened_is_refused_by_its_own_error() -> None:
    async with echo_server() as server:
        packet = startup_packet(database="missing")
        async with wire_client(server, startup=packet) as client:
            error = await client.error()
            assert (error["S"], error["C"]) == ("FATAL", "3D000")
            assert error["M"] == 'database "missing" does not exist'
            assert await client.is_at_end()
        await server.until(lambda: server.listener.connections == 0)


@on_uvloop
async def test_one_client_too_many_is_told_so_and_the_next_finds_its_place() -> None:
    async with echo_server(connections_max=1) as server:
        async with (
            wire_client(server),
            wire_client(server, startup=startup_packet("carol")) as second,
        ):
            error = await second.error()
            assert (error["S"], error["C"]) == ("FATAL", "53300")
            assert error["M"] == "sorry, too many clients already"
        await server.until(lambda: server.listener.connections == 0)
        async with wire_client(server) as third:
            third.query("echo in")
            assert await third.echoed() == b"in"


@on_uvloop
async def test_one_connection_too_many_of_a_role_is_told_so() -> None:
    async with echo_server(connections_per_role_max=1) as server:
        async with wire_client(server):
            async with wire_client(server, startup=startup_packet()) as second:
                error = await second.error()
                assert error["C"] == "53300"
                assert error["M"] == 'too many connections for role "alice"'
            async with wire_client(server, startup=startup_packet("carol")) as other_role:
                await other_role.until_ready()
        await server.until(lambda: server.listener.connections == 0)
        async with wire_client(server):
            pass


@on_uvloop
async def test_a_stranger_that_says_nothing_is_disconnected_without_a_word() -> None:
    async with (
        echo_server(authentication_timeout_s=0.05) as server,
        wire_client(server, startup=None) as client,
    ):
        assert await client.is_at_end()


@on_uvloop
async def test_more_strangers_than_can_be_served_are_dropped() -> None:
    async with echo_server(connections_max=1) as server:
        strangers = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(12)]
        await server.until(lambda: server.listener._strangers == 12)
        async with wire_client(server, startup=None) as client:
            assert await client.is_at_end()
        for _, writer in strangers:
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize("version", [0x30000, 0x30002], ids=["3.0", "3.2"])
@on_uvloop
async def test_a_cancel_request_with_the_right_secret_interrupts(version: int) -> None:
    async with (
        echo_server() as server,
        wire_client(server, startup=startup_packet(version=version)) as client,
    ):
        key = dict(await client.until_ready())[b"K"]
        assert len(key) == 4 + (4 if version == 0x30000 else 32)
        client.query("wait")
        await server.until(lambda: "wait" in server.journal)
        wrong = key[:-1] + bytes([key[-1] ^ 1])
        for shown in (wrong, key[:-1], key):
            request = b"\x04\xd2\x16\x2e" + shown
            packet = (len(request) + 4).to_bytes(4) + request
            async with wire_client(server, startup=packet) as canceler:
                assert await canceler.is_at_end()
            assert server.journal.count("cancel") == (shown == key)
        assert (await client.error())["C"] == "57014"


@on_uvloop
async def test_psycopg_cancels() -> None:
    async with echo_server() as server:
        connection = await psycopg.AsyncConnection.connect(server.conninfo(), autocommit=True)
        async with connection, asyncio.TaskGroup() as group:

            async def interrupt() -> None:
                await server.until(lambda: "wait" in server.journal)
                await connection.cancel_safe()

            group.create_task(interrupt())
            with pytest.raises(client_errors.QueryCanceled):
                await connection.execute("wait")


@on_uvloop
async def test_an_unknown_minor_version_and_option_are_negotiated() -> None:
    packet = startup_packet(version=0x3270F, **{"_pq_.x": "on"})
    async with echo_server() as server, wire_client(server, startup=packet) as client:
        messages = await client.until_ready()
        assert messages[0] == (b"v", b"\0\3\0\2\0\0\0\1_pq_.x\0")
        assert len(dict(messages)[b"K"]) == 4 + 32
        assert server.sessions[0].startup.protocol_version == 0x30002


@on_uvloop
async def test_a_graceful_shutdown_ends_the_idle_first_and_transactions_when_they_end() -> None:
    async with (
        echo_server() as server,
        wire_client(server) as idle,
        wire_client(server) as busy,
    ):
        busy.query("begin")
        await busy.until_ready()
        server.listener.begin_shutdown(grace_s=60)
        error = await idle.error()
        assert (error["S"], error["C"]) == ("FATAL", "57P01")
        assert error["M"] == "terminating connection due to administrator command"
        assert await idle.is_at_end()
        async with wire_client(server, startup=startup_packet()) as late:
            error = await late.error()
            assert (error["C"], error["M"]) == ("57P03", "the database system is shutting down")
        busy.query("echo still", "commit")
        assert await busy.echoed() == b"still"
        assert [tag for tag, _ in await busy.until_ready()] == [b"C", b"Z"]
        assert (await busy.error())["C"] == "57P01"
        assert await busy.is_at_end()
        await server.listener.wait_closed()


@on_uvloop
async def test_the_grace_period_ends_for_transactions_and_statements_alike() -> None:
    async with (
        echo_server() as server,
        wire_client(server) as in_transaction,
        wire_client(server) as in_statement,
    ):
        in_transaction.query("begin")
        await in_transaction.until_ready()
        in_statement.query("wait")
        await server.until(lambda: "wait" in server.journal)
        port = server.port
        server.listener.begin_shutdown(grace_s=0.02)
        assert (await in_transaction.error())["C"] == "57P01"
        assert (await in_statement.error())["C"] == "57P01"
        await server.listener.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


@on_uvloop
async def test_close_drops_strangers_and_is_idempotent() -> None:
    async with echo_server() as server, wire_client(server, startup=None) as stranger:
        await server.until(lambda: server.listener._strangers == 1)
        server.listener.close()
        server.listener.close()
        await server.listener.wait_closed()
        assert await stranger.is_at_end()
        assert server.listener._strangers == 0


@on_uvloop
async def test_a_port_in_use_is_an_os_error_and_leaves_nothing_open() -> None:
    async with echo_server() as server:
        acceptor = Acceptor(lambda connection, _: connection.close())
        with pytest.raises(OSError, match="in use"):
            await acceptor.open("127.0.0.1", server.port)
        assert acceptor.addresses == ()


@on_uvloop
async def test_localhost_is_every_loopback_address_on_one_port() -> None:
    acceptor = Acceptor(lambda connection, _: connection.close())
    await acceptor.open("localhost", 0)
    assert len({port for _, port in acceptor.addresses}) == 1
    acceptor.close()


@on_uvloop
async def test_it_accepts_again_after_running_out_of_descriptors() -> None:
    accepted: list[str] = []

    def take(connection: socket.socket, host: str) -> None:
        accepted.append(host)
        connection.close()

    acceptor = Acceptor(take, accept_pause_s=0.01)
    await acceptor.open("127.0.0.1", 0)
    port = acceptor.addresses[0][1]
    client_end = socket.socket()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        client_end.setblocking(False)
        # The kernel completes the connection; accepting it needs a descriptor that we may not have.
        resource.setrlimit(resource.RLIMIT_NOFILE, (client_end.fileno() + 1, hard))
        client_end.connect_ex(("127.0.0.1", port))
        while not acceptor._timers:  # noqa: ASYNC110 - what changes is inside the code under test
            await asyncio.sleep(0)
        assert accepted == []
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    while not accepted:  # noqa: ASYNC110 - what changes is inside the code under test
        await asyncio.sleep(0)
    assert accepted == ["127.0.0.1"]
    client_end.close()
    acceptor.close()


@on_uvloop
async def test_a_bug_while_opening_a_session_costs_one_connection() -> None:
    async with echo_server() as server:
        packet = startup_packet(database="broken")
        async with wire_client(server, startup=packet) as client:
            error = await client.error()
            assert (error["S"], error["C"], error["M"]) == ("FATAL", "XX000", "internal error")
            assert await client.is_at_end()
        async with wire_client(server):
            pass


@on_uvloop
async def test_a_bug_while_closing_a_session_still_frees_its_place() -> None:
    async with echo_server(connections_max=1) as server:
        async with wire_client(server) as client:
            client.query("poison")
            await client.until_ready()
        await server.until(lambda: server.listener.connections == 0)


@on_uvloop
async def test_what_is_pipelined_behind_the_startup_packet_is_answered() -> None:
    text = "x" * 9000
    count = 40  # more than is read ahead during startup
    async with echo_server() as server, wire_client(server, startup=None) as client:
        client.send(startup_packet())
        client.query(*([f"echo {text}"] * count))
        await client.until_ready()
        for _ in range(count):
            assert len(await client.echoed()) == len(text)


@on_uvloop
async def test_a_stranger_that_leaves_is_forgotten() -> None:
    async with echo_server(authentication="scram-sha-256") as server:
        async with wire_client(server, startup=startup_packet()[:9]):
            await server.until(lambda: server.listener._strangers == 1)
        await server.until(lambda: server.listener._strangers == 0)
        async with wire_client(server, startup=startup_packet()) as client:
            await client.message()
            assert server.listener.connections == 1
        await server.until(lambda: server.listener.connections == 0)


@on_uvloop
async def test_a_client_that_does_not_read_cannot_hold_up_the_end() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listener, "ABORT_AFTER_S", 0.01)
        async with echo_server() as server, wire_client(server) as client:
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            client.query("stream 1000")
            await server.until(lambda: server.sessions[0].rows_made > 10)
            server.listener.begin_shutdown(grace_s=0)
            server.listener.begin_shutdown(grace_s=60)  # Too late to ask for more.
            await server.listener.wait_closed()
            assert server.journal[-1] == "close"


@on_uvloop
async def test_an_address_that_is_not_ours_is_an_os_error() -> None:
    acceptor = Acceptor(lambda connection, _: connection.close())
    with pytest.raises(OSError, match="assign"):
        await acceptor.open("192.0.2.1", 0)

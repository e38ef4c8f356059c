"""Backend: bytes to a session and back.

Goal: one message at a time, answers in order, nothing shown before it is durable, bounded memory,
and a client that leaves is noticed while its statement runs.
Method: real sockets on the server's loop, a session of a few words, a client that reads and writes
bytes.
"""

from __future__ import annotations

import socket

import pytest

from kalampg import errors
from kalampg.net.backend import (
    HELD_BYTES_MAX,
    MESSAGES_PER_TURN,
    READ_AHEAD_BYTES_MAX,
    WRITE_BUFFER_BYTES_MAX,
)
from tests.unit.net.echo_server import (
    ROW_BYTES,
    echo_server,
    on_uvloop,
    startup_packet,
    wire_client,
)


@on_uvloop
async def test_greets_with_key_parameters_and_ready() -> None:
    async with (
        echo_server() as server,
        wire_client(server, startup=startup_packet()) as client,
    ):
        greeting = await client.until_ready()
        assert [tag for tag, _ in greeting] == [b"R", b"K", b"S", b"Z"]
        assert greeting[0][1] == b"\0\0\0\0"
        assert len(greeting[1][1]) == 4 + 4


@on_uvloop
async def test_answers_pipelined_messages_in_order_over_many_turns() -> None:
    count = 3 * MESSAGES_PER_TURN + 1
    async with echo_server() as server, wire_client(server) as client:
        client.query(*(f"echo {number}" for number in range(count)))
        for number in range(count):
            assert await client.echoed() == str(number).encode()


@on_uvloop
async def test_answers_a_message_that_comes_byte_by_byte() -> None:
    async with echo_server() as server, wire_client(server) as client:
        for byte in b"Q\0\0\0\x0becho x\0":
            client.send(bytes([byte]))
            await client.writer.drain()
        assert await client.echoed() == b"x"


@on_uvloop
async def test_a_message_waits_for_the_statement_before_it() -> None:
    async with echo_server() as server, wire_client(server) as client:
        client.query("wait", "echo after")
        await server.until(lambda: "wait" in server.journal)
        server.sessions[0].cancel()
        assert (await client.error())["C"] == "57014"
        await client.until_ready()
        assert await client.echoed() == b"after"


@on_uvloop
async def test_terminate_closes_the_connection() -> None:
    async with echo_server() as server, wire_client(server) as client:
        client.send(b"X\0\0\0\x04")
        assert await client.is_at_end()
        await server.until(lambda: server.journal == ["close"])


@pytest.mark.parametrize("resets", [False, True], ids=["end-of-file", "reset"])
@on_uvloop
async def test_a_client_that_leaves_cancels_its_statement(resets: bool) -> None:
    async with echo_server() as server:
        async with wire_client(server) as client:
            client.query("wait")
            await server.until(lambda: "wait" in server.journal)
            if resets:
                sock = client.writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        await server.until(lambda: "close" in server.journal)
        assert server.journal[0] == "wait"
        assert server.journal[-1] == "close"
        assert set(server.journal[1:-1]) == {"cancel"}


@pytest.mark.parametrize("word", ["crash", "crashlater"])
@on_uvloop
async def test_a_bug_costs_one_connection_and_never_the_server(word: str) -> None:
    async with echo_server() as server:
        async with wire_client(server) as client:
            client.query("echo before", word, "echo after")
            assert await client.echoed() == b"before"
            error = await client.error()
            assert (error["S"], error["C"], error["M"]) == ("FATAL", "XX000", "internal error")
            assert await client.is_at_end()
        async with wire_client(server) as client:
            client.query("echo alive")
            assert await client.echoed() == b"alive"


@on_uvloop
async def test_a_malformed_body_reaches_the_session_in_its_place() -> None:
    async with echo_server() as server, wire_client(server) as client:
        client.query("echo before")
        client.send(b"Q\0\0\0\x05x")
        client.query("echo after")
        assert await client.echoed() == b"before"
        assert (await client.error())["C"] == "08P01"
        await client.until_ready()
        assert await client.echoed() == b"after"


@on_uvloop
async def test_lost_framing_ends_the_session_after_the_answers_before_it() -> None:
    async with echo_server() as server, wire_client(server) as client:
        client.query("echo before")
        client.send(b"\x16\x03\x01")
        assert await client.echoed() == b"before"
        error = await client.error()
        assert (error["S"], error["M"]) == ("FATAL", "invalid frontend message type 22")
        assert await client.is_at_end()


@on_uvloop
async def test_output_is_held_until_it_is_durable_and_keeps_its_order() -> None:
    async with echo_server() as server, wire_client(server) as client:
        client.query("commit 7")
        await server.until(lambda: server.sessions[0].durable_position == 7)
        server.sessions[0].durable_position = 0
        client.query("echo later")
        async with wire_client(server) as other:  # A round trip: the first client had its time.
            other.query("echo other")
            assert await other.echoed() == b"other"
        server.gate.open(6)
        assert not client.reader._buffer  # type: ignore[attr-defined]
        server.gate.open(7)
        assert [tag for tag, _ in await client.until_ready()] == [b"C", b"Z"]
        assert await client.echoed() == b"later"


@on_uvloop
async def test_terminate_waits_for_held_output() -> None:
    async with echo_server() as server, wire_client(server) as client:
        client.query("commit 1")
        client.send(b"X\0\0\0\x04")
        await server.until(lambda: server.sessions[0].is_closing)
        server.gate.open(1)
        assert [tag for tag, _ in await client.until_ready()] == [b"C", b"Z"]
        assert await client.is_at_end()


@on_uvloop
async def test_a_commit_that_will_never_be_durable_is_not_acknowledged() -> None:
    async with echo_server() as server, wire_client(server) as client:
        client.query("commit 1")
        await server.until(lambda: server.sessions[0].durable_position == 1)
        server.gate.fail(errors.IoError("could not make a commit durable", severity="PANIC"))
        assert (await client.error())["C"] == "58030"
        assert await client.is_at_end()


@on_uvloop
async def test_a_stream_goes_no_further_than_its_reader_allows() -> None:
    rows = 1000  # 64 MB
    async with echo_server() as server, wire_client(server) as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.query(f"stream {rows}")
        await server.until(lambda: server.sessions[0].rows_made > 0)
        async with wire_client(server) as other:
            for _ in range(20):
                other.query("echo x")
                await other.echoed()
        # What the kernel buffers, and our own limit; far from all of it.
        assert server.sessions[0].rows_made < rows / 2
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        received = await client.until_ready()
        assert sum(len(body) for tag, body in received if tag == b"D") == rows * (ROW_BYTES + 6)


@on_uvloop
async def test_a_stream_whose_reader_leaves_ends() -> None:
    async with echo_server() as server:
        async with wire_client(server) as client:
            client.query("stream 1000")
            await server.until(lambda: server.sessions[0].rows_made > 0)
            client.writer.transport.abort()
        await server.until(lambda: "close" in server.journal)
        assert "lost" in server.journal


@on_uvloop
async def test_a_pipeline_that_is_never_read_is_not_answered_without_end() -> None:
    text = "x" * 9000
    count = 4000  # 36 MB of answers
    async with echo_server() as server, wire_client(server) as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.query(*([f"echo {text}"] * count))
        async with wire_client(server) as other:
            for _ in range(100):
                other.query("echo x")
                await other.echoed()
        (backend,) = (entry for entry in server.listener._backends if entry._decoder.buffered_bytes)
        assert backend._transport is not None
        unsent_bytes = backend._transport.get_write_buffer_size()
        turn_bytes = MESSAGES_PER_TURN * (len(text) + 100)
        assert unsent_bytes < WRITE_BUFFER_BYTES_MAX + turn_bytes
        # One read of the loop may come on top.
        assert backend._decoder.buffered_bytes < READ_AHEAD_BYTES_MAX + 512 * 1024
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(count):
            assert len(await client.echoed()) == len(text)


@on_uvloop
async def test_what_is_not_durable_is_not_piled_up_without_end() -> None:
    text = "x" * 9000
    count = 1000
    async with echo_server() as server, wire_client(server) as client:
        client.query("commit 1", *([f"echo {text}"] * count))
        (backend,) = server.listener._backends
        await server.until(lambda: backend._held_bytes > HELD_BYTES_MAX)
        await server.until(lambda: backend._is_read_paused)
        turn_bytes = MESSAGES_PER_TURN * (len(text) + 100)
        assert backend._held_bytes < HELD_BYTES_MAX + turn_bytes
        server.gate.open(1)
        await client.until_ready()
        for _ in range(count):
            assert len(await client.echoed()) == len(text)

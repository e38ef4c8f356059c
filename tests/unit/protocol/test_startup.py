"""StartupDecoder: the packets before the first message.

Goal: every packet of the documentation is read, and no stranger can make us hold or do much.
Method: packets by hand, a table of malformed ones, and every split of one packet in two.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.protocol.startup import (
    CancelRequest,
    GssEncRequest,
    SslRequest,
    StartupDecoder,
    StartupMessage,
    StartupPacket,
    parse_options,
)

SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"
GSSENC_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x30"
V3_0 = b"\0\x03\0\0"
V3_2 = b"\0\x03\0\x02"


def packet(body: bytes) -> bytes:
    return (len(body) + 4).to_bytes(4) + body


def decode(data: bytes) -> StartupPacket | None:
    decoder = StartupDecoder()
    decoder.feed(data)
    return decoder.next_packet()


def startup(data: bytes) -> StartupMessage:
    message = decode(data)
    assert isinstance(message, StartupMessage)
    return message


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(SSL_REQUEST, SslRequest(), id="ssl"),
        pytest.param(GSSENC_REQUEST, GssEncRequest(), id="gssenc"),
        pytest.param(
            b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x07\x01\x02\x03\x04",
            CancelRequest(7, b"\1\2\3\4"),  # type: ignore[arg-type]
            id="cancel-of-protocol-3.0",
        ),
        pytest.param(
            b"\0\0\0\x2c\x04\xd2\x16\x2e\xff\xff\xff\xff" + b"k" * 32,
            CancelRequest(-1, b"k" * 32),  # type: ignore[arg-type]
            id="cancel-of-protocol-3.2",
        ),
        pytest.param(
            b"\0\0\0\x14\0\x03\0\0user\0alice\0\0",
            StartupMessage(0x30000, "alice", "alice"),
            id="database-defaults-to-user",
        ),
    ],
)
def test_decodes_documented_layout(data: bytes, expected: StartupPacket) -> None:
    assert decode(data) == expected
    for split in range(1, len(data)):
        decoder = StartupDecoder()
        decoder.feed(data[:split])
        assert decoder.next_packet() is None
        decoder.feed(data[split:] + b"rest")
        assert decoder.next_packet() == expected
        assert decoder.take_rest() == b"rest"
        assert decoder.buffered_bytes == 0


def test_parameters_of_options_come_first_so_that_those_of_the_packet_win() -> None:
    message = startup(
        packet(
            V3_0
            + b"user\0alice\0database\0kalam\0application_name\0psql\0"
            + b"options\0-c geqo=off -c application_name=other\0client_encoding\0UTF8\0\0"
        )
    )
    assert (message.user, message.database) == ("alice", "kalam")
    assert list(message.parameters.items()) == [
        ("geqo", "off"),
        ("application_name", "psql"),
        ("client_encoding", "UTF8"),
    ]


@pytest.mark.parametrize(
    ("version", "options", "spoken", "unrecognized", "needs_negotiation"),
    [
        pytest.param(V3_0, b"", 0x30000, (), False, id="3.0"),
        pytest.param(V3_2, b"", 0x30002, (), False, id="3.2"),
        pytest.param(b"\0\x03\0\x09", b"", 0x30002, (), True, id="3.9"),
        pytest.param(b"\0\x03\x27\x0f", b"", 0x30002, (), True, id="grease-3.9999"),
        pytest.param(V3_0, b"_pq_.x\0on\0", 0x30000, ("_pq_.x",), True, id="unknown-option"),
    ],
)
def test_newer_minor_versions_and_options_are_negotiated_down(
    version: bytes,
    options: bytes,
    spoken: int,
    unrecognized: tuple[str, ...],
    needs_negotiation: bool,
) -> None:
    message = startup(packet(version + b"user\0u\0" + options + b"\0"))
    assert message.version == spoken
    assert message.unrecognized_options == unrecognized
    assert message.needs_negotiation is needs_negotiation
    assert "_pq_.x" not in message.parameters


LENGTH = "invalid length of startup packet"
LAYOUT = "invalid startup packet layout: expected terminator as last byte"


@pytest.mark.parametrize(
    ("data", "sqlstate", "reason"),
    [
        pytest.param(b"\0\0\0\x07", "08P01", LENGTH, id="too-short"),
        pytest.param(b"\0\0\x27\x11", "08P01", LENGTH, id="longer-than-10000"),
        pytest.param(b"\xff\xff\xff\xff", "08P01", LENGTH, id="negative"),
        pytest.param(b"GET / HTTP/1.1", "08P01", LENGTH, id="http"),
        pytest.param(b"\x16\x03\x01\x02\x00", "08P01", LENGTH, id="tls-hello"),
        pytest.param(packet(SSL_REQUEST[4:] + b"x"), "08P01", LENGTH, id="ssl-request-too-long"),
        pytest.param(
            packet(b"\0\x02\0\0" + b"\0" * 288),
            "0A000",
            "unsupported frontend protocol 2.0: server supports 3.0 to 3.2",
            id="protocol-2",
        ),
        pytest.param(packet(V3_0 + b"user\0alice\0"), "08P01", LAYOUT, id="no-terminator"),
        pytest.param(packet(V3_0 + b"user\0alice"), "08P01", LAYOUT, id="cut"),
        pytest.param(packet(V3_0 + b"user\0\0"), "08P01", LAYOUT, id="name-without-value"),
        pytest.param(packet(V3_0 + b"user\0a\0\0x\0\0"), "08P01", LAYOUT, id="behind-terminator"),
        pytest.param(packet(V3_0), "08P01", LAYOUT, id="no-parameters-at-all"),
        pytest.param(
            packet(V3_0 + b"\0"),
            "28000",
            "no PostgreSQL user name specified in startup packet",
            id="no-user",
        ),
        pytest.param(
            packet(V3_0 + b"user\0\xff\0\0"),
            "22021",
            'invalid byte sequence for encoding "UTF8": 0xff',
            id="user-not-utf8",
        ),
        pytest.param(
            packet(V3_0 + b"user\0u\0replication\0database\0\0"),
            "0A000",
            "replication connections are not supported",
            id="replication",
        ),
        pytest.param(
            packet(b"\x04\xd2\x16\x2e\0\0\0\x07"),
            "08P01",
            "invalid length of query cancel packet",
            id="cancel-without-secret",
        ),
        pytest.param(
            packet(b"\x04\xd2\x16\x2e\0\0\0\x07" + b"k" * 257),
            "08P01",
            "invalid length of query cancel packet",
            id="cancel-secret-too-long",
        ),
    ],
)
def test_malformed_packet_costs_the_connection(data: bytes, sqlstate: str, reason: str) -> None:
    with pytest.raises(errors.PgError) as raised:
        decode(data)
    assert (raised.value.sqlstate, raised.value.message) == (sqlstate, reason)
    assert raised.value.severity == "FATAL"


def test_replication_off_is_an_ordinary_connection() -> None:
    assert startup(packet(V3_0 + b"user\0u\0replication\0false\0\0")).parameters == {}


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param(" \t ", {}, id="blank"),
        pytest.param("-c a=1", {"a": "1"}, id="c"),
        pytest.param("-ca=1", {"a": "1"}, id="c-joined"),
        pytest.param("--a=1", {"a": "1"}, id="long"),
        pytest.param("--kalam.user-id=x", {"kalam.user_id": "x"}, id="dash-means-underscore"),
        pytest.param("-c a=b=c", {"a": "b=c"}, id="value-with-equals"),
        pytest.param("-c a=", {"a": ""}, id="empty-value"),
        pytest.param(r"-c a=x\ y", {"a": "x y"}, id="escaped-space"),
        pytest.param(r"-c a=x\\y", {"a": r"x\y"}, id="escaped-backslash"),
        pytest.param("-c a=1\\", {"a": "1"}, id="backslash-at-end"),
        pytest.param("-c a=1 -c a=2", {"a": "2"}, id="last-wins"),
    ],
)
def test_options_are_split_as_by_the_postgres_command_line(
    options: str, settings: dict[str, str]
) -> None:
    assert parse_options(options) == settings


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        pytest.param("-c a", "-c a requires a value", id="no-value"),
        pytest.param("--a", "--a requires a value", id="long-no-value"),
        pytest.param("-c", "-c  requires a value", id="nothing-behind-c"),
        pytest.param("-S 5", "invalid command-line argument for server process: -S", id="switch"),
        pytest.param("--", "invalid command-line argument for server process: --", id="dashes"),
        pytest.param("x", "invalid command-line argument for server process: x", id="word"),
    ],
)
def test_options_that_are_not_settings_are_refused(options: str, reason: str) -> None:
    with pytest.raises(errors.SyntaxError) as raised:
        parse_options(options)
    assert (raised.value.message, raised.value.severity) == (reason, "FATAL")

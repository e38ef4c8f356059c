"""FrontendDecoder: bytes in, messages out.

Goal: the layout matches the documentation byte for byte, and chunking never matters.
Method: frames worked out by hand, a table of malformed frames, and a state machine that checks
the decoder against a plain list while the network delivers bytes in portions of any size.
"""

from __future__ import annotations

import struct
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kalampg.errors import ProtocolViolation
from kalampg.ids import Oid
from kalampg.protocol.frontend import (
    AuthenticationResponse,
    Bind,
    BoundExecution,
    Close,
    CopyData,
    CopyDone,
    CopyFail,
    Describe,
    Execute,
    Flush,
    FrontendDecoder,
    FrontendMessage,
    FunctionCall,
    Malformed,
    Parse,
    Query,
    Sync,
    Target,
    Terminate,
)

# Written by hand from the documentation, not by an encoder of ours: an encoder and a decoder
# that share a mistake agree with each other.
SELECT_1 = b"Q\0\0\0\x0dSELECT 1\0"
SYNC = b"S\0\0\0\x04"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        pytest.param(SELECT_1, Query(b"SELECT 1"), id="query"),
        pytest.param(b"Q\0\0\0\x05\0", Query(b""), id="query-empty"),
        pytest.param(
            b"P\0\0\0\x17s1\0SELECT $1\0\0\x01\0\0\0\x17",
            Parse(b"s1", b"SELECT $1", (Oid(23),)),
            id="parse-one-int4-param",
        ),
        pytest.param(b"P\0\0\0\x08\0\0\0\0", Parse(b"", b"", ()), id="parse-unnamed-empty"),
        pytest.param(
            b"P\0\0\0\x0c\0\0\0\x01\xff\xff\xff\xff",
            Parse(b"", b"", (Oid(4294967295),)),
            id="parse-oid-is-unsigned",
        ),
        pytest.param(
            b"B\0\0\0\x22p\0s\0"
            b"\0\x02\0\x01\0\0"
            b"\0\x02\0\0\0\x04\0\0\0\x2a\xff\xff\xff\xff"
            b"\0\x02\0\x01\0\0",
            Bind(b"p", b"s", (1, 0), (b"\0\0\0\x2a", None), (1, 0)),
            id="bind-two-params-one-null",
        ),
        pytest.param(b"B\0\0\0\x0c\0\0\0\0\0\0\0\0", Bind(b"", b"", (), (), ()), id="bind-nothing"),
        pytest.param(
            b"B\0\0\0\x10\0\0\0\0\0\x01\0\0\0\0\0\0",
            Bind(b"", b"", (), (b"",), ()),
            id="bind-empty",
        ),
        pytest.param(b"D\0\0\0\x08Ss1\0", Describe(Target.STATEMENT, b"s1"), id="describe"),
        pytest.param(b"D\0\0\0\x06P\0", Describe(Target.PORTAL, b""), id="describe-portal"),
        pytest.param(b"C\0\0\0\x06S\0", Close(Target.STATEMENT, b""), id="close-statement"),
        pytest.param(b"C\0\0\0\x07Pc\0", Close(Target.PORTAL, b"c"), id="close-portal"),
        pytest.param(b"E\0\0\0\x09\0\0\0\0\x05", Execute(b"", 5), id="execute-five-rows"),
        pytest.param(b"E\0\0\0\x09\0\0\0\0\0", Execute(b"", 0), id="execute-all-rows"),
        pytest.param(b"E\0\0\0\x0ap\0\0\0\0\0", Execute(b"p", 0), id="execute-named"),
        pytest.param(b"E\0\0\0\x09\0\xff\xff\xff\xff", Execute(b"", -1), id="execute-no-limit"),
        pytest.param(b"H\0\0\0\x04", Flush(), id="flush"),
        pytest.param(SYNC, Sync(), id="sync"),
        pytest.param(b"X\0\0\0\x04", Terminate(), id="terminate"),
        pytest.param(b"d\0\0\0\x071\t\n", CopyData(b"1\t\n"), id="copy-data"),
        pytest.param(b"d\0\0\0\x04", CopyData(b""), id="copy-data-empty"),
        pytest.param(b"c\0\0\0\x04", CopyDone(), id="copy-done"),
        pytest.param(b"f\0\0\0\x07no\0", CopyFail(b"no"), id="copy-fail"),
        pytest.param(
            b"F\0\0\0\x15\0\0\x06\x0f\0\x01\0\x01\0\x01\0\0\0\x01x\0\x01",
            FunctionCall(Oid(1551), (1,), (b"x",), 1),
            id="function-call",
        ),
        pytest.param(b"p\0\0\0\x06ab", AuthenticationResponse(b"ab"), id="authentication"),
    ],
)
def test_decodes_documented_layout(frame: bytes, message: FrontendMessage) -> None:
    decoder = FrontendDecoder()
    decoder.feed(frame)
    assert decoder.next_message() == message
    assert decoder.next_message() is None
    assert decoder.buffered_bytes == 0


def test_parse_accepts_the_protocol_maximum_of_65535_parameters() -> None:
    body = b"\0\0\xff\xff" + b"\0\0\0\x17" * 65535
    decoder = FrontendDecoder()
    decoder.feed(b"P" + (len(body) + 4).to_bytes(4) + body)
    message = decoder.next_message()
    assert isinstance(message, Parse)
    assert len(message.param_oids) == 65535


def test_bind_accepts_the_protocol_maximum_of_65535_parameters() -> None:
    body = b"\0\0\0\0\xff\xff" + b"\0\0\0\x01x" * 65535 + b"\0\0"
    decoder = FrontendDecoder()
    decoder.feed(b"B" + (len(body) + 4).to_bytes(4) + body)
    message = decoder.next_message()
    assert isinstance(message, Bind)
    assert message.params == (b"x",) * 65535


INSUFFICIENT = "insufficient data left in message"
NOT_TERMINATED = "invalid string in message"
LEFT_OVER = "invalid message format"


@pytest.mark.parametrize(
    ("tag", "body", "reason"),
    [
        pytest.param(b"Q", b"SELE", NOT_TERMINATED, id="query-not-terminated"),
        pytest.param(b"Q", b"a\0b\0", LEFT_OVER, id="query-two-strings"),
        pytest.param(b"P", b"\0", NOT_TERMINATED, id="parse-no-sql"),
        pytest.param(b"P", b"\0\0", INSUFFICIENT, id="parse-no-count"),
        pytest.param(b"P", b"\0\0\0\x01\0\0\0", INSUFFICIENT, id="parse-oid-cut"),
        pytest.param(b"P", b"\0\0\0\0\0", LEFT_OVER, id="parse-left-over"),
        pytest.param(b"B", b"p", NOT_TERMINATED, id="bind-portal-not-terminated"),
        pytest.param(b"B", b"\0s", NOT_TERMINATED, id="bind-statement-not-terminated"),
        pytest.param(b"B", b"\0\0\0", INSUFFICIENT, id="bind-format-count-cut"),
        pytest.param(b"B", b"\0\0\0\x01\0", INSUFFICIENT, id="bind-format-cut"),
        pytest.param(b"B", b"\0\0\0\0\0", INSUFFICIENT, id="bind-param-count-cut"),
        pytest.param(b"B", b"\0\0\0\0\0\x01\0\0", INSUFFICIENT, id="bind-param-length-cut"),
        pytest.param(b"B", b"\0\0\0\0\0\x01\0\0\0\x05abcd", INSUFFICIENT, id="bind-param-cut"),
        pytest.param(
            b"B", b"\0\0\0\0\0\x01\xff\xff\xff\xfe\0\0", INSUFFICIENT, id="bind-length-minus-two"
        ),
        pytest.param(b"B", b"\0\0\0\0\0\0", INSUFFICIENT, id="bind-no-result-formats"),
        pytest.param(b"B", b"\0\0\0\0\0\0\0\0\0", LEFT_OVER, id="bind-left-over"),
        pytest.param(b"D", b"", INSUFFICIENT, id="describe-empty"),
        pytest.param(b"D", b"X\0", "invalid DESCRIBE message subtype 88", id="describe-subtype"),
        pytest.param(b"D", b"S\0\0", LEFT_OVER, id="describe-left-over"),
        pytest.param(b"C", b"Q\0", "invalid CLOSE message subtype 81", id="close-subtype"),
        pytest.param(b"E", b"\0", INSUFFICIENT, id="execute-no-limit-field"),
        pytest.param(b"E", b"\0\0\0\0\0\0", LEFT_OVER, id="execute-left-over"),
        pytest.param(b"S", b"\0", LEFT_OVER, id="sync-with-body"),
        pytest.param(b"H", b"\0", LEFT_OVER, id="flush-with-body"),
        pytest.param(b"X", b"\0", LEFT_OVER, id="terminate-with-body"),
        pytest.param(b"c", b"\0", LEFT_OVER, id="copy-done-with-body"),
        pytest.param(b"f", b"no", NOT_TERMINATED, id="copy-fail-not-terminated"),
        pytest.param(b"f", b"no\0o", LEFT_OVER, id="copy-fail-left-over"),
        pytest.param(b"F", b"\0\0", INSUFFICIENT, id="function-call-oid-cut"),
        pytest.param(b"F", b"\0\0\0\1\0\0\0\0\0", INSUFFICIENT, id="function-call-result-cut"),
        pytest.param(b"F", b"\0\0\0\1\0\0\0\0\0\0\0", LEFT_OVER, id="function-call-left-over"),
    ],
)
# What follows must not change the verdict: the buffer goes on behind the body.
@pytest.mark.parametrize("behind", [b"", SYNC, SYNC * 20, b"Q\0\0\0\x09\xff\xff\xff\xff\0"])
def test_malformed_body_costs_one_message(
    tag: bytes, body: bytes, reason: str, behind: bytes
) -> None:
    decoder = FrontendDecoder()
    decoder.feed(tag + (len(body) + 4).to_bytes(4) + body + behind)
    message = decoder.next_message()
    assert isinstance(message, Malformed)
    assert (message.tag, str(message.error)) == (tag[0], reason)
    assert (message.error.sqlstate, message.error.severity) == ("08P01", "ERROR")
    assert decoder.buffered_bytes == len(behind)
    if behind.startswith(SYNC):
        assert decoder.next_message() == Sync()


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        pytest.param(b"\x16", "invalid frontend message type 22", id="tls-hello-seen-at-byte-one"),
        pytest.param(b"GET / HTTP", "invalid frontend message type 71", id="http"),
        pytest.param(b"S\0\0\0\x03", "invalid message length", id="length-below-minimum"),
        pytest.param(b"S\xff\xff\xff\xff", "invalid message length", id="length-negative"),
        pytest.param(b"Q\0\0\x40\0", "invalid message length", id="length-above-limit"),
        pytest.param(b"S\0\0\x27\x11", "invalid message length", id="small-message-too-long"),
    ],
)
def test_malformed_frame_costs_the_connection(frame: bytes, reason: str) -> None:
    decoder = FrontendDecoder(message_bytes_max=12_000)
    decoder.feed(frame)
    for _ in range(2):  # Framing is lost for good: asking again does not help.
        with pytest.raises(ProtocolViolation, match=f"^{reason}$") as raised:
            decoder.next_message()
        assert raised.value.severity == "FATAL"


def test_a_wrong_first_byte_is_refused_when_it_comes_as_a_portion_of_its_own() -> None:
    decoder = FrontendDecoder()
    decoder.feed(SYNC + b"S\0")
    assert decoder.next_message() == Sync()
    assert decoder.next_message() is None
    decoder.feed(b"\0\0\x04")
    decoder.feed(b"\0")
    assert decoder.next_message() == Sync()
    with pytest.raises(ProtocolViolation, match="invalid frontend message type 0"):
        decoder.next_message()


def test_the_limit_may_be_raised_after_authentication() -> None:
    decoder = FrontendDecoder(message_bytes_max=11_000)
    frame = b"Q" + (20_005).to_bytes(4) + b"x" * 20_000 + b"\0"
    decoder.feed(frame)
    with pytest.raises(ProtocolViolation):
        decoder.next_message()
    decoder.message_bytes_max = 20_005
    assert decoder.next_message() == Query(b"x" * 20_000)


def test_a_message_of_many_portions_is_joined_once() -> None:
    portion = b"x" * 1000
    decoder = FrontendDecoder()
    decoder.feed(b"Q" + (5 + 1000 * len(portion)).to_bytes(4))
    for _ in range(1000):
        assert decoder.next_message() is None
        decoder.feed(portion)
        assert len(decoder._buffer) <= 5  # Quadratic copying would grow it with each portion.
    decoder.feed(b"\0")
    assert decoder.next_message() == Query(portion * 1000)


def bind_frame(message: Bind) -> bytes:
    """Encode by the documentation, field by field."""
    values = b"".join(
        b"\xff\xff\xff\xff" if value is None else struct.pack("!i", len(value)) + value
        for value in message.params
    )
    body = b"".join(
        (
            message.portal + b"\0" + message.statement + b"\0",
            struct.pack("!H", len(message.param_formats)),
            b"".join(struct.pack("!h", code) for code in message.param_formats),
            struct.pack("!H", len(message.params)) + values,
            struct.pack("!H", len(message.result_formats)),
            b"".join(struct.pack("!h", code) for code in message.result_formats),
        )
    )
    return b"B" + (len(body) + 4).to_bytes(4) + body


names = st.binary(max_size=8).map(lambda raw: raw.replace(b"\0", b""))
formats = st.lists(st.integers(-2, 2), max_size=4).map(tuple)
binds = st.builds(
    Bind,
    names,
    names,
    formats,
    st.lists(st.none() | st.binary(max_size=12), max_size=5).map(tuple),
    formats,
)


@pytest.mark.parametrize("is_described", [False, True])
def test_what_runs_the_unnamed_portal_comes_with_its_bind(is_described: bool) -> None:
    bind = b"B\0\0\0\x0d\0s\0\0\0\0\0\0\0"
    describe = b"D\0\0\0\x06P\0" if is_described else b""
    decoder = FrontendDecoder()
    decoder.feed(bind + describe + b"E\0\0\0\x09\0\0\0\0\0" + SYNC + SELECT_1)
    message = decoder.next_message()
    assert message == BoundExecution(Bind(b"", b"s", (), (), ()), is_described)
    assert decoder.next_message() == Query(b"SELECT 1")


@pytest.mark.parametrize(
    "following",
    [
        pytest.param(b"E\0\0\0\x09\0\0\0\0\x05" + SYNC, id="some-rows-only"),
        pytest.param(b"E\0\0\0\x0ap\0\0\0\0\0" + SYNC, id="another-portal"),
        pytest.param(b"D\0\0\0\x06S\0" + b"E\0\0\0\x09\0\0\0\0\0" + SYNC, id="a-statement"),
        pytest.param(b"E\0\0\0\x09\0\0\0\0\0" + SYNC[:-1], id="not-yet-whole"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_bind_that_something_else_follows_comes_alone(following: bytes) -> None:
    decoder = FrontendDecoder()
    decoder.feed(b"B\0\0\0\x0d\0s\0\0\0\0\0\0\0" + following)
    assert decoder.next_message() == Bind(b"", b"s", (), (), ())


@given(message=binds, cut=st.integers(1, 40))
def test_a_cut_bind_is_malformed_and_never_reads_the_next_message(message: Bind, cut: int) -> None:
    body = bind_frame(message)[5:]
    kept = body[: max(0, len(body) - cut)]
    decoder = FrontendDecoder()
    decoder.feed(b"B" + (len(kept) + 4).to_bytes(4) + kept + SYNC)
    assert isinstance(decoder.next_message(), Malformed)
    assert decoder.next_message() == Sync()


class DecoderMachine(RuleBasedStateMachine):
    """The model is a list: what was sent, and how many bytes of it have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = FrontendDecoder()
        self.in_flight = b""
        self.arrived_bytes = 0
        self.sent_bytes = 0
        self.expected: deque[tuple[int, FrontendMessage]] = deque()

    @rule(sql=names)
    def send_query(self, sql: bytes) -> None:
        self._send(b"Q" + (len(sql) + 5).to_bytes(4) + sql + b"\0", Query(sql))

    @rule(message=binds)
    def send_bind(self, message: Bind) -> None:
        self._send(bind_frame(message), message)

    @rule(portal=names, rows_max=st.integers(-(2**31), 2**31 - 1))
    def send_execute(self, portal: bytes, rows_max: int) -> None:
        body = portal + b"\0" + rows_max.to_bytes(4, signed=True)
        self._send(b"E" + (len(body) + 4).to_bytes(4) + body, Execute(portal, rows_max))

    @rule(message=binds, is_described=st.booleans())
    def send_execution(self, message: Bind, is_described: bool) -> None:
        self._send(bind_frame(message), message)
        if is_described:
            self._send(b"D\0\0\0\x06P\0", Describe(Target.PORTAL, b""))
        self._send(b"E\0\0\0\x09\0\0\0\0\0", Execute(b"", 0))
        self.send_sync()

    @rule()
    def send_sync(self) -> None:
        self._send(SYNC, Sync())

    @precondition(lambda self: self.in_flight)
    @rule(portion=st.integers(min_value=1, max_value=60))
    def deliver(self, portion: int) -> None:
        chunk, self.in_flight = self.in_flight[:portion], self.in_flight[portion:]
        self.decoder.feed(chunk)
        self.arrived_bytes += len(chunk)

    @precondition(lambda self: self.in_flight)
    @rule(portion=st.integers(min_value=1, max_value=9), count=st.integers(2, 6))
    def deliver_without_reading(self, portion: int, count: int) -> None:
        for _ in range(count):
            self.deliver(portion)

    @invariant()
    def yields_exactly_the_messages_that_arrived_whole(self) -> None:
        while self.expected and self.expected[0][0] <= self.arrived_bytes:
            message = self.decoder.next_message()
            parts = message.parts() if isinstance(message, BoundExecution) else (message,)
            for part in parts:
                assert part == self.expected.popleft()[1]
        assert self.decoder.next_message() is None

    def _send(self, frame: bytes, message: FrontendMessage) -> None:
        self.in_flight += frame
        self.sent_bytes += len(frame)
        self.expected.append((self.sent_bytes, message))


TestDecoderMachine = DecoderMachine.TestCase

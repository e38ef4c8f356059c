"""Encoders of backend messages.

Goal: each message has the bytes of the documentation.
Method: bytes worked out by hand.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.ids import BackendPid, Oid
from kalampg.protocol import backend
from kalampg.protocol.backend import Field, Format, Notice, TransactionStatus

PID = BackendPid(258)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(backend.AUTHENTICATION_OK, b"R\0\0\0\x08\0\0\0\0", id="authentication-ok"),
        pytest.param(
            backend.authentication_sasl(["SCRAM-SHA-256"]),
            b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0",
            id="authentication-sasl",
        ),
        pytest.param(
            backend.authentication_sasl_continue(b"r=x"),
            b"R\0\0\0\x0b\0\0\0\x0br=x",
            id="authentication-sasl-continue",
        ),
        pytest.param(
            backend.authentication_sasl_final(b"v=x"),
            b"R\0\0\0\x0b\0\0\0\x0cv=x",
            id="authentication-sasl-final",
        ),
        pytest.param(
            backend.backend_key_data(PID, b"\1\2\3\4"),
            b"K\0\0\0\x0c\0\0\1\2\1\2\3\4",
            id="backend-key-data-3.0",
        ),
        pytest.param(
            backend.backend_key_data(PID, b"k" * 32),
            b"K\0\0\0\x28\0\0\1\2" + b"k" * 32,
            id="backend-key-data-3.2",
        ),
        pytest.param(
            backend.negotiate_protocol_version(0x30002, ["_pq_.x", "_pq_.y"]),
            b"v\0\0\0\x1a\0\3\0\2\0\0\0\2_pq_.x\0_pq_.y\0",
            id="negotiate-protocol-version",
        ),
        pytest.param(
            backend.parameter_status("TimeZone", "UTC"),
            b"S\0\0\0\x11TimeZone\0UTC\0",
            id="parameter-status",
        ),
        pytest.param(
            backend.ready_for_query(TransactionStatus.IDLE), b"Z\0\0\0\x05I", id="ready-idle"
        ),
        pytest.param(
            backend.row_description(
                [
                    Field("id", Oid(20), 8, table_oid=16385, attribute_number=1, format_code=1),
                    Field("é", Oid(4294967295), -1, 7),
                ]
            ),
            b"T\0\0\0\x30\0\2"
            b"id\0\0\0\x40\1\0\1\0\0\0\x14\0\x08\xff\xff\xff\xff\0\1"
            b"\xc3\xa9\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\0\0\0\x07\0\0",
            id="row-description",
        ),
        pytest.param(
            backend.parameter_description([Oid(23), Oid(25)]),
            b"t\0\0\0\x0e\0\2\0\0\0\x17\0\0\0\x19",
            id="parameter-description",
        ),
        pytest.param(
            backend.data_row([b"ab", None, b""]),
            b"D\0\0\0\x14\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0",
            id="data-row",
        ),
        pytest.param(
            backend.command_complete("SELECT 1"), b"C\0\0\0\x0dSELECT 1\0", id="command-complete"
        ),
        pytest.param(
            backend.notification_response(PID, "c", "hi"),
            b"A\0\0\0\x0d\0\0\1\2c\0hi\0",
            id="notification",
        ),
        pytest.param(
            backend.copy_in_response(Format.TEXT, [0, 0]),
            b"G\0\0\0\x0b\0\0\2\0\0\0\0",
            id="copy-in-response",
        ),
        pytest.param(
            backend.copy_out_response(Format.BINARY, [1]),
            b"H\0\0\0\x09\1\0\1\0\1",
            id="copy-out-response",
        ),
        pytest.param(backend.copy_data(b"1\n"), b"d\0\0\0\x061\n", id="copy-data"),
    ],
)
def test_encodes_documented_layout(message: bytes, expected: bytes) -> None:
    assert message == expected


@pytest.mark.parametrize(
    ("constant", "tag"),
    [
        (backend.PARSE_COMPLETE, b"1"),
        (backend.BIND_COMPLETE, b"2"),
        (backend.CLOSE_COMPLETE, b"3"),
        (backend.NO_DATA, b"n"),
        (backend.PORTAL_SUSPENDED, b"s"),
        (backend.EMPTY_QUERY_RESPONSE, b"I"),
        (backend.COPY_DONE, b"c"),
    ],
)
def test_messages_without_a_body_are_a_tag_and_a_length(constant: bytes, tag: bytes) -> None:
    assert constant == tag + b"\0\0\0\x04"


@pytest.mark.parametrize("status", TransactionStatus)
def test_ready_constants_match_the_function(status: TransactionStatus) -> None:
    constants = {
        backend.READY_IDLE,
        backend.READY_IN_TRANSACTION,
        backend.READY_IN_FAILED_TRANSACTION,
    }
    assert backend.ready_for_query(status) in constants


def test_row_description_holds_more_columns_than_int16() -> None:
    message = backend.row_description([Field("c", Oid(23), 4)] * 40_000)
    assert message[5:7] == b"\x9c\x40"


def test_an_error_carries_every_field_that_it_has() -> None:
    error = errors.UniqueViolation(
        "m",
        detail="d",
        hint="h",
        position=12,
        schema="sc",
        table="ta",
        column="co",
        datatype="da",
        constraint="cn",
        where="w",
    )
    body = (
        b"SERROR\0VERROR\0C23505\0Mm\0Dd\0Hh\0P12\0Ww\0ssc\0tta\0cco\0dda\0ncn\0\0"  # in one line
    )
    assert backend.error_response(error) == b"E" + (len(body) + 4).to_bytes(4) + body


def test_an_error_leaves_out_what_it_does_not_have() -> None:
    error = errors.AdminShutdown("m", severity="FATAL")
    body = b"SFATAL\0VFATAL\0C57P01\0Mm\0\0"
    assert backend.error_response(error) == b"E" + (len(body) + 4).to_bytes(4) + body


def test_reporting_never_fails_on_what_is_reported() -> None:
    message = backend.error_response(errors.InternalError("a\0b\udc80"))
    assert message[5:-2].endswith(b"Ma\\x00b\\udc80")


def test_a_notice_looks_like_an_error_with_another_severity() -> None:
    notice = Notice("m", "WARNING", "01000", detail="d", hint="h", position=3)
    body = b"SWARNING\0VWARNING\0C01000\0Mm\0Dd\0Hh\0P3\0\0"
    assert backend.notice_response(notice) == b"N" + (len(body) + 4).to_bytes(4) + body

"""Values that a client binds to ``$1``, ``$2``, ...: bytes to datums by type and format."""

from __future__ import annotations

from collections.abc import Sequence

from kalampg import errors
from kalampg.pgtypes import OutputSettings, from_binary, from_text
from kalampg.protocol.frontend import Bind
from kalampg.relation import Datum
from kalampg.session.state import SessionState
from kalampg.sql.temporal_literals import is_temporal


def decode_parameters(message: Bind, oids: Sequence[int], state: SessionState) -> list[Datum]:
    """The datums of a Bind message.

    Raises:
        ProtocolViolation: 08P01, the number of values or formats is not the statement's.
        PgError: a value is not one of its type (22P02, 22P03, 22003, ...).
    """
    values, formats = message.params, message.param_formats
    if len(values) != len(oids):
        raise errors.ProtocolViolation(
            f"bind message supplies {len(values)} parameters, but prepared statement "
            f'"{message.statement.decode(errors="replace")}" requires {len(oids)}'
        )
    if len(formats) > 1 and len(formats) != len(values):
        raise errors.ProtocolViolation(
            f"bind message has {len(formats)} parameter formats but {len(values)} parameters"
        )
    shared = formats[0] if len(formats) == 1 else 0
    per_value = formats if len(formats) > 1 else (shared,) * len(values)
    settings = state.context.output
    if any(map(is_temporal, oids)):
        state.start_statement()  # What ``now`` means.
        settings = state.context.input
    return [
        None if value is None else _datum(oid, value, code, number, settings)
        for number, (oid, value, code) in enumerate(zip(oids, values, per_value, strict=True), 1)
    ]


def _datum(oid: int, value: bytes, code: int, number: int, settings: OutputSettings) -> Datum:
    if code == 1:
        return from_binary(oid, value)
    if code != 0:
        raise errors.InvalidParameterValue(f"unsupported format code: {code}")
    try:
        text = value.decode()
    except UnicodeDecodeError as problem:
        raise invalid_utf8(value, problem) from None
    if "\0" in text:
        raise errors.CharacterNotInRepertoire('invalid byte sequence for encoding "UTF8": 0x00')
    try:
        return from_text(oid, text, settings=settings)
    except errors.PgError as error:
        if error.where is None:
            error.where = f"unnamed portal parameter ${number} = '{_shortened(text)}'"
        raise


def invalid_utf8(value: bytes, problem: UnicodeDecodeError) -> errors.PgError:
    """PostgreSQL's error for text that is not UTF-8."""
    shown = " ".join(f"0x{byte:02x}" for byte in value[problem.start : problem.end])
    return errors.CharacterNotInRepertoire(f'invalid byte sequence for encoding "UTF8": {shown}')


def _shortened(text: str) -> str:
    return text if len(text) <= 64 else text[:64] + "..."

"""What is wrong with a frontend message, in PostgreSQL's words."""

from __future__ import annotations

from kalampg.errors import ProtocolViolation


def insufficient_data() -> ProtocolViolation:
    return ProtocolViolation("insufficient data left in message")


def data_left_over() -> ProtocolViolation:
    return ProtocolViolation("invalid message format")


def invalid_string() -> ProtocolViolation:
    return ProtocolViolation("invalid string in message")


def unknown_tag(tag: int) -> ProtocolViolation:
    return ProtocolViolation(f"invalid frontend message type {tag}", severity="FATAL")

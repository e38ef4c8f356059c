"""Character types, bytea and uuid ↔ text and binary.

Source: PostgreSQL 15, ``varlena.c``, ``varchar.c``, ``name.c``, ``char.c``, ``encode.c``,
``uuid.c``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from kalampg import errors
from kalampg.pgtypes.binary_format import incorrect_binary
from kalampg.pgtypes.settings import OutputSettings

NAME_BYTES_MAX: Final = 63


def parse_text(text: str) -> str:
    if "\0" in text:
        raise errors.CharacterNotInRepertoire('invalid byte sequence for encoding "UTF8": 0x00')
    return text


def format_text(value: str) -> str:
    return value


def send_text(value: str) -> bytes:
    return value.encode()


def receive_text(data: bytes) -> str:
    return parse_text(decode_utf8(data))


def decode_utf8(data: bytes) -> str:
    """Client text as a string.

    Raises:
        CharacterNotInRepertoire: 22021, not UTF-8.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        shown = " ".join(f"0x{byte:02x}" for byte in data[error.start : error.start + 4])
        raise errors.CharacterNotInRepertoire(
            f'invalid byte sequence for encoding "UTF8": {shown}'
        ) from None


def parse_name(text: str) -> str:
    encoded = parse_text(text).encode()
    return (
        text if len(encoded) <= NAME_BYTES_MAX else encoded[:NAME_BYTES_MAX].decode(errors="ignore")
    )


def receive_name(data: bytes) -> str:
    if len(data) > NAME_BYTES_MAX:
        raise errors.NameTooLong(
            "identifier too long",
            detail=f"Identifier must be less than {NAME_BYTES_MAX + 1} characters.",
        )
    return receive_text(data)


def parse_char(text: str) -> str:
    return text[:1]


def send_char(value: str) -> bytes:
    return value.encode()[:1] or b"\0"


def receive_char(data: bytes) -> str:
    if len(data) != 1:
        raise incorrect_binary()
    return "" if data == b"\0" else decode_utf8(data)


_ESCAPE: Final = re.compile(rb"\\(?:\\|[0-3][0-7]{2})")


def parse_bytea(text: str) -> bytes:
    if text.startswith("\\x"):
        return _parse_hex(text[2:])
    data = text.encode()
    if b"\\" not in data:
        return data
    if b"\\" in _ESCAPE.sub(b"", data):
        raise errors.InvalidTextRepresentation("invalid input syntax for type bytea")
    return _ESCAPE.sub(_unescape, data)


def _unescape(matched: re.Match[bytes]) -> bytes:
    escape = matched[0]
    return b"\\" if escape == b"\\\\" else bytes((int(escape[1:], 8),))


def _parse_hex(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        pass
    # Blanks may stand between pairs of digits, not inside one.
    is_inside = False
    for character in digits:
        if character in " \n\t\r" and not is_inside:
            continue
        if character not in "0123456789abcdefABCDEF":
            raise errors.InvalidParameterValue(f'invalid hexadecimal digit: "{character}"')
        is_inside = not is_inside
    raise errors.InvalidParameterValue("invalid hexadecimal data: odd number of digits")


def bytea_formatter(settings: OutputSettings) -> Callable[[bytes], str]:
    return _format_escape if settings.bytea_output == "escape" else _format_hex


def _format_hex(value: bytes) -> str:
    return "\\x" + value.hex()


_ESCAPED: Final = tuple(
    "\\\\" if byte == 0x5C else chr(byte) if 0x20 <= byte <= 0x7E else f"\\{byte:03o}"
    for byte in range(256)
)


def _format_escape(value: bytes) -> str:
    return "".join([_ESCAPED[byte] for byte in value])


def send_bytea(value: bytes) -> bytes:
    return value


def receive_bytea(data: bytes) -> bytes:
    return bytes(data)


# A hyphen may follow every fourth digit; braces are optional, in a pair.
_UUID: Final = re.compile(r"(?:[0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}")


def parse_uuid(text: str) -> bytes:
    digits = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    if _UUID.fullmatch(digits) is None:
        raise errors.InvalidTextRepresentation(f'invalid input syntax for type uuid: "{text}"')
    return bytes.fromhex(digits.replace("-", ""))


def format_uuid(value: bytes) -> str:
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def receive_uuid(data: bytes) -> bytes:
    if len(data) != 16:
        raise incorrect_binary()
    return bytes(data)

"""Functions of bytea, and of text in other encodings. PURE."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Final

from kalampg import errors
from kalampg.builtins import like_pattern

_BASE64_LINE: Final = 76
_BASE64_LETTERS: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)
_OCTAL: Final = re.compile(r"[0-3][0-7]{2}")
# PostgreSQL's names of encodings without punctuation, and Python's codecs.
_CODECS: Final[Mapping[str, tuple[str, str]]] = {
    "utf8": ("UTF8", "utf-8"), "unicode": ("UTF8", "utf-8"), "sqlascii": ("SQL_ASCII", "ascii"),
    "latin1": ("LATIN1", "iso8859-1"), "iso88591": ("LATIN1", "iso8859-1"),
    "latin2": ("LATIN2", "iso8859-2"), "latin9": ("LATIN9", "iso8859-15"),
    "win1250": ("WIN1250", "cp1250"), "win1251": ("WIN1251", "cp1251"),
    "win1252": ("WIN1252", "cp1252"), "koi8r": ("KOI8R", "koi8-r"),
    "sjis": ("SJIS", "shift_jis"), "eucjp": ("EUC_JP", "euc-jp"), "big5": ("BIG5", "big5"),
    "gbk": ("GBK", "gbk"), "euckr": ("EUC_KR", "euc-kr"),
}  # fmt: skip


def _codec(name: str, role: str) -> tuple[str, str]:
    found = _CODECS.get(re.sub(r"[^a-z0-9]", "", name.lower()))
    if found is None:
        raise errors.InvalidParameterValue(f'invalid {role} encoding name "{name}"')
    return found


def decoded_text(data: bytes, encoding: str) -> str:
    """What ``convert_from`` gives."""
    name, codec = _codec(encoding, "source")
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        bad = " ".join(f"0x{byte:02x}" for byte in data[error.start : error.end])
        raise errors.CharacterNotInRepertoire(
            f'invalid byte sequence for encoding "{name}": {bad}'
        ) from None


def encoded_text(text: str, encoding: str) -> bytes:
    """What ``convert_to`` gives."""
    name, codec = _codec(encoding, "destination")
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        shown = " ".join(f"0x{byte:02x}" for byte in text[error.start].encode())
        raise errors.UntranslatableCharacter(
            f'character with byte sequence {shown} in encoding "UTF8" has no equivalent in '
            f'encoding "{name}"'
        ) from None


def length_in(data: bytes, encoding: str) -> int:
    return len(decoded_text(data, encoding))


def encode(data: bytes, form: str) -> str:
    """What ``encode`` gives."""
    match form.lower():
        case "hex":
            return data.hex()
        case "base64":
            text = base64.b64encode(data).decode()
            lines = range(0, len(text), _BASE64_LINE)
            return "\n".join(text[at : at + _BASE64_LINE] for at in lines)
        case "escape":
            return "".join(_escaped(byte) for byte in data)
        case _:
            raise errors.InvalidParameterValue(f'unrecognized encoding: "{form}"')


def _escaped(byte: int) -> str:
    if byte == 0 or byte >= 0x80:
        return f"\\{byte:03o}"
    return "\\\\" if byte == 0x5C else chr(byte)


def decode(text: str, form: str) -> bytes:
    """What ``decode`` gives."""
    match form.lower():
        case "hex":
            return _from_hex(text)
        case "base64":
            return _from_base64(text)
        case "escape":
            return _from_escape(text)
        case _:
            raise errors.InvalidParameterValue(f'unrecognized encoding: "{form}"')


def _from_hex(text: str) -> bytes:
    digits = re.sub(r"[ \n\t\r]", "", text)
    bad = re.search(r"[^0-9a-fA-F]", digits)
    if bad is not None:
        raise errors.InvalidParameterValue(f'invalid hexadecimal digit: "{bad[0]}"')
    if len(digits) % 2:
        raise errors.InvalidParameterValue("invalid hexadecimal data: odd number of digits")
    return bytes.fromhex(digits)


def _from_base64(text: str) -> bytes:
    letters = re.sub(r"[ \n\t\r]", "", text)
    for letter in letters.rstrip("="):
        if ord(letter) > 0x7F or ord(letter) not in _BASE64_LETTERS:
            raise errors.InvalidParameterValue(
                f'invalid symbol "{letter}" found while decoding base64 sequence'
            )
    try:
        return base64.b64decode(letters, validate=True)
    except binascii.Error:
        raise errors.InvalidParameterValue(
            "invalid base64 end sequence",
            hint="Input data is missing padding, is truncated, or is otherwise corrupted.",
        ) from None


def _from_escape(text: str) -> bytes:
    out = bytearray()
    at = 0
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif text[at + 1 : at + 2] == "\\":
            out += b"\\"
            at += 2
        elif (octal := _OCTAL.match(text, at + 1)) is not None:
            out.append(int(octal[0], 8))
            at += 4
        else:
            raise errors.InvalidTextRepresentation("invalid input syntax for type bytea")
    return bytes(out)


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise errors.ArraySubscriptError(f"index {index} out of valid range, 0..{size - 1}")


def get_byte(data: bytes, index: int) -> int:
    _check_index(index, len(data))
    return data[index]


def set_byte(data: bytes, index: int, value: int) -> bytes:
    _check_index(index, len(data))
    changed = bytearray(data)
    changed[index] = value & 0xFF
    return bytes(changed)


def get_bit(data: bytes, index: int) -> int:
    _check_index(index, 8 * len(data))
    return data[index // 8] >> index % 8 & 1


def set_bit(data: bytes, index: int, value: int) -> bytes:
    _check_index(index, 8 * len(data))
    if value not in {0, 1}:
        raise errors.InvalidParameterValue("new bit must be 0 or 1")
    changed = bytearray(data)
    mask = 1 << index % 8
    changed[index // 8] = changed[index // 8] | mask if value else changed[index // 8] & ~mask
    return bytes(changed)


def bit_count(data: bytes) -> int:
    return sum(byte.bit_count() for byte in data)


def position(data: bytes, part: bytes) -> int:
    return data.find(part) + 1


def like(data: bytes, pattern: bytes) -> bool:
    """``data LIKE pattern``, byte by byte: one character of Latin-1 is one byte."""
    return like_pattern.like(data.decode("latin-1"), pattern.decode("latin-1"))


def trim(data: bytes, unwanted: bytes) -> bytes:
    return data.strip(unwanted)


def trim_left(data: bytes, unwanted: bytes) -> bytes:
    return data.lstrip(unwanted)


def trim_right(data: bytes, unwanted: bytes) -> bytes:
    return data.rstrip(unwanted)


def overlay(data: bytes, new: bytes, start: int, length: int) -> bytes:
    if start <= 0:
        raise errors.SubstringError("negative substring length not allowed")
    return data[: start - 1] + new + data[max(0, start - 1 + length) :]


def sha224(data: bytes) -> bytes:
    return hashlib.sha224(data).digest()


def sha384(data: bytes) -> bytes:
    return hashlib.sha384(data).digest()


def sha512(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()

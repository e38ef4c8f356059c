"""Prepare a password for SCRAM, as PostgreSQL does.

Source:
    RFC 4013; ``pg_saslprep`` in ``saslprep.c``.
"""

from __future__ import annotations

import stringprep
import unicodedata
from typing import Final

_FORBIDDEN: Final = (
    stringprep.in_table_a1,
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def prepare_password(password: str) -> bytes:
    r"""Return the bytes to hash. Where SASLprep forbids a password, it is taken as it is.

    >>> prepare_password("I\u00adX"), prepare_password("a\u00a0b"), prepare_password("\u0007")
    (b'IX', b'a b', b'\x07')
    """
    if password.isascii():
        return password.encode()
    prepared = _saslprep(password)
    return (password if prepared is None else prepared).encode(errors="surrogateescape")


def _saslprep(password: str) -> str | None:
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in password
        if not stringprep.in_table_b1(character)
    )
    # PostgreSQL checks what it normalizes, not what comes out of it, and libpq does the same.
    if not mapped or any(forbids(character) for character in mapped for forbids in _FORBIDDEN):
        return None
    return unicodedata.normalize("NFKC", mapped) if _is_bidirectional_legal(mapped) else None


def _is_bidirectional_legal(text: str) -> bool:
    if not any(stringprep.in_table_d1(character) for character in text):
        return True
    return (
        stringprep.in_table_d1(text[0])
        and stringprep.in_table_d1(text[-1])
        and not any(stringprep.in_table_d2(character) for character in text)
    )

"""From what CREATE ROLE ... PASSWORD says to a verifier. Passwords themselves are never kept."""

from __future__ import annotations

from collections.abc import Callable

from kalampg.protocol.scram import SALT_BYTES, create_verifier, parse_verifier


def verifier_of(password: str, random_bytes: Callable[[int], bytes]) -> str | None:
    """The verifier to store; None for an empty password, which PostgreSQL does not accept either.

    A text that is a verifier already is stored as it is, as PostgreSQL does: psql (password change)
    and pg_dump send one.
    """
    if not password:
        return None
    verifier = parse_verifier(password)
    if verifier is None:
        verifier = create_verifier(password, salt=random_bytes(SALT_BYTES))
    return str(verifier)

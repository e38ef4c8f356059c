"""[LOCAL] TEMP | TEMPORARY, in front of what is created."""

from __future__ import annotations

from kalampg.sql.token_stream import TokenStream


def temporary_words(tokens: TokenStream, ahead: int) -> int:
    """How many tokens say so, from that many tokens ahead on: 0 when it is not said."""
    count = 2 if tokens.ahead(ahead).is_word("local") else 1
    return count if tokens.ahead(ahead + count - 1).is_word("temp", "temporary") else 0


def take_temporary(tokens: TokenStream) -> bool:
    """Go behind the words, if they are there."""
    count = temporary_words(tokens, 0)
    for _ in range(count):
        tokens.advance()
    return bool(count)

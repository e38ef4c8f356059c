"""Operators, collations and types spelled with their schema, as catalog queries spell them.

``OPERATOR(pg_catalog.~)`` is ``~``, ``COLLATE pg_catalog.default`` is ``COLLATE "default"``.
Clients write them so that no schema of a search path can change what a query means; here none can.
sqlglot does not read arrays of the types that name objects (``oid[]``) unless they are qualified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kalampg.sql.lexer import Token, TokenKind

_SCHEMA: Final = "pg_catalog"
# What sqlglot reads as one word, and no further.
_OBJECT_TYPES: Final = frozenset(
    {"oid", "regclass", "regnamespace", "regproc", "regprocedure", "regrole", "regtype"}
)
_NAMES: Final = (TokenKind.WORD, TokenKind.QUOTED)


def plainly_spelled(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with such a spelling made one token, whose ``value`` is the plain form."""
    plain: list[Token] = []
    place = 0
    while place < len(tokens):
        token, length = _operator(tokens, place) or _collation(tokens, place) or (tokens[place], 1)
        if _is_object_type_of_array(tokens, place):
            token = replace(token, value=f"{_SCHEMA}.{token.value}")
        plain.append(token)
        place += length
    return plain


def _operator(tokens: Sequence[Token], place: int) -> tuple[Token, int] | None:
    if not tokens[place].is_word("operator") or not tokens[place + 1].is_symbol("("):
        return None
    inner = place + 2
    if tokens[inner].is_word(_SCHEMA) and tokens[inner + 1].is_symbol("."):
        inner += 2
    symbol, end = tokens[inner], tokens[min(inner + 1, len(tokens) - 1)]
    if symbol.kind is not TokenKind.OPERATOR or not end.is_symbol(")"):
        return None
    merged = Token(TokenKind.OPERATOR, symbol.value, tokens[place].start, end.end)
    return merged, inner + 2 - place


def _collation(tokens: Sequence[Token], place: int) -> tuple[Token, int] | None:
    if place == 0 or not tokens[place - 1].is_word("collate") or not tokens[place].is_word(_SCHEMA):
        return None
    if not tokens[place + 1].is_symbol(".") or tokens[place + 2].kind not in _NAMES:
        return None
    name = tokens[place + 2]
    return Token(TokenKind.QUOTED, name.value, tokens[place].start, name.end), 3


def _is_object_type_of_array(tokens: Sequence[Token], place: int) -> bool:
    return (
        place > 0
        and tokens[place].is_word(*_OBJECT_TYPES)
        and tokens[place - 1].is_symbol("::")
        and tokens[place + 1].is_symbol("[")
    )

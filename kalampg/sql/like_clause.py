"""LIKE in CREATE TABLE: which table's columns come here, and what comes with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream

# What may be included. What kalampg has none of is accepted: there is nothing to copy.
_PARTS: Final = (
    "comments", "compression", "constraints", "defaults", "generated", "identity", "indexes",
    "statistics", "storage",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LikeClause:
    """``place`` is how many of the statement's own columns stand before the clause."""

    table: TableName
    place: int
    including: frozenset[str]


def parse_like(tokens: TokenStream, place: int) -> LikeClause:
    """The clause after the word LIKE."""
    table = tokens.expect_table_name()
    including: set[str] = set()
    while True:
        word = tokens.take_one_of("including", "excluding")
        if word is None:
            return LikeClause(table, place, frozenset(including))
        part = tokens.take_one_of("all", *_PARTS)
        if part is None:
            raise tokens.syntax_error()
        parts = set(_PARTS) if part == "all" else {part}
        including = including | parts if word == "including" else including - parts

"""COMMENT ON: which object, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.sql.lexer import TokenKind
from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream

_RELATIONS: Final = ("table", "view", "sequence", "index")
_TYPES: Final = ("domain", "type")
_OTHERS: Final = frozenset(
    """
    access aggregate cast collation conversion event extension foreign function large
    materialized operator policy procedural language procedure publication role routine rule server
    statistics subscription tablespace text transform trigger
    """.split()  # noqa: SIM905 - read as words
)


@dataclass(frozen=True, slots=True)
class Comment:
    """``kind`` is the object's in lower case; ``name`` without a schema for schemas and databases.

    ``part`` is a column's or constraint's name, of the relation or domain ``name``. None takes the
    comment away.
    """

    kind: str
    name: TableName
    text: str | None
    part: str | None = None


def parse_comment(tokens: TokenStream) -> Comment:
    """COMMENT ON kind name IS text.

    Raises:
        FeatureNotSupported: 0A000, an object that kalampg has not.
    """
    tokens.expect_words("comment", "on")
    position = tokens.position
    part: str | None = None
    kind = tokens.take_one_of(*_RELATIONS, *_TYPES, "column", "schema", "database", "constraint")
    if kind is None:
        if tokens.current.is_word(*_OTHERS):
            raise errors.FeatureNotSupported(
                f"COMMENT ON {tokens.current.value.upper()} is not supported",
                hint="Tables, columns, views, sequences, indexes, constraints, types, domains, "
                "schemas and the database have comments.",
                position=position,
            )
        raise tokens.syntax_error()
    if kind == "column":
        name, part = _column(tokens)
    elif kind == "constraint":
        part = tokens.expect_name()
        tokens.expect_words("on")
        kind = "domain constraint" if tokens.take_words("domain") else kind
        name = tokens.expect_table_name()
    elif kind in (*_RELATIONS, *_TYPES):
        name = tokens.expect_table_name()
    else:
        name = TableName(None, tokens.expect_name())
    tokens.expect_words("is")
    if tokens.take_words("null"):
        return Comment(kind, name, None, part)
    if tokens.current.kind is not TokenKind.STRING:
        raise tokens.syntax_error()
    return Comment(kind, name, tokens.expect_string(), part)


def _column(tokens: TokenStream) -> tuple[TableName, str]:
    parts = [tokens.expect_name()]
    while tokens.take_symbol("."):
        parts.append(tokens.expect_label())
    if len(parts) < 2:
        raise errors.SyntaxError("column name must be qualified")
    return TableName(parts[-3] if len(parts) > 2 else None, parts[-2]), parts[-1]

"""CREATE, DROP and ALTER: by the word that says of what, to the parser of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.sql.lexer import Token
from kalampg.sql.parse_ddl import parse_alter_table, parse_create, parse_drop
from kalampg.sql.parse_domains import parse_alter_domain, parse_create_domain, parse_drop_domain
from kalampg.sql.parse_enumerations import parse_alter_type, parse_create_type, parse_drop_type
from kalampg.sql.parse_flush import parse_alter_flush
from kalampg.sql.parse_indexes import parse_alter_index
from kalampg.sql.parse_roles import parse_alter_role, parse_create_role, parse_drop_role
from kalampg.sql.parse_sequences import (
    at_create_sequence,
    parse_alter_sequence,
    parse_create_sequence,
    parse_drop_sequence,
)
from kalampg.sql.parse_storages import (
    parse_alter_storage,
    parse_create_storage,
    parse_drop_storage,
)
from kalampg.sql.parse_views import (
    at_create_view,
    parse_alter_view,
    parse_create_view,
    parse_drop_view,
)
from kalampg.sql.statements import Statement
from kalampg.sql.token_stream import TokenStream

# The rest of CREATE, DROP and ALTER by the word that says of what.
_Parsers: TypeAlias = Mapping[str, Callable[[TokenStream], Statement]]
_CREATED: Final[_Parsers] = {
    "storage": parse_create_storage,
    "type": parse_create_type,
    "domain": parse_create_domain,
}
_DROPPED: Final[_Parsers] = {
    "storage": parse_drop_storage,
    "sequence": parse_drop_sequence,
    "view": parse_drop_view,
    "type": parse_drop_type,
    "domain": parse_drop_domain,
}
_ALTERED: Final[_Parsers] = {
    "storage": parse_alter_storage,
    **dict.fromkeys(("table", "user", "shared", "stream"), parse_alter_table),
    "flush": parse_alter_flush,
    "sequence": parse_alter_sequence,
    "view": parse_alter_view,
    "type": parse_alter_type,
    "domain": parse_alter_domain,
}


def _parser_of(parsers: _Parsers, word: Token) -> Callable[[TokenStream], Statement] | None:
    return parsers.get(word.value) if word.is_word(*parsers) else None


def parse_create_object(tokens: TokenStream) -> Statement:
    """The statement, from CREATE on."""
    if _is_role(tokens, 1):
        tokens.advance()
        return parse_create_role(tokens)
    parse = _parser_of(_CREATED, tokens.ahead())
    if at_create_sequence(tokens):
        parse = parse_create_sequence
    elif at_create_view(tokens):
        parse = parse_create_view
    if parse is not None:
        tokens.advance()
        return parse(tokens)
    return parse_create(tokens) or _refused(tokens, "CREATE")


def parse_drop_object(tokens: TokenStream) -> Statement:
    """The statement, from DROP on."""
    parse = parse_drop_role if _is_role(tokens, 1) else _parser_of(_DROPPED, tokens.ahead())
    if parse is not None:
        tokens.advance()
        return parse(tokens)
    return parse_drop(tokens) or _refused(tokens, "DROP")


def parse_alter_object(tokens: TokenStream) -> Statement:
    """The statement, from ALTER on."""
    tokens.advance()
    if _is_role(tokens, 0):
        return parse_alter_role(tokens)
    if tokens.take_words("index"):
        return parse_alter_index(tokens)
    parse = _parser_of(_ALTERED, tokens.current)
    return _refused(tokens, "ALTER") if parse is None else parse(tokens)


def _is_role(tokens: TokenStream, ahead: int) -> bool:
    """USER means a role, but not before TABLE."""
    word, after = tokens.ahead(ahead), tokens.ahead(ahead + 1)
    return word.is_word("role", "group") or (
        word.is_word("user") and not after.is_word("table", "mapping")
    )


# Objects that PostgreSQL (or KalamDB) creates, alters and drops, and kalampg has not.
_OTHER_OBJECTS: Final = frozenset(
    """
    access aggregate cast collation conversion constraint database default event extension
    foreign function language large materialized operator policy procedural procedure
    publication recursive routine rule schema server statistics subscription system
    tablespace
    temp temporary text transform trigger trusted unlogged user namespace
    topic
    """.split()  # noqa: SIM905 - read as words
)


def _refused(tokens: TokenStream, verb: str) -> Statement:
    """Raise SyntaxError (42601), or FeatureNotSupported (0A000) for what PostgreSQL has."""
    tokens.take_words("or", "replace")
    if not tokens.current.is_word(*_OTHER_OBJECTS):
        raise tokens.syntax_error()
    raise errors.FeatureNotSupported(
        f"{verb} {tokens.current.value.upper()} is not supported",
        hint="kalampg has tables, indexes, views, sequences, enumerated types, domains, schemas "
        "(namespaces), storages and roles.",
        position=tokens.position,
    )

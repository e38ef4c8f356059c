"""What happens to rows later on: VERIFY, COMPACT, PURGE TABLE, and EXPORT USER."""

from __future__ import annotations

from kalampg import errors
from kalampg.sql.parse_age import parse_age
from kalampg.sql.parse_backups import parse_place
from kalampg.sql.role_statements import ExportUser
from kalampg.sql.statements import CompactTable, PurgeTable, Statement, VerifyTable
from kalampg.sql.token_stream import TokenStream


def parse_verify(tokens: TokenStream) -> Statement:
    """VERIFY TABLE t."""
    tokens.expect_words("verify", "table")
    return VerifyTable(tokens.expect_table_name())


def parse_compact(tokens: TokenStream) -> Statement:
    """COMPACT TABLE t [FOR USER 'u']."""
    tokens.expect_words("compact", "table")
    table = tokens.expect_table_name()
    if not tokens.take_words("for", "user"):
        return CompactTable(table)
    position = tokens.position
    user_id = tokens.expect_name_or_string()
    if not user_id:
        raise errors.InvalidName("username cannot be empty", position=position)
    return CompactTable(table, user_id)


def parse_purge(tokens: TokenStream) -> Statement:
    """PURGE TABLE t OLDER THAN [INTERVAL] '90 days'."""
    tokens.expect_words("purge", "table")
    table = tokens.expect_table_name()
    tokens.expect_words("older", "than")
    tokens.take_words("interval")
    position = tokens.position
    return PurgeTable(table, parse_age(tokens.expect_string(), position))


def parse_export(tokens: TokenStream) -> Statement:
    """EXPORT USER 'u' TO 'storage:path'."""
    if not tokens.at_words("export", "user"):
        raise tokens.syntax_error()
    tokens.take_words("export", "user")
    position = tokens.position
    user_id = tokens.expect_name_or_string()
    if not user_id:
        raise errors.InvalidName("username cannot be empty", position=position)
    tokens.expect_words("to")
    return ExportUser(user_id, *parse_place(tokens))

"""What happens to flushed rows: VERIFY TABLE, COMPACT TABLE, PURGE TABLE."""

from __future__ import annotations

from kalampg import errors
from kalampg.pgtypes import from_text, oids
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
    months, days, microseconds = from_text(oids.INTERVAL, tokens.expect_string())
    if min(months, days, microseconds) < 0 or not (months or days or microseconds):
        raise errors.InvalidParameterValue("the interval must be positive", position=position)
    return PurgeTable(table, (months, days, microseconds))

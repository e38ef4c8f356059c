"""What happens to rows later on: VERIFY, COMPACT, PURGE TABLE, and EXPORT USER."""

from __future__ import annotations

import re
from typing import Final

from kalampg import errors
from kalampg.sql.parse_age import parse_age
from kalampg.sql.role_statements import ExportUser
from kalampg.sql.statements import CompactTable, PurgeTable, Statement, VerifyTable
from kalampg.sql.token_stream import TokenStream

# Names of folders and objects that every store can hold.
_PATH: Final = re.compile(r"[A-Za-z0-9_.=@%+-]{1,200}(/[A-Za-z0-9_.=@%+-]{1,200}){0,15}")


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
    return ExportUser(user_id, *_place(tokens))


def _place(tokens: TokenStream) -> tuple[str, str]:
    """``'storage:path'``: a storage, and a folder below its base."""
    position = tokens.position
    written = tokens.expect_string()
    storage_id, _, path = written.partition(":")
    is_safe = _PATH.fullmatch(path) is not None and not {".", ".."}.intersection(path.split("/"))
    if not storage_id or not is_safe:
        raise errors.InvalidParameterValue(
            f"invalid place '{written}', expected 'storage:path'",
            hint="The path is relative, of letters, digits and _ . = @ % + - and /, without '..'.",
            position=position,
        )
    return storage_id, path

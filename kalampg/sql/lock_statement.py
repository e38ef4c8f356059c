"""LOCK TABLE: which tables, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream


class TableLockMode(Enum):
    """PostgreSQL's eight modes, the weakest first."""

    ACCESS_SHARE = "access share"
    ROW_SHARE = "row share"
    ROW_EXCLUSIVE = "row exclusive"
    SHARE_UPDATE_EXCLUSIVE = "share update exclusive"
    SHARE = "share"
    SHARE_ROW_EXCLUSIVE = "share row exclusive"
    EXCLUSIVE = "exclusive"
    ACCESS_EXCLUSIVE = "access exclusive"


_LONGEST_FIRST: Final = sorted(TableLockMode, key=lambda mode: -len(mode.value))


@dataclass(frozen=True, slots=True)
class LockTables:
    """``nowait``: rather an error than waiting."""

    tables: tuple[TableName, ...]
    mode: TableLockMode = TableLockMode.ACCESS_EXCLUSIVE
    nowait: bool = False


def parse_lock(tokens: TokenStream) -> LockTables:
    """LOCK [TABLE] [ONLY] t [*], ... [IN mode MODE] [NOWAIT]."""
    tokens.expect_words("lock")
    tokens.take_words("table")
    tables = [_table(tokens)]
    while tokens.take_symbol(","):
        tables.append(_table(tokens))
    mode = TableLockMode.ACCESS_EXCLUSIVE
    if tokens.take_words("in"):
        mode = _mode(tokens)
    return LockTables(tuple(tables), mode, tokens.take_words("nowait"))


def _table(tokens: TokenStream) -> TableName:
    tokens.take_words("only")
    name = tokens.expect_table_name()
    tokens.take_symbol("*")
    return name


def _mode(tokens: TokenStream) -> TableLockMode:
    for mode in _LONGEST_FIRST:
        if tokens.take_words(*mode.value.split()):
            tokens.expect_words("mode")
            return mode
    raise tokens.syntax_error()

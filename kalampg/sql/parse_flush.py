"""Steering of automatic flushes: PAUSE and RESUME FLUSH, ALTER FLUSH SETTINGS."""

from __future__ import annotations

from kalampg.sql.lexer import TokenKind
from kalampg.sql.statements import AlterFlushSettings, PauseFlush, Statement
from kalampg.sql.table_options import parse_seconds
from kalampg.sql.token_stream import TokenStream


def parse_pause(tokens: TokenStream) -> Statement:
    """PAUSE FLUSH [TABLE t], RESUME FLUSH [TABLE t]."""
    is_paused = tokens.take_words("pause")
    if not is_paused:
        tokens.expect_words("resume")
    tokens.expect_words("flush")
    table = tokens.expect_table_name() if tokens.take_words("table") else None
    return PauseFlush(is_paused, table)


def parse_alter_flush(tokens: TokenStream) -> Statement:
    """ALTER FLUSH SETTINGS SET name = value, ... or RESET name, ... or RESET ALL; after ALTER."""
    tokens.expect_words("flush", "settings")
    if tokens.take_words("reset"):
        if tokens.take_words("all"):
            return AlterFlushSettings(())
        names = [tokens.expect_label()]
        while tokens.take_symbol(","):
            names.append(tokens.expect_label())
        return AlterFlushSettings(tuple((name, None) for name in names))
    tokens.expect_words("set")
    values = [_setting(tokens)]
    while tokens.take_symbol(","):
        values.append(_setting(tokens))
    return AlterFlushSettings(tuple(values))


def _setting(tokens: TokenStream) -> tuple[str, int | None]:
    """``name = value`` or ``name TO value``; DEFAULT goes back to the configuration's value."""
    name = tokens.expect_label()
    if not tokens.take_words("to"):
        tokens.expect_symbol("=")
    if tokens.take_words("default"):
        return name, None
    sign = -1 if tokens.take_symbol("-") else 1
    if tokens.current.kind not in {TokenKind.INTEGER, TokenKind.STRING}:
        raise tokens.syntax_error()
    return name, sign * parse_seconds(tokens)

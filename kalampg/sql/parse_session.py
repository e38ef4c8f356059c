"""SET, SHOW, RESET, transactions, DISCARD, DEALLOCATE: statements about the session itself."""

from __future__ import annotations

import re
from typing import Final

from kalampg import errors
from kalampg.sql.lexer import TokenKind
from kalampg.sql.parse_indexes import parse_set_constraints
from kalampg.sql.plan import (
    CommandPlan,
    Plan,
    SetPlan,
    ShowPlan,
)
from kalampg.sql.statements import CloseCursor, Deallocate, Discard, Unlisten
from kalampg.sql.token_stream import TokenStream
from kalampg.sql.transaction_plan import TransactionPlan, TransactionVerb

_PLAIN_NAME: Final = re.compile(r"[a-z_][a-z0-9_$]*")
# Parameters whose value is a list of identifiers, quoted where they need it.
_NAME_LISTS: Final = frozenset({"search_path", "temp_tablespaces", "session_preload_libraries"})
_LISTS: Final = _NAME_LISTS | {"datestyle"}
_ISOLATION_LEVELS: Final = (
    ("read", "committed"),
    ("read", "uncommitted"),
    ("repeatable", "read"),
    ("serializable",),
)


# --- SET ---


def parse_set(tokens: TokenStream) -> Plan:
    """SET in all its forms."""
    tokens.expect_words("set")
    if tokens.at_words("session", "characteristics"):
        tokens.expect_words("session", "characteristics", "as", "transaction")
        return _transaction_settings(tokens, "default_transaction_", is_local=False)
    if tokens.at_words("session", "authorization"):
        raise _no_role_change(tokens)
    is_local = tokens.take_one_of("session", "local") == "local"
    if tokens.take_words("transaction"):
        if tokens.current.is_word("snapshot"):
            raise errors.FeatureNotSupported("SET TRANSACTION SNAPSHOT is not supported")
        return _transaction_settings(tokens, "transaction_", is_local=True)
    if tokens.take_words("constraints"):
        return CommandPlan(parse_set_constraints(tokens))
    if tokens.current.is_word("role"):
        raise _no_role_change(tokens)
    special = _special_setting(tokens)
    if special is not None:
        return SetPlan(*special, is_local)
    name = _setting_name(tokens)
    if not (tokens.take_symbol("=") or tokens.take_words("to")):
        raise tokens.syntax_error()
    return SetPlan(name, _setting_value(tokens, name), is_local)


def _special_setting(tokens: TokenStream) -> tuple[str, str | None] | None:
    """SET forms without ``=`` and TO: name and value."""
    if tokens.take_words("time", "zone"):
        return "timezone", _time_zone(tokens)
    if tokens.take_words("names"):
        return "client_encoding", _default_or_string(tokens)
    if tokens.take_words("schema"):
        return "search_path", quote_name(tokens.expect_string())
    if tokens.take_words("namespace"):
        return "search_path", quote_name(tokens.expect_name_or_string())
    return None


def parse_use(tokens: TokenStream) -> Plan:
    """USE [NAMESPACE] n, KalamDB's SET search_path."""
    tokens.expect_words("use")
    if tokens.ahead().kind is not TokenKind.END:
        tokens.take_words("namespace")
    return SetPlan("search_path", quote_name(tokens.expect_name_or_string()))


def parse_reset(tokens: TokenStream) -> Plan:
    """RESET name, RESET ALL."""
    tokens.expect_words("reset")
    if tokens.take_words("all"):
        return SetPlan("all", None, is_reset=True)
    if tokens.take_words("time", "zone"):
        return SetPlan("timezone", None, is_reset=True)
    if tokens.take_words("transaction", "isolation", "level"):
        return SetPlan("transaction_isolation", None, is_reset=True)
    if tokens.at_words("session", "authorization") or tokens.current.is_word("role"):
        raise _no_role_change(tokens)
    return SetPlan(_setting_name(tokens), None, is_reset=True)


def parse_show(tokens: TokenStream) -> Plan:
    """SHOW name, SHOW ALL; SHOW TABLES is KalamDB's and elsewhere."""
    tokens.expect_words("show")
    if tokens.take_words("all"):
        return ShowPlan("all")
    if tokens.take_words("time", "zone"):
        return ShowPlan("timezone")
    if tokens.take_words("transaction", "isolation", "level"):
        return ShowPlan("transaction_isolation")
    if tokens.take_words("session", "authorization"):
        return ShowPlan("session_authorization")
    return ShowPlan(_setting_name(tokens))


def quote_name(name: str) -> str:
    """``name`` as an identifier in a list such as search_path."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _setting_name(tokens: TokenStream) -> str:
    parts = [tokens.expect_name()]
    while tokens.take_symbol("."):
        parts.append(tokens.expect_label())
    return ".".join(parts).lower()


def _setting_value(tokens: TokenStream, name: str) -> str | None:
    if tokens.take_words("default"):
        return None
    values = [_one_value(tokens, name)]
    while tokens.take_symbol(","):
        values.append(_one_value(tokens, name))
    if len(values) > 1 and name not in _LISTS:
        raise errors.InvalidParameterValue(f"SET {name} takes only one argument")
    return ", ".join(values)


def _one_value(tokens: TokenStream, name: str) -> str:
    sign = tokens.take_symbol("-", "+")
    token = tokens.current
    if token.kind in {TokenKind.INTEGER, TokenKind.NUMERIC}:
        tokens.advance()
        return ("-" if sign == "-" else "") + token.value
    if sign:
        raise tokens.syntax_error()
    if token.kind in {TokenKind.STRING, TokenKind.WORD, TokenKind.QUOTED}:
        tokens.advance()
        return quote_name(token.value) if name in _NAME_LISTS else token.value
    raise tokens.syntax_error()


def _time_zone(tokens: TokenStream) -> str | None:
    if tokens.take_one_of("local", "default"):
        return None
    if tokens.current.is_word("interval"):
        raise errors.FeatureNotSupported(
            "SET TIME ZONE INTERVAL is not supported",
            hint="Write the offset as a string or number, for example SET TIME ZONE '+02:00'.",
            position=tokens.position,
        )
    return _one_value(tokens, "timezone")


def _default_or_string(tokens: TokenStream) -> str | None:
    if tokens.take_words("default"):
        return None
    value = tokens.take_string()
    return tokens.expect_name() if value is None else value


def _no_role_change(tokens: TokenStream) -> errors.FeatureNotSupported:
    return errors.FeatureNotSupported(
        "SET ROLE is not supported",
        hint="SET kalam.user_id = 'name' or EXECUTE AS USER 'name' (...) act for another user.",
        position=tokens.position,
    )


# --- transactions ---


def parse_transaction(tokens: TokenStream) -> Plan:
    """BEGIN, START TRANSACTION, COMMIT, END, ROLLBACK, ABORT, SAVEPOINT, RELEASE."""
    word = tokens.advance().value
    if word == "begin":
        _transaction_word(tokens)
        return TransactionPlan(TransactionVerb.BEGIN, modes=_modes(tokens))
    if word == "start":
        tokens.expect_words("transaction")
        return TransactionPlan(TransactionVerb.START, modes=_modes(tokens))
    if word == "savepoint":
        return TransactionPlan(TransactionVerb.SAVEPOINT, tokens.expect_name())
    if word == "release":
        tokens.take_words("savepoint")
        return TransactionPlan(TransactionVerb.RELEASE, tokens.expect_name())
    if tokens.current.is_word("prepared"):
        raise errors.FeatureNotSupported(
            "two-phase commit is not supported", position=tokens.position
        )
    _transaction_word(tokens)
    if word in {"commit", "end"}:
        return TransactionPlan(TransactionVerb.COMMIT, and_chain=_and_chain(tokens))
    if word == "rollback" and tokens.take_words("to"):
        tokens.take_words("savepoint")
        return TransactionPlan(TransactionVerb.ROLLBACK_TO, tokens.expect_name())
    return TransactionPlan(TransactionVerb.ROLLBACK, and_chain=_and_chain(tokens))


def _transaction_word(tokens: TokenStream) -> None:
    tokens.take_one_of("work", "transaction")


def _and_chain(tokens: TokenStream) -> bool:
    if not tokens.take_words("and"):
        return False
    is_chain = not tokens.take_words("no")
    tokens.expect_words("chain")
    return is_chain


def _modes(tokens: TokenStream) -> tuple[tuple[str, str], ...]:
    modes: list[tuple[str, str]] = []
    while not tokens.at_end:
        modes.append(_mode(tokens))
        tokens.take_symbol(",")
    return tuple(modes)


def _mode(tokens: TokenStream) -> tuple[str, str]:
    if tokens.take_words("isolation", "level"):
        for words in _ISOLATION_LEVELS:
            if tokens.take_words(*words):
                return "isolation level", " ".join(words)
        raise tokens.syntax_error()
    if tokens.take_words("read", "only"):
        return "access mode", "read only"
    if tokens.take_words("read", "write"):
        return "access mode", "read write"
    if tokens.take_words("deferrable"):
        return "deferrable", "on"
    if tokens.take_words("not", "deferrable"):
        return "deferrable", "off"
    raise tokens.syntax_error()


_SETTING_OF_MODE: Final = {
    "isolation level": "isolation",
    "access mode": "read_only",
    "deferrable": "deferrable",
}


def _transaction_settings(tokens: TokenStream, prefix: str, *, is_local: bool) -> Plan:
    settings: list[SetPlan] = []
    for mode, value in _modes(tokens):
        if mode == "access mode":
            value = "on" if value == "read only" else "off"  # noqa: PLW2901
        settings.append(SetPlan(prefix + _SETTING_OF_MODE[mode], value, is_local))
    if not settings:
        raise tokens.syntax_error()
    first, *rest = settings
    return SetPlan(first.name, first.value, first.is_local, tuple(rest))


# --- DISCARD, DEALLOCATE ---


def parse_discard(tokens: TokenStream) -> Plan:
    """DISCARD ALL | PLANS | SEQUENCES | TEMP."""
    tokens.expect_words("discard")
    what = tokens.take_one_of("all", "plans", "sequences", "temp", "temporary")
    if what is None:
        raise tokens.syntax_error()
    return CommandPlan(Discard("temp" if what == "temporary" else what))


def parse_close(tokens: TokenStream) -> Plan:
    """CLOSE name | ALL."""
    tokens.expect_words("close")
    return CommandPlan(CloseCursor(None if tokens.take_words("all") else tokens.expect_name()))


def parse_unlisten(tokens: TokenStream) -> Plan:
    """UNLISTEN channel | *."""
    tokens.expect_words("unlisten")
    if not tokens.take_symbol("*"):
        tokens.expect_name()
    return CommandPlan(Unlisten())


def parse_deallocate(tokens: TokenStream) -> Plan:
    """DEALLOCATE [PREPARE] name | ALL."""
    tokens.expect_words("deallocate")
    tokens.take_words("prepare")
    return CommandPlan(Deallocate(None if tokens.take_words("all") else tokens.expect_name()))

"""Which kind of statement this is: the allowlist of everything that a client may send.

Statements of ours are parsed to the end here; queries and data changes are only recognised, and go
through sqlglot. Whatever is in no table is a syntax error, as it is for PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.sql.command_columns import columns_of
from kalampg.sql.comment_statement import parse_comment
from kalampg.sql.cursor_plan import DeclareCursor, parse_declare, parse_fetch
from kalampg.sql.lock_statement import parse_lock
from kalampg.sql.parse_backups import parse_backup, parse_restore
from kalampg.sql.parse_cold_life import parse_compact, parse_export, parse_purge, parse_verify
from kalampg.sql.parse_copy import parse_copy
from kalampg.sql.parse_ddl import parse_truncate
from kalampg.sql.parse_flush import parse_pause
from kalampg.sql.parse_kalam import (
    ExecuteAs,
    parse_describe,
    parse_execute_as,
    parse_flush,
    parse_kalam_show,
    parse_kill,
    parse_retry,
)
from kalampg.sql.parse_objects import (
    parse_alter_object,
    parse_create_object,
    parse_drop_object,
)
from kalampg.sql.parse_session import (
    parse_close,
    parse_deallocate,
    parse_discard,
    parse_reset,
    parse_set,
    parse_show,
    parse_transaction,
    parse_unlisten,
    parse_use,
)
from kalampg.sql.plan import CommandPlan, EmptyPlan, Plan
from kalampg.sql.prepare_plan import parse_execute, parse_prepare
from kalampg.sql.statements import Explain, Statement
from kalampg.sql.table_as import parse_select_into
from kalampg.sql.token_stream import TokenStream


class QueryKind(Enum):
    """Statements that sqlglot parses."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    MERGE = "MERGE"
    UNDELETE = "UNDELETE"
    WITH = "WITH"


Classified: TypeAlias = Plan | ExecuteAs | DeclareCursor | QueryKind

_QUERY_KINDS: Final = {
    "select": QueryKind.SELECT,
    "values": QueryKind.SELECT,
    "table": QueryKind.SELECT,
    "insert": QueryKind.INSERT,
    "update": QueryKind.UPDATE,
    "delete": QueryKind.DELETE,
    "merge": QueryKind.MERGE,
    "undelete": QueryKind.UNDELETE,
    "with": QueryKind.WITH,
}


_MAY_HAVE_INTO: Final = frozenset({QueryKind.SELECT, QueryKind.WITH})


def classify(text: str) -> Classified:
    """The plan of a statement of ours, or which kind of query ``text`` is.

    Raises:
        SyntaxError: 42601, PostgreSQL would not parse it either.
        FeatureNotSupported: 0A000, PostgreSQL has it and kalampg has not.
    """
    tokens = TokenStream(text)
    if tokens.at_end:
        return EmptyPlan()
    first = tokens.current
    if first.is_symbol("("):
        return QueryKind.SELECT
    if not first.is_word(first.value):
        raise tokens.syntax_error()
    kind = _QUERY_KINDS.get(first.value)
    if kind is not None:
        into = parse_select_into(tokens) if kind in _MAY_HAVE_INTO else None
        return kind if into is None else command(into)
    parse = _PARSERS.get(first.value)
    if parse is not None:
        return parse(tokens)
    hint = _UNSUPPORTED.get(first.value)
    if hint is not None:
        raise errors.FeatureNotSupported(
            f"{first.value.upper()} is not supported", hint=hint, position=first.start + 1
        )
    raise tokens.syntax_error()


def command(statement: Statement) -> CommandPlan:
    """The plan that runs ``statement``."""
    return CommandPlan(statement, columns_of(statement))


# --- statements by their first word ---


def _finish(tokens: TokenStream, statement: Statement) -> Plan:
    tokens.expect_end()
    return command(statement)


def _plan(parse: Callable[[TokenStream], Plan]) -> Callable[[TokenStream], Classified]:
    def run(tokens: TokenStream) -> Classified:
        plan = parse(tokens)
        tokens.expect_end()
        return plan

    return run


def _statement(parse: Callable[[TokenStream], Statement]) -> Callable[[TokenStream], Classified]:
    return lambda tokens: _finish(tokens, parse(tokens))


def _show(tokens: TokenStream) -> Classified:
    statement = parse_kalam_show(tokens)
    if statement is not None:
        return _finish(tokens, statement)
    return _plan(parse_show)(tokens)


def _execute(tokens: TokenStream) -> Classified:
    if not tokens.at_words("execute", "as", "user"):
        return _plan(parse_execute)(tokens)
    statement = parse_execute_as(tokens)
    tokens.expect_end()
    return statement


def _declare(tokens: TokenStream) -> Classified:
    return parse_declare(tokens)


_EXPLAIN_OPTIONS: Final = frozenset(
    {"analyze", "verbose", "costs", "settings", "buffers", "wal", "timing", "summary", "format"}
)


def _explain(tokens: TokenStream) -> Classified:
    tokens.expect_words("explain")
    options = {}
    is_query = tokens.ahead().is_symbol("(") or tokens.ahead().is_word(*_QUERY_KINDS)
    if tokens.current.is_symbol("(") and not is_query:
        options = _explain_options(tokens)
    else:
        if tokens.take_one_of("analyze", "analyse") is not None:
            options["analyze"] = "on"
        tokens.take_words("verbose")
    if tokens.at_end:
        raise tokens.syntax_error()
    first = tokens.current
    if first.value not in _QUERY_KINDS and not first.is_symbol("("):
        raise tokens.syntax_error()
    text = tokens.text[first.start :].rstrip(" ;\t\r\n")
    is_analyzed = _is_on(options, "analyze")
    for name in ("wal", "timing"):
        if _is_on(options, name) and not is_analyzed:
            raise errors.InvalidParameterValue(f"EXPLAIN option {name.upper()} requires ANALYZE")
    summary = _is_on(options, "summary") if "summary" in options else None
    return command(Explain(text, is_analyzed, _explain_format(options), summary))


def _explain_options(tokens: TokenStream) -> dict[str, str]:
    options: dict[str, str] = {}
    tokens.expect_symbol("(")
    while True:
        position = tokens.position
        option = tokens.expect_label()
        if option not in _EXPLAIN_OPTIONS and option != "analyse":
            raise errors.SyntaxError(f'unrecognized EXPLAIN option "{option}"', position=position)
        value = "on" if tokens.current.is_symbol(",", ")") else tokens.advance().value.lower()
        options["analyze" if option == "analyse" else option] = value
        if not tokens.take_symbol(","):
            break
    tokens.expect_symbol(")")
    return options


def _is_on(options: dict[str, str], name: str) -> bool:
    value = options.get(name, "off")
    if value not in {"on", "true", "1", "off", "false", "0"}:
        raise errors.SyntaxError(f"{name} requires a Boolean value")
    return value in {"on", "true", "1"}


def _explain_format(options: dict[str, str]) -> str:
    output = options.get("format", "text")
    if output in {"xml", "yaml"}:
        raise errors.FeatureNotSupported(
            f"EXPLAIN (FORMAT {output.upper()}) is not supported", hint="Use TEXT or JSON."
        )
    if output not in {"text", "json"}:
        raise errors.InvalidParameterValue(
            f'unrecognized value for EXPLAIN option "format": "{output}"'
        )
    return output


_PARSERS: Final[dict[str, Callable[[TokenStream], Classified]]] = {
    "comment": _statement(parse_comment),
    "copy": _plan(parse_copy),
    "create": _statement(parse_create_object),
    "declare": _declare,
    "fetch": _plan(parse_fetch),
    "move": _plan(parse_fetch),
    "drop": _statement(parse_drop_object),
    "alter": _statement(parse_alter_object),
    "lock": _statement(parse_lock),
    "truncate": _statement(parse_truncate),
    "flush": _statement(parse_flush),
    "storage": _statement(parse_flush),
    "kill": _statement(parse_kill),
    "retry": _statement(parse_retry),
    "pause": _statement(parse_pause),
    "resume": _statement(parse_pause),
    "verify": _statement(parse_verify),
    "compact": _statement(parse_compact),
    "purge": _statement(parse_purge),
    "export": _statement(parse_export),
    "backup": _statement(parse_backup),
    "restore": _statement(parse_restore),
    "describe": _statement(parse_describe),
    "desc": _statement(parse_describe),
    "show": _show,
    "execute": _execute,
    "prepare": _plan(parse_prepare),
    "explain": _explain,
    "set": _plan(parse_set),
    "use": _plan(parse_use),
    "reset": _plan(parse_reset),
    "discard": _plan(parse_discard),
    "deallocate": _plan(parse_deallocate),
    "close": _plan(parse_close),
    "unlisten": _plan(parse_unlisten),
    **dict.fromkeys(
        ("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"),
        _plan(parse_transaction),
    ),
}
_NO_PRIVILEGES: Final = (
    "What a role may do follows from its class, and a shared table's ACCESS_LEVEL."
)
_SERVER_DOES_IT: Final = "The server takes care of it by itself."
# What PostgreSQL would parse, with the way to get the same here.
_UNSUPPORTED: Final = {
    "listen": "Poll with SELECT ... WHERE _seq > $1.",
    "notify": "Poll with SELECT ... WHERE _seq > $1.",
    "grant": _NO_PRIVILEGES,
    "revoke": _NO_PRIVILEGES,
    "reassign": _NO_PRIVILEGES,
    "security": _NO_PRIVILEGES,
    "vacuum": _SERVER_DOES_IT,
    "analyze": _SERVER_DOES_IT,
    "analyse": _SERVER_DOES_IT,
    "cluster": _SERVER_DOES_IT,
    "reindex": _SERVER_DOES_IT,
    "checkpoint": _SERVER_DOES_IT,
    "refresh": "There are no materialized views.",
    "do": "Run the statements from the application.",
    "call": "Run the statements from the application.",
    "import": "There are no foreign tables.",
    "load": "There are no loadable modules.",
}

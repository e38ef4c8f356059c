"""KalamDB's own statements: flush, jobs, SHOW TABLES, DESCRIBE, EXECUTE AS USER."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg import errors
from kalampg.sql.lexer import TokenKind
from kalampg.sql.parse_backups import parse_show_backups
from kalampg.sql.parse_storages import parse_check_storage
from kalampg.sql.statements import (
    DescribeTable,
    FlushAllTables,
    FlushTable,
    KillJob,
    RetryJob,
    ShowFlushSettings,
    ShowJobs,
    ShowNamespaces,
    ShowTables,
    Statement,
)
from kalampg.sql.storage_statements import ShowStorages
from kalampg.sql.token_stream import TokenStream


@dataclass(frozen=True, slots=True)
class ExecuteAs:
    """EXECUTE AS USER before its inner statement is compiled; ``offset`` is where that starts."""

    user_id: str
    text: str
    offset: int


def parse_flush(tokens: TokenStream) -> Statement:
    """[STORAGE] FLUSH TABLE t, [STORAGE] FLUSH ALL [TABLES] [IN [NAMESPACE] n]."""
    is_storage = tokens.take_words("storage")
    if is_storage and tokens.at_words("check"):
        return parse_check_storage(tokens)
    if is_storage and tokens.current.is_word("compact"):
        raise errors.FeatureNotSupported(
            "STORAGE COMPACT is not supported",
            hint="COMPACT TABLE merges segments; the row store compacts itself.",
            position=tokens.position,
        )
    tokens.expect_words("flush")
    if tokens.take_words("table"):
        return FlushTable(tokens.expect_table_name())
    tokens.expect_words("all")
    if not tokens.take_words("tables") and not is_storage:
        raise tokens.syntax_error()
    if not tokens.take_words("in"):
        return FlushAllTables()
    if tokens.ahead().kind is not TokenKind.END:
        tokens.take_words("namespace")
    return FlushAllTables(tokens.expect_name())


def parse_kill(tokens: TokenStream) -> Statement:
    """KILL JOB 'id'."""
    tokens.expect_words("kill")
    if tokens.at_words("live", "query"):
        raise errors.FeatureNotSupported(
            "live queries are not supported yet", position=tokens.position
        )
    tokens.expect_words("job")
    return KillJob(_job_id(tokens))


def parse_retry(tokens: TokenStream) -> Statement:
    """RETRY JOB 'id'."""
    tokens.expect_words("retry", "job")
    return RetryJob(_job_id(tokens))


def _job_id(tokens: TokenStream) -> str:
    """A string or a name; an unquoted id may have hyphens in it."""
    value = tokens.take_string()
    if value is not None:
        return value
    first = tokens.current
    if first.kind not in {TokenKind.WORD, TokenKind.QUOTED}:
        raise tokens.syntax_error()
    if first.kind is TokenKind.QUOTED:
        return tokens.advance().value
    end = first.end
    while not tokens.at_end and (tokens.current is first or tokens.current.start == end):
        end = tokens.advance().end
    return tokens.text[first.start : end]


def parse_kalam_show(tokens: TokenStream) -> Statement | None:
    """SHOW TABLES [IN n], SHOW NAMESPACES, SHOW JOBS ...; None for PostgreSQL's SHOW."""
    if tokens.at_words("show", "tables"):
        tokens.take_words("show", "tables")
        if not (tokens.take_words("in") or tokens.take_words("from")):
            return ShowTables()
        if tokens.ahead().kind is not TokenKind.END:
            tokens.take_words("namespace")
        return ShowTables(tokens.expect_name())
    if tokens.take_words("show", "jobs"):
        return ShowJobs()
    if tokens.take_words("show", "flush", "settings"):
        return ShowFlushSettings()
    if tokens.at_words("show", "namespaces"):
        tokens.take_words("show", "namespaces")
        return ShowNamespaces()
    if tokens.take_words("show", "backups"):
        return parse_show_backups(tokens)
    if tokens.take_words("show", "storages"):
        return ShowStorages()
    if tokens.at_words("show") and tokens.ahead().is_word("stats", "manifest", "table"):
        raise errors.FeatureNotSupported(
            f"SHOW {tokens.ahead().value.upper()} is not supported yet",
            hint="The system.* relations have what there is.",
            position=tokens.ahead().start + 1,
        )
    return None


def parse_describe(tokens: TokenStream) -> Statement:
    """DESCRIBE [TABLE] t."""
    tokens.expect_words(tokens.current.value)
    tokens.take_words("table")
    table = tokens.expect_table_name()
    if tokens.current.is_word("history"):
        raise errors.FeatureNotSupported(
            "DESCRIBE TABLE ... HISTORY is not supported yet", position=tokens.position
        )
    return DescribeTable(table)


def parse_execute_as(tokens: TokenStream) -> ExecuteAs:
    """EXECUTE AS USER 'name' ( statement )."""
    tokens.expect_words("execute", "as", "user")
    position = tokens.position
    user_id = tokens.expect_name_or_string()
    if not user_id:
        raise errors.InvalidName("username cannot be empty", position=position)
    if not tokens.take_symbol("("):
        raise errors.SyntaxError(
            "EXECUTE AS USER must wrap SQL in parentheses", position=tokens.position
        )
    start = tokens.current.start
    end = _end_of_inner(tokens)
    text = tokens.text[start:end]
    if not text.strip():
        raise tokens.syntax_error()
    return ExecuteAs(user_id, text, start)


def _end_of_inner(tokens: TokenStream) -> int:
    """Pass the inner statement and its closing parenthesis; where the statement ends."""
    depth = 0
    end = tokens.current.start
    while not (depth == 0 and tokens.current.is_symbol(")")):
        token = tokens.current
        if token.kind is TokenKind.END:
            raise tokens.syntax_error()
        if token.is_symbol(";"):
            follows = tokens.ahead()
            if not (depth == 0 and follows.is_symbol(")")):
                raise errors.SyntaxError(
                    "EXECUTE AS USER takes exactly one statement", position=tokens.position
                )
        else:
            end = token.end
        depth += token.is_symbol("(") - token.is_symbol(")")
        tokens.advance()
    tokens.expect_symbol(")")
    return end

"""Options of CREATE TABLE: KalamDB's October clauses and its WITH (...) list.

Messages are KalamDB's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.relation import RETENTION_OFF, AccessLevel, TableOptions, TableType
from kalampg.sql.lexer import TokenKind
from kalampg.sql.parse_age import parse_age
from kalampg.sql.statements import SetFlush
from kalampg.sql.storage_statements import SetRetention
from kalampg.sql.token_stream import TokenStream

FLUSH_ROWS_MAX: Final = 999_999
FLUSH_INTERVAL_SECONDS_MAX: Final = 86_399  # less than a day
_STORAGE_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_DURATION: Final = re.compile(r"([0-9]+)\s*([smhd]?)")
SHARDS_MAX: Final = 9999
_SHARDING: Final = re.compile(r"none|alphabetic|numeric|hash:[1-9][0-9]{0,3}")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_HOURS_OF_A_DAY: Final = 24


@dataclass(slots=True)
class _Draft:
    """What has been read so far."""

    table_type: TableType | None
    is_typed_by_statement: bool
    storage_id: str = "local"
    use_user_storage: bool = False
    flush_row_threshold: int | None = None
    flush_interval_seconds: int | None = None
    deleted_retention_hours: int | None = None
    access_level: AccessLevel | None = None
    sharding: str = ""
    retention: tuple[int, int, int] | None = None
    flush_off: bool = False


def parse_table_options(
    tokens: TokenStream, table_type: TableType | None, *, ends_at_as: bool = False
) -> tuple[TableType | None, TableOptions]:
    """Everything after the column list, and the table's type if an option says it.

    With ``ends_at_as``: up to the AS of CREATE TABLE AS.

    Raises:
        InvalidParameterValue: 22023, a value that KalamDB refuses.
        SyntaxError: 42601
    """
    draft = _Draft(table_type, table_type is not None)
    while not (
        tokens.at_end
        or tokens.at_words("on", "commit")
        or (ends_at_as and tokens.current.is_word("as"))
    ):
        if tokens.take_words("with"):
            _with_list(tokens, draft)
        else:
            _clause(tokens, draft)
    _check_together(draft)
    return draft.table_type, TableOptions(
        storage_id=draft.storage_id,
        use_user_storage=draft.use_user_storage,
        flush_row_threshold=draft.flush_row_threshold,
        flush_interval_seconds=draft.flush_interval_seconds,
        deleted_retention_hours=draft.deleted_retention_hours,
        access_level=draft.access_level or AccessLevel.PRIVATE,
        sharding=draft.sharding,
        retention=draft.retention,
        flush_off=draft.flush_off,
    )


def parse_set_flush(tokens: TokenStream) -> SetFlush:
    """What follows SET FLUSH: the clause of CREATE TABLE."""
    draft = _Draft(None, is_typed_by_statement=False)
    _flush_clause(tokens, draft)
    return SetFlush(draft.flush_row_threshold, draft.flush_interval_seconds, draft.flush_off)


def parse_set_retention(tokens: TokenStream) -> SetRetention | None:
    """SET RETENTION '90 days', RESET RETENTION; or PostgreSQL's SET (...) and RESET (...)."""
    if tokens.take_words("set", "retention"):
        tokens.take_words("interval")
        position = tokens.position
        return SetRetention(parse_age(tokens.expect_string(), position))
    if tokens.take_words("reset", "retention"):
        return SetRetention(None)
    if not (tokens.ahead().is_symbol("(") and tokens.ahead(2).is_word("retention")):
        return None
    is_set = tokens.take_words("set")
    if not is_set:
        tokens.expect_words("reset")
    tokens.expect_symbol("(")
    tokens.expect_words("retention")
    age = None
    if is_set:
        tokens.expect_symbol("=")
        position = tokens.position
        age = parse_age(tokens.expect_string(), position)
    tokens.expect_symbol(")")
    return SetRetention(age)


def parse_seconds(tokens: TokenStream) -> int:
    """``60``, ``60s`` (a number and a word for PostgreSQL's scanner) or ``'60s'``."""
    text = tokens.take_string()
    if text is not None:
        match = _DURATION.fullmatch(text.strip().lower())
        if match is None:
            raise errors.InvalidParameterValue(f"Invalid flush interval '{text}'")
        return int(match[1]) * _SECONDS[match[2]]
    number = tokens.current
    amount = tokens.expect_integer()
    unit = tokens.current
    is_attached = unit.kind is TokenKind.WORD and unit.start == number.end
    if is_attached and unit.value in _SECONDS:
        tokens.advance()
        return amount * _SECONDS[unit.value]
    return amount


def parse_access_level(value: str) -> AccessLevel:
    """An access level by its name, in any case."""
    try:
        return AccessLevel(value.upper())
    except ValueError:
        raise errors.InvalidParameterValue(
            f"Invalid ACCESS_LEVEL '{value}'. Supported: PUBLIC, PRIVATE, RESTRICTED, DBA"
        ) from None


def reject_stream() -> errors.FeatureNotSupported:
    """The answer to everything about stream tables."""
    return errors.FeatureNotSupported(
        "STREAM tables are not supported yet",
        hint="Use CREATE USER TABLE, and delete old rows yourself.",
    )


# --- the October clauses ---


def _clause(tokens: TokenStream, draft: _Draft) -> None:
    if tokens.take_words("storage"):
        _set_storage(draft, tokens.expect_name_or_string())
    elif tokens.take_words("use_user_storage"):
        draft.use_user_storage = tokens.take_one_of("true", "false") != "false"
    elif tokens.take_words("flush"):
        _flush_clause(tokens, draft)
    elif tokens.take_words("deleted_retention"):
        _set_retention(draft, tokens.expect_name_or_string())
    elif tokens.take_words("deleted_retention_hours"):
        draft.deleted_retention_hours = tokens.expect_integer()
    elif tokens.take_words("access_level") or tokens.take_words("access", "level"):
        draft.access_level = parse_access_level(_word_or_string(tokens))
    elif tokens.current.is_word("ttl", "ttl_seconds"):
        raise errors.InvalidParameterValue(
            "TTL_SECONDS is only supported for STREAM tables", position=tokens.position
        )
    elif tokens.current.is_word("table_type", "owner_id"):
        raise _deprecated(tokens.current.value, tokens.position)
    elif tokens.current.is_word("inherits", "partition", "using", "on", "tablespace"):
        raise errors.FeatureNotSupported(
            f"CREATE TABLE ... {tokens.current.value.upper()} is not supported",
            hint="Create a plain table, and fill it with INSERT ... SELECT.",
            position=tokens.position,
        )
    else:
        raise tokens.syntax_error()


def _flush_clause(tokens: TokenStream, draft: _Draft) -> None:
    if tokens.take_words("off"):
        draft.flush_off = True
        return
    is_read = False
    while True:
        if tokens.take_words("interval") or tokens.take_words("seconds"):
            _set_interval(draft, parse_seconds(tokens))
        elif tokens.take_words("row_threshold") or tokens.take_words("rows"):
            _set_rows(draft, tokens.expect_integer())
        elif is_read:
            return
        else:
            raise tokens.syntax_error()
        is_read = True


def _set_interval(draft: _Draft, seconds: int) -> None:
    if seconds <= 0:
        raise errors.InvalidParameterValue("Interval must be greater than 0")
    if seconds > FLUSH_INTERVAL_SECONDS_MAX:
        raise errors.InvalidParameterValue("Interval must be less than 86400 seconds (24 hours)")
    draft.flush_interval_seconds = seconds


def _set_rows(draft: _Draft, rows: int) -> None:
    if rows <= 0:
        raise errors.InvalidParameterValue("Row limit must be greater than 0")
    if rows > FLUSH_ROWS_MAX:
        raise errors.InvalidParameterValue("Row limit must be less than 1,000,000")
    draft.flush_row_threshold = rows


def _set_storage(draft: _Draft, storage_id: str) -> None:
    if _STORAGE_ID.fullmatch(storage_id) is None:
        raise errors.InvalidParameterValue(
            f"Invalid STORAGE_ID '{storage_id}'. Only alphanumeric, underscore, and hyphen allowed."
        )
    draft.storage_id = storage_id


def _set_retention(draft: _Draft, text: str) -> None:
    """``'7d'``, ``'12h'`` or ``'off'``, which keeps deleted rows for ever."""
    lowered = text.strip().lower()
    if lowered == "off":
        draft.deleted_retention_hours = RETENTION_OFF
        return
    match = re.fullmatch(r"([0-9]+)([dh])", lowered)
    if match is None:
        raise errors.InvalidParameterValue(
            f"Invalid deleted_retention '{text}'. Expected 'off', '<n>d' or '<n>h'"
        )
    draft.deleted_retention_hours = int(match[1]) * (_HOURS_OF_A_DAY if match[2] == "d" else 1)


# --- WITH (...) ---


def _with_list(tokens: TokenStream, draft: _Draft) -> None:
    tokens.expect_symbol("(")
    while True:
        position = tokens.position
        name = tokens.expect_label().lower()
        tokens.expect_symbol("=")
        value = _word_or_string(tokens)
        setter = _OPTIONS.get(name)
        if name in {"table_type", "owner_id"}:
            raise _deprecated(name, position)
        if setter is None:
            raise errors.InvalidParameterValue(
                f"Unknown table option '{name.upper()}'", position=position
            )
        setter(draft, value)
        if not tokens.take_symbol(","):
            break
    tokens.expect_symbol(")")


def _word_or_string(tokens: TokenStream) -> str:
    sign = tokens.take_symbol("-") or ""
    if tokens.current.kind in {TokenKind.INTEGER, TokenKind.NUMERIC}:
        return sign + tokens.advance().value
    value = tokens.take_string()
    return tokens.expect_label() if value is None else value


def _option_type(draft: _Draft, value: str) -> None:
    upper = value.upper()
    if upper == "STREAM":
        raise reject_stream()
    if upper not in {"USER", "SHARED"}:
        raise errors.InvalidParameterValue(
            f"Invalid TYPE option '{value}'. Supported: USER, SHARED, STREAM"
        )
    table_type = TableType(upper)
    if draft.is_typed_by_statement and draft.table_type is not table_type:
        written = str(draft.table_type).capitalize()
        raise errors.InvalidTableDefinition(
            f"Conflicting table type definitions: CREATE {written} TABLE "
            f"vs TYPE option {upper.capitalize()}"
        )
    draft.table_type = table_type


def _option_flush_policy(draft: _Draft, value: str) -> None:
    if value.strip().lower() == "off":
        draft.flush_off = True
        return
    found = {"rows": 0, "interval": 0}
    for part in value.split(","):
        key, colon, amount = part.strip().partition(":")
        if not colon:
            raise errors.InvalidParameterValue(
                f"Invalid FLUSH_POLICY format '{part.strip()}'. Expected 'key:value'"
            )
        if key.lower() not in found:
            raise errors.InvalidParameterValue(f"Unknown FLUSH_POLICY key '{key}'")
        found[key.lower()] = _integer("FLUSH_POLICY", amount)
    if not any(amount > 0 for amount in found.values()):
        raise errors.InvalidParameterValue("FLUSH_POLICY must specify 'rows' or 'interval' > 0")
    if found["rows"]:
        _set_rows(draft, found["rows"])
    if found["interval"]:
        _set_interval(draft, found["interval"])


def _option_use_user_storage(draft: _Draft, value: str) -> None:
    if value.lower() not in {"true", "false"}:
        raise errors.InvalidParameterValue(
            f"Invalid USE_USER_STORAGE '{value}'. Supported: TRUE, FALSE"
        )
    draft.use_user_storage = value.lower() == "true"


def _option_retention_hours(draft: _Draft, value: str) -> None:
    hours = _integer("DELETED_RETENTION_HOURS", value)
    if hours < 0:
        raise errors.InvalidParameterValue("DELETED_RETENTION_HOURS must not be negative")
    draft.deleted_retention_hours = hours


def _option_access_level(draft: _Draft, value: str) -> None:
    draft.access_level = parse_access_level(value)


def _option_sharding(draft: _Draft, value: str) -> None:
    draft.sharding = parse_sharding(value)


def parse_sharding(value: str) -> str:
    """``alphabetic``, ``numeric`` or ``hash:n``; empty for ``none``, the default."""
    strategy = value.strip().lower()
    if _SHARDING.fullmatch(strategy) is None:
        raise errors.InvalidParameterValue(
            f"Invalid SHARDING '{value}'. Supported: none, alphabetic, numeric,"
            f" hash:n with n from 1 to {SHARDS_MAX}"
        )
    return "" if strategy == "none" else strategy


def _option_retention(draft: _Draft, value: str) -> None:
    draft.retention = parse_age(value)


def _option_ttl(draft: _Draft, value: str) -> None:
    raise errors.InvalidParameterValue("TTL_SECONDS is only supported for STREAM tables")


_OPTIONS: Final[dict[str, Callable[[_Draft, str], None]]] = {
    "type": _option_type,
    "storage_id": _set_storage,
    "use_user_storage": _option_use_user_storage,
    "flush_policy": _option_flush_policy,
    "deleted_retention_hours": _option_retention_hours,
    "retention": _option_retention,
    "ttl_seconds": _option_ttl,
    "access_level": _option_access_level,
    "sharding": _option_sharding,
}


def _integer(option: str, text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise errors.InvalidParameterValue(
            f"Invalid {option} value '{text}'. Expected an integer"
        ) from None


def _check_together(draft: _Draft) -> None:
    has_trigger = draft.flush_row_threshold is not None or draft.flush_interval_seconds is not None
    if draft.flush_off and has_trigger:
        raise errors.InvalidParameterValue("FLUSH OFF cannot be combined with a flush policy")
    if draft.table_type is TableType.USER and draft.access_level is not None:
        raise errors.InvalidParameterValue("ACCESS_LEVEL is only supported for SHARED tables")
    if draft.table_type is TableType.SHARED and draft.sharding:
        raise errors.InvalidParameterValue("SHARDING is only supported for USER tables")
    if draft.table_type is TableType.SHARED and draft.use_user_storage:
        raise errors.InvalidParameterValue("USE_USER_STORAGE is only supported for USER tables")


def _deprecated(word: str, position: int) -> errors.SyntaxError:
    hints = {
        "table_type": "Write CREATE USER TABLE or CREATE SHARED TABLE, or WITH (TYPE='USER').",
        "owner_id": "Leave it out: a user's rows belong to the role that writes them. "
        "EXECUTE AS USER 'name' (...) writes for somebody else.",
    }
    return errors.SyntaxError(
        f"{word.upper()} is no longer supported", hint=hints[word], position=position
    )

"""Functions without arguments whose values the session or the server gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from kalampg.engine.context import SessionContext
from kalampg.relation import Datum


def _user_id(context: SessionContext) -> str:
    return context.user_id


def _transaction_now_us(context: SessionContext) -> int:
    return context.transaction_now_us


SESSION_VALUES: Final[Mapping[str, Callable[[SessionContext], Datum]]] = {
    **dict.fromkeys(("now", "current_timestamp", "transaction_timestamp"), _transaction_now_us),
    "statement_timestamp": lambda context: context.statement_now_us,
    "clock_timestamp": lambda context: context.generators.clock.now_us(),
    **dict.fromkeys(("current_user", "user", "current_role"), _user_id),
    "session_user": lambda context: context.session_user,
    "current_schema": lambda context: context.current_schema,
    **dict.fromkeys(("current_database", "current_catalog"), lambda context: context.database),
    "version": lambda context: context.server_version,
    "pg_backend_pid": lambda context: context.backend_pid,
    "lastval": lambda context: context.generators.sequences.last(context),
    "snowflake_id": lambda context: context.generators.snowflake_id(),
    "uuid_v7": lambda context: context.generators.uuid_v7(),
    "ulid": lambda context: context.generators.ulid(),
    "gen_random_uuid": lambda context: context.generators.gen_random_uuid(),
}

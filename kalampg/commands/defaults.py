"""Rules for column defaults: which functions fit which types, and which cannot be added late."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.commands.session_seam import CommandSession
from kalampg.ids import Oid
from kalampg.relation import Datum
from kalampg.sql.statements import ColumnDefinition

_DATE_TIME: Final = frozenset({1082, 1083, 1114, 1184})
_TEXT: Final = frozenset({19, 25, 1042, 1043})
# Function: the types its value may be a default of, and their name in the message.
_FITTING_TYPES: Final = {
    "now": (_DATE_TIME, "TIMESTAMP"),
    "current_timestamp": (_DATE_TIME, "TIMESTAMP"),
    "snowflake_id": (frozenset({20}), "BIGINT"),
    "uuid_v7": (_TEXT | {2950}, "TEXT or UUID"),
    "gen_random_uuid": (_TEXT | {2950}, "TEXT or UUID"),
    "ulid": (_TEXT, "TEXT"),
    "current_user": (_TEXT, "TEXT"),
}
# Their value is another one for each row; a value for all existing rows would break keys.
_VOLATILE: Final = frozenset(
    {
        "snowflake_id", "uuid_v7", "ulid", "gen_random_uuid", "random", "clock_timestamp",
        "timeofday", "nextval", "setseed",
    }
)  # fmt: skip
_WHOLE_CALL: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\((.*)\))?\s*", re.DOTALL)
_ANY_CALL: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(")
_STRING: Final = re.compile(r"'(?:[^']|'')*'")


def check_default(session: CommandSession, column: ColumnDefinition) -> None:
    """Check a column's DEFAULT, if it has one, when the table or the column is made."""
    if column.default is None:
        return
    check_function_fits(column.name, column.default, column.type_oid)
    try:
        session.check_default(column.default, column.type_oid, column.typmod)
    except errors.PgError as refusal:
        refusal.position = None  # It counts from the expression, not from the statement.
        raise


def with_domain_default(column: ColumnDefinition, catalog: Catalog) -> ColumnDefinition:
    """The definition as if it had the default that its domain gives it."""
    if column.domain is None or column.default is not None or column.generated is not None:
        return column
    domain = catalog.domain_by_oid(column.domain)
    return column if domain is None else replace(column, default=domain.default)


def check_function_fits(column_name: str, default: str, type_oid: Oid) -> None:
    """Raise DatatypeMismatch (42804) for ``SNOWFLAKE_ID()`` on a text column and the like."""
    call = _WHOLE_CALL.fullmatch(default)
    if call is None or call[1].lower() not in _FITTING_TYPES:
        return
    name, arguments = call[1], call[2]
    if arguments is not None and arguments.strip():
        raise errors.UndefinedFunction(
            f"DEFAULT function {name.upper()}() should not have arguments", column=column_name
        )
    fitting, described = _FITTING_TYPES[name.lower()]
    if type_oid not in fitting:
        raise errors.DatatypeMismatch(
            f"DEFAULT {name.upper()}() can only be used on {described} columns",
            detail=f'Column "{column_name}" has another type.',
            column=column_name,
        )


def is_volatile(default: str) -> bool:
    """Whether the expression may give another value for each row."""
    without_strings = _STRING.sub("''", default)
    return any(name.lower() in _VOLATILE for name in _ANY_CALL.findall(without_strings))


async def value_for_existing_rows(
    session: CommandSession, column: ColumnDefinition, *, has_rows: bool
) -> Datum:
    """What rows have that are older than the column: its default, evaluated once."""
    if column.default is None or not has_rows:
        return None
    return await session.evaluate_default(column.default, column.type_oid, column.typmod)

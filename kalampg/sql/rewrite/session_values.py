"""Rule: values that the session knows become parameters ``$k_<name>`` of the statement.

``now()`` is one instant for a whole transaction, so DuckDB must never ask its own clock.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(session_values(parse_one("SELECT now(), current_user"), RewriteContext()))
    'SELECT CAST($k_now AS TIMESTAMPTZ), CAST($k_current_user AS VARCHAR)'

The parameters are bound in the physical form of their types (``parameters``); current_setting('x')
needs ``$k_setting_x``, with every character but letters and digits written as its number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, position_of
from kalampg.sql.engine_functions import ENGINE_FUNCTIONS
from kalampg.sql.functions import overloads
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import (
    call,
    cast,
    constant_int,
    constant_text,
    is_marked,
    parameter,
    typed,
)
from kalampg.sql.rewrite.catalog_maps import catalog_map
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each
from kalampg.sql.rewrite.conversions import converted, rounded
from kalampg.sql.rewrite.parameters import SETTING_CHANGE_PREFIX, later_setting_parameter
from kalampg.sql.rewrite.session_parameters import session_setting, session_value
from kalampg.sql.setting_changes import CHANGES_BEFORE, NUMBER


def session_values(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the functions whose runner is ``$name`` or this rule."""
    tree = replace_each(tree, exp.Anonymous, _value)
    return replace_calls(tree, _CALLS)


def _value(node: exp.Expr) -> exp.Expr:
    if is_marked(node):
        return node
    functions = overloads(str(node.this).lower())
    if not functions or not functions[0].runner.startswith("$"):
        return node
    function = functions[0]
    name = function.runner[1:]
    # Everything that tells the time is one instant; what it is called decides how it is shown.
    source = t.TIMESTAMPTZ if name.endswith("now") else function.result_oid
    value = session_value(name, source)
    if function.result_oid != source:
        value = converted(value, function.result_oid)
    digits = constant_int(node.expressions[0]) if node.expressions else None
    if digits is not None and 0 <= digits < 6:
        return rounded(typed(value, function.result_oid), digits)
    return value


def _setting(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    name = constant_text(arguments[0])
    if name is None or len(arguments) > 1:
        is_missing_ok = arguments[1] if len(arguments) > 1 else exp.Boolean(this=False)
        settings = catalog_map("settings")
        return call("pg_setting", settings, arguments[0], is_missing_ok, oid=t.TEXT)
    changes = node.meta.get(CHANGES_BEFORE)
    if changes is not None:
        return cast(parameter(later_setting_parameter(name, changes)), "VARCHAR", t.TEXT)
    return session_setting(name)


def _changed_setting(node: exp.Expr, _: list[exp.Expr]) -> exp.Expr:
    number_of_change = node.meta.get(NUMBER)
    if number_of_change is None:
        raise errors.FeatureNotSupported("set_config() is not supported here")
    return cast(parameter(f"{SETTING_CHANGE_PREFIX}{number_of_change}"), "VARCHAR", t.TEXT)


def _age(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """``age(x)`` counts from this day's midnight."""
    if len(arguments) != 1:
        return node
    [value] = arguments
    zoned = oid_of(value) == t.TIMESTAMPTZ
    today = cast(session_value("now", t.TIMESTAMPTZ), "DATE")
    midnight = cast(today, "TIMESTAMPTZ" if zoned else "TIMESTAMP")
    return call("pg_age", midnight, value, oid=t.INTERVAL)


def _time_of_day(_: exp.Expr, __: list[exp.Expr]) -> exp.Expr:
    return call("pg_timeofday", session_value("clock_now", t.TIMESTAMPTZ), oid=t.TEXT)


def _snapshot(_: exp.Expr, __: list[exp.Expr]) -> exp.Expr:
    raise errors.FeatureNotSupported(
        "snapshots cannot be exported",
        hint="Read in one REPEATABLE READ transaction of one session.",
    )


def _snowflake(_: exp.Expr, __: list[exp.Expr]) -> exp.Expr:
    """The milliseconds come from the server's own source: they never go back, DuckDB counts on."""
    milliseconds = session_value("snowflake_ms", t.INT8)
    return call("pg_snowflake_id", milliseconds, oid=t.INT8)


def _engine_call(node: exp.Expr, _: list[exp.Expr]) -> exp.Expr:
    raise errors.FeatureNotSupported(
        f"{node.name.lower()}() is not supported here",
        hint="Call it in the list or the WHERE clause of the outermost SELECT, or as a value of "
        "INSERT or UPDATE.",
        position=position_of(node),
    )


_CALLS: Final[Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]] = {
    **dict.fromkeys(ENGINE_FUNCTIONS, _engine_call),
    "current_setting": _setting,
    "set_config": _changed_setting,
    "age": _age,
    "pg_export_snapshot": _snapshot,
    "snowflake_id": _snowflake,
    "timeofday": _time_of_day,
}

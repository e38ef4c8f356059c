"""What the session knows, as expressions of the query: parameters that the engine binds."""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import cast, parameter
from kalampg.sql.rewrite.parameters import SESSION_PREFIX, setting_parameter


def session_value(name: str, oid: int) -> exp.Expr:
    """``$k_<name>``, which is of that type."""
    return cast(parameter(SESSION_PREFIX + name), t.duck_type(oid), oid)


def session_setting(name: str) -> exp.Expr:
    """The value of a run-time parameter, as SHOW prints it."""
    return cast(parameter(setting_parameter(name)), "VARCHAR", t.TEXT)

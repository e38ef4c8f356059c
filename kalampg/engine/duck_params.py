"""Parameters of a DuckDB query: which ones its text has, and their values in one execution.

``$p<n>`` are the statement's parameters, ``$kalam_user`` the effective user, ``$k_<name>`` what the
session knows. How a datum is bound is ``sql.rewrite.parameters``'s; scans bring their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from kalampg import errors
from kalampg.engine.catalog_maps import SIZE_MAPS, CatalogMaps
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import compile_expression
from kalampg.relation import TEMPORARY_PREFIX, Datum
from kalampg.sql.plan import SettingChange
from kalampg.sql.rewrite.parameters import (
    CATALOG_PREFIX,
    LATER_SETTING_PREFIX,
    SESSION_PREFIX,
    SETTING_CHANGE_PREFIX,
    duck_parameter,
    duck_sample,
    setting_name,
)
from kalampg.storage.snapshot import Snapshot

# A quoted string or name, which hides what is in it, or a parameter.
_TOKEN: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)""")
USER: Final = "kalam_user"
# Parameters that ``CatalogMaps.sizes`` makes.
SIZES: Final = frozenset(CATALOG_PREFIX + name for name in SIZE_MAPS)
_SETTING: Final = "setting_"
_TIMESTAMPTZ: Final = 1184


@lru_cache(maxsize=4096)
def names_in(texts: tuple[str, ...]) -> frozenset[str]:
    """The names of the parameters in a query's parts."""
    return frozenset(
        match.group(1) for text in texts for match in _TOKEN.finditer(text) if match.group(1)
    )


def bound_values(
    names: frozenset[str],
    param_oids: Sequence[int],
    params: Sequence[Datum],
    user_id: str,
    session: SessionContext,
    catalog_maps: CatalogMaps,
) -> dict[str, Any]:
    """A value for each of the names, but for ``SIZES`` and what settings are changed to."""
    values: dict[str, Any] = {}
    for name in names:
        if name == USER:
            values[name] = user_id
        elif name in SIZES:
            continue  # A worker counts them.
        elif name.startswith(CATALOG_PREFIX):
            values[name] = catalog_maps.value(name.removeprefix(CATALOG_PREFIX), session)
        elif name.startswith(SETTING_CHANGE_PREFIX):
            continue  # Its value is known when the change has been made.
        elif name in _SCHEMA_LISTS:
            values[name] = _SCHEMA_LISTS[name](catalog_maps, session)
        elif name.startswith(SESSION_PREFIX):
            values[name] = session_value(name.removeprefix(SESSION_PREFIX), session)
        else:
            place = _place(name)
            values[name] = duck_parameter(param_oids[place], params[place])
    return values


def size_values(
    names: frozenset[str], session: SessionContext, snapshot: Snapshot, catalog_maps: CatalogMaps
) -> Callable[[], dict[str, Any]] | None:
    """What makes the values of those of ``SIZES`` that are among the names; None: there is none."""
    wanted = frozenset(name.removeprefix(CATALOG_PREFIX) for name in names & SIZES)
    if not wanted:
        return None
    make = catalog_maps.sizes(wanted, session, snapshot)
    return lambda: {CATALOG_PREFIX + name: value for name, value in make().items()}


def change_settings(
    changes: Sequence[SettingChange],
    names: frozenset[str],
    params: Sequence[Datum],
    session: SessionContext,
) -> dict[str, Any]:
    """Make the changes, in their order.

    What the calls of set_config() give, and the settings among ``names`` that are read behind them.
    """
    values: dict[str, Any] = {}
    for number, change in enumerate(changes):
        name, value, is_local = (
            compile_expression(part)((), params, session)
            for part in (change.name, change.value, change.is_local)
        )
        if name is None:
            raise errors.NullValueNotAllowed("SET requires parameter name")
        values[f"{SETTING_CHANGE_PREFIX}{number}"] = session.change_setting(
            name, value, bool(is_local)
        )
        read_now = f"{LATER_SETTING_PREFIX}{number + 1}_"
        for parameter in names:
            if parameter.startswith(read_now):
                values[parameter] = _setting(parameter.removeprefix(read_now), session)
    return values


def sample_values(names: frozenset[str], param_oids: Sequence[int]) -> dict[str, Any]:
    """Values of the right types, to describe a query with."""
    return {
        name: duck_sample(param_oids[_place(name)])
        if name != USER and not name.startswith(SESSION_PREFIX)
        else None
        for name in names
    }


def session_value(name: str, session: SessionContext) -> Any:
    """What the session knows under that name, as it is bound."""
    if name.startswith(_SETTING):
        return _setting(name.removeprefix(_SETTING), session)
    return _VALUES[name](session)


def _place(name: str) -> int:
    return int(name.removeprefix("p")) - 1


def _setting(escaped: str, session: SessionContext) -> str:
    name = setting_name(escaped)
    value = session.setting(name)
    if value is None:
        raise errors.UndefinedObject(f'unrecognized configuration parameter "{name}"')
    return value


def _instant(us: int) -> object:
    return duck_parameter(_TIMESTAMPTZ, us)


_SNOWFLAKE_MS_SHIFT: Final = 22
_SCHEMA_LISTS: Final[Mapping[str, Callable[[CatalogMaps, SessionContext], list[str]]]] = {
    f"{SESSION_PREFIX}all_schemas": lambda maps, session: list(maps.schemas(session)),
    f"{SESSION_PREFIX}schemas": lambda maps, session: [
        name
        for name in maps.schemas(session)
        if name in session.search_path and not name.startswith(TEMPORARY_PREFIX)
    ],
}
_VALUES: Final[Mapping[str, Callable[[SessionContext], Any]]] = {
    "now": lambda session: _instant(session.transaction_now_us),
    "statement_now": lambda session: _instant(session.statement_now_us),
    "clock_now": lambda session: _instant(session.generators.clock.now_us()),
    "snowflake_ms": lambda session: session.generators.snowflake_id() >> _SNOWFLAKE_MS_SHIFT,
    "current_user": lambda session: session.user_id,
    "session_user": lambda session: session.session_user,
    "current_schema": lambda session: session.current_schema,
    "current_database": lambda session: session.database,
    "version": lambda session: session.server_version,
    "pg_backend_pid": lambda session: session.backend_pid,
    "server_started": lambda session: _instant(session.server_started_us),
    "client_host": lambda session: session.endpoints.client_host,
    "client_port": lambda session: session.endpoints.client_port,
    "server_host": lambda session: session.endpoints.server_host,
    "server_port": lambda session: session.endpoints.server_port,
    "pg_my_temp_schema": lambda session: session.temporary.schema_oid(session.transaction),
    # One number for a transaction, greater in a later one.
    "txid_current": lambda session: session.transaction_now_us,
}

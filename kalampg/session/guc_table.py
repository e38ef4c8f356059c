"""The run-time parameters (GUCs) that exist, and what they accept.

The table holds the parameters that PostgreSQL's drivers and tools touch, and kalampg's own under
``kalam.``. A parameter that is not in it is 42704: a setting that we would ignore is not accepted,
except what by PostgreSQL's definition never changes an answer. Names with a dot are the clients'.

Source: PostgreSQL documentation, "runtime-config" and "protocol-flow" (ParameterStatus).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from kalampg import __version__, errors
from kalampg.catalog.pg_catalog.setting_facts import setting_facts
from kalampg.ids import Oid
from kalampg.session.date_style_guc import DEFAULT_DATE_STYLE, merged_date_style
from kalampg.session.guc_checks import (
    Check,
    any_text,
    application_name,
    boolean,
    choice,
    duration,
    encoding,
    integer,
    invalid,
    isolation,
    kilobytes,
    memory,
    milliseconds,
    only,
    real,
    time_zone,
)
from kalampg.sql import ResultColumn, ShowPlan

SERVER_VERSION: Final = f"15.14 (kalampg {__version__})"
SERVER_VERSION_NUM: Final = "150014"
_TEXT: Final = Oid(25)


class Settable(Enum):
    """Who may change a parameter, and when."""

    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Guc:
    """One parameter: canonical spelling, default and check.

    ``merge`` replaces the check where SET may name a part of the value: it has the current one too.
    ``in_base_unit`` is set for amounts: the number that ``pg_settings`` shows.
    """

    name: str
    default: str
    check: Check
    settable: Settable = Settable.ALWAYS
    is_reported: bool = False
    merge: Callable[[str, str], str] | None = None
    in_base_unit: Callable[[str], int] | None = None

    def base_value(self, value: str) -> str:
        """A checked value without its unit."""
        return value if self.in_base_unit is None else str(self.in_base_unit(value))

    @property
    def description(self) -> str:
        """PostgreSQL's, where it has the parameter."""
        facts = setting_facts().get(self.name)
        return "" if facts is None else facts.short_desc


_MESSAGES: Final = (
    "debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error",
)  # fmt: skip
# Planner and memory settings never change an answer, so that they may be set without an effect.
_PLANNER_SWITCHES: Final = (
    "enable_seqscan", "enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan",
    "enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_hashagg", "enable_sort",
    "enable_material", "enable_tidscan", "enable_gathermerge", "enable_memoize",
    "enable_incremental_sort", "enable_parallel_append", "enable_parallel_hash",
    "enable_partition_pruning", "enable_async_append", "jit", "geqo",
)  # fmt: skip
_PLANNER_COSTS: Final = {
    "cpu_tuple_cost": "0.01", "cpu_index_tuple_cost": "0.005", "cpu_operator_cost": "0.0025",
    "random_page_cost": "4", "seq_page_cost": "1", "cursor_tuple_fraction": "0.1",
    "parallel_setup_cost": "1000", "parallel_tuple_cost": "0.1", "jit_above_cost": "100000",
}  # fmt: skip
_PLANNER_LIMITS: Final = {
    "from_collapse_limit": "8", "join_collapse_limit": "8", "geqo_threshold": "12",
    "default_statistics_target": "100", "max_parallel_workers": "8",
    "max_parallel_workers_per_gather": "2", "effective_io_concurrency": "1",
}  # fmt: skip
# Default, and the smallest amount in kilobytes.
_MEMORY: Final = {
    "work_mem": ("4MB", 64), "maintenance_work_mem": ("64MB", 1024), "temp_buffers": ("8MB", 800),
    "effective_cache_size": ("4GB", 8),
}  # fmt: skip
# PostgreSQL's defaults, which are all that there is here.
_ALWAYS_SO: Final = {
    "array_nulls": "on", "backslash_quote": "safe_encoding", "lo_compat_privileges": "off",
    "quote_all_identifiers": "off", "session_replication_role": "origin",
    "transform_null_equals": "off", "temp_tablespaces": "", "xmlbinary": "base64",
}  # fmt: skip


def _fixed(name: str, value: str, *, reported: bool = False) -> Guc:
    return Guc(name, value, any_text, Settable.NEVER, is_reported=reported)


def _definitions() -> Iterable[Guc]:
    yield from _for_sessions()
    yield from _for_transactions()
    yield from _for_values()
    yield from _for_the_planner()
    yield from _for_the_server()
    yield from _of_kalampg()


def _for_sessions() -> Iterable[Guc]:
    yield Guc("application_name", "", application_name, is_reported=True)
    yield Guc("check_function_bodies", "on", boolean("check_function_bodies"))
    yield Guc("client_encoding", "UTF8", encoding, is_reported=True)
    yield Guc(
        "client_min_messages", "notice", choice("client_min_messages", *_MESSAGES, info="notice")
    )
    yield Guc("default_table_access_method", "heap", only("default_table_access_method", "heap"))
    yield Guc("default_tablespace", "", only("default_tablespace", ""))
    yield Guc("escape_string_warning", "on", boolean("escape_string_warning"))
    for name in ("idle_in_transaction_session_timeout", "idle_session_timeout"):
        yield _duration(name, "0")
    yield _duration("lock_timeout", "0")
    yield Guc("row_security", "on", only("row_security", "on", "true", "1"))
    yield Guc("search_path", '"$user", public', any_text)
    yield _duration("statement_timeout", "0")
    yield Guc("synchronize_seqscans", "on", boolean("synchronize_seqscans"))


def _duration(name: str, default: str) -> Guc:
    return Guc(name, default, duration(name), in_base_unit=milliseconds)


def _for_the_planner() -> Iterable[Guc]:
    for name in _PLANNER_SWITCHES:
        yield Guc(name, "on", boolean(name))
    for name, default in _PLANNER_COSTS.items():
        yield Guc(name, default, real(name))
    for name, default in _PLANNER_LIMITS.items():
        yield Guc(name, default, integer(name, 0, 2**31 - 1))
    modes = ("auto", "force_generic_plan", "force_custom_plan")
    yield Guc("plan_cache_mode", "auto", choice("plan_cache_mode", *modes))
    yield Guc(
        "constraint_exclusion",
        "partition",
        choice("constraint_exclusion", "partition", "on", "off"),
    )
    for name, (default, low_kb) in _MEMORY.items():
        yield Guc(name, default, memory(name, low_kb), in_base_unit=kilobytes)


def _for_transactions() -> Iterable[Guc]:
    for prefix in ("default_transaction", "transaction"):
        name = f"{prefix}_isolation"
        yield Guc(name, "read committed", isolation(name))
        for suffix in ("read_only", "deferrable"):
            name = f"{prefix}_{suffix}"
            is_reported = name == "default_transaction_read_only"
            yield Guc(name, "off", boolean(name), is_reported=is_reported)
    # Deadlocks are found when they form, so no time-out is needed to look for them.
    yield _duration("deadlock_timeout", "1s")
    yield Guc(
        "synchronous_commit",
        "on",
        choice("synchronous_commit", "on", "off", "local", "remote_write", "remote_apply"),
    )


def _for_values() -> Iterable[Guc]:
    yield Guc("bytea_output", "hex", choice("bytea_output", "hex", "escape"))
    yield Guc(
        "DateStyle",
        DEFAULT_DATE_STYLE,
        lambda value: merged_date_style(value, DEFAULT_DATE_STYLE),
        is_reported=True,
        merge=merged_date_style,
    )
    yield Guc("extra_float_digits", "1", integer("extra_float_digits", -15, 3))
    styles = ("postgres", "postgres_verbose", "sql_standard", "iso_8601")
    yield Guc("IntervalStyle", "postgres", choice("IntervalStyle", *styles), is_reported=True)
    for name in ("lc_messages", "lc_monetary", "lc_numeric", "lc_time"):
        yield Guc(name, "C", only(name, "c", "posix", "c.utf-8"))
    strings = "standard_conforming_strings"
    yield Guc(strings, "on", only(strings, "on", "true", "1"), is_reported=True)
    yield Guc("TimeZone", "UTC", time_zone, is_reported=True)
    for name, value in _ALWAYS_SO.items():
        yield Guc(name, value, only(name, value))
    yield Guc("xmloption", "content", choice("xmloption", "content", "document"))


def _for_the_server() -> Iterable[Guc]:
    yield _fixed("block_size", "8192")
    yield _fixed("in_hot_standby", "off", reported=True)
    yield _fixed("integer_datetimes", "on", reported=True)
    yield _fixed("is_superuser", "off", reported=True)
    for name in ("lc_collate", "lc_ctype"):
        yield _fixed(name, "C")
    for name in ("max_connections", "port"):
        yield _fixed(name, "0")  # The session knows.
    yield _fixed("max_identifier_length", "63")
    yield _fixed("max_index_keys", "32")
    yield _fixed("server_encoding", "UTF8", reported=True)
    yield _fixed("server_version", SERVER_VERSION, reported=True)
    yield _fixed("server_version_num", SERVER_VERSION_NUM)
    yield _fixed("session_authorization", "", reported=True)


def _of_kalampg() -> Iterable[Guc]:
    yield Guc("kalam.user_id", "", any_text)
    yield Guc("kalam.scope", "user", choice("kalam.scope", "user", "all"))
    types = choice("kalam.default_table_type", "shared", "user")
    yield Guc("kalam.default_table_type", "shared", types)


GUCS: Final[Mapping[str, Guc]] = MappingProxyType({guc.name.lower(): guc for guc in _definitions()})


_LABEL: Final = r"[A-Za-z_\x80-\U0010ffff][\w$]*"
_CUSTOM_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_OWN_PREFIX: Final = "kalam."


def guc_named(name: str) -> Guc:
    """The parameter of that name: one of the table, or the client's own, whose name has a dot.

    Raises:
        UndefinedObject: 42704. InvalidName: 42602, no parameter can have that name.
    """
    guc = GUCS.get(name.lower())
    if guc is not None:
        return guc
    if "." not in name:
        raise unrecognized(name)
    detail = "Custom parameter names must be two or more simple identifiers separated by dots."
    if name.lower().startswith(_OWN_PREFIX):
        detail = '"kalam" is a reserved prefix.'
    elif _CUSTOM_NAME.fullmatch(name):
        return Guc(name, "", any_text)
    raise errors.InvalidName(f'invalid configuration parameter name "{name}"', detail=detail)


def unrecognized(name: str) -> errors.UndefinedObject:
    return errors.UndefinedObject(f'unrecognized configuration parameter "{name}"')


_PATH_ELEMENT: Final = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",\s][^",]*?))\s*(?:,|$)')


def search_path_of(value: str, user: str) -> tuple[str, ...]:
    """The schemas that a ``search_path`` value names, ``"$user"`` replaced.

    Raises:
        InvalidParameterValue: 22023, the list does not parse.
    """
    schemas: list[str] = []
    position = 0
    while position < len(value):
        matched = _PATH_ELEMENT.match(value, position)
        if matched is None:
            raise invalid("search_path", value)
        quoted, bare = matched[1], matched[2]
        name = quoted.replace('""', '"') if quoted is not None else bare.lower()
        schemas.append(user if name == "$user" else name)
        position = matched.end()
    return tuple(name for name in schemas if name)


def show_columns(plan: ShowPlan) -> tuple[ResultColumn, ...]:
    """The columns of SHOW."""
    if plan.name == "all":
        return tuple(ResultColumn(name, _TEXT) for name in ("name", "setting", "description"))
    return (ResultColumn(guc_named(plan.name).name, _TEXT),)

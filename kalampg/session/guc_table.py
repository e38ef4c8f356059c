"""The run-time parameters (GUCs) that exist, and what they accept.

The table holds the parameters that PostgreSQL's drivers and tools touch, and kalampg's own under
``kalam.``. A parameter that is not in it is 42704: a setting that we would ignore is not accepted,
except planner switches, which by PostgreSQL's definition never change an answer.

Source: PostgreSQL documentation, "runtime-config" and "protocol-flow" (ParameterStatus).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Final
from zoneinfo import available_timezones

from kalampg import __version__, errors
from kalampg.ids import Oid
from kalampg.session.date_style_guc import DEFAULT_DATE_STYLE, merged_date_style
from kalampg.sql import ResultColumn, ShowPlan

SERVER_VERSION: Final = f"15.14 (kalampg {__version__})"
SERVER_VERSION_NUM: Final = "150014"
_TEXT: Final = Oid(25)


class Settable(Enum):
    """Who may change a parameter, and when."""

    ALWAYS = "always"
    NEVER = "never"


Check = Callable[[str], str]  # Returns the canonical value or raises PgError.


@dataclass(frozen=True, slots=True)
class Guc:
    """One parameter: canonical spelling, default and check.

    ``merge`` replaces the check where SET may name a part of the value: it has the current one too.
    """

    name: str
    default: str
    check: Check
    settable: Settable = Settable.ALWAYS
    is_reported: bool = False
    description: str = ""
    merge: Callable[[str, str], str] | None = None


def _invalid(name: str, value: str, hint: str | None = None) -> errors.PgError:
    return errors.InvalidParameterValue(
        f'invalid value for parameter "{name}": "{value}"', hint=hint
    )


def _text(value: str) -> str:
    return value


_BOOLEANS: Final = {
    **dict.fromkeys(("on", "true", "yes", "1", "t", "y", "tru", "tr", "ye"), "on"),
    **dict.fromkeys(("off", "false", "no", "0", "f", "n", "of", "fals", "fal", "fa"), "off"),
}


def _boolean(name: str) -> Check:
    def check(value: str) -> str:
        canonical = _BOOLEANS.get(value.lower())
        if canonical is None:
            raise errors.InvalidParameterValue(f'parameter "{name}" requires a Boolean value')
        return canonical

    return check


def _choice(name: str, *allowed: str, **aliases: str) -> Check:
    def check(value: str) -> str:
        lowered = value.lower()
        canonical = aliases.get(lowered, lowered)
        if canonical not in allowed:
            raise _invalid(name, value, "Available values: " + ", ".join(allowed) + ".")
        return canonical

    return check


def _integer(name: str, low: int, high: int) -> Check:
    def check(value: str) -> str:
        try:
            number = int(value)
        except ValueError:
            raise _invalid(name, value) from None
        if not low <= number <= high:
            raise errors.InvalidParameterValue(
                f'{number} is outside the valid range for parameter "{name}" ({low} .. {high})'
            )
        return str(number)

    return check


def _real(name: str) -> Check:
    def check(value: str) -> str:
        try:
            return f"{float(value):g}"
        except ValueError:
            raise _invalid(name, value) from None

    return check


_DURATION: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*", re.IGNORECASE)
_UNIT_MS: Final = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION_MS_MAX: Final = 2**31 - 1


def _duration(name: str) -> Check:
    """Milliseconds, shown in the largest unit that divides them, as PostgreSQL does."""

    def check(value: str) -> str:
        matched = _DURATION.fullmatch(value)
        if matched is None:
            hint = 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".'
            raise _invalid(name, value, hint)
        milliseconds = round(float(matched[1]) * _UNIT_MS[(matched[2] or "ms").lower()])
        if not 0 <= milliseconds <= _DURATION_MS_MAX:
            raise errors.InvalidParameterValue(
                f'{milliseconds} ms is outside the valid range for parameter "{name}" '
                f"(0 ms .. {_DURATION_MS_MAX} ms)"
            )
        for unit in ("d", "h", "min", "s"):
            if milliseconds and milliseconds % _UNIT_MS[unit] == 0:
                return f"{milliseconds // int(_UNIT_MS[unit])}{unit}"
        return f"{milliseconds}ms" if milliseconds else "0"

    return check


def milliseconds(value: str) -> int:
    """The number of milliseconds that a checked duration says."""
    matched = _DURATION.fullmatch(value)
    assert matched is not None, "durations are checked when they are set"
    return round(float(matched[1]) * _UNIT_MS[(matched[2] or "ms").lower()])


def _time_zone(value: str) -> str:
    if value.lower() in ("default", "local"):
        return "UTC"
    zone = _zones().get(value.lower())
    if zone is None:
        raise _invalid("TimeZone", value)
    return zone


@cache
def _zones() -> Mapping[str, str]:
    """IANA names by their lower-case spelling: PostgreSQL matches them without regard to case."""
    return MappingProxyType({name.lower(): name for name in available_timezones()})


def _encoding(value: str) -> str:
    if re.sub(r"[^a-z0-9]", "", value.lower()) in ("utf8", "unicode"):
        return "UTF8"
    raise errors.InvalidParameterValue(
        f'invalid value for parameter "client_encoding": "{value}"',
        hint="kalampg speaks UTF8 only.",
    )


def _only(name: str, *allowed: str) -> Check:
    def check(value: str) -> str:
        if value.lower() not in allowed:
            raise errors.FeatureNotSupported(
                f'parameter "{name}" cannot be changed to "{value}"',
                hint=f"kalampg supports {' or '.join(allowed)} only.",
            )
        return value.lower()

    return check


def _isolation(name: str) -> Check:
    return _choice(name, "serializable", "repeatable read", "read committed", "read uncommitted")


def _application_name(value: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in value)[:63]


_MESSAGES: Final = (
    "debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error",
)  # fmt: skip
_PLANNER_SWITCHES: Final = (
    "enable_seqscan", "enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan",
    "enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_hashagg", "enable_sort",
    "enable_material", "enable_tidscan", "jit", "geqo",
)  # fmt: skip


def _fixed(name: str, value: str, *, reported: bool = False) -> Guc:
    return Guc(name, value, _text, Settable.NEVER, is_reported=reported)


def _definitions() -> Iterable[Guc]:
    yield from _for_sessions()
    yield from _for_transactions()
    yield from _for_values()
    yield from _for_the_server()
    yield from _of_kalampg()


def _for_sessions() -> Iterable[Guc]:
    yield Guc("application_name", "", _application_name, is_reported=True)
    yield Guc("check_function_bodies", "on", _boolean("check_function_bodies"))
    yield Guc("client_encoding", "UTF8", _encoding, is_reported=True)
    yield Guc(
        "client_min_messages", "notice", _choice("client_min_messages", *_MESSAGES, info="notice")
    )
    yield Guc("default_table_access_method", "heap", _only("default_table_access_method", "heap"))
    yield Guc("default_tablespace", "", _only("default_tablespace", ""))
    yield Guc("escape_string_warning", "on", _boolean("escape_string_warning"))
    for name in ("idle_in_transaction_session_timeout", "idle_session_timeout"):
        yield Guc(name, "0", _duration(name))
    yield Guc("lock_timeout", "0", _duration("lock_timeout"))
    yield Guc("row_security", "on", _only("row_security", "on", "true", "1"))
    yield Guc("search_path", '"$user", public', _text)
    yield Guc("statement_timeout", "0", _duration("statement_timeout"))
    yield Guc("synchronize_seqscans", "on", _boolean("synchronize_seqscans"))
    for name in ("cpu_tuple_cost", "random_page_cost", "seq_page_cost", "cursor_tuple_fraction"):
        yield Guc(name, "0", _real(name))
    for name in _PLANNER_SWITCHES:
        yield Guc(name, "on", _boolean(name))


def _for_transactions() -> Iterable[Guc]:
    for prefix in ("default_transaction", "transaction"):
        name = f"{prefix}_isolation"
        yield Guc(name, "read committed", _isolation(name))
        for suffix in ("read_only", "deferrable"):
            name = f"{prefix}_{suffix}"
            is_reported = name == "default_transaction_read_only"
            yield Guc(name, "off", _boolean(name), is_reported=is_reported)
    # Deadlocks are found when they form, so no time-out is needed to look for them.
    yield Guc("deadlock_timeout", "1s", _duration("deadlock_timeout"))
    yield Guc(
        "synchronous_commit",
        "on",
        _choice("synchronous_commit", "on", "off", "local", "remote_write", "remote_apply"),
    )


def _for_values() -> Iterable[Guc]:
    yield Guc("bytea_output", "hex", _choice("bytea_output", "hex", "escape"))
    yield Guc(
        "DateStyle",
        DEFAULT_DATE_STYLE,
        lambda value: merged_date_style(value, DEFAULT_DATE_STYLE),
        is_reported=True,
        merge=merged_date_style,
    )
    yield Guc("extra_float_digits", "1", _integer("extra_float_digits", -15, 3))
    styles = ("postgres", "postgres_verbose", "sql_standard", "iso_8601")
    yield Guc("IntervalStyle", "postgres", _choice("IntervalStyle", *styles), is_reported=True)
    for name in ("lc_messages", "lc_monetary", "lc_numeric", "lc_time"):
        yield Guc(name, "C", _only(name, "c", "posix", "c.utf-8"))
    strings = "standard_conforming_strings"
    yield Guc(strings, "on", _only(strings, "on", "true", "1"), is_reported=True)
    yield Guc("TimeZone", "UTC", _time_zone, is_reported=True)
    yield Guc("xmloption", "content", _choice("xmloption", "content", "document"))


def _for_the_server() -> Iterable[Guc]:
    yield _fixed("block_size", "8192")
    yield _fixed("in_hot_standby", "off", reported=True)
    yield _fixed("integer_datetimes", "on", reported=True)
    yield _fixed("is_superuser", "off", reported=True)
    for name in ("lc_collate", "lc_ctype"):
        yield _fixed(name, "C")
    yield _fixed("max_identifier_length", "63")
    yield _fixed("max_index_keys", "32")
    yield _fixed("server_encoding", "UTF8", reported=True)
    yield _fixed("server_version", SERVER_VERSION, reported=True)
    yield _fixed("server_version_num", SERVER_VERSION_NUM)
    yield _fixed("session_authorization", "", reported=True)


def _of_kalampg() -> Iterable[Guc]:
    yield Guc("kalam.user_id", "", _text)
    yield Guc("kalam.scope", "user", _choice("kalam.scope", "user", "all"))
    types = _choice("kalam.default_table_type", "shared", "user")
    yield Guc("kalam.default_table_type", "shared", types)


GUCS: Final[Mapping[str, Guc]] = MappingProxyType({guc.name.lower(): guc for guc in _definitions()})


def guc_named(name: str) -> Guc:
    """The parameter of that name.

    Raises:
        UndefinedObject: 42704.
    """
    guc = GUCS.get(name.lower())
    if guc is None:
        raise errors.UndefinedObject(f'unrecognized configuration parameter "{name}"')
    return guc


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
            raise _invalid("search_path", value)
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

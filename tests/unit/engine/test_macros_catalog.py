"""The macros behind catalog functions, and the maps that they read.

Goal: they answer as PostgreSQL does; every map that a query can ask for is one that the engine
fills. Method: calls on a locked DuckDB, with answers that PostgreSQL 15 gave.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kalampg import errors
from kalampg.builtins import BUILTINS
from kalampg.catalog.function_maps import FUNCTION_MAPS
from kalampg.catalog.object_maps import OBJECT_MAPS
from kalampg.engine.catalog_maps import SIZE_MAPS
from kalampg.engine.duck import Duck, DuckConnection, DuckSettings
from kalampg.engine.macros import MACROS
from kalampg.engine.privilege_maps import PRIVILEGE_MAPS
from kalampg.pgtypes.registry import TYPES, format_type
from kalampg.sql.catalog_functions import CATALOG
from kalampg.sql.rewrite.catalog_maps import MAP_TYPES

OF_THE_MOMENT = {"settings", *SIZE_MAPS}


@pytest.fixture(scope="module")
def connection() -> Iterator[DuckConnection]:
    duck = Duck(DuckSettings(connections=1, threads=1))
    with duck.connection() as opened:
        yield opened
    duck.close()


def _value(connection: DuckConnection, call: str) -> object:
    return connection.execute_arrow(f"SELECT {call}", {}).column(0)[0].as_py()


def test_every_map_is_filled_by_the_engine() -> None:
    of_catalogs = {*OBJECT_MAPS, *PRIVILEGE_MAPS, *FUNCTION_MAPS}
    assert set(MAP_TYPES) == of_catalogs | OF_THE_MOMENT


def test_every_macro_that_the_allowlist_names_exists() -> None:
    macros = {statement.split()[2].split("(")[0] for statement in MACROS}
    existing = macros | {builtin.name for builtin in BUILTINS}
    runners = {line.rsplit(" > ", 1)[1] for line in CATALOG.strip().splitlines()}
    assert {runner for runner in runners if runner[0] not in "@$"} - existing == set()


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"), (10239, "10239 bytes"), (10240, "10 kB"), (1023999, "1000 kB"),
        (10485247, "10239 kB"), (10485248, "10 MB"), (-123456789, "-118 MB"),
        (1048576000, "1000 MB"), (12345678901234, "11 TB"), (2**62, "4096 PB"),
    ],
)  # fmt: skip
def test_sizes_are_rounded_as_postgresql_rounds_them(
    connection: DuckConnection, size: int, text: str
) -> None:
    assert _value(connection, f"pg_size_pretty({size})") == text


@pytest.mark.parametrize(
    ("oid", "modifier"),
    [(1043, 24), (1015, 24), (1042, 14), (1042, -1), (1014, -1), (1700, 655366), (1231, 655366),
     (1700, -1), (1114, 3), (1184, 0), (1185, 6), (1083, 2), (23, -1), (18, -1), (1009, -1)],
)  # fmt: skip
def test_format_type_is_that_of_the_type_registry(
    connection: DuckConnection, oid: int, modifier: int
) -> None:
    names = ", ".join(f"{int(each)}: '{format_type(each)}'" for each in TYPES)
    call = f"pg_format_type(MAP {{{names}}}, {oid}, {modifier})"
    assert _value(connection, call) == format_type(oid, modifier)


def test_a_name_that_means_nothing_is_an_error_and_a_number_is_not(
    connection: DuckConnection,
) -> None:
    found = "CAST(NULL AS UINTEGER)"
    with pytest.raises(errors.UndefinedTable, match=r'relation "no\.where" does not exist'):
        _value(connection, f"pg_number_or('no.where', {found}, '42P01', 'relation')")
    assert _value(connection, f"pg_number_or('42', {found}, '42P01', 'relation')") == 42
    assert _value(connection, f"pg_number_or('-', {found}, '42P01', 'relation')") == 0


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("pg_encoding_to_char(6)", "UTF8"),
        ("pg_encoding_to_char(-1)", ""),
        ("pg_encoding_to_char(99)", ""),
        ("pg_char_to_encoding('latin1')", 8),
        ("pg_char_to_encoding('nope')", -1),
        ("pg_object_name(MAP {1: 'a'}, 1)", "a"),
        ("pg_object_name(MAP {1: 'a'}, 0)", "-"),
        ("pg_object_name(MAP {1: 'a'}, 7)", "7"),
        ("pg_object_name(MAP {1: 'a'}, NULL)", None),
        ("pg_role_by_id(MAP {1: 'a'}, 7)", "unknown (OID=7)"),
        ("pg_object_key('  Some   Type ')", "some type"),
        ("pg_object_key('\"Some  Type\"')", '"Some  Type"'),
    ],
)
def test_small_answers(connection: DuckConnection, call: str, answer: object) -> None:
    assert _value(connection, call) == answer

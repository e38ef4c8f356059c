"""Names of new objects.

Goal: PostgreSQL's rules, and no column that hides one of ours.
Method: a table of names against SQLSTATEs taken from PostgreSQL 15; 63 bytes counted by hand.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kalampg.catalog import names
from kalampg.errors import PgError


@pytest.mark.parametrize(
    ("check", "name", "sqlstate"),
    [
        (names.check_name, "", "42601"),
        (names.check_name, "a\0b", "22021"),
        (names.check_name, "x" * 64, "42622"),
        (names.check_name, "é" * 32, "42622"),
        (names.check_namespace_name, "pg_mine", "42939"),
        (names.check_role_name, "pg_mine", "42939"),
        (names.check_role_name, "public", "42939"),
        (names.check_role_name, "none", "42939"),
        (names.check_column_name, "ctid", "42701"),
        (names.check_column_name, "_seq", "42701"),
        (names.check_column_name, "_deleted", "42701"),
        (names.check_column_name, "_updated", "42701"),
        (names.check_column_name, "_row_id", "42701"),
        (names.check_column_name, "_user_id", "42701"),
    ],
)
def test_refuses(check: Callable[[str], None], name: str, sqlstate: str) -> None:
    with pytest.raises(PgError) as raised:
        check(name)
    assert raised.value.sqlstate == sqlstate


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (names.check_name, "x" * 63),
        (names.check_name, "é" * 31),
        (names.check_namespace_name, "default"),
        (names.check_namespace_name, "main"),
        (names.check_role_name, "system"),
        (names.check_role_name, "o'neil/../x"),
        (names.check_column_name, "_id"),
        (names.check_column_name, "select"),
        (names.check_column_name, "_Seq"),
    ],
)
def test_allows_what_a_postgresql_client_may_write(check: Callable[[str], None], name: str) -> None:
    check(name)


@pytest.mark.parametrize(
    ("table", "taken", "name"),
    [
        ("t", set(), "t_pkey"),
        ("t", {"t_pkey"}, "t_pkey1"),
        ("t", {"t_pkey", "t_pkey1"}, "t_pkey2"),
        ("x" * 63, set(), "x" * 58 + "_pkey"),
        ("é" * 31, set(), "é" * 29 + "_pkey"),
    ],
)
def test_names_a_key_as_postgresql_does(table: str, taken: set[str], name: str) -> None:
    assert names.primary_key_name(table, taken) == name

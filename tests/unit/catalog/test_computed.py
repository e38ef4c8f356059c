"""Computed relations: system.*, pg_catalog and information_schema.

Goal: rows fit their columns, references between relations resolve, hidden columns stay hidden, and
no verifier is readable anywhere.
Method: one catalog with a table of each kind; joins written out as comprehensions; values that
PostgreSQL 15 shows for the same tables.
"""

from __future__ import annotations

from typing import Any

import pytest

from kalampg.catalog import Catalog, CatalogView, RoleClass, bootstrap, rows_of
from kalampg.catalog.computed import JobSources
from kalampg.catalog.edit import create_namespace
from kalampg.catalog.registry import COMPUTED
from kalampg.catalog.role_edit import create_role
from kalampg.catalog.table_edit import NewColumn, NewTable, create_table
from kalampg.ids import Oid
from kalampg.relation import TableType

VERIFIER = "SCRAM-SHA-256$secret"


def _catalog() -> Catalog:
    edit = bootstrap(root_verifier=VERIFIER, server_secret=b"s" * 32, now_us=1)
    edit = edit.then(lambda c: create_role(c, "alice", RoleClass.USER, 2, verifier=VERIFIER))
    edit = edit.then(lambda c: create_namespace(c, "chat", "root", 2))
    messages = NewTable(
        "chat",
        "messages",
        TableType.USER,
        (
            NewColumn("room", Oid(23)),
            NewColumn("body", Oid(1043), 104, default="'hi'"),
            NewColumn("price", Oid(1700), ((9 << 16) | 2) + 4),
            NewColumn("id", Oid(20)),
            NewColumn("tags", Oid(1009)),
        ),
        ("room", "id"),
        owner="alice",
    )
    keyless = NewTable("public", "log", TableType.SHARED, (NewColumn("line", Oid(25)),), ())
    edit = edit.then(lambda c: create_table(c, messages, 3))
    return edit.then(lambda c: create_table(c, keyless, 4)).catalog


CATALOG = _catalog()
ALERT = ("flush-1", "flush", "error", 3, "why", 5, 6, None)
VIEW = CatalogView(
    CATALOG,
    "root",
    RoleClass.SYSTEM,
    background=JobSources(
        jobs=lambda: [("FL-1", "flush", "t", "queued", "{}", *[None] * 16)],
        dead_letters=lambda: [("FL-2", "flush", "t", "why", 5, 3, 0, "{}", None)],
        flush_status=lambda: [
            (CATALOG.tables["chat", "messages"].table_id, *range(7), "ok", 9, "rows", 1, 0, False),
            (99, *range(7), "ok", 9, "rows", 1, 0, False),
        ],
        alerts=lambda: [
            (CATALOG.tables["chat", "messages"].table_id, *ALERT),
        ],
    ),
    segments=lambda: [
        (CATALOG.tables["chat", "messages"].table_id, "bob", 1, "local", "p", 2, 3, 0, 1, 5),
        (99, "bob", 2, "local", "p", 2, 3, 0, 1, 5),
    ],
    settings=lambda: [("TimeZone", "UTC", "UTC")],
    activity=lambda: [(7, "alice", "psql", None, -1, 1, None, 2, "idle", "SELECT 'a secret'")],
)


def rows(schema: str, name: str, view: CatalogView = VIEW) -> list[dict[str, Any]]:
    relation = CATALOG.relation(schema, name)
    assert relation is not None
    columns = [column.name for column in relation.columns]
    return [dict(zip(columns, row, strict=True)) for row in rows_of(relation, view)]


def pg(name: str) -> list[dict[str, Any]]:
    return rows("pg_catalog", name)


@pytest.mark.parametrize("key", sorted(COMPUTED))
def test_rows_fit_their_columns(key: tuple[str, str]) -> None:
    rows(*key)


@pytest.mark.parametrize("key", sorted(COMPUTED))
def test_nothing_shows_a_verifier_or_the_server_secret(key: tuple[str, str]) -> None:
    text = repr(rows(*key))
    assert VERIFIER not in text
    assert "s" * 32 not in text


def test_oids_are_unique_in_each_relation() -> None:
    for schema, name in COMPUTED:
        found = [row["oid"] for row in rows(schema, name) if "oid" in row]
        assert len(found) == len(set(found)), name


@pytest.mark.parametrize(
    ("name", "column", "target"),
    [
        ("pg_class", "relnamespace", "pg_namespace"),
        ("pg_class", "relowner", "pg_roles"),
        ("pg_class", "relam", "pg_am"),
        ("pg_class", "reltype", "pg_type"),
        ("pg_namespace", "nspowner", "pg_roles"),
        ("pg_attribute", "attrelid", "pg_class"),
        ("pg_attribute", "atttypid", "pg_type"),
        ("pg_attribute", "attcollation", "pg_collation"),
        ("pg_attrdef", "adrelid", "pg_class"),
        ("pg_constraint", "conrelid", "pg_class"),
        ("pg_constraint", "conindid", "pg_class"),
        ("pg_constraint", "connamespace", "pg_namespace"),
        ("pg_index", "indexrelid", "pg_class"),
        ("pg_index", "indrelid", "pg_class"),
        ("pg_type", "typnamespace", "pg_namespace"),
        ("pg_type", "typrelid", "pg_class"),
        ("pg_database", "datdba", "pg_roles"),
        ("pg_database", "dattablespace", "pg_tablespace"),
    ],
)
def test_references_resolve(name: str, column: str, target: str) -> None:
    known = {row["oid"] for row in pg(target)} | {0}
    assert {row[column] for row in pg(name)} <= known


def oid_of(relname: str) -> int:
    (oid,) = [row["oid"] for row in pg("pg_class") if row["relname"] == relname]
    return int(oid)


def attributes(relname: str) -> list[tuple[str, int, int, int, bool]]:
    return sorted(
        (
            (
                row["attname"],
                row["attnum"],
                row["atttypid"],
                row["atttypmod"],
                row["attnotnull"],
            )
            for row in pg("pg_attribute")
            if row["attrelid"] == oid_of(relname) and row["attnum"] > 0
        ),
        key=lambda attribute: attribute[1],
    )


def test_columns_are_what_was_declared() -> None:
    assert attributes("messages") == [
        ("room", 1, 23, -1, True),
        ("body", 2, 1043, 104, False),
        ("price", 3, 1700, 589830, False),
        ("id", 4, 20, -1, True),
        ("tags", 5, 1009, -1, False),
    ]
    assert attributes("log") == [("line", 1, 25, -1, False)]


def test_the_key_is_seen_where_clients_look_for_it() -> None:
    (index,) = pg("pg_index")
    assert (index["indrelid"], index["indexrelid"]) == (oid_of("messages"), oid_of("messages_pkey"))
    assert (index["indkey"], index["indisprimary"], index["indisunique"]) == ([1, 4], True, True)
    (constraint,) = pg("pg_constraint")
    assert (constraint["contype"], constraint["conkey"]) == ("p", [1, 4])
    usage = rows("information_schema", "key_column_usage")
    assert [(row["column_name"], row["ordinal_position"]) for row in usage] == [
        ("room", 1),
        ("id", 2),
    ]
    (definition,) = pg("pg_indexes")
    assert definition["indexdef"] == (
        "CREATE UNIQUE INDEX messages_pkey ON chat.messages USING btree (room, id)"
    )


def test_a_hidden_key_is_not_shown_to_clients() -> None:
    for relation in ("pg_index", "pg_constraint"):
        assert oid_of("log") not in {
            row.get("indrelid", row.get("conrelid")) for row in pg(relation)
        }
    assert "_row_id" not in repr(rows("information_schema", "columns"))
    assert "_row_id" in repr(rows("system", "columns"))


def test_information_schema_describes_types_as_postgresql_does() -> None:
    found = {
        row["column_name"]: row
        for row in rows("information_schema", "columns")
        if row["table_name"] == "messages"
    }
    assert (found["room"]["data_type"], found["room"]["numeric_precision"]) == ("integer", 32)
    assert found["body"]["data_type"] == "character varying"
    assert found["body"]["character_maximum_length"] == 100
    assert found["body"]["character_octet_length"] == 400
    assert found["body"]["column_default"] == "'hi'::character varying"
    price = found["price"]
    assert (price["numeric_precision"], price["numeric_scale"]) == (9, 2)
    assert (found["tags"]["data_type"], found["tags"]["udt_name"]) == ("ARRAY", "_text")
    assert (found["id"]["is_nullable"], found["body"]["is_nullable"]) == ("NO", "YES")


def test_segments_of_tables_that_are_gone_are_left_out() -> None:
    (segment,) = rows("system", "segments")
    assert (segment["namespace"], segment["table_name"], segment["user_id"]) == (
        "chat",
        "messages",
        "bob",
    )


def test_queries_of_others_are_only_for_dbas() -> None:
    (seen,) = pg("pg_stat_activity")
    assert seen["query"] == "SELECT 'a secret'"
    bob = CatalogView(CATALOG, "bob", RoleClass.SERVICE, activity=VIEW.activity)
    (seen,) = rows("pg_catalog", "pg_stat_activity", bob)
    assert (seen["query"], seen["state"]) == ("<insufficient privilege>", None)
    alice = CatalogView(CATALOG, "alice", RoleClass.USER, activity=VIEW.activity)
    (seen,) = rows("pg_catalog", "pg_stat_activity", alice)
    assert seen["query"] == "SELECT 'a secret'"


def test_computed_namespaces_and_relations_are_found_by_name() -> None:
    assert CATALOG.has_schema("pg_catalog")
    assert CATALOG.relation("pg_catalog", "pg_class") is not None
    assert CATALOG.relation("system", "pg_class") is None
    kinds = {row["relname"]: row["relkind"] for row in pg("pg_class")}
    assert (kinds["pg_class"], kinds["pg_tables"], kinds["users"], kinds["messages"]) == (
        "r",
        "v",
        "v",
        "r",
    )

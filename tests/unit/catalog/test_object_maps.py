"""Goal: names, visibility and definitions of objects are what PostgreSQL says for the same objects.

Method: a catalog in which two schemas have a table of one name, asked along different search paths;
the answers are PostgreSQL 15's for such tables.
"""

from __future__ import annotations

from typing import Any

import pytest

from kalampg.catalog import Catalog, RoleClass, bootstrap
from kalampg.catalog.edit import create_namespace
from kalampg.catalog.numbers import PRIMARY_KEY_CONSTRAINT_OFFSET, PRIMARY_KEY_INDEX_OFFSET
from kalampg.catalog.object_maps import OBJECT_MAPS, schemas_searched
from kalampg.catalog.role_edit import create_role
from kalampg.catalog.table_edit import NewColumn, NewTable, create_table
from kalampg.ids import Oid
from kalampg.relation import TableType

BIGINT = Oid(20)


def _table(schema_name: str, name: str, *columns: str) -> NewTable:
    made = tuple(NewColumn(column, BIGINT) for column in columns)
    return NewTable(schema_name, name, TableType.USER, made, columns, owner="alice")


def _catalog() -> Catalog:
    edit = bootstrap(root_verifier="v", server_secret=b"s" * 32, now_us=1)
    edit = edit.then(lambda c: create_role(c, "alice", RoleClass.USER, 2, verifier="v"))
    edit = edit.then(lambda c: create_namespace(c, "chat", "root", 2))
    for table in (
        _table("public", "t", "id"),
        _table("chat", "t", "room", "Id"),
        _table("chat", "Odd name", "id"),
        _table("public", "pg_class", "id"),
    ):
        edit = edit.then(lambda c, table=table: create_table(c, table, 3))  # type: ignore[misc]
    return edit.catalog


CATALOG = _catalog()


def _oid(schema_name: str, name: str) -> int:
    return int(CATALOG.tables[schema_name, name].table_id)


def _ask(name: str, *path: str) -> Any:
    return OBJECT_MAPS[name](CATALOG, path)


def test_only_the_first_of_a_name_along_the_path_is_visible() -> None:
    chat, public = _oid("chat", "t"), _oid("public", "t")
    visible = _ask("visible_classes", "chat", "public")
    assert (visible[chat], visible[public]) == (True, False)
    visible = _ask("visible_classes", "public")
    assert (visible[chat], visible[public]) == (False, True)


def test_pg_catalog_comes_first_unless_the_path_names_it() -> None:
    own = _oid("public", "pg_class")
    assert _ask("visible_classes", "public")[own] is False
    assert _ask("visible_classes", "public", "pg_catalog")[own] is True
    assert schemas_searched(CATALOG, ("nowhere", "chat")) == ("pg_catalog", "chat")
    assert schemas_searched(CATALOG, ("chat", "pg_catalog")) == ("chat", "pg_catalog")


def test_a_name_is_qualified_and_quoted_as_far_as_needed() -> None:
    names = _ask("class_names", "public")
    assert names[_oid("public", "t")] == "t"
    assert names[_oid("chat", "t")] == "chat.t"
    assert names[_oid("chat", "Odd name")] == 'chat."Odd name"'
    assert names[1259] == "pg_class"
    assert names[_oid("chat", "t") + PRIMARY_KEY_INDEX_OFFSET] == "chat.t_pkey"


@pytest.mark.parametrize("written", ['chat."Odd name"', '"chat"."Odd name"'])
def test_a_name_is_found_in_every_spelling(written: str) -> None:
    assert _ask("class_oids", "public")[written] == _oid("chat", "Odd name")


def test_a_name_without_schema_is_found_along_the_path_only() -> None:
    assert _ask("class_oids", "chat", "public")["t"] == _oid("chat", "t")
    assert _ask("class_oids", "public")["t"] == _oid("public", "t")
    assert "Odd name" not in _ask("class_oids", "chat")
    assert '"Odd name"' in _ask("class_oids", "chat")
    assert '"Odd name"' not in _ask("class_oids", "public")


@pytest.mark.parametrize(
    ("name", "oid"),
    [("int", 23), ("int4", 23), ("pg_catalog.int4", 23), ("int4[]", 1007), ("_int4", 1007),
     ("character varying", 1043), ('"char"', 18), ("char", 1042),
     ("timestamp with time zone", 1184)],
)  # fmt: skip
def test_types_are_found_by_all_their_names(name: str, oid: int) -> None:
    assert _ask("type_oids", "public")[name] == oid


def test_every_table_has_a_row_type() -> None:
    names = _ask("type_names", "public")
    oids = _ask("type_oids", "public")
    assert names[oids["t"]] == "t"
    assert names[oids["chat.t[]"]] == "chat.t[]"


def test_definitions_are_those_that_postgresql_prints() -> None:
    table = _oid("chat", "t")
    constraint = _ask("constraint_definitions", "public")[table + PRIMARY_KEY_CONSTRAINT_OFFSET]
    assert constraint == 'PRIMARY KEY (room, "Id")'
    index = table + PRIMARY_KEY_INDEX_OFFSET
    assert _ask("index_definitions", "public")[index] == (
        'CREATE UNIQUE INDEX t_pkey ON chat.t USING btree (room, "Id")'
    )
    assert _ask("index_columns", "public")[f"{index}/2"] == '"Id"'


def test_roles_and_schemas_have_names() -> None:
    oids = _ask("role_oids", "public")
    assert _ask("users", "public")[oids["alice"]] == "alice"
    assert _ask("namespace_names", "public")[_ask("namespace_oids", "public")["chat"]] == "chat"

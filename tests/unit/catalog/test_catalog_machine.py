"""Catalog edits: any sequence of DDL, with rollbacks and restarts.

Goal: the catalog holds exactly what the statements made, what it writes is what a restart reads,
and no OID or schema version is ever given twice, not even after a rollback.
Method: a state machine against plain dictionaries and sets that only grow.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kalampg import errors
from kalampg.catalog import Catalog, CatalogEdit, RoleClass, bootstrap, load
from kalampg.catalog.edit import create_namespace, drop_namespace, drop_table
from kalampg.catalog.role_edit import create_role, drop_role
from kalampg.catalog.table_edit import (
    NewColumn,
    NewTable,
    add_column,
    alter_table,
    create_table,
    drop_column,
    rename_column,
    rename_table,
)
from kalampg.ids import Oid
from kalampg.relation import TableType

NAMESPACES = st.sampled_from(["public", "app", "chat"])
TABLES = st.sampled_from(["t", "u", "t_pkey"])
COLUMNS = st.sampled_from(["a", "b", "c"])
ROLES = st.sampled_from(["alice", "bob"])
INT8 = Oid(20)


class CatalogMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        edit = bootstrap(root_verifier="v", server_secret=bytes(32), now_us=1)
        self.entries: dict[bytes, bytes] = {}
        self.namespaces = {"public"}
        self.tables: dict[tuple[str, str], list[str]] = {}
        self.roles = {"root"}
        self.oids_seen: set[int] = set()
        self.layouts_seen: dict[tuple[int, int], tuple[int, ...]] = {}
        self.uncommitted_oids: set[int] = set()
        self.commit(edit)

    def commit(self, edit: CatalogEdit) -> None:
        for key, value in edit.writes:
            if value is None:
                del self.entries[key]
            else:
                self.entries[key] = value
        self.catalog = edit.catalog

    @rule(name=NAMESPACES)
    def create_namespace(self, name: str) -> None:
        if name in self.namespaces:
            with pytest.raises(errors.DuplicateSchema):
                create_namespace(self.catalog, name, "root", 2)
            return
        self.commit(create_namespace(self.catalog, name, "root", 2))
        self.uncommitted_oids.clear()
        self.note_oid(self.catalog.namespaces[name].oid)
        self.namespaces.add(name)

    @rule(name=st.sampled_from(["app", "chat"]), cascade=st.booleans())
    def drop_namespace(self, name: str, cascade: bool) -> None:
        inside = [key for key in self.tables if key[0] == name]
        if name not in self.namespaces:
            with pytest.raises(errors.InvalidSchemaName):
                drop_namespace(self.catalog, name, cascade=cascade)
        elif inside and not cascade:
            with pytest.raises(errors.DependentObjectsStillExist):
                drop_namespace(self.catalog, name, cascade=cascade)
        else:
            edit = drop_namespace(self.catalog, name, cascade=cascade)
            assert sorted(table.name for table in edit.dropped) == sorted(key[1] for key in inside)
            self.commit(edit)
            self.namespaces.remove(name)
            for key in inside:
                del self.tables[key]

    @rule(
        schema=NAMESPACES,
        name=TABLES,
        columns=st.lists(COLUMNS, unique=True, min_size=1),
        has_key=st.booleans(),
        is_rolled_back=st.booleans(),
    )
    def create_table(
        self, schema: str, name: str, columns: list[str], has_key: bool, is_rolled_back: bool
    ) -> None:
        new = NewTable(
            schema,
            name,
            TableType.USER,
            tuple(NewColumn(column, INT8) for column in columns),
            (columns[0],) if has_key else (),
        )
        taken = (schema, name) in self.tables or name in {
            table.primary_key_name for table in self.catalog.tables_in(schema)
        }
        if schema not in self.namespaces:
            with pytest.raises(errors.InvalidSchemaName) as raised:
                create_table(self.catalog, new, 3)
            assert raised.value.hint == f"Create it first with CREATE NAMESPACE {schema}."
        elif taken:
            with pytest.raises(errors.DuplicateTable):
                create_table(self.catalog, new, 3)
        else:
            edit = create_table(self.catalog, new, 3)
            self.note_table(edit.catalog, schema, name)
            if is_rolled_back:
                table_id = edit.catalog.tables[schema, name].table_id
                self.uncommitted_oids.update(range(table_id, table_id + 5))
            else:
                self.uncommitted_oids.clear()  # the counter that is written is past them
                self.commit(edit)
                self.tables[schema, name] = columns + ([] if has_key else ["_row_id"])

    @rule(schema=NAMESPACES, name=TABLES)
    def drop_table(self, schema: str, name: str) -> None:
        table = self.catalog.relation(schema, name)
        assert (table is not None) == ((schema, name) in self.tables)
        if table is not None:
            edit = drop_table(self.catalog, table)
            assert edit.dropped == (table,)
            self.commit(edit)
            del self.tables[schema, name]

    @rule(schema=NAMESPACES, name=TABLES, column=COLUMNS, is_rolled_back=st.booleans())
    def add_column(self, schema: str, name: str, column: str, is_rolled_back: bool) -> None:
        table = self.catalog.relation(schema, name)
        if table is None:
            return
        if column in self.tables[schema, name]:
            with pytest.raises(errors.DuplicateColumn):
                add_column(self.catalog.numbers, table, NewColumn(column, INT8))
            return
        after = add_column(self.catalog.numbers, table, NewColumn(column, INT8, missing=7))
        edit = alter_table(self.catalog, table, after)
        self.note_layout(edit.catalog, schema, name)
        if not is_rolled_back:
            self.commit(edit)
            self.tables[schema, name].append(column)

    @rule(schema=NAMESPACES, name=TABLES, column=COLUMNS)
    def drop_column(self, schema: str, name: str, column: str) -> None:
        table = self.catalog.relation(schema, name)
        if table is None:
            return
        position = table.position_of(column)
        if position is None:
            with pytest.raises(errors.UndefinedColumn):
                drop_column(table, column)
        elif position in table.primary_key:
            with pytest.raises(errors.InvalidTableDefinition):
                drop_column(table, column)
        else:
            self.commit(alter_table(self.catalog, table, drop_column(table, column)))
            self.tables[schema, name].remove(column)

    @rule(schema=NAMESPACES, name=TABLES, column=COLUMNS, new_column=COLUMNS)
    def rename_column(self, schema: str, name: str, column: str, new_column: str) -> None:
        table = self.catalog.relation(schema, name)
        columns = self.tables.get((schema, name), [])
        if table is None or column not in columns or new_column in columns:
            return
        self.commit(alter_table(self.catalog, table, rename_column(table, column, new_column)))
        columns[columns.index(column)] = new_column

    @rule(schema=NAMESPACES, name=TABLES, new_name=TABLES)
    def rename_table(self, schema: str, name: str, new_name: str) -> None:
        table = self.catalog.relation(schema, name)
        if table is None or name == new_name:
            return
        taken = (schema, new_name) in self.tables or new_name in {
            other.primary_key_name for other in self.catalog.tables_in(schema)
        }
        if taken:
            with pytest.raises(errors.DuplicateTable):
                alter_table(self.catalog, table, rename_table(table, new_name))
            return
        self.commit(alter_table(self.catalog, table, rename_table(table, new_name)))
        self.tables[schema, new_name] = self.tables.pop((schema, name))

    @rule(name=ROLES)
    def create_role(self, name: str) -> None:
        if name in self.roles:
            with pytest.raises(errors.DuplicateObject):
                create_role(self.catalog, name, RoleClass.USER, 4)
            return
        version = self.catalog.version
        self.commit(create_role(self.catalog, name, RoleClass.USER, 4, verifier="w"))
        self.uncommitted_oids.clear()
        assert self.catalog.version == version, "roles are in no plan"
        self.note_oid(self.catalog.roles[name].oid)
        self.roles.add(name)

    @rule(name=ROLES)
    def drop_role(self, name: str) -> None:
        if name in self.roles:
            self.commit(drop_role(self.catalog, name, ()))
            self.roles.remove(name)
        else:
            with pytest.raises(errors.UndefinedObject):
                drop_role(self.catalog, name, ())

    @rule()
    def restart(self) -> None:
        self.catalog = load(reversed(list(self.entries.items())))
        # Numbers of changes that were rolled back are forgotten with the process and its caches.
        self.oids_seen -= self.uncommitted_oids
        self.uncommitted_oids.clear()
        self.layouts_seen.clear()
        for schema, name in self.tables:
            self.note_layout(self.catalog, schema, name)

    def note_oid(self, oid: int) -> None:
        assert oid not in self.oids_seen
        self.oids_seen.add(oid)

    def note_table(self, catalog: Catalog, schema: str, name: str) -> None:
        table = catalog.relation(schema, name)
        assert table is not None
        for offset in range(5):
            self.note_oid(table.table_id + offset)
        self.note_layout(catalog, schema, name)

    def note_layout(self, catalog: Catalog, schema: str, name: str) -> None:
        table = catalog.relation(schema, name)
        assert table is not None
        layout = tuple(column.column_id for column in table.columns)
        key = (table.table_id, table.schema_version)
        assert self.layouts_seen.setdefault(key, layout) == layout

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        assert set(self.catalog.namespaces) == self.namespaces
        assert set(self.catalog.roles) == self.roles
        assert {
            key: [column.name for column in table.columns]
            for key, table in self.catalog.tables.items()
        } == self.tables

    @invariant()
    def a_restart_reads_the_same(self) -> None:
        assert load(self.entries.items()) == self.catalog

    @invariant()
    def layouts_name_the_current_columns(self) -> None:
        for table in self.catalog.tables.values():
            assert self.catalog.table_by_id(table.table_id) is table
            ids = tuple(column.column_id for column in table.columns)
            assert table.layouts[table.schema_version] == ids
            assert max(table.layouts) == table.schema_version
            assert all(column.column_id < table.next_column_id for column in table.columns)


CatalogMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestCatalogMachine = CatalogMachine.TestCase

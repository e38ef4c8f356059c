"""CREATE TABLE and ALTER TABLE as catalog edits.

Goal: PostgreSQL's errors for what is not possible; one schema version an ALTER, none for a no-op.
Method: tables of refused definitions with SQLSTATE and message; hand-worked versions and positions.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kalampg.catalog import Catalog, bootstrap
from kalampg.catalog import table_edit as te
from kalampg.errors import PgError
from kalampg.ids import Oid
from kalampg.relation import AccessLevel, Relation, TableType

INT4, TEXT = Oid(23), Oid(25)
A, B, C = (te.NewColumn(name, INT4) for name in "abc")


@pytest.fixture
def catalog() -> Catalog:
    return bootstrap(root_verifier="v", server_secret=bytes(32), now_us=1).catalog


def table(catalog: Catalog, *columns: te.NewColumn, key: tuple[str, ...] = ("a",)) -> te.NewTable:
    return te.NewTable("public", "t", TableType.USER, columns, key)


def created(catalog: Catalog, new: te.NewTable) -> tuple[Catalog, Relation]:
    catalog = te.create_table(catalog, new, 5).catalog
    return catalog, catalog.tables[new.schema_name, new.name]


def test_key_columns_are_not_null(catalog: Catalog) -> None:
    _, relation = created(catalog, table(catalog, A, B, C, key=("c", "a")))
    assert relation.primary_key == (2, 0)
    assert [column.not_null for column in relation.columns] == [True, False, True]
    assert (relation.schema_version, dict(relation.layouts)) == (1, {1: (1, 2, 3)})


def test_without_a_key_a_hidden_row_id_is_the_last_column(catalog: Catalog) -> None:
    _, relation = created(catalog, table(catalog, A, key=()))
    row_id = relation.columns[1]
    assert (row_id.name, row_id.type_oid, row_id.is_hidden) == ("_row_id", 20, True)
    assert (row_id.default, row_id.not_null, relation.primary_key) == ("SNOWFLAKE_ID()", True, (1,))


@pytest.mark.parametrize(
    ("columns", "key", "sqlstate", "message"),
    [
        pytest.param(
            (A, A), ("a",), "42701", 'column "a" specified more than once', id="column-twice"
        ),
        pytest.param(
            (A,), ("z",), "42703", 'column "z" named in key does not exist', id="unknown-key"
        ),
        pytest.param(
            (A,),
            ("a", "a"),
            "42701",
            'column "a" appears twice in primary key constraint',
            id="key-column-twice",
        ),
        pytest.param(
            (te.NewColumn("_seq", INT4),),
            ("_seq",),
            "42701",
            'column name "_seq" conflicts with a system column name',
            id="system-column",
        ),
        pytest.param(
            tuple(te.NewColumn(f"c{i}", INT4) for i in range(1600)),
            ("c0",),
            "54011",
            "tables can have at most 1600 columns",
            id="too-many",
        ),
    ],
)
def test_refuses_a_definition(
    catalog: Catalog,
    columns: tuple[te.NewColumn, ...],
    key: tuple[str, ...],
    sqlstate: str,
    message: str,
) -> None:
    with pytest.raises(PgError, match=message) as raised:
        te.create_table(catalog, table(catalog, *columns, key=key), 5)
    assert raised.value.sqlstate == sqlstate


@pytest.mark.parametrize("schema", ["pg_catalog", "information_schema", "system"])
def test_nothing_is_created_among_computed_relations(catalog: Catalog, schema: str) -> None:
    with pytest.raises(PgError, match=f"permission denied for schema {schema}") as raised:
        te.create_table(catalog, te.NewTable(schema, "t", TableType.USER, (A,), ("a",)), 5)
    assert raised.value.sqlstate == "42501"


def test_an_alter_makes_one_version_however_many_actions_it_has(catalog: Catalog) -> None:
    catalog, before = created(catalog, table(catalog, A, B))
    after = te.add_column(catalog.numbers, before, C)
    after = te.drop_column(after, "b")
    after = te.rename_column(after, "c", "d")
    after = te.alter_table(catalog, before, after).catalog.tables["public", "t"]
    assert (after.schema_version, dict(after.layouts)) == (2, {1: (1, 2), 2: (1, 3)})
    assert [column.name for column in after.columns] == ["a", "d"]


def test_an_alter_that_changes_nothing_makes_no_version(catalog: Catalog) -> None:
    catalog, before = created(catalog, table(catalog, A, B))
    edit = te.alter_table(catalog, before, te.set_default(before, "b", None))
    assert (edit.writes, edit.catalog) == ((), catalog)


def test_a_version_that_was_rolled_back_is_not_given_again(catalog: Catalog) -> None:
    catalog, before = created(catalog, table(catalog, A, B))
    rolled_back = te.alter_table(catalog, before, te.add_column(catalog.numbers, before, C))
    lost = rolled_back.catalog.tables["public", "t"]
    again = te.add_column(catalog.numbers, before, te.NewColumn("c", TEXT))
    again = te.alter_table(catalog, before, again).catalog.tables["public", "t"]
    assert again.schema_version > lost.schema_version
    assert again.columns[2].column_id > lost.columns[2].column_id


def test_dropping_a_column_before_the_key_moves_the_key(catalog: Catalog) -> None:
    _, relation = created(catalog, table(catalog, A, B, C, key=("c",)))
    relation = te.drop_column(relation, "a")
    assert relation.primary_key == (1,)


@pytest.mark.parametrize(
    ("alter", "sqlstate"),
    [
        pytest.param(lambda t: te.drop_column(t, "a"), "42P16", id="drop-key"),
        pytest.param(lambda t: te.drop_column(t, "z"), "42703", id="drop-unknown"),
        pytest.param(lambda t: te.drop_column(t, "_seq"), "0A000", id="drop-system"),
        pytest.param(lambda t: te.rename_column(t, "a", "b"), "42701", id="rename-to-existing"),
        pytest.param(lambda t: te.rename_column(t, "a", "_deleted"), "42701", id="rename-system"),
        pytest.param(lambda t: te.set_default(t, "z", "1"), "42703", id="default-unknown"),
        pytest.param(lambda t: te.set_not_null(t, "a", not_null=False), "42P16", id="nullable-key"),
        pytest.param(
            lambda t: te.set_access_level(t, AccessLevel.PUBLIC), "42809", id="level-of-user-table"
        ),
    ],
)
def test_refuses_an_alter(
    catalog: Catalog, alter: Callable[[Relation], Relation], sqlstate: str
) -> None:
    _, relation = created(catalog, table(catalog, A, B))
    with pytest.raises(PgError) as raised:
        alter(relation)
    assert raised.value.sqlstate == sqlstate

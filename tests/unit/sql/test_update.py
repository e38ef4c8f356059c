"""Goal: UPDATE and DELETE find their rows by key or by a query. Method: plans by hand."""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql import Compiler, DeletePlan, UpdatePlan
from kalampg.sql.expression import Call, ColumnRef, Const, Param
from tests.unit.sql.sample_relations import AS_WRITTEN, ENV, ENV_ALL, M, T

INT4, INT8, TEXT, BOOL = Oid(23), Oid(20), Oid(25), Oid(16)


def update(text: str) -> UpdatePlan:
    plan = Compiler().compile(AS_WRITTEN + text, (), ENV).plan
    assert isinstance(plan, UpdatePlan)
    return plan


def delete(text: str) -> DeletePlan:
    plan = Compiler().compile(AS_WRITTEN + text, (), ENV).plan
    assert isinstance(plan, DeletePlan)
    return plan


def test_update_by_key() -> None:
    plan = update("update t as x set n = x.n + $1, name = 'y' where id = $2 and flag")
    assert plan.relation == T
    assert plan.targets == (2, 1)
    assert plan.key == (Param(2, INT8),)
    assert plan.filter == ColumnRef(7, BOOL)
    assert plan.values == (Call("+", (ColumnRef(2, INT4), Param(1, INT4)), INT4), Const("y", TEXT))
    assert plan.query is None
    assert plan.param_oids == (INT4, INT8)


def test_default_and_null_in_set() -> None:
    plan = update("update m set likes = default, body = null where room = 'a' and seq = 1")
    assert plan.values == (Const(0, INT4), Const(None, TEXT))


def test_the_key_itself_may_change() -> None:
    plan = update("update t set id = $1 where id = 5")
    assert (plan.targets, plan.key) == ((0,), (Const(5, INT4),))


def test_update_by_query_gives_key_version_and_values() -> None:
    plan = update("update m set body = 'x', likes = likes + 1 where seq > $1")
    assert plan.key is None
    assert plan.values == (ColumnRef(3, TEXT), ColumnRef(4, INT4))
    assert plan.query is not None
    assert [c.name if c else "" for c in plan.query.column_hints][:3] == ["room", "seq", "_seq"]
    assert len(plan.query.column_hints) == 5
    assert [use.relation for use in plan.query.uses] == [M]


def test_update_from_changes_each_row_once() -> None:
    plan = update("update t set n = m.likes from m where m.seq = t.id")
    assert plan.query is not None
    assert "DISTINCT ON" in plan.query.parts[0]
    assert {use.relation.name for use in plan.query.uses} == {"t", "m"}


def test_a_condition_that_a_rule_replaces() -> None:
    assert update("update t set n = 1 where name like 'A%'").query is not None


def test_row_assignment() -> None:
    plan = update("update t set (name, n) = ($1, 2) where id = 1")
    assert plan.targets == (1, 2)
    assert plan.values == (Param(1, TEXT), Const(2, INT4))


def test_delete_by_key_and_by_query() -> None:
    by_key = delete("delete from m where room = $1 and seq = $2 and likes = 0 returning body")
    assert by_key.key == (Param(1, TEXT), Param(2, INT8))
    assert by_key.filter == Call("=", (ColumnRef(3, INT4), Const(0, INT4)), BOOL)
    assert by_key.returning is not None
    assert by_key.returning.outputs == (ColumnRef(2, TEXT),)
    by_query = delete("delete from m using t where t.id = m.seq and t.name = $1")
    assert by_query.key is None
    assert by_query.query is not None
    assert len(by_query.query.uses) == 2


def test_part_of_the_key_is_not_the_key() -> None:
    assert delete("delete from m where room = $1").key is None
    assert delete("delete from m where room = $1 and seq > 3").key is None
    assert delete("delete from m").key is None


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        ("update t set _deleted = true where id = 1", "428C9"),
        ("update t set nope = 1", "42703"),
        ("update t set n = 1, n = 2", "42601"),
        ("update t set (n, name) = (1, 'a', 2)", "42601"),
        ("update t set tags[1][2] = 'x'", "0A000"),
        ("update t set n[1] = 1", "42804"),
        ("update t set tags[1] = 'x', tags = '{}'", "42601"),
        ("update t set tags[true] = 'x'", "42804"),
        ("update system.jobs set status = 'x'", "42501"),
        ("update t set n = default where n = 1", None),
        ("update t set flag = default where n = 1", None),
        ("delete from system.jobs", "42501"),
        ("delete from t where current of c", "0A000"),
    ],
)
def test_refused(text: str, sqlstate: str | None) -> None:
    if sqlstate is None:
        assert update(text).query is not None
        return
    with pytest.raises(errors.PgError) as caught:
        Compiler().compile(AS_WRITTEN + text, (), ENV)
    assert caught.value.sqlstate == sqlstate


@pytest.mark.parametrize("text", ["update t set n = 1 where id = 1", "delete from t where id = 1"])
def test_nothing_is_written_across_users(text: str) -> None:
    with pytest.raises(errors.ReadOnlySqlTransaction):
        Compiler().compile(text, (), ENV_ALL)

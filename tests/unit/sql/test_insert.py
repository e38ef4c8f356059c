"""Goal: INSERT plans carry the right values for the right columns. Method: plans by hand."""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql import Compiler, InsertPlan
from kalampg.sql.expression import Call, ColumnRef, Const, Param
from kalampg.sql.plan import GIVEN_ROWS
from tests.unit.sql.sample_relations import AS_WRITTEN, ENV, ENV_ALL, M

INT4, INT8, TEXT = Oid(23), Oid(20), Oid(25)


def plan_of(text: str) -> InsertPlan:
    plan = Compiler().compile(AS_WRITTEN + text, (), ENV).plan
    assert isinstance(plan, InsertPlan)
    return plan


def test_rows_defaults_and_targets() -> None:
    plan = plan_of("insert into m values ($1, 1, default), ('b', 2.5, 'c')")
    assert plan.relation == M
    assert plan.targets == (0, 1, 2)
    assert plan.rows == (
        (Param(1, TEXT), Const(1, INT4), None),
        (Const("b", TEXT), Const(plan.rows[1][1].value, Oid(1700)), Const("c", TEXT)),  # type: ignore[union-attr]
    )
    assert plan.defaults == (None, None, None, Const(0, INT4))
    assert plan.param_oids == (TEXT,)


def test_literals_become_values_of_the_column() -> None:
    plan = plan_of("insert into t (id, d, flag, tags) values ('7', '1970-01-02', 'yes', '{a,b}')")
    assert [e.value for e in plan.rows[0] if isinstance(e, Const)] == [7, 1, True, ["a", "b"]]


def test_parameters_take_the_type_of_their_column() -> None:
    plan = plan_of("insert into t (id, d, doc) values ($1, $2, $3)")
    assert plan.param_oids == (20, 1082, 3802)


def test_default_values() -> None:
    plan = plan_of("insert into m default values")
    assert (plan.targets, plan.rows, plan.source) == ((), ((),), None)


def test_insert_select_and_values_for_duckdb() -> None:
    select = plan_of("insert into m (seq, room) select id, name from t where n = $1")
    assert select.targets == (1, 0)
    assert select.source is not None
    assert [use.relation.name for use in select.source.uses] == ["t"]
    computed = plan_of("insert into m (room, seq, body) values (md5($1), 1, default)")
    assert computed.targets == (0, 1)
    assert computed.source is not None
    assert computed.source.uses == ()


def test_returning_over_the_new_rows() -> None:
    plan = plan_of("insert into m (room, seq) values ('a', 1) returning *, seq + 1 as x, _seq")
    assert plan.returning is not None
    assert plan.returning.outputs == (
        *(ColumnRef(i, c.type_oid) for i, c in enumerate(M.columns)),
        Call("+", (ColumnRef(1, INT8), Const(1, INT4)), INT8),
        ColumnRef(6, INT8),
    )
    assert plan.returning.columns is not None
    assert [c.name for c in plan.returning.columns] == [
        "room", "seq", "body", "likes", "x", "_seq",
    ]  # fmt: skip


def test_returning_what_only_duckdb_computes() -> None:
    plan = plan_of("insert into m (room, seq) values ('a', 1) returning md5(room)")
    assert plan.returning is not None
    assert plan.returning.query is not None
    [use] = plan.returning.query.uses
    assert use.relation.table_id == GIVEN_ROWS
    assert [column.type_oid for column in use.relation.columns] == [TEXT, INT8]
    assert plan.returning.outputs == (ColumnRef(0, TEXT),)
    assert not plan.returning.reads_tables


def test_returning_reads_other_tables_by_a_query_of_their_own() -> None:
    plan = plan_of("insert into m values ('a', 1) returning seq, (select 1 from t where id = seq)")
    assert plan.returning is not None
    assert plan.returning.reads_tables
    assert plan.returning.outputs == (ColumnRef(1, INT8),)


def test_default_in_some_rows_of_values_for_duckdb() -> None:
    plan = plan_of("insert into m values (md5('a'), 1, default), (md5('b'), 2, 'x')")
    assert plan.source is not None
    assert plan.values is not None
    chosen = plan.values[2]
    assert isinstance(chosen, Call)
    assert (chosen.function, chosen.arguments[0]) == ("case", ColumnRef(3, Oid(16)))


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        ("insert into m (room, _seq) values ('a', 1)", "428C9"),
        ("insert into m (room, _user_id) values ('a', 'bob')", "428C9"),
        ("insert into system.jobs values ('a', 'b')", "42501"),
        ("insert into m values ('a', 1) returning (select seq, likes)", "42601"),
        ("insert into m values ('a', 1) returning count(*)", "42803"),
    ],
)
def test_refused(text: str, sqlstate: str) -> None:
    with pytest.raises(errors.PgError) as caught:
        plan_of(text)
    assert caught.value.sqlstate == sqlstate


def test_nothing_is_written_across_users() -> None:
    with pytest.raises(errors.ReadOnlySqlTransaction):
        Compiler().compile("insert into m values ('a', 1)", (), ENV_ALL)

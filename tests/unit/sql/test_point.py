"""Goal: statements by key run without DuckDB, and only where that means the same.

Method: statements with their plan written out by hand; statements near them that must not.
"""

from __future__ import annotations

import pytest

from kalampg.ids import Oid
from kalampg.sql import Compiler, PointSelect, RangeSelect, SelectPlan
from kalampg.sql.expression import Call, ColumnRef, Const, Expression, Param
from kalampg.sql.row_plans import IndexSelect
from tests.unit.sql.sample_relations import ENV, ENV_ALL, M, T

INT4, INT8, TEXT, BOOL = Oid(23), Oid(20), Oid(25), Oid(16)


def fast(text: str, *param_oids: int) -> PointSelect | RangeSelect | IndexSelect | None:
    plan = Compiler().compile(text, param_oids or (), ENV).plan
    assert isinstance(plan, SelectPlan)
    return plan.fast


def test_full_key() -> None:
    plan = Compiler().compile("select name, n from t where id = 7 and n > 3", (), ENV).plan
    assert isinstance(plan, SelectPlan)
    assert plan.fast == PointSelect(
        T,
        (Param(1, INT4),),
        Call(">", (ColumnRef(2, INT4), Param(2, INT4)), BOOL),
        (ColumnRef(1, TEXT), ColumnRef(2, INT4)),
    )


def test_full_key_with_own_parameters_keeps_its_literals() -> None:
    assert fast("select name from t where id = $1 and n > 3", 20) == PointSelect(
        T,
        (Param(1, INT8),),
        Call(">", (ColumnRef(2, INT4), Const(3, INT4)), BOOL),
        (ColumnRef(1, TEXT),),
    )


def test_system_columns_and_deleted_rows() -> None:
    found = fast("select _seq, _deleted from t where id = 1")
    assert isinstance(found, PointSelect)
    assert found.outputs == (ColumnRef(21, INT8), ColumnRef(20, BOOL))
    assert found.includes_deleted


def test_newest_page() -> None:
    assert fast("select body from m where room = $1 order by seq desc limit $2", 25, 20) == (
        RangeSelect(
            relation=M,
            prefix=(Param(1, TEXT),),
            lower=None,
            upper=None,
            is_descending=True,
            filter=None,
            limit=Param(2, INT8),
            offset=None,
            outputs=(ColumnRef(2, TEXT),),
        )
    )


def test_bounds_of_the_next_key_column() -> None:
    found = fast("select * from m where room = $1 and seq > $2 and seq <= $3 order by room, seq",
                 25, 20, 20)  # fmt: skip
    assert isinstance(found, RangeSelect)
    assert found.lower == (Param(2, INT8), False)
    assert found.upper == (Param(3, INT8), True)
    assert not found.is_descending
    between = fast("select * from m where room = $1 and seq between $2 and $3", 25, 20, 20)
    assert isinstance(between, RangeSelect)
    assert (between.lower, between.upper) == ((Param(2, INT8), True), (Param(3, INT8), True))


def test_a_bound_beside_an_equality_is_not_lost() -> None:
    found = fast("select * from t where id = $1 and id > $2", 20, 20)
    assert isinstance(found, PointSelect)
    assert found.filter == Call(">", (Param(1, INT8), Param(2, INT8)), BOOL)


def test_a_second_equality_on_the_key_is_a_filter() -> None:
    found = fast("select n from t where id = $1 and id = $2", 20, 20)
    assert isinstance(found, PointSelect)
    assert found.filter == Call("=", (ColumnRef(0, INT8), Param(2, INT8)), BOOL)


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("select 1", (Const(1, INT4),)),
        ("select -5", (Const(-5, INT4),)),
        ("select $1::int + 1",
         (Call("+", (Call("cast", (Param(1, INT4),), INT4), Const(1, INT4)), INT4),)),
        ("select now()", (Call("now", (), Oid(1184)),)),
        ("select current_user", (Call("current_user", (), Oid(19)),)),
        ("select snowflake_id()", (Call("snowflake_id", (), INT8),)),
        ("select '2020-01-02'::date", (Const(18263, Oid(1082)),)),
        ("select null", (Const(None, TEXT),)),
        ("select true and not false",
         (Call("and", (Const(True, BOOL), Call("not", (Const(False, BOOL),), BOOL)), BOOL),)),
        ("select 1 in (1, 2) is not null", None),
        ("select case when true then 1 else 2.5 end", None),
    ],
)  # fmt: skip
def test_expressions_without_a_table(text: str, outputs: tuple[Expression, ...] | None) -> None:
    found = fast(text)
    assert isinstance(found, PointSelect)
    if outputs is not None:
        assert found.outputs == outputs


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("select * from t where id = 1.5", id="numeric-would-truncate"),
        pytest.param("select * from shop.s where id = 3000000000", id="int8-does-not-fit-int4"),
        pytest.param("select * from t where id = 1 or n = 2", id="or"),
        pytest.param("select * from t where id = n", id="other-column"),
        pytest.param("select * from t where id = snowflake_id()", id="volatile-key"),
        pytest.param("select count(*) from t where id = 1", id="aggregate"),
        pytest.param("select distinct n from t where id = 1", id="distinct"),
        pytest.param("select n from t where id = 1 group by n", id="group"),
        pytest.param("select t.n from t, m where t.id = 1", id="join"),
        pytest.param("select n from t where id = (select 1)", id="subquery"),
        pytest.param("select * from t", id="everything"),
        pytest.param("select * from m where seq = 1 order by seq limit 1", id="not-a-prefix"),
        pytest.param("select * from system.jobs where job_id = 'x'", id="computed-relation"),
        pytest.param("select md5('x')", id="function-of-duckdb"),
        pytest.param("select tags[1] from t where id = 1", id="subscript"),
        pytest.param("with c as (select 1) select n from t where id = 1", id="cte"),
    ],
)
def test_left_to_duckdb(text: str) -> None:
    assert fast(text) is None


def test_reading_across_users_never_takes_the_short_way() -> None:
    plan = Compiler().compile("select n, _user_id from t where id = 1", (), ENV_ALL).plan
    assert isinstance(plan, SelectPlan)
    assert plan.fast is None
    assert plan.query is not None
    assert "$kalam_user" not in "".join(plan.query.parts)


def test_for_update_is_kept() -> None:
    plan = Compiler().compile("select n from t where id = 1 for update", (), ENV).plan
    assert isinstance(plan, SelectPlan)
    assert plan.locked is not None
    assert isinstance(plan.fast, PointSelect)

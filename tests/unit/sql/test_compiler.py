"""Goal: one plan for texts that differ in literals only, and their values beside it.

Method: pairs of texts whose plans must or must not be one object.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql import Compiler, EmptyPlan, ExecuteAsPlan, SelectPlan
from kalampg.sql.expression import Call, Const
from tests.unit.sql.sample_relations import ENV, ENV_ALL


def test_literals_share_a_plan() -> None:
    compiler = Compiler()
    first = compiler.compile("select n from t where id = 42 and name = 'x'", (), ENV)
    second = compiler.compile("select n from t where id = 43 and name = 'it''s'", (), ENV)
    assert first.plan is second.plan
    assert (first.lifted, second.lifted) == ((42, "x"), (43, "it's"))
    assert first.param_oids == (23, 25)


def test_lifted_strings_become_values_of_the_type_they_meet() -> None:
    compiled = Compiler().compile("select n from t where id = '7' and d > '1970-01-02'", (), ENV)
    assert compiled.lifted == (7, 1)
    assert compiled.param_oids == (20, 1082)


def test_bad_literal_in_a_cached_plan_fails_at_its_place() -> None:
    compiler = Compiler()
    compiler.compile("select n from t where id = '7'", (), ENV)
    text = "select n from t where id = 'seven'"
    with pytest.raises(errors.InvalidTextRepresentation) as caught:
        compiler.compile(text, (), ENV)
    assert caught.value.position == text.index("'seven'") + 1


def test_errors_speak_of_the_text_and_not_of_lifted_parameters() -> None:
    text = "select n from t where id = 1 and nope = 2"
    with pytest.raises(errors.UndefinedColumn) as caught:
        Compiler().compile(text, (), ENV)
    assert caught.value.position == text.index("nope") + 1
    with pytest.raises(errors.UndefinedFunction, match="text = integer"):
        Compiler().compile("select n from t where name = 1", (), ENV)


@pytest.mark.parametrize(
    "env",
    [
        pytest.param(replace(ENV, search_path=("shop",)), id="search-path"),
        pytest.param(ENV_ALL, id="scope"),
        pytest.param(replace(ENV, timezone="Asia/Tokyo"), id="timezone"),
        pytest.param(replace(ENV, default_table_type="USER"), id="table-type"),
    ],
)
def test_what_a_plan_depends_on_is_in_the_key(env: object) -> None:
    compiler = Compiler()
    first = compiler.compile("select 1 + 1 as x, (select 2) y", (), ENV)
    second = compiler.compile("select 1 + 1 as x, (select 2) y", (), env)  # type: ignore[arg-type]
    assert first.plan is not second.plan


def test_search_path_decides_and_pg_catalog_comes_first() -> None:
    plan = Compiler().compile("select title from s", (), replace(ENV, search_path=("shop",))).plan
    assert isinstance(plan, SelectPlan)
    with pytest.raises(errors.UndefinedTable):
        Compiler().compile("select title from s", (), ENV)


def test_client_types_win() -> None:
    compiled = Compiler().compile("select n from t where n = $1", (20,), ENV)
    assert compiled.param_oids == (20,)


def test_execute_as_wraps_a_data_statement() -> None:
    plan = Compiler().compile("execute as user 'bob' (select n from t where id = 1)", (), ENV).plan
    assert isinstance(plan, ExecuteAsPlan)
    assert plan.user_id == "bob"
    assert isinstance(plan.inner, SelectPlan)
    with pytest.raises(errors.FeatureNotSupported):
        Compiler().compile("execute as user 'bob' (create table x (a int))", (), ENV)


def test_positions_inside_execute_as_are_those_of_the_whole_text() -> None:
    text = "execute as user 'bob' (select nope from t)"
    with pytest.raises(errors.UndefinedColumn) as caught:
        Compiler().compile(text, (), ENV)
    assert caught.value.position == text.index("nope") + 1


def test_nothing_compiles_to_the_empty_plan() -> None:
    assert Compiler().compile(" -- x", (), ENV).plan == EmptyPlan()


def test_deep_nesting_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(errors.PgError) as caught:
        Compiler().compile("select " + "(" * 20_000 + "1" + ")" * 20_000, (), ENV)
    assert caught.value.sqlstate == "54001"


@pytest.mark.parametrize(
    ("text", "oid", "expected"),
    [
        ("5", 23, Const(5, Oid(23))),
        ("'1970-01-02'", 1082, Const(1, Oid(1082))),
        ("null", 25, Const(None, Oid(25))),
        ("NOW()", 1184, Call("now", (), Oid(1184))),
        ("SNOWFLAKE_ID()", 20, Call("snowflake_id", (), Oid(20))),
        ("current_user", 25, Call("current_user", (), Oid(19))),
        ("-1", 20, Call("cast", (Const(-1, Oid(23)),), Oid(20))),
    ],
)
def test_defaults(text: str, oid: int, expected: object) -> None:
    assert Compiler().compile_default(text, oid, -1, ENV) == expected


@pytest.mark.parametrize(
    ("text", "oid", "sqlstate"),
    [
        ("nope", 23, "0A000"),
        ("(select 1)", 23, "0A000"),
        ("md5('x')", 25, "0A000"),
        ("now()", 23, "42804"),
        ("'x'", 23, "22P02"),
        ("$1", 23, "42P02"),
        ("1 +", 23, "42601"),
        ("1, 2", 23, "42601"),
        ("1 from t", 23, "42601"),
        ("nosuch()", 23, "42883"),
    ],
)
def test_refused_defaults(text: str, oid: int, sqlstate: str) -> None:
    with pytest.raises(errors.PgError) as caught:
        Compiler().compile_default(text, oid, -1, ENV)
    assert caught.value.sqlstate == sqlstate

"""Goal: set_config() changes a setting exactly once, or is refused.

Method: statements in which PostgreSQL calls it once, and such in which it calls it several times,
or perhaps never.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql import Compiler, SelectPlan
from kalampg.sql.expression import Const, Param
from kalampg.sql.plan import SettingChange
from tests.unit.sql.sample_relations import ENV


def _changes(text: str) -> tuple[SettingChange, ...]:
    plan = Compiler().compile(text, (), ENV).plan
    assert isinstance(plan, SelectPlan)
    assert plan.query is not None
    return plan.query.setting_changes


def test_changes_come_in_the_order_of_the_select_list() -> None:
    first, second = _changes(
        "select set_config('a', 'x', false), 1, pg_catalog.set_config('b', $1, true) as c"
    )
    assert (first.name, second.name) == (Const("a", Oid(25)), Const("b", Oid(25)))
    assert isinstance(second.value, Param)
    assert (first.is_local, second.is_local) == (Const(False, Oid(16)), Const(True, Oid(16)))


def test_other_statements_change_nothing() -> None:
    assert _changes("select count(*) from t") == ()


@pytest.mark.parametrize(
    "text",
    [
        "select set_config('a', 'x', false) from t",
        "select set_config('a', 'x', false) where 1 = 2",
        "select set_config('a', 'x', false) limit 0",
        "select 1 where set_config('a', 'x', false) = 'x'",
        "select case when 1 = 2 then set_config('a', 'x', false) end",
        "select coalesce('x', set_config('a', 'x', false))",
        "select (select set_config('a', 'x', false))",
        "select set_config('a', 'x', false) union select 'x'",
        "select set_config(current_setting('b'), 'x', false) from m",
        "with c as (select set_config('a', 'x', false)) select 1 from c",
    ],
)
def test_a_call_that_may_run_another_number_of_times_is_refused(text: str) -> None:
    with pytest.raises(errors.FeatureNotSupported, match="set_config"):
        _changes(text)

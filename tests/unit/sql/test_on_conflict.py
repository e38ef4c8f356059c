"""Goal: ON CONFLICT names the key and sees both rows. Method: plans and PostgreSQL 15's errors."""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql import Compiler, InsertPlan
from kalampg.sql.expression import Call, ColumnRef, Const, Param
from kalampg.sql.plan import OnConflict
from tests.unit.sql.sample_relations import AS_WRITTEN, ENV, M

TEXT, NUMERIC = Oid(25), Oid(1700)
# m's columns, then the three system columns, then excluded's.
EXCLUDED = len(M.columns) + 3


def conflict_of(text: str) -> OnConflict:
    plan = Compiler().compile(AS_WRITTEN + text, (), ENV).plan
    assert isinstance(plan, InsertPlan)
    assert plan.conflict is not None
    return plan.conflict


@pytest.mark.parametrize(
    "target",
    ["", "(room, seq)", "(seq, room)", "on constraint m_pkey", "(room, seq) where seq > 0"],
)
def test_do_nothing_takes_the_key_in_any_spelling(target: str) -> None:
    text = f"insert into m values ('a', 1) on conflict {target} do nothing"
    assert conflict_of(text) == OnConflict(is_any=not target)


def test_values_and_condition_see_the_existing_row_and_excluded() -> None:
    found = conflict_of(
        "insert into m as old values ('a', 1, 'x') on conflict (room, seq) do update "
        "set body = old.body || excluded.body where excluded.body <> $1"
    )
    old, new = ColumnRef(2, TEXT), ColumnRef(EXCLUDED + 2, TEXT)
    assert found == OnConflict(
        (2,),
        (Call("||", (old, new), TEXT),),
        Call("<>", (new, Param(1, TEXT)), Oid(16)),
        is_update=True,
    )


def test_default_and_rows_in_set() -> None:
    found = conflict_of(
        "insert into m values ('a', 1) on conflict (room, seq) do update "
        "set (body, likes) = ('x', default)"
    )
    assert found.targets == (2, 3)
    assert found.values == (Const("x", TEXT), Const(0, Oid(23)))


@pytest.mark.parametrize(
    ("clause", "sqlstate", "message"),
    [
        ("(room) do nothing", "42P10", "there is no unique or exclusion constraint"),
        ("(lower(room)) do nothing", "42P10", "there is no unique"),
        ("(nope) do nothing", "42703", 'column "nope" does not exist'),
        ("on constraint nope do nothing", "42704",
         'constraint "nope" for table "m" does not exist'),
        ("do update set body = 'x'", "42601",
         "ON CONFLICT DO UPDATE requires inference specification or constraint name"),
        ("(room, seq) do update set nope = 1", "42703",
         'column "nope" of relation "m" does not exist'),
        ("(room, seq) do update set body = body || 'x'", "42702",
         'column reference "body" is ambiguous'),
        ("(room, seq) do update set body = excluded.nope", "42703",
         "column excluded.nope does not exist"),
        ("(room, seq) do update set body = 'a', body = 'b'", "42601", "multiple assignments"),
        ("(room, seq) do update set likes = true", "42804", 'column "likes" is of type integer'),
    ],
)  # fmt: skip
def test_refused(clause: str, sqlstate: str, message: str) -> None:
    with pytest.raises(errors.PgError) as caught:
        conflict_of(f"insert into m values ('a', 1) on conflict {clause}")
    assert (caught.value.sqlstate, caught.value.message[: len(message)]) == (sqlstate, message)

"""Goal: in a DuckDB query every table is a scan of one user's rows, behind a predicate.

Method: statements that put a table into every position there is; the text must have one scan for
each occurrence, each with the predicate around it, whatever the names in the statement are.
"""

from __future__ import annotations

import re

import pytest

from kalampg.ids import Oid
from kalampg.sql import Compiler, DuckQuery
from kalampg.sql.expression import Call, Const, Param
from kalampg.sql.scan_hints import FirstRows, KeyBound
from tests.unit.sql.sample_relations import AS_WRITTEN, ENV, ENV_ALL

PREDICATE = '"_user_id" = $kalam_user'


def query_of(text: str, env: object = ENV) -> DuckQuery:
    plan = Compiler().compile(text, (), env).plan  # type: ignore[arg-type]
    query = getattr(plan, "query", None) or getattr(plan, "source", None)
    assert isinstance(query, DuckQuery)
    return query


POSITIONS = [
    ("select count(*) from t", 1),
    ("select (select max(n) from t)", 1),
    ("select * from (select n from t) x", 1),
    ("with c as (select n from t) select * from c, c d", 1),
    (
        (
            "with recursive c as (select id from t union all select c.id + 1 from c, m) "
            "select * from c"
        ),
        2,
    ),
    ("select n from t union select likes from m", 2),
    ("select * from t a join t b on a.id = b.n left join m on true", 3),
    ("select * from t cross join lateral (select * from m where m.seq = t.id) x", 2),
    ("select 1 where exists (select 1 from t where id in (select seq from m))", 2),
    ("select array(select n from t)", 1),
    ("select n from t where id = any (select seq from m)", 2),
    ("select sum(n) over (order by (select max(likes) from m)) from t", 2),
    ("select case when (select true from t) then 1 end from m", 2),
    ("insert into m (seq) select n from t", 1),
    ("update t set n = likes from m where m.seq = t.id", 2),
    ("update t set n = (select max(likes) from m)", 2),
    ("delete from t using m where m.seq = t.id", 2),
    ("delete from t where n in (select likes from m)", 2),
    ("select \"t\".\"n\" from public.\"t\" where /* m */ n = 1 -- from m", 1),
    ("with t as (select likes as n from m) select n from t", 1),
    ("with t as (select * from t) select n from t", 1),
    ("select m.n from t as m", 1),
    ("values ((select n from t))", 1),
    ("select * from (t join m on true)", 2),
    ("select n from t group by n having count(*) > (select count(*) from m)", 2),
    ("select n from t order by (select max(likes) from m)", 2),
    ("select n from t limit (select 1 from m)", 2),
]  # fmt: skip


@pytest.mark.parametrize(("text", "count"), POSITIONS, ids=[text for text, _ in POSITIONS])
def test_every_occurrence_is_a_scan_behind_the_predicate(text: str, count: int) -> None:
    query = query_of(text)
    assert len(query.uses) == count
    assert len(query.parts) == count + 1
    whole = "<scan>".join(query.parts)
    assert len(re.findall(r'FROM <scan> WHERE \("_user_id" = \$kalam_user\) AND', whole)) == count


def test_shared_tables_have_no_user() -> None:
    query = query_of("select count(*) from shop.s")
    assert PREDICATE not in "".join(query.parts)
    assert '(NOT "_deleted")' in "".join(query.parts) or 'NOT "_deleted"' in "".join(query.parts)
    assert "$kalam_user" not in "".join(query.parts)


def test_reading_across_users_drops_the_predicate_and_shows_whose_row_it_is() -> None:
    query = query_of("select _user_id, count(*) from t group by 1", ENV_ALL)
    assert PREDICATE not in "".join(query.parts)
    assert query.uses[0].columns == (20, 22)


def test_naming_deleted_shows_deleted_rows_of_that_table_only() -> None:
    query = query_of("select count(*) from t, m where t._deleted")
    assert [use.includes_deleted for use in query.uses] == [True, False]
    assert "<scan>".join(query.parts).count('NOT "_deleted"') == 1


def test_scans_hold_only_what_is_read() -> None:
    [use] = query_of("select sum(n) from t where price > 1").uses
    # n, price, _deleted and _user_id
    assert use.columns == (2, 3, 20, 22)


def test_bounds_for_pruning() -> None:
    [use] = query_of("select sum(n) from t where id >= $1 and 9 > id and n = 3 or false").uses
    assert use.bounds == ()
    [use] = query_of("select sum(n) from t where id >= $1 and 9 > id and price = 3").uses
    assert use.bounds == (
        KeyBound(0, ">=", Param(1, Oid(20))),
        KeyBound(0, "<", Const(9, Oid(23))),
    )


def test_the_first_rows_of_a_computed_relation() -> None:
    five = Call("cast", (Const(5, Oid(23)),), Oid(20))
    for outputs in ("job_id, 1", "*", "job_id, status", "status as x"):
        text = f"select {outputs} from system.jobs order by status desc, job_id"
        [use] = query_of(f"{AS_WRITTEN}{text} limit 5 offset $1").uses
        assert use.first == FirstRows(1, True, five, Param(1, Oid(20)))


@pytest.mark.parametrize(
    "text",
    [
        "select job_id from system.jobs order by status",
        "select job_id from system.jobs limit 5",
        "select job_id from system.jobs order by status limit all",
        "select job_id from system.jobs order by lower(status) limit 5",
        "select job_id from system.jobs where job_id > 'a' order by status limit 5",
        "select max(job_id) from system.jobs group by status order by status limit 5",
        "select distinct status from system.jobs order by status limit 5",
        "select distinct on (status) status from system.jobs order by status limit 5",
        "select status, count(*) over () from system.jobs order by status limit 5",
        "select status, generate_series(1, 0) from system.jobs order by status limit 5",
        "select status, (select count(*) from m) from system.jobs order by status limit 5",
        "select j.status from system.jobs j, m order by status limit 5",
        "select status from system.jobs union all select body from m order by status limit 5",
        "select body from m order by body limit 5",
    ],
)
def test_all_rows_of_a_relation_may_be_needed(text: str) -> None:
    assert not any(use.first for use in query_of(text).uses)


def test_outer_conditions_say_nothing_about_inner_scans() -> None:
    query = query_of("select 1 from t where exists (select 1 from m where t.id = 5 and seq = 6)")
    bounds = {use.relation.name: use.bounds for use in query.uses}
    assert bounds["t"] == ()
    assert [bound.position for bound in bounds["m"]] == [1]


def test_text_of_the_client_cannot_look_like_a_scan() -> None:
    query = query_of("""select 'kalam scan 0/0', '"kalam scan 1/0"' as "kalam scan 2/0" from t""")
    assert len(query.uses) == 1


def test_positions_in_uses_follow_the_text() -> None:
    query = query_of("select (select max(likes) from m), n from t")
    assert [use.relation.name for use in query.uses] == ["m", "t"]


def test_literals_and_user_are_never_text() -> None:
    query = query_of("select sum(n) from t where name = 'Robert''); DROP TABLE t' and n < 77")
    assert "Robert" not in "".join(query.parts)
    assert "77" not in "".join(query.parts)

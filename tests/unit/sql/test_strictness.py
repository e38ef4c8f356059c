"""Goal: what only sqlglot or DuckDB would accept is refused.

Method: statements that PostgreSQL 15 refuses too, with its SQLSTATE, and statements near them that
must pass.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.sql import Compiler
from tests.unit.sql.sample_relations import ENV

REFUSED = [
    ("select n, from t", "42601"),
    ("select 1 as", "42601"),
    ("select n as from t", "42601"),
    ("select count(*,) from t", "42601"),
    ("select 'a' 'b'", "42601"),
    ("select 1 'b'", "42601"),
    ("select n as 'b' from t", "42601"),
    ("select [1, 2]", "42601"),
    ("select n from t where n in [1, 2]", "42601"),
    ("select n == 1 from t", "42883"),
    ("select n // 2 from t", "42883"),
    ("select n <=> 2 from t", "42883"),
    ("select * exclude (n) from t", "42601"),
    ("select * replace (1 as n) from t", "42601"),
    ("select t.* exclude (n) from t", "42601"),
    ("select interval 1 day", "42601"),
    ("select ?", "42601"),
    ("select :x", "42601"),
    ("select %s", "42601"),
    ("select $x", "42601"),
    ("select {'a': 1}", "42601"),
    ("select count() from t", "42809"),
    ("select n from t qualify n = 1", "42601"),
    ("select * from read_csv('/etc/passwd')", "42883"),
    ("select * from read_parquet('x')", "42883"),
    ("select * from '/etc/passwd'", None),
    ('select * from "/etc/passwd"', "42P01"),
    ("select * from 'x.csv' t", None),
    ("select getenv('HOME')", "42883"),
    ("select * from glob('/*')", "42883"),
    ("select * from duckdb_secrets()", "42883"),
    ("select * from duckdb_settings()", "42883"),
    ("select * from pragma_version()", "42883"),
    ("select pg_catalog.read_text('/etc/passwd')", "42883"),
    ("select main.getenv('x')", "3F000"),
    ("select columns('*') from t", "42883"),
    ("select list_transform([1], x -> x)", "42601"),
    ("select 1::hugeint", "42704"),
    ("select try_cast('a' as int)", "42601"),
    ("select * from t tablesample system (5)", "0A000"),
    ("select * from t asof join m on t.id >= m.seq", "42601"),
    ("select * from t pivot (sum(n) for name in ('a'))", "42601"),
    ("select * from t at (version => 1)", "42601"),
    ("insert or replace into t (id) values (1)", "42601"),
    ("insert into t by name select 1 as id", "42601"),
    ("delete from t limit 1", "42601"),
    ("update t set tags = array[['a']]", "0A000"),
    ("select b'101'", "0A000"),
]


@pytest.mark.parametrize(("text", "sqlstate"), REFUSED)
def test_refused(text: str, sqlstate: str | None) -> None:
    with pytest.raises(errors.PgError) as caught:
        Compiler().compile(text, (), ENV)
    assert caught.value.sqlstate in {sqlstate or "42P01", "42601" if sqlstate is None else sqlstate}


@pytest.mark.parametrize(
    "text",
    [
        "select t, (t).id, t.*::text from t",
        "select array[1, 2], (array[1, 2])[1], tags[1], tags[1:2] from t",
        "select array[]::int[]",
        "select 'a'\n'b'",
        "select timestamp '2020-01-01 00:00', interval '1' day",
        "select @n from t",
        "select n from t where name ~ 'x' and name !~* 'y'",
        "select exists (select from t)",
        "insert into m values ('a', 1), ('b', 2)",
        "select doc #>> '{a}', doc - 'a' from t",
    ],
)
def test_accepted(text: str) -> None:
    Compiler().compile(text, (), ENV)

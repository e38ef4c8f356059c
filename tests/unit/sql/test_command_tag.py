"""Goal: tags are PostgreSQL's. Method: statements with the tag that psql shows."""

from __future__ import annotations

import pytest

from kalampg.sql import Compiler, command_tag
from tests.unit.sql.sample_relations import ENV


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("select 1", "SELECT 3"),
        ("values (1)", "SELECT 3"),
        ("insert into m values ('a', 1)", "INSERT 0 3"),
        ("update t set n = 1", "UPDATE 3"),
        ("delete from t", "DELETE 3"),
        ("begin", "BEGIN"),
        ("start transaction", "START TRANSACTION"),
        ("end", "COMMIT"),
        ("abort", "ROLLBACK"),
        ("savepoint a", "SAVEPOINT"),
        ("release a", "RELEASE"),
        ("rollback to a", "ROLLBACK"),
        ("set x = 1", "SET"),
        ("reset x", "RESET"),
        ("show x", "SHOW"),
        ("drop table t", ""),
    ],
)
def test_tag(text: str, tag: str) -> None:
    assert command_tag(Compiler().compile(text, (), ENV).plan, 3) == tag

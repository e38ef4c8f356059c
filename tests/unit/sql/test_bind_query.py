"""Goal: names, parameter types, result columns and errors are PostgreSQL's.

Method: recorded_postgresql15.json holds what PostgreSQL 15 answered to Parse and Describe of each
statement, over the tables of sample_relations.py. Statements in ``GAPS`` are known to differ; one
that stops differing fails the test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kalampg import errors
from kalampg.pgtypes.row_types import wire_oid_of
from kalampg.sql import Compiler, SelectPlan
from tests.unit.sql.sample_relations import ENV

RECORDED = json.loads(Path(__file__).with_name("recorded_postgresql15.json").read_text())
GAPS = {
    "select to_char($1, 'YYYY')": "the first candidate is taken where PostgreSQL finds several",
    "select date_trunc('day', $1)": "the first candidate is taken where PostgreSQL finds several",
}


@pytest.mark.parametrize("case", RECORDED, ids=[case["sql"] for case in RECORDED])
def test_answers_are_those_of_postgresql_15(case: dict[str, Any]) -> None:
    answer = _answer(case["sql"])
    if answer.get("position") is None:  # not known everywhere; where it is, it must be right
        case = {key: value for key, value in case.items() if key != "position"}
        answer.pop("position", None)
    if case["sql"] in GAPS:
        assert answer != case, "the gap is closed: take it off the list"
    else:
        assert answer == case


def _answer(text: str) -> dict[str, Any]:
    compiler = Compiler()
    try:
        compiled = compiler.compile(text, (), ENV)
    except errors.PgError as error:
        return {
            "sql": text,
            "sqlstate": error.sqlstate,
            "message": error.message,
            "position": error.position,
        }
    plan = compiled.plan
    if isinstance(plan, SelectPlan):
        columns = plan.columns or ()
    else:
        returning = getattr(plan, "returning", None)
        columns = returning.columns if returning is not None else ()
    own = len(compiled.param_oids) - len(compiled.lifted)
    return {
        "sql": text,
        "params": list(compiled.param_oids[:own]),
        "columns": [[c.name, wire_oid_of(c.type_oid), c.typmod] for c in columns],
    }

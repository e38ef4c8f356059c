"""Goal: a plan takes the index that leads to the fewest rows, and no other statement takes one.

Method: statements with the scan that they must get, written out by hand.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from kalampg.constraint import Index
from kalampg.ids import ColumnId, Oid
from kalampg.relation import Relation
from kalampg.sql import CompileEnv, Compiler, SelectPlan
from kalampg.sql.expression import ColumnRef, Param
from kalampg.sql.plan import DeletePlan, UpdatePlan
from kalampg.sql.row_plans import IndexScan, IndexSelect
from tests.fix_engine import FakeCatalog, user_table

INT4, INT8, TEXT = Oid(23), Oid(20), Oid(25)
BY_A, BY_A_B, ONCE = Oid(1), Oid(2), Oid(3)
T = replace(
    user_table("t", ("id", 20), ("a", 23), ("b", 25), ("c", 23)),
    indexes=(
        Index(BY_A, "by_a", (ColumnId(2),)),
        Index(BY_A_B, "by_a_b", (ColumnId(2), ColumnId(3))),
        Index(ONCE, "once", (ColumnId(4),), is_unique=True),
    ),
)


def scan_of(text: str, *param_oids: int, table: Relation = T) -> IndexScan | None:
    env = CompileEnv(FakeCatalog({("public", "t"): table}), ("public",))
    plan = Compiler().compile(text, param_oids, env).plan
    if isinstance(plan, UpdatePlan | DeletePlan):
        return plan.scan
    assert isinstance(plan, SelectPlan)
    return plan.fast.scan if isinstance(plan.fast, IndexSelect) else None


@pytest.mark.parametrize(
    ("condition", "index", "choices"),
    [
        ("a = 1", BY_A, 1),
        ("a = 1 AND b = 'x'", BY_A_B, 2),
        ("b = 'x' AND 1 = a AND c > 0", BY_A_B, 2),
        ("a = 1 AND b = 'x' AND c = 2", ONCE, 1),
        ("c IN (1, 2) AND a = 1", ONCE, 1),
        ("a = 1 AND b IS NULL", BY_A_B, 2),
        ("a = 1 AND b > 'x'", BY_A_B, 1),
        ("id IN (1, 2)", None, 1),
    ],
)
def test_the_best_index(condition: str, index: Oid | None, choices: int) -> None:
    for text in ("SELECT id FROM t WHERE ", "UPDATE t SET b = 'y' WHERE ", "DELETE FROM t WHERE "):
        scan = scan_of(text + condition)
        assert scan is not None
        assert (scan.index, len(scan.choices)) == (index, choices)


def test_bounds_behind_equal_columns() -> None:
    scan = scan_of("SELECT id FROM t WHERE a = $1 AND b >= $2 AND b < $3", 23, 25, 25)
    assert scan is not None
    assert scan.choices == ((Param(1, INT4),),)
    assert (scan.lower, scan.upper) == ((Param(2, TEXT), True), (Param(3, TEXT), False))


@pytest.mark.parametrize(
    ("order", "index", "is_descending"),
    [
        ("a LIMIT 5", BY_A, False),
        ("a DESC, id DESC LIMIT 5", BY_A, True),
        ("a, b LIMIT 5", BY_A_B, False),
        ("2 DESC LIMIT 5", BY_A, True),
    ],
)
def test_the_order_of_an_index(order: str, index: Oid, is_descending: bool) -> None:
    scan = scan_of(f"SELECT id, a FROM t ORDER BY {order}")
    assert scan is not None
    assert (scan.index, scan.is_descending) == (index, is_descending)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("SELECT id FROM t WHERE b = 'x'", id="no index begins with it"),
        pytest.param("SELECT id FROM t ORDER BY a", id="all rows, in order"),
        pytest.param("SELECT id FROM t ORDER BY a NULLS FIRST LIMIT 1", id="NULLs elsewhere"),
        pytest.param("SELECT id FROM t ORDER BY a, b DESC LIMIT 1", id="two directions"),
        pytest.param("SELECT id FROM t WHERE a = 1 OR c = 2", id="either"),
        pytest.param("SELECT id FROM t WHERE a = c", id="two columns"),
        pytest.param("SELECT id FROM t WHERE a = 1.5", id="no value of the column"),
        pytest.param("SELECT count(*) FROM t WHERE a = 1", id="groups"),
        pytest.param("SELECT id, _deleted FROM t WHERE a = 1", id="deleted rows have no entries"),
        pytest.param("UPDATE t SET b = o.b FROM t o WHERE t.a = 1 AND o.a = 2", id="a join"),
        pytest.param("UNDELETE FROM t WHERE a = 1", id="undelete"),
    ],
)
def test_left_to_duckdb(text: str) -> None:
    assert scan_of(text) is None


def test_another_order_is_sorted() -> None:
    env = CompileEnv(FakeCatalog({("public", "t"): T}), ("public",))
    plan = Compiler().compile("SELECT id FROM t WHERE a = 1 ORDER BY c DESC LIMIT 2", (), env).plan
    assert isinstance(plan, SelectPlan)
    assert isinstance(plan.fast, IndexSelect)
    (item,) = plan.fast.order
    assert (item.value, item.is_descending, item.nulls_first) == (ColumnRef(3, INT4), True, True)

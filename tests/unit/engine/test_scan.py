"""Scans: stored rows as DuckDB reads them, from all three places.

Goal: a value of any type comes back from a query as it went in, hot, cold or pending; segments and
users that are not asked for are not read. Method: one row per type's extremes, read by key (no
DuckDB) and by a query, which must agree with what was written.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest
import pytest_asyncio

from kalampg.engine import Duck
from kalampg.relation import Datum
from tests.fix_engine import Engine, Session, open_duck, open_engine, user_table

pytestmark = pytest.mark.asyncio(loop_scope="module")

# type name, OID, values; NULL is added to each. Arrays have one NULL element.
VALUES: tuple[tuple[str, int, tuple[Datum, ...]], ...] = (
    ("bool", 16, (True, False)),
    ("int2", 21, (-(2**15), 2**15 - 1)),
    ("int4", 23, (-(2**31), 2**31 - 1)),
    ("int8", 20, (-(2**63), 2**63 - 1)),
    ("oid", 26, (0, 2**32 - 1)),
    ("float4", 700, (-1.5, 3.4028234663852886e38, math.inf)),
    ("float8", 701, (5e-324, -math.inf, 0.1)),
    ("numeric", 1700, (Decimal("-12345678.90"), Decimal("0.00000000000000000001"))),
    ("text", 25, ("", "a'b\\c\n", "äöü€😀")),
    ("varchar", 1043, ("x",)),
    ("bpchar", 1042, ("ab",)),
    ("name", 19, ("n",)),
    ("bytea", 17, (b"", b"\x00\xff'")),
    ("date", 1082, (0, -1, 2**31 - 1, -(2**31 - 1))),
    ("time", 1083, (0, 86_400_000_000 - 1)),
    ("timestamp", 1114, (0, -1, 2**63 - 1, -(2**63 - 1))),
    ("timestamptz", 1184, (1_700_000_000_123_456, 2**63 - 1)),
    ("interval", 1186, ((1, -2, 3), (0, 0, 0), (-14, 40, 86_400_000_001))),
    ("uuid", 2950, (bytes(range(16)), b"\xff" * 16)),
    ("json", 114, ('{"b": 1,  "a": [null]}',)),
    ("jsonb", 3802, ('{"a": [null], "b": 1}',)),
    ("int4[]", 1007, ([1, None, -1], [])),
    ("text[]", 1009, (["a", None, "{"],)),
    ("numeric[]", 1231, ([Decimal("1.50"), None],)),
    ("timestamptz[]", 1185, ([0, None],)),
    ("interval[]", 1187, ([(1, 2, 3), None],)),
    ("uuid[]", 2951, ([b"\x01" * 16, None],)),
)


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duck]:
    opened = open_duck(tmp_path_factory.getbasetemp())
    yield opened
    opened.close()


TYPED = {
    name: user_table(f"t{place}", ("id", 20), ("v", oid), table_id=30_000 + place)
    for place, (name, oid, _) in enumerate(VALUES)
}
PLAIN = user_table("notes", ("id", 20), ("body", 25))
# Names that DuckDB, Parquet and our own scans use, too.
AWKWARD = user_table(
    "awkward", ("filename", 25), ("file_row_number", 20), ('q"uote', 25), ("s", 25), ("c0", 25),
    table_id=31_000, key=(0, 1),
)  # fmt: skip
DECIMALS = user_table("decimals", ("id", 20), ("v", 1700), table_id=31_001)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory, duck: Duck) -> AsyncIterator[Engine]:
    """One for all tests: each has a user of its own, who sees nothing of the others."""
    tables = [*TYPED.values(), PLAIN, AWKWARD, DECIMALS]
    async with open_engine(tmp_path_factory.mktemp("data"), tables, duck) as opened:
        yield opened


@pytest.fixture
def alice(engine: Engine) -> Session:
    return engine.session(f"alice{engine.sessions}")


@pytest.mark.parametrize("place", ["hot", "cold", "own"])
@pytest.mark.parametrize(("name", "values"), [pytest.param(n, v, id=n) for n, _, v in VALUES])
async def test_values_come_back_as_they_went_in(
    engine: Engine, alice: Session, name: str, values: tuple[Datum, ...], place: str
) -> None:
    relation = TYPED[name]
    rows = list(enumerate((*values, None)))
    if place == "own":
        alice.begin()
    for row in rows:
        await alice.run(f"INSERT INTO {relation.name} VALUES ($1, $2)", *row)
    if place == "cold":
        await engine.flush(relation, alice.context.user_id)
    for number, value in rows:
        text = f"SELECT v FROM {relation.name} WHERE id = $1"
        assert await alice.rows(text, number) == [(value,)], "by key"
    found = await alice.rows(f"SELECT id, v FROM {relation.name}")
    assert sorted(found, key=lambda row: int(row[0])) == rows, "by query"
    if place == "own":
        alice.rollback()


async def test_columns_may_be_called_like_anything(engine: Engine, alice: Session) -> None:
    row = ("file", 7, "q", "s", "c")
    await alice.run("INSERT INTO awkward VALUES ($1, $2, $3, $4, $5)", *row)
    await engine.flush(AWKWARD, alice.context.user_id)
    other = ("hot", 8, "q", "s", "c")
    await alice.run("INSERT INTO awkward VALUES ($1, $2, $3, $4, $5)", *other)
    alice.begin()
    await alice.run("UPDATE awkward SET s = 'new' WHERE filename = 'file' AND file_row_number = 7")
    expected = [("file", 7, "q", "new", "c"), other]
    assert sorted(await alice.rows("SELECT * FROM awkward")) == expected
    alice.rollback()


async def test_numerics_of_different_scales_meet_in_one_scan(
    engine: Engine, alice: Session
) -> None:
    cold, hot = Decimal("1.5"), Decimal(123456789012345678)
    own = Decimal("0.12345678901234567890")
    await alice.run("INSERT INTO decimals VALUES (1, $1)", cold)
    await engine.flush(DECIMALS, alice.context.user_id)
    await alice.run("INSERT INTO decimals VALUES (2, $1)", hot)
    alice.begin()
    await alice.run("INSERT INTO decimals VALUES (3, $1)", own)
    found = await alice.rows("SELECT id, v FROM decimals")
    assert sorted(found) == [(1, cold), (2, hot), (3, own)]
    alice.rollback()


async def test_superseded_rows_of_several_segments_are_left_out(
    engine: Engine, alice: Session
) -> None:
    for start in (0, 10, 20):
        values = ", ".join(f"({n}, 'old')" for n in range(start, start + 10))
        await alice.run(f"INSERT INTO notes VALUES {values}")
        await engine.flush(PLAIN, alice.context.user_id)
    for key in (3, 13, 29):
        await alice.run("UPDATE notes SET body = 'new' WHERE id = $1", key)
    await alice.run("DELETE FROM notes WHERE id = 14")
    counts = await alice.rows("SELECT body, count(*) FROM notes GROUP BY body ORDER BY body")
    assert counts == [("new", 3), ("old", 26)]


async def test_all_users_rows_are_one_scan_whatever_their_scales(engine: Engine) -> None:
    expected = []
    users = [f"{name}-{engine.sessions}" for name in ("ann", "ben", "cat")]
    for place, user in enumerate(users):
        value = Decimal(1).scaleb(-place)
        await engine.session(user).run("INSERT INTO decimals VALUES (1, $1)", value)
        expected.append((user, value))
    await engine.flush(DECIMALS, users[2])
    auditor = engine.session("root", scope_all=True)
    text = "SELECT _user_id, v FROM decimals ORDER BY _user_id"
    found = [row for row in await auditor.rows(text) if row[0] in users]
    assert found == expected


async def test_decoded_hot_rows_follow_the_changes(engine: Engine, alice: Session) -> None:
    text = "SELECT id, v FROM decimals WHERE id + 0 > -1"

    async def check(expected: dict[int, Decimal]) -> None:
        assert sorted(await alice.rows(text)) == sorted(expected.items())

    model = {n: Decimal(n) for n in range(10)}
    for n, value in model.items():
        await alice.run("INSERT INTO decimals VALUES ($1, $2)", n, value)
    assert "        Hot rows: not decoded" in alice.explain(text)
    await check(model)
    assert "        Hot rows: 10 decoded, 0 changed since" in alice.explain(text)
    await engine.session("somebody").run("INSERT INTO decimals VALUES (1, 1)")
    assert "        Hot rows: 10 decoded, 0 changed since" in alice.explain(text)
    for n in range(10, 60):  # More than the chunks that a table may have.
        model[n] = Decimal(n).scaleb(-(n % 5))
        await alice.run("INSERT INTO decimals VALUES ($1, $2)", n, model[n])
        if n % 3 == 0:
            await alice.run("DELETE FROM decimals WHERE id = $1", n - 5)
            del model[n - 5]
        if n % 4 == 0:
            model[n] = Decimal("-0.001")
            await alice.run("UPDATE decimals SET v = $1 WHERE id = $2", model[n], n)
        await check(model)
    await engine.flush(DECIMALS, alice.context.user_id)
    await check(model)
    alice.begin("repeatable read")
    await check(model)
    await engine.session(alice.context.user_id).run("DELETE FROM decimals WHERE id = 50")
    await check(model)
    alice.rollback()
    del model[50]
    await check(model)

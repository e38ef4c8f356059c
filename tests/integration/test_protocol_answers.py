"""Goal: pipelines and queries of several statements are answered as PostgreSQL answers them.

Method: the same frontend bytes go to PostgreSQL 15 and to kalampg, and every message that comes
back is compared: scripted sequences first, then random ones that Hypothesis shrinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fix_wire import (
    FLUSH,
    SYNC,
    BothWires,
    bind,
    close,
    describe,
    execute,
    parse,
    query,
)

_ROWS: Final = "SELECT id FROM t ORDER BY id"
_ERROR: Final = "UPDATE t SET v = v / (v - v) WHERE id = 1"
_RESET: Final = (
    "ROLLBACK", "DEALLOCATE ALL", "CLOSE ALL", "SET statement_timeout = 0",
    "DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS u",
    "CREATE TABLE t (id int PRIMARY KEY, v int)",
    "INSERT INTO t SELECT i, i * 10 FROM generate_series(1, 5) i",
)  # fmt: skip
_AFTER: Final = (query("SELECT count(*), sum(v) FROM t"), query("SHOW statement_timeout"))


def _reset(wires: BothWires) -> None:
    for wire in (wires.kalampg, wires.postgres):
        wire.answers(SYNC + b"".join(map(query, _RESET)), 1 + len(_RESET))


def _run(sql: str) -> bytes:
    """One statement by the extended protocol, without Sync."""
    return parse(sql) + bind() + execute()


_QUERIES: Final = f"""
SELECT 1; SELECT 2
;;
INSERT INTO t VALUES (10, 1); {_ERROR}; INSERT INTO t VALUES (11, 1)
INSERT INTO t VALUES (10, 1); SELEC 1
BEGIN; INSERT INTO t VALUES (10, 1); {_ERROR}; COMMIT
INSERT INTO t VALUES (10, 1); BEGIN; INSERT INTO t VALUES (11, 1); {_ERROR}
INSERT INTO t VALUES (10, 1); BEGIN; COMMIT; INSERT INTO t VALUES (11, 1); {_ERROR}
INSERT INTO t VALUES (10, 1); COMMIT; INSERT INTO t VALUES (11, 1); {_ERROR}
INSERT INTO t VALUES (10, 1); ROLLBACK; INSERT INTO t VALUES (11, 1)
COMMIT AND CHAIN
SELECT 1; SAVEPOINT a; SELECT 2
SAVEPOINT a
RELEASE a
ROLLBACK TO a
BEGIN; SAVEPOINT a; {_ERROR}; ROLLBACK TO a; COMMIT
BEGIN; SAVEPOINT a; INSERT INTO t VALUES (10, 1); ROLLBACK TO a; COMMIT
BEGIN; BEGIN; COMMIT; COMMIT
SELECT 1; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 2
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SHOW transaction_isolation
SET LOCAL statement_timeout = 1000; SHOW statement_timeout
SET statement_timeout = 1000; {_ERROR}
BEGIN; SET statement_timeout = 1000; ROLLBACK; SHOW statement_timeout
SET CONSTRAINTS ALL DEFERRED
CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1); SELECT * FROM u; {_ERROR}
CREATE TABLE u (id int PRIMARY KEY); COMMIT; SELECT * FROM u; DROP TABLE u
BEGIN READ ONLY; INSERT INTO t VALUES (10, 1); COMMIT
DECLARE c CURSOR FOR SELECT 1
SELECT 1; DECLARE c CURSOR FOR {_ROWS}; FETCH 2 FROM c
PREPARE p AS SELECT $1::int; EXECUTE p(1); DEALLOCATE p
PREPARE p AS SELECT $1::int; {_ERROR}; EXECUTE p(1)
SELECT 1; DISCARD ALL
BEGIN; {_ERROR}; SELECT nonesuch; COMMIT
BEGIN; SELEC 1
COPY t TO STDOUT; {_ERROR}
TRUNCATE t; SELECT count(*) FROM t; {_ERROR}
""".strip().splitlines()


def test_queries_of_several_statements(both_wires: BothWires) -> None:
    for sql in _QUERIES:
        _reset(both_wires)
        both_wires.same(query(sql), *_AFTER)


_NAMED_ROWS: Final = parse(_ROWS, "s")
_PIPELINES: Final[dict[str, Sequence[bytes]]] = {
    "parse, sync": [parse("SELECT 1"), SYNC, bind(), execute(), SYNC],
    "describe both": [parse("SELECT $1::int AS a"), describe("S"), bind(values=["1"]),
                      describe("P"), execute(), SYNC],
    "nothing there": [bind("no"), SYNC, execute("no"), SYNC, describe("S", "no"), SYNC,
                      describe("P"), SYNC, close("S", "no"), close("P", "no"), SYNC],
    "a query drops the unnamed": [parse("SELECT 7"), SYNC, query("SELECT 8"), bind(), SYNC],
    "so does a wrong parse": [parse("SELECT 7"), SYNC, parse("SELEC"), SYNC, bind(), SYNC],
    "names": [_NAMED_ROWS, _NAMED_ROWS, SYNC, close("S", "s"), _NAMED_ROWS, SYNC],
    "portals end with sync": [parse(_ROWS), bind(portal="p"), SYNC, execute("p"), SYNC],
    "portals of one name": [parse(_ROWS), bind(portal="p"), bind(portal="p"), SYNC],
    "portals in a block": [query("BEGIN"), parse(_ROWS), bind(portal="p"), execute("p", 2), SYNC,
                           execute("p", 2), SYNC, execute("p", 2), execute("p", 2), SYNC,
                           query("COMMIT"), execute("p"), SYNC],
    "limits": [parse(_ROWS), bind(), execute("", 5), execute("", 5), execute("", 5),
               bind(), execute("", 1), execute(), execute(), SYNC],
    "limits of writes": [parse("INSERT INTO t VALUES (10, 1), (11, 1) RETURNING id"), bind(),
                         execute("", 1), execute("", 1), execute("", 1), SYNC],
    "portals run once": [parse("INSERT INTO t VALUES (10, 1)"), bind(), execute(), execute(), SYNC],
    "some run twice": [parse("SHOW statement_timeout"), bind(), execute(), execute(),
                       parse(""), bind(), execute(), execute(), SYNC],
    "an error undoes all": [_run("INSERT INTO t VALUES (10, 1)"), FLUSH, _run(_ERROR),
                            _run("INSERT INTO t VALUES (11, 1)"), SYNC],
    "sync ends a transaction": [_run("INSERT INTO t VALUES (10, 1)"), SYNC, _run(_ERROR), SYNC],
    "begin in the middle": [_run("INSERT INTO t VALUES (10, 1)"), _run("BEGIN"),
                            _run("INSERT INTO t VALUES (11, 1)"), SYNC, query("ROLLBACK")],
    "commit in the middle": [_run("INSERT INTO t VALUES (10, 1)"), _run("COMMIT"), _run(_ERROR),
                             SYNC],
    "rollback in the middle": [_run("INSERT INTO t VALUES (10, 1)"), _run("ROLLBACK"),
                               _run("INSERT INTO t VALUES (11, 1)"), SYNC],
    "savepoints": [_run("SAVEPOINT a"), SYNC, _run("INSERT INTO t VALUES (10, 1)"),
                   _run("SAVEPOINT a"), SYNC],
    "settings": [_run("SET statement_timeout = 1234"), _run(_ERROR), SYNC,
                 _run("SET LOCAL statement_timeout = 1234"), _run("SHOW statement_timeout"), SYNC],
    "a failed block": [_NAMED_ROWS, parse("COMMIT", "c"), SYNC, query("BEGIN"), query(_ERROR),
                       bind("s"), SYNC, describe("S", "s"), SYNC, parse("SELECT nonesuch"), SYNC,
                       parse(""), bind(), SYNC, query(""), describe("S", "c"), bind("c"),
                       describe("P"), execute(), SYNC],
    "a table that went": [query("CREATE TABLE u (id int PRIMARY KEY)"), parse("TABLE u", "s"), SYNC,
                          query("DROP TABLE u"), bind("s"), SYNC, describe("S", "s"), SYNC],
    "a table that changed": [query("CREATE TABLE u (id int PRIMARY KEY)"), parse("TABLE u", "s"),
                             SYNC, query("ALTER TABLE u ADD x int"), bind("s"), SYNC],
    "two portals by turns": [query("BEGIN"), _NAMED_ROWS, bind("s", "a"), bind("s", "b"),
                             execute("a", 2), execute("b", 3), execute("a", 2), execute("b", 3),
                             SYNC],
    "cursors are portals": [query("BEGIN"), query(f"DECLARE c CURSOR FOR {_ROWS}"),
                            describe("P", "c"), execute("c", 2), SYNC, query("FETCH 1 FROM c"),
                            close("P", "c"), SYNC, query("FETCH 1 FROM c")],
    "portals are cursors": [query("BEGIN"), parse(_ROWS), bind(portal="p"), execute("p", 1), SYNC,
                            query("FETCH 2 FROM p"), query("CLOSE p"), execute("p"), SYNC],
    "one store of statements": [_NAMED_ROWS, SYNC, query("EXECUTE s"), query("DEALLOCATE s"),
                                bind("s"), SYNC, query("PREPARE s AS SELECT $1::int"),
                                bind("s", values=["4"]), execute(), SYNC],
    "execute itself": [parse("EXECUTE s", "s"), describe("S", "s"), SYNC],
    "wrong values": [parse("SELECT $1::int", "s"), SYNC, bind("s", values=["1", "2"]), SYNC,
                     bind("s"), SYNC, bind("s", values=["x"]), SYNC, bind("s", values=[None]),
                     execute(), SYNC],
    "fetch of nothing": [parse("FETCH c"), describe("S"), SYNC],
    "messages are skipped until sync": [parse("SELEC"), query("SELECT 1"), _run(_ERROR), SYNC],
    "copy": [parse("COPY t TO STDOUT"), bind(), describe("P"), execute(), SYNC],
}  # fmt: skip


@pytest.mark.parametrize("name", _PIPELINES)
def test_pipelines(both_wires: BothWires, name: str) -> None:
    _reset(both_wires)
    messages = _PIPELINES[name]
    skipped = 1 if name == "messages are skipped until sync" else 0
    both_wires.same(*messages, *_AFTER, skipped=skipped)


_STATEMENTS: Final = st.sampled_from(
    [
        _ROWS, _ERROR, "SELEC", "", "BEGIN", "COMMIT", "ROLLBACK", "COMMIT AND CHAIN",
        "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a", "INSERT INTO t VALUES (1, 1)",
        "INSERT INTO t VALUES (10, 1)", "INSERT INTO t VALUES (11, 1) RETURNING id",
        "UPDATE t SET v = v + 1 WHERE id = 1", "DELETE FROM t WHERE id = 2", "SELECT $1::int",
        "SET statement_timeout = 1234", "SET LOCAL statement_timeout = 4321",
        "SHOW statement_timeout", f"DECLARE c CURSOR FOR {_ROWS}", "FETCH 2 FROM c", "CLOSE c",
        "PREPARE s AS SELECT 1", "EXECUTE s", "DEALLOCATE s", "SELECT nonesuch", "BEGIN READ ONLY",
        "CREATE TABLE u (id int PRIMARY KEY)", "DROP TABLE u", "INSERT INTO u VALUES (1)",
    ]
)  # fmt: skip
_NAMES: Final = st.sampled_from(["", "s"])
_MESSAGES: Final = st.one_of(
    _STATEMENTS.map(_run),
    st.builds(parse, _STATEMENTS, _NAMES),
    st.builds(bind, _NAMES, _NAMES),
    st.builds(execute, _NAMES, st.sampled_from([0, 1, 2])),
    st.builds(describe, st.sampled_from("SP"), _NAMES),
    st.builds(close, st.sampled_from("SP"), _NAMES),
    st.sampled_from([SYNC, FLUSH]),
    st.lists(_STATEMENTS, min_size=1, max_size=3).map(lambda each: SYNC + query("; ".join(each))),
)


@settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(messages=st.lists(_MESSAGES, min_size=2, max_size=8))
def test_random_messages(both_wires: BothWires, messages: list[bytes]) -> None:
    _reset(both_wires)
    both_wires.same(*messages, SYNC, *_AFTER)

"""COPY straight to segments: the same rows, errors and transactions as row by row.

Goal: nobody can tell which way a COPY went. Method: a server that sends every COPY straight, with
segments of a thousand rows; a dict as the model of one user's table, walked by Hypothesis through
copies, changes, flushes, blocks and savepoints; objects on disk counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import run_job

pytestmark = pytest.mark.slow

KEYS = 60

Rows = list[tuple[int, str | None]]


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(
        tmp_path_factory.mktemp("direct") / "data",
        environment={
            "KALAMPG_COPY_DIRECT_BYTES": "0",
            "KALAMPG_FLUSH_SEGMENT_ROWS_MAX": "1000",
            "KALAMPG_TRANSACTION_BYTES_MAX": str(8 * 1024 * 1024),
        },
    )
    yield server
    server.stop()


@pytest.fixture
def owner(direct: ServerProcess, fresh_name: Callable[[str], str]) -> Iterator[Connection]:
    with direct.connect() as root:
        name = direct.create_role(fresh_name("owner"))
        root.execute("CREATE USER TABLE IF NOT EXISTS heap (id int PRIMARY KEY, body text)")
    with direct.connect(name) as connection:
        yield connection


def copy(connection: Connection, rows: Rows, options: str = "") -> None:
    with connection.cursor().copy(f"COPY heap FROM STDIN {options}".encode()) as data:
        if "csv" in options:
            for key, body in rows:
                data.write(f"{key},{'' if body is None else chr(34) + body + chr(34)}\n")
        else:
            if "binary" in options:
                data.set_types(["int4", "text"])
            for row in rows:
                data.write_row(row)


def contents(connection: Connection) -> dict[int, str | None]:
    return dict(connection.execute("SELECT id, body FROM heap").fetchall())


def objects(server: ServerProcess, user: str) -> list[Path]:
    return sorted((server.data_dir / "storage").rglob(f"heap/{user}/*.parquet"))


BODIES = st.none() | st.sampled_from(["", "a", "N", "ü", "\\N", "tab\tand\nline", "x" * 50])
ROWS = st.lists(st.tuples(st.integers(0, KEYS), BODIES), min_size=1, max_size=12)
CSV_ROWS = st.lists(
    st.tuples(st.integers(0, KEYS), st.none() | st.sampled_from(["", "a", "b,c"])),
    min_size=1,
    max_size=12,
)
STEPS = st.one_of(
    st.tuples(st.just("text"), ROWS),
    st.tuples(st.just("csv"), CSV_ROWS),
    st.tuples(st.just("binary"), ROWS),
    st.tuples(st.just("put"), ROWS),
    st.tuples(st.just("delete"), st.lists(st.integers(0, KEYS), max_size=20)),
    st.tuples(
        st.sampled_from(
            ["flush", "truncate", "begin", "commit", "rollback", "savepoint", "back", "read"]
        ),
        st.none(),
    ),
)
OPTIONS = {"text": "", "csv": "(FORMAT csv)", "binary": "(FORMAT binary)"}


class Model:
    """One user's table as a dict, with a block and one savepoint."""

    def __init__(self) -> None:
        self.rows: dict[int, str | None] = {}
        self.before: dict[int, str | None] | None = None
        self.saved: dict[int, str | None] | None = None

    def begin(self) -> None:
        self.before, self.saved = dict(self.rows), None

    def end(self, *, keeps: bool) -> None:
        if not keeps and self.before is not None:
            self.rows = self.before
        self.before = self.saved = None

    def duplicate_line(self, rows: Rows) -> int | None:
        seen = set(self.rows)
        for line, (key, _) in enumerate(rows, 1):
            if key in seen:
                return line
            seen.add(key)
        return None


def _copy_step(connection: Connection, model: Model, kind: str, rows: Rows) -> None:
    line = model.duplicate_line(rows)
    if line is None:
        copy(connection, rows, OPTIONS[kind])
        model.rows.update(rows)
        return
    with pytest.raises(psycopg.errors.UniqueViolation) as raised:
        copy(connection, rows, OPTIONS[kind])
    # Values with a line feed take no further line: it is written as an escape.
    assert raised.value.diag.context == f"COPY heap, line {line}"
    assert raised.value.diag.message_detail == f"Key (id)=({rows[line - 1][0]}) already exists."
    if model.before is not None:
        if model.saved is not None:
            connection.execute("ROLLBACK TO SAVEPOINT here")
            model.rows = dict(model.saved)
        else:
            connection.execute("ROLLBACK")
            model.end(keeps=False)


def _change(connection: Connection, model: Model, name: str, what: object) -> None:
    """A step that changes rows."""
    if name in OPTIONS:
        assert isinstance(what, list)
        _copy_step(connection, model, name, what)
    elif name == "put":
        assert isinstance(what, list)
        upsert = "INSERT INTO heap VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET body = %s"
        for key, body in what:
            connection.execute(upsert, (key, body, body))
            model.rows[key] = body
    elif name == "delete":
        assert isinstance(what, list)
        connection.execute("DELETE FROM heap WHERE id = ANY(%s)", (what,))
        model.rows = {key: body for key, body in model.rows.items() if key not in what}
    elif name == "truncate":
        connection.execute("TRUNCATE heap")
        model.rows = {}


def _step(connection: Connection, root: Connection, model: Model, name: str) -> None:
    """A step about the block, or one that only looks."""
    is_open = model.before is not None
    if name == "flush" and not is_open:
        run_job(root, "FLUSH TABLE heap")
    elif name == "begin" and not is_open:
        connection.execute("BEGIN")
        model.begin()
    elif name in ("commit", "rollback") and is_open:
        connection.execute(name.encode())
        model.end(keeps=name == "commit")
    elif name == "savepoint" and is_open:
        connection.execute("SAVEPOINT here")
        model.saved = dict(model.rows)
    elif name == "back" and model.saved is not None:
        connection.execute("ROLLBACK TO SAVEPOINT here")
        model.rows = dict(model.saved)
    elif name == "read":
        assert contents(connection) == model.rows


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
def test_copies_among_everything_else_do_what_a_dict_does(
    owner: Connection, direct: ServerProcess, steps: list[tuple[str, object]]
) -> None:
    owner.execute("TRUNCATE heap")
    model = Model()
    with direct.connect() as root:
        for name, what in steps:
            _change(owner, model, name, what)
            _step(owner, root, model, name)
        if model.before is not None:
            owner.execute("COMMIT")
        assert contents(owner) == model.rows
        assert owner.execute("SELECT count(*) FROM heap").fetchone() == (len(model.rows),)
        run_job(root, "FLUSH TABLE heap")
        assert contents(owner) == model.rows


def test_many_rows_are_many_sorted_segments_and_no_hot_rows(
    owner: Connection, direct: ServerProcess
) -> None:
    rows: Rows = [(key * 7919 % 5003, f"row {key}") for key in range(5000)]
    copy(owner, rows)
    assert contents(owner) == dict(rows)
    assert len(objects(direct, owner.info.user)) >= 2
    assert owner.execute("SELECT body FROM heap WHERE id = 7919 % 5003").fetchone() == ("row 1",)
    with direct.connect() as root:
        verified = root.execute("VERIFY TABLE heap").fetchall()
        assert {row[3] for row in verified} == {"ok"}, verified


def test_a_duplicate_anywhere_is_reported_at_its_first_line_and_leaves_nothing(
    owner: Connection, direct: ServerProcess
) -> None:
    rows: Rows = [(key * 7919 % 5003, None) for key in range(5000)]
    rows[4321] = rows[17]
    rows[4500] = rows[4499]
    with pytest.raises(psycopg.errors.UniqueViolation) as raised:
        copy(owner, rows)
    assert raised.value.diag.context == "COPY heap, line 4322"
    assert contents(owner) == {}
    assert objects(direct, owner.info.user) == []


def test_a_block_that_is_rolled_back_or_given_up_leaves_no_object(
    owner: Connection, direct: ServerProcess
) -> None:
    owner.execute("BEGIN")
    copy(owner, [(key, None) for key in range(3000)])
    owner.execute("ROLLBACK")
    assert objects(direct, owner.info.user) == []
    with (
        pytest.raises(ValueError, match="the client gives up"),
        owner.cursor().copy("COPY heap FROM STDIN") as data,
    ):
        for key in range(3000):
            data.write_row((key, None))
        raise ValueError("the client gives up")
    assert objects(direct, owner.info.user) == []
    assert contents(owner) == {}


def test_copied_rows_that_are_too_many_to_be_pending_can_be_committed_and_not_used(
    owner: Connection,
) -> None:
    rows: Rows = [(key, None) for key in range(8000)]
    owner.execute("BEGIN")
    copy(owner, rows)
    with pytest.raises(psycopg.errors.OutOfMemory) as raised:
        owner.execute("SELECT count(*) FROM heap")
    assert "COMMIT before you use the copied rows" in (raised.value.diag.message_hint or "")
    owner.execute("ROLLBACK")
    owner.execute("BEGIN")
    copy(owner, rows)
    copy(owner, [(key + 8000, None) for key in range(8000)])
    owner.execute("COMMIT")
    assert owner.execute("SELECT count(*), max(id) FROM heap").fetchone() == (16_000, 15_999)


def test_a_copy_waits_for_who_has_changed_its_scope_and_sees_what_came_of_it(
    owner: Connection, direct: ServerProcess
) -> None:
    with direct.connect(owner.info.user) as other:
        other.execute("BEGIN")
        other.execute("INSERT INTO heap VALUES (5, 'theirs')")
        owner.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            copy(owner, [(key, None) for key in range(10)])
        other.execute("COMMIT")
        with pytest.raises(psycopg.errors.UniqueViolation) as raised:
            copy(owner, [(key, None) for key in range(10)])
        assert raised.value.diag.context == "COPY heap, line 6"
        assert contents(owner) == {5: "theirs"}

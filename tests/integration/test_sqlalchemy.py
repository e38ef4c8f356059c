"""SQLAlchemy on psycopg, as the README shows it.

Goal: an application that uses SQLAlchemy's core connects, writes and reads. Method: statements that
SQLAlchemy itself builds; the table is made in KalamDB's grammar.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as upsert

from conformance.server_process import USER_PASSWORD, ServerProcess
from tests.fix_server import Person

pytestmark = pytest.mark.slow


def test_sqlalchemy_writes_and_reads_rows(
    server: ServerProcess, alice: Person, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("notes")
    notes = sa.Table(
        name,
        sa.MetaData(),
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("body", sa.Text),
        sa.Column("at", sa.DateTime(timezone=True)),
    )
    url = sa.URL.create(
        "postgresql+psycopg", alice.name, USER_PASSWORD, "127.0.0.1", server.port, "kalam"
    )
    moment = dt.datetime(2025, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    f"CREATE USER TABLE {name} (id bigint PRIMARY KEY, body text, at timestamptz)"
                )
            )
            rows = [{"id": n, "body": f"note {n}", "at": moment} for n in range(5)]
            connection.execute(sa.insert(notes), rows)
        with engine.connect() as connection:
            chosen = sa.select(notes.c.body).where(notes.c.id.in_([1, 3])).order_by(notes.c.id)
            assert connection.execute(chosen).scalars().all() == ["note 1", "note 3"]
            counted = sa.select(sa.func.count()).select_from(notes).where(notes.c.at == moment)
            assert connection.execute(counted).scalar_one() == 5
    finally:
        engine.dispose()


def test_sqlalchemy_upserts(
    server: ServerProcess, alice: Person, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("counts")
    counts = sa.Table(
        name, sa.MetaData(), sa.Column("id", sa.Text, primary_key=True), sa.Column("n", sa.Integer)
    )
    url = sa.URL.create(
        "postgresql+psycopg", alice.name, USER_PASSWORD, "127.0.0.1", server.port, "kalam"
    )
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text(f"CREATE USER TABLE {name} (id text PRIMARY KEY, n int)"))
            rows = upsert(counts).values([{"id": "a", "n": 1}, {"id": "b", "n": 2}])
            connection.execute(rows)
            added = rows.on_conflict_do_update(
                index_elements=["id"], set_={"n": counts.c.n + rows.excluded.n}
            ).returning(counts.c.id, counts.c.n)
            assert connection.execute(added).all() == [("a", 2), ("b", 4)]
            named = rows.on_conflict_do_nothing(constraint=f"{name}_pkey")
            assert connection.execute(named.returning(counts.c.id)).all() == []
    finally:
        engine.dispose()

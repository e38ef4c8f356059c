"""What clients read of the catalog: psql's commands, SQLAlchemy's reflection, asyncpg's types.

Goal: the clients' own queries run, and what they make of the answers is what they make of
PostgreSQL's for the same tables. Method: the real clients against one server; expected texts are
what PostgreSQL 15 gives, and a second role to see what is nobody else's business.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from conformance.server_process import ROOT_PASSWORD, USER_PASSWORD, ServerProcess
from tests.fix_server import Person

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Library:
    """A table of alice's in public, and one in a schema of its own."""

    book: str
    schema: str


@pytest.fixture
def library(server: ServerProcess, alice: Person, fresh_name: FreshName) -> Iterator[Library]:
    made = Library(fresh_name("book"), fresh_name("app"))
    with alice.connect() as connection:
        connection.execute(
            f"CREATE USER TABLE {made.book} (id bigint PRIMARY KEY, title varchar(80) NOT NULL,"
            " price numeric(10,2), published date DEFAULT '2020-01-02', tags text[])"
        )
        connection.execute(f"INSERT INTO {made.book} (id, title) VALUES (1, 'alice only')")
    with server.connect() as root:
        root.execute(f"CREATE NAMESPACE {made.schema}")
        root.execute(f"CREATE SHARED TABLE {made.schema}.k (a int, b text, PRIMARY KEY (a, b))")
    yield made
    with server.connect() as root:
        root.execute(f"DROP TABLE {made.book}")
        root.execute(f"DROP TABLE {made.schema}.k")
        root.execute(f"DROP NAMESPACE {made.schema}")


def _run_psql(psql: str, server: ServerProcess, *arguments: str, user: str = "root") -> str:
    password = ROOT_PASSWORD if user == "root" else USER_PASSWORD
    done = subprocess.run(
        [psql, "-X", "-h", "127.0.0.1", "-p", str(server.port), "-U", user, "-d", "kalam",
         "-v", "ON_ERROR_STOP=1", *arguments],
        env={**os.environ, "PGPASSWORD": password, "LC_ALL": "C.UTF-8", "PAGER": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- psql ---


def test_psql_describes_a_table_as_it_does_postgresqls(
    psql: str, server: ServerProcess, library: Library
) -> None:
    lines = _run_psql(psql, server, "-c", rf"\d {library.book}").splitlines()
    assert lines[0].strip() == f'Table "public.{library.book}"'
    cells = [tuple(cell.strip() for cell in line.split("|")) for line in lines[1:]]
    assert cells == [
        ("Column", "Type", "Collation", "Nullable", "Default"),
        (lines[2],),
        ("id", "bigint", "", "not null", ""),
        ("title", "character varying(80)", "", "not null", ""),
        ("price", "numeric(10,2)", "", "", ""),
        ("published", "date", "", "", "'2020-01-02'::date"),
        ("tags", "text[]", "", "", ""),
        ("Indexes:",),
        (f'"{library.book}_pkey" PRIMARY KEY, btree (id)',),
        ("",),
    ]


def test_psql_describes_an_index(psql: str, server: ServerProcess, library: Library) -> None:
    shown = _run_psql(psql, server, "-A", "-c", rf"\d {library.schema}.k_pkey")
    assert shown.splitlines() == [
        f'Index "{library.schema}.k_pkey"',
        "Column|Type|Key?|Definition",
        "a|integer|yes|a",
        "b|text|yes|b",
        f'primary key, btree, for table "{library.schema}.k"',
    ]


# What each command must show of the library; nothing where it must only run.
COMMANDS = [
    (r"\d", "public|{book}|table|"),
    (r"\d+ {book}", "Access method: heap"),
    (r"\d {schema}.k", '"k_pkey" PRIMARY KEY, btree (a, b)'),
    (r"\dt", "public|{book}|table|"),
    (r"\dt+", "public|{book}|table|"),
    (r"\dt *.*", "{schema}|k|table|root"),
    (r"\dt {schema}.*", "{schema}|k|table|root"),
    (r"\di", "public|{book}_pkey|index|"),
    (r"\dn", "{schema}|root"),
    (r"\dn+", "{schema}|root"),
    (r"\du", "root|Superuser"),
    (r"\l", "kalam|root|UTF8"),
    (r"\l+", "kalam|root|UTF8"),
    (r"\dp", "public|{book}|table|"),
    (r"\dTS int4", "pg_catalog|integer|"),
    (r"\dA", "btree|Index"),
    (r"\dS pg_class", "relname|name|"),
    (r"\conninfo", 'You are connected to database "kalam" as user "root"'),
    *(
        (command, "")
        for command in (
            r"\dv", r"\ds", r"\df", r"\dT", r"\dm", r"\dD", r"\dx", r"\do", r"\dC", r"\dO", r"\dc",
            r"\da", r"\db", r"\dE", r"\des", r"\dew", r"\det", r"\deu", r"\dRp", r"\dRs", r"\dX",
            r"\dy", r"\dP", r"\ddp", r"\drds", r"\dF", r"\dFd", r"\dFp", r"\dFt", r"\dAc", r"\dAf",
            r"\dAp", r"\dconfig", r"\dl",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_psql_commands_show_the_catalog(
    psql: str, server: ServerProcess, library: Library, command: str, shown: str
) -> None:
    names = {"book": library.book, "schema": library.schema}
    output = _run_psql(psql, server, "-A", "-c", command.format(**names))
    assert shown.format(**names) in output


def test_the_queries_of_tab_completion_run(alice: Person, library: Library) -> None:
    start = library.book[:4]
    query = """
        SELECT pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c
        WHERE c.relkind IN ('r', 'p') AND substring(pg_catalog.quote_ident(c.relname), 1, 4) = %s
          AND pg_catalog.pg_table_is_visible(c.oid) AND c.relnamespace <> (
            SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'pg_catalog')
        UNION
        SELECT pg_catalog.quote_ident(n.nspname) || '.' FROM pg_catalog.pg_namespace n
        WHERE substring(pg_catalog.quote_ident(n.nspname) || '.', 1, 4) = %s
        LIMIT 1000"""
    with alice.connect() as connection:
        names = {row[0] for row in connection.execute(query, [start, start])}
    assert library.book in names


def test_psql_sees_no_table_along_another_search_path(
    psql: str, server: ServerProcess, library: Library
) -> None:
    path = f"SET search_path TO {library.schema}"
    output = _run_psql(psql, server, "-At", "-c", path, "-c", r"\dt")
    assert output.splitlines() == ["SET", f"{library.schema}|k|table|root"]


def test_everybody_sees_names_and_nobody_sees_rows(
    psql: str, server: ServerProcess, library: Library, bob: Person
) -> None:
    assert library.book in _run_psql(psql, server, "-At", "-c", r"\dt", user=bob.name)
    rows = _run_psql(psql, server, "-At", "-c", f"TABLE {library.book}", user=bob.name)
    assert rows == ""


# --- names of objects ---


@pytest.mark.parametrize(("binary", "shown"), [(False, "pg_class"), (True, (1259).to_bytes(4))])
def test_regclass_is_a_name_in_text_and_an_oid_in_binary(
    alice: Person, binary: bool, shown: object
) -> None:
    with alice.connect() as connection:
        cursor = connection.execute("SELECT 'pg_class'::regclass", binary=binary)
        assert cursor.fetchone() == (shown,)
        assert cursor.description is not None
        assert cursor.description[0].type_code == 2205


def test_regclass_is_qualified_where_the_search_path_does_not_find_it(
    alice: Person, library: Library
) -> None:
    qualified = f"{library.schema}.k"
    query = "SELECT %s::regclass::text, to_regclass('k') IS NULL"
    with alice.connect() as connection:
        assert connection.execute(query, [qualified]).fetchone() == (qualified, True)
        connection.execute(f"SET search_path TO {library.schema}")
        assert connection.execute(query, [qualified]).fetchone() == ("k", False)


def test_a_name_that_means_no_table_is_42p01(alice: Person) -> None:
    with alice.connect() as connection, pytest.raises(psycopg.errors.UndefinedTable) as caught:
        connection.execute("SELECT 'no_such'::regclass")
    assert caught.value.diag.message_primary == 'relation "no_such" does not exist'


def test_a_table_of_an_open_transaction_has_a_name_for_it_alone(
    alice: Person, bob: Person, fresh_name: FreshName
) -> None:
    name = fresh_name("pending")
    query = "SELECT to_regclass(%s)::text"
    with alice.connect() as own, bob.connect() as other, own.transaction(force_rollback=True):
        own.execute(f"CREATE USER TABLE {name} (id int PRIMARY KEY)")
        assert own.execute(query, [name]).fetchone() == (name,)
        assert other.execute(query, [name]).fetchone() == (None,)


def test_a_prepared_statement_follows_a_renamed_path(alice: Person, library: Library) -> None:
    query = "SELECT oid::regclass::text FROM pg_class WHERE relname = 'k' AND relkind = 'r'"
    with alice.connect(prepare_threshold=0) as connection:
        assert connection.execute(query).fetchone() == (f"{library.schema}.k",)
        connection.execute(f"SET search_path TO {library.schema}")
        assert connection.execute(query).fetchone() == ("k",)


def test_set_config_is_set(alice: Person) -> None:
    with alice.connect() as connection:
        row = connection.execute(
            "SELECT current_setting('jit'), set_config('jit', 'off', false)"
        ).fetchone()
        assert row == ("on", "off")
        assert connection.execute("SHOW jit").fetchone() == ("off",)
        with connection.transaction():
            local = "SELECT set_config('TimeZone', 'Asia/Tokyo', true)"
            assert connection.execute(local).fetchone() == ("Asia/Tokyo",)
            assert connection.execute("SHOW timezone").fetchone() == ("Asia/Tokyo",)
        assert connection.execute("SHOW timezone").fetchone() != ("Asia/Tokyo",)


def test_set_config_asks_for_the_same_privileges_as_set(alice: Person, bob: Person) -> None:
    with alice.connect() as connection:
        for name, value in (("kalam.user_id", bob.name), ("kalam.scope", "all")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        assert connection.execute("SELECT current_user").fetchone() == (alice.name,)


@pytest.mark.parametrize("privilege", ["SELECT", "INSERT", "TRUNCATE"])
def test_a_privilege_that_is_shown_is_there(
    server: ServerProcess, alice: Person, library: Library, privilege: str
) -> None:
    attempts = {
        "SELECT": "SELECT count(*) FROM {0}",
        "INSERT": "INSERT INTO {0} SELECT * FROM {0} WHERE false",
        "TRUNCATE": "TRUNCATE {0}",
    }
    service = server.create_role(f"{alice.name}_service", "service")
    for user in ("root", alice.name, service):
        for table in (library.book, f"{library.schema}.k", "pg_catalog.pg_am", "system.users"):
            with server.connect(user) as connection:
                asked = "SELECT has_table_privilege(%s, %s)"
                shown = connection.execute(asked, [table, privilege]).fetchone()
                try:
                    connection.execute(attempts[privilege].format(table).encode())
                    may = True
                except psycopg.errors.InsufficientPrivilege:
                    may = False
            assert shown == (may,), (user, table)


# --- SQLAlchemy ---


@pytest.fixture
def engine(server: ServerProcess, alice: Person) -> Iterator[sa.Engine]:
    url = sa.URL.create(
        "postgresql+psycopg", alice.name, USER_PASSWORD, "127.0.0.1", server.port, "kalam"
    )
    made = sa.create_engine(url)
    yield made
    made.dispose()


def test_sqlalchemy_inspects_a_table(engine: sa.Engine, library: Library) -> None:
    inspector = sa.inspect(engine)
    assert {"public", library.schema} <= set(inspector.get_schema_names())
    assert library.book in inspector.get_table_names()
    assert inspector.has_table("k", schema=library.schema)
    assert not inspector.has_table("k")
    columns = inspector.get_columns(library.book)
    assert [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in columns] == [
        ("id", "BIGINT", False, None),
        ("title", "VARCHAR(80)", False, None),
        ("price", "NUMERIC(10, 2)", True, None),
        ("published", "DATE", True, "'2020-01-02'::date"),
        ("tags", "ARRAY", True, None),
    ]
    key = inspector.get_pk_constraint("k", schema=library.schema)
    assert (key["name"], key["constrained_columns"]) == ("k_pkey", ["a", "b"])
    nothing: list[Any] = [
        inspector.get_indexes(library.book),
        inspector.get_foreign_keys(library.book),
        inspector.get_unique_constraints(library.book),
        inspector.get_check_constraints(library.book),
        inspector.get_view_names(library.schema),
        inspector.get_sequence_names(library.schema),
    ]
    assert nothing == [[], [], [], [], [], []]
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_columns("no_such")


def test_sqlalchemy_reflects_a_table_and_writes_to_it(engine: sa.Engine, library: Library) -> None:
    metadata = sa.MetaData()
    metadata.reflect(engine, only=[library.book])
    book = metadata.tables[library.book]
    assert [column.name for column in book.primary_key] == ["id"]
    with engine.begin() as connection:
        inserted = sa.insert(book).returning(book.c.id)
        rows = connection.execute(inserted, [{"id": 2, "title": "b"}, {"id": 3, "title": "c"}])
        assert sorted(rows.scalars()) == [2, 3]
        connection.execute(sa.update(book).where(book.c.id == 3).values(price=book.c.id + 1))
        assert connection.execute(sa.delete(book).where(book.c.id == 2)).rowcount == 1
        chosen = sa.select(book.c.title, book.c.price).order_by(book.c.id)
        assert [tuple(row) for row in connection.execute(chosen)] == [
            ("alice only", None),
            ("c", 4),
        ]


def test_sqlalchemys_unit_of_work_saves_objects(engine: sa.Engine, library: Library) -> None:
    class Base(orm.DeclarativeBase):
        pass

    class Book(Base):
        __tablename__ = library.book
        id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, primary_key=True)
        title: orm.Mapped[str]

    with orm.Session(engine) as session:
        session.add_all([Book(id=10, title="ten"), Book(id=11, title="eleven")])
        session.commit()
        session.get_one(Book, 10).title = "zehn"
        session.delete(session.get_one(Book, 11))
        session.commit()
        session.add(Book(id=12, title="never"))
        session.flush()
        session.rollback()
        chosen = sa.select(Book.title).where(Book.id >= 10).order_by(Book.id)
        assert session.scalars(chosen).all() == ["zehn"]


# --- asyncpg ---


def _arguments(server: ServerProcess, user: str) -> dict[str, Any]:
    return {
        "host": "127.0.0.1", "port": server.port, "user": user, "password": USER_PASSWORD,
        "database": "kalam",
    }  # fmt: skip


@pytest.mark.asyncio
async def test_asyncpg_learns_types_and_takes_codecs(server: ServerProcess, alice: Person) -> None:
    connection = await asyncpg.connect(**_arguments(server, alice.name))
    try:
        await connection.set_type_codec(
            "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
        )
        assert await connection.fetchval("SELECT $1::jsonb", {"a": [1]}) == {"a": [1]}
        # Arrays of types that asyncpg does not know by heart: it asks the catalog.
        types = await connection.fetchval("SELECT ARRAY[23, 25]::oid[]::regtype[]")
        assert types == ["integer", "text"]
        found = await connection.fetch(
            "SELECT relname FROM pg_class WHERE oid = $1::regclass", "pg_am"
        )
        assert [row["relname"] for row in found] == ["pg_am"]
    finally:
        await connection.close()


@pytest.mark.asyncio
async def test_asyncpgs_pool_gives_a_clean_session(server: ServerProcess, alice: Person) -> None:
    async with asyncpg.create_pool(
        min_size=1, max_size=1, **_arguments(server, alice.name)
    ) as pool:
        async with pool.acquire() as connection:
            before = await connection.fetchval("SHOW timezone")
            await connection.execute("SET timezone = 'Asia/Tokyo'")
        async with pool.acquire() as connection:
            assert await connection.fetchval("SHOW timezone") == before

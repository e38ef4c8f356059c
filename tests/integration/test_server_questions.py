"""What a client asks about the server and about its own rights.

Goal: the answers are PostgreSQL's where both servers have the same to say, and true where only
kalampg has. Method: scripts that run on both; for sizes, two users of one server.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors

from conformance.server_process import Connection, ServerProcess
from tests.fix_both import Both
from tests.fix_jobs import run_job
from tests.fix_server import Person


def test_privileges_on_columns_and_sequences(both: Both) -> None:
    both.same(
        """
        CREATE TABLE owned (id int PRIMARY KEY, note text)

        CREATE SEQUENCE counter

        SELECT has_column_privilege('owned', 'note', 'SELECT, INSERT')

        SELECT has_column_privilege(current_user, 'owned'::regclass, 2::int2, 'UPDATE')

        SELECT has_column_privilege('owned', 7::int2, 'SELECT')

        SELECT has_column_privilege(999999::oid, 'note', 'SELECT')

        SELECT has_column_privilege('owned', 'nonesuch', 'SELECT')

        SELECT has_column_privilege('owned', 'note', 'DELETE')

        SELECT has_sequence_privilege('counter', 'USAGE, update')

        SELECT has_sequence_privilege('owned', 'USAGE')

        SELECT has_sequence_privilege(0, 'USAGE')

        SELECT has_table_privilege('counter', 'SELECT')

        SELECT has_type_privilege('int4', 'USAGE'), has_type_privilege(0, 'USAGE')

        SELECT has_type_privilege('nonesuch', 'USAGE')
        """
    )


def test_sizes_of_what_is_not_there(both: Both) -> None:
    both.same(
        """
        CREATE TABLE empty_one (id int PRIMARY KEY)

        SELECT pg_relation_size('empty_one', 'fsm'), pg_relation_size('empty_one', NULL)

        SELECT pg_relation_size(0), pg_table_size(0), pg_database_size(0::oid)

        SELECT pg_database_size('nonesuch')

        SELECT pg_size_pretty(1234.50), pg_size_pretty(-123456.789), pg_size_pretty(1e30)

        SELECT pg_size_pretty(10239.9), pg_size_pretty(10485247.5), pg_size_pretty(-10485248.5)
        """
    )


def test_a_size_counts_hot_and_cold_rows_of_the_reader_only(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("sized")
    with server.connect() as root, alice.connect() as hers, bob.connect() as his:
        hers.execute(f"CREATE USER TABLE {name} (id int PRIMARY KEY, note text)")
        rows = f"INSERT INTO {name} SELECT n, repeat('x', 50) FROM generate_series(1, 100) n"
        hers.execute(rows)
        hot = _size(hers, name)
        assert hot > 100 * 50
        assert _size(his, name) == 0
        run_job(root, f"FLUSH TABLE public.{name}")
        cold = _size(hers, name)
        assert 0 < cold < hot
        his.execute(f"INSERT INTO {name} VALUES (1, 'y')")
        assert _size(hers, name) == cold
        assert 0 < _size(his, name) < 100
        assert _size(root, name) > cold


def test_functions_by_name_and_number(both: Both) -> None:
    both.same(
        """
        SELECT 'upper(text)'::regprocedure, 'now'::regproc, '871'::regproc

        SELECT 'pg_catalog.substr(text, int4)'::regprocedure::oid

        SELECT to_regproc('upper'), to_regprocedure('upper(text)'), to_regprocedure('upper(int)')

        SELECT oid, proargtypes, prosupport FROM pg_proc
        WHERE proname = 'length' AND proargtypes = '25'

        SELECT proargtypes[0], array_length(proargtypes, 1), proargtypes::oid[]
        FROM pg_proc WHERE oid = 872

        SELECT typinput, typoutput::text, typinput::oid FROM pg_type
        WHERE typinput = 'int4in'::regproc

        SELECT pg_get_function_arguments(oid), pg_get_function_identity_arguments(oid),
            pg_get_function_result(oid)
        FROM pg_proc WHERE proname IN ('jsonb_set', 'generate_series') ORDER BY oid

        SELECT pg_function_is_visible(871), has_function_privilege('upper(text)', 'EXECUTE')
        """
    )


def test_sleeping_and_signals_that_reach_nobody(both: Both) -> None:
    both.same(
        """
        SELECT pg_sleep(0), pg_sleep(NULL), pg_sleep(-1), pg_sleep_for('0 seconds')

        SELECT pg_sleep_until(now()), pg_sleep(0.001) IS NULL, pg_sleep(0.001) IS NULL

        SELECT n, pg_sleep(0.001) FROM generate_series(1, 3) n

        CREATE TABLE slow (id int PRIMARY KEY, is_null bool, also bool)

        INSERT INTO slow VALUES (1, pg_sleep(0.001) IS NULL, pg_sleep(0.001) IS NULL)

        TABLE slow

        SELECT pg_cancel_backend(0), pg_cancel_backend(NULL)

        SELECT pg_terminate_backend(2147483647)

        SELECT pg_terminate_backend(0, -1)

        SELECT pg_cancel_backend(pg_backend_pid())

        SET statement_timeout = '20ms'

        SELECT pg_sleep(60)
        """
    )


def test_a_sleeping_statement_is_cancelled_by_another_session_of_the_role(alice: Person) -> None:
    with alice.connect() as sleeper, alice.connect() as other, ThreadPoolExecutor(1) as threads:
        sleeping = threads.submit(sleeper.execute, "SELECT pg_sleep(60)")
        pid = sleeper.info.backend_pid
        active = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
        while other.execute(active, [pid]).fetchone() != (1,):
            pass
        assert other.execute("SELECT pg_cancel_backend(%s)", [pid]).fetchone() == (True,)
        with pytest.raises(errors.QueryCanceled, match="due to user request"):
            sleeping.result()
        assert sleeper.execute("SELECT pg_sleep(0.001)").fetchone() == ("",)


def test_only_a_role_and_a_dba_may_end_the_roles_sessions(
    server: ServerProcess, alice: Person, bob: Person
) -> None:
    with alice.connect() as hers, bob.connect() as his, server.connect() as root:
        end = "SELECT pg_terminate_backend(%s)"
        with pytest.raises(errors.InsufficientPrivilege, match="must be a member of the role"):
            his.execute(end, [hers.info.backend_pid])
        with pytest.raises(errors.InsufficientPrivilege, match="must be a superuser"):
            his.execute(end, [root.info.backend_pid])
        assert hers.execute("SELECT 1").fetchone() == (1,)
        assert root.execute(end, [hers.info.backend_pid]).fetchone() == (True,)
        with pytest.raises(psycopg.OperationalError):
            hers.execute("SELECT 1")
        with pytest.raises(errors.AdminShutdown):
            his.execute(end, [his.info.backend_pid])


def _size(connection: Connection, name: str) -> int:
    row = connection.execute("SELECT pg_table_size(%s::regclass)", [name]).fetchone()
    assert row is not None
    return int(row[0])

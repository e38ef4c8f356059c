"""COMMENT ON over the wire.

Goal: comments are where PostgreSQL's clients look for them. Method: the same statements in
PostgreSQL 15, every answer compared.
"""

from __future__ import annotations

import pytest

from conformance.server_process import ServerProcess
from tests.fix_both import Both

pytestmark = pytest.mark.slow


def test_comments_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, body text, n int CONSTRAINT positive CHECK (n > 0))

        CREATE VIEW v AS SELECT id FROM t

        CREATE SEQUENCE s

        COMMENT ON TABLE t IS 'a table'

        COMMENT ON COLUMN t.body IS 'it''s a column'

        COMMENT ON COLUMN v.id IS 'of a view'

        COMMENT ON VIEW v IS 'a view'

        COMMENT ON SEQUENCE s IS 'a sequence'

        COMMENT ON INDEX t_pkey IS 'an index'

        COMMENT ON CONSTRAINT positive ON t IS 'a constraint'

        SELECT obj_description('t'::regclass), obj_description('t'::regclass, 'pg_class'),
        obj_description('v'::regclass, 'pg_class'), obj_description('s'::regclass, 'pg_class'),
        obj_description('t_pkey'::regclass, 'pg_class')

        SELECT col_description('t'::regclass, 2), col_description('t'::regclass, 1),
        col_description('v'::regclass, 1)

        SELECT objsubid, description FROM pg_description
        WHERE objoid IN ('t'::regclass, 'v'::regclass) ORDER BY objoid, objsubid

        COMMENT ON TABLE t IS 'another'

        COMMENT ON COLUMN t.body IS NULL

        COMMENT ON SEQUENCE s IS ''

        SELECT obj_description('t'::regclass, 'pg_class'), col_description('t'::regclass, 2),
        obj_description('s'::regclass, 'pg_class')

        COMMENT ON TABLE none IS 'x'

        COMMENT ON TABLE v IS 'x'

        COMMENT ON VIEW t IS 'x'

        COMMENT ON SEQUENCE t IS 'x'

        COMMENT ON INDEX t IS 'x'

        COMMENT ON COLUMN t.none IS 'x'

        COMMENT ON COLUMN body IS 'x'

        COMMENT ON CONSTRAINT none ON t IS 'x'

        COMMENT ON SCHEMA none IS 'x'

        COMMENT ON TABLE t IS 5

        BEGIN

        COMMENT ON TABLE t IS 'rolled back'

        SELECT obj_description('t'::regclass, 'pg_class')

        ROLLBACK

        SELECT obj_description('t'::regclass, 'pg_class')

        DROP VIEW v

        DROP TABLE t

        CREATE TABLE t (id int PRIMARY KEY)

        SELECT obj_description('t'::regclass, 'pg_class')
    """)


def test_comments_of_schemas_and_databases_survive_a_restart(start_server: object) -> None:
    assert callable(start_server)
    server: ServerProcess = start_server()
    with server.connect() as root:
        root.execute("CREATE SCHEMA app")
        root.execute("COMMENT ON SCHEMA app IS 'ours'")
        root.execute("COMMENT ON DATABASE kalam IS 'everything'")
    assert server.stop() == 0
    again: ServerProcess = start_server()
    with again.connect() as root:
        found = root.execute(
            "SELECT obj_description('app'::regnamespace, 'pg_namespace'), "
            "shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'kalam'"
        )
        assert found.fetchall() == [("ours", "everything")]

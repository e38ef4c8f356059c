"""IF EXISTS and IF NOT EXISTS: the notices of statements that do nothing.

Goal: the NOTICE texts and SQLSTATEs that scripts are used to. Method: the same statements in
PostgreSQL 15, every answer compared.
"""

from __future__ import annotations

import pytest

from tests.fix_both import Both

pytestmark = pytest.mark.slow


def test_statements_that_do_nothing_say_so(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, body text, n int CONSTRAINT positive CHECK (n > 0))

        CREATE TABLE IF NOT EXISTS t (id int)

        CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS one

        CREATE INDEX i ON t (body)

        CREATE INDEX IF NOT EXISTS i ON t (body)

        CREATE SEQUENCE IF NOT EXISTS t

        CREATE SEQUENCE s

        CREATE SEQUENCE IF NOT EXISTS s

        CREATE SCHEMA IF NOT EXISTS public

        CREATE VIEW v AS SELECT 1 AS one

        CREATE TABLE IF NOT EXISTS v (id int)

        ALTER TABLE IF EXISTS none ADD COLUMN x int

        ALTER TABLE IF EXISTS none RENAME TO other

        ALTER TABLE IF EXISTS nowhere.none ADD COLUMN x int

        ALTER TABLE t ADD COLUMN IF NOT EXISTS body text

        ALTER TABLE t DROP COLUMN IF EXISTS none

        ALTER TABLE t DROP CONSTRAINT IF EXISTS none

        ALTER VIEW IF EXISTS none RENAME TO other

        ALTER SEQUENCE IF EXISTS none RESTART

        ALTER INDEX IF EXISTS none RENAME TO other

        DROP TABLE IF EXISTS none

        DROP TABLE IF EXISTS none, t, nowhere.none

        DROP VIEW IF EXISTS none

        DROP VIEW IF EXISTS nowhere.none

        DROP SEQUENCE IF EXISTS none, s

        DROP INDEX IF EXISTS none

        DROP SCHEMA IF EXISTS none

        DROP TABLE IF EXISTS v

        DROP VIEW IF EXISTS v CASCADE

        DROP TABLE nowhere.none

        DROP VIEW nowhere.none

        DROP SEQUENCE nowhere.none

        DROP SCHEMA none

        DROP INDEX none
    """)

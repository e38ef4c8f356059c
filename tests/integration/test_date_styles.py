"""DateStyle, IntervalStyle, precision of times, and input that means the time of the statement.

Goal: a session reads and prints dates, times and intervals as PostgreSQL does under the same
settings, in literals, casts of columns, stored values and arrays. Method: the same statements on
PostgreSQL 15.
"""

from __future__ import annotations

import pytest

from tests.fix_both import Both

_TABLE = """
    CREATE TABLE moments (id int PRIMARY KEY, d date, t timestamp(0), z timestamptz(2),
        i interval day to second(2), y interval year, c time(3), w text)

    INSERT INTO moments VALUES
        (1, '2024-02-29', '2024-01-31 10:00:00.5', '2024-07-01 12:00:00.125+02',
         '1 day 02:03:04.567', '5 years 6 months', '10:00:00.9996', '3 Feb 2024'),
        (2, '0044-03-15 BC', '-infinity', 'infinity', '90', '7 years', '24:00', '2024-02-03 BC'),
        (3, 'infinity', 'epoch', '12345-06-07 00:00+00', '-1 2:03', '-3 years', 'allballs', NULL)
"""
_PRINTED = """
    SELECT id, d::text, t::text, z::text, i::text, y::text, c::text, ARRAY[d]::text,
        'on ' || z, to_json(t), concat(d, i) FROM moments ORDER BY id
"""


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize(
    "style", ["ISO, DMY", "SQL, MDY", "SQL, DMY", "Postgres, MDY", "Postgres, DMY", "German"]
)
def test_moments_are_printed_in_the_style_of_the_session(both: Both, style: str, zone: str) -> None:
    both.same(f"""
        {_TABLE}

        SET DateStyle = '{style}'

        SET TimeZone = '{zone}'

        {_PRINTED}

        SHOW DateStyle
    """)
    reported = both.kalampg.connection.info.parameter_status("DateStyle")
    assert reported == both.postgres.connection.info.parameter_status("DateStyle")


@pytest.mark.parametrize("style", ["postgres_verbose", "sql_standard", "iso_8601"])
def test_intervals_are_read_and_printed_in_the_style_of_the_session(both: Both, style: str) -> None:
    both.same(f"""
        {_TABLE}

        SET IntervalStyle = '{style}'

        {_PRINTED}

        SELECT (interval '-1 2:03:04')::text, ('-1-2 3'::text::interval)::text

        SELECT (-i)::text FROM moments ORDER BY i
    """)


def test_the_order_of_a_date_decides_what_is_read(both: Both) -> None:
    both.same("""
        SET DateStyle = 'DMY'

        SELECT '01/02/2024'::date = '2024-02-01', ('05-06-07'::text)::date = '2007-06-05'

        SET DateStyle = 'YMD'

        SELECT '01/02/03'::timestamp = '2001-02-03'

        SET DateStyle = 'ISO, SQL'

        SET DateStyle = 'whatever'

        SET DateStyle = 'German'

        SHOW DateStyle

        SET DateStyle = 'us'

        SHOW DateStyle
    """)


def test_a_view_reads_its_literals_as_when_it_was_made(both: Both) -> None:
    both.same("""
        SET DateStyle = 'ISO, DMY'

        CREATE VIEW february AS SELECT date '01/02/2024' AS d

        SET DateStyle = 'SQL, MDY'

        SELECT d = '02/01/2024', d::text FROM february
    """)


def test_input_that_means_now_is_read_when_the_statement_runs(both: Both) -> None:
    both.same("""
        CREATE TABLE seen (id int PRIMARY KEY, d date, z timestamptz)

        INSERT INTO seen VALUES (1, 'today', 'now'), (2, 'tomorrow 12:00', 'yesterday 10:00')

        SELECT d - current_date, z = 'epoch', z <= now() FROM seen ORDER BY id

        UPDATE seen SET d = 'yesterday' WHERE d = 'tomorrow'

        SELECT count(*) FROM seen WHERE id = 2 AND d < 'today'

        SELECT 'today'::date = current_date, 'now'::timestamptz = now(), '{today}'::date[] =
            ARRAY[current_date], 'now'::text::timestamptz = now(), 'now'::time = localtime

        PREPARE days(date) AS SELECT $1 - current_date

        EXECUTE days('tomorrow')
    """)
    for side in (both.kalampg, both.postgres):
        query = "SELECT %s::timestamptz <= now(), %s::date - current_date"
        cursor = side.connection.execute(query, ("now", "yesterday"), prepare=True)
        assert cursor.fetchall() == [(True, -1)]


def test_times_are_rounded_to_their_precision(both: Both) -> None:
    both.same("""
        SELECT timestamp(0) '2024-01-01 10:00:00.5', (time(2) '23:59:59.999')::text,
            timestamptz(1) '2024-01-01 10:00:00.67+00', '2024-01-01 00:00:00.15'::timestamp(1)

        SELECT (interval(0) '1.5 seconds')::text, (interval '1.678' second(1))::text,
            (interval '1-2' year)::text, (interval '10:20' minute to second)::text,
            ('1 day 2:03:04.567'::interval(1))::text

        CREATE TABLE wrong (a interval minute to day)

        SELECT interval '1' month to day
    """)

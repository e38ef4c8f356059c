"""time with time zone: a type like any other.

Goal: literals, casts, comparison, fields, zones, arithmetic, keys, arrays, COPY and rows in
segments as in PostgreSQL. Method: the same statements on PostgreSQL 15; cold rows against the hot
ones that they were.
"""

from __future__ import annotations

from tests.fix_both import Both

_ROWS = """
    CREATE TABLE opening (place int PRIMARY KEY, t timetz, rounded timetz(1), days timetz[])

    INSERT INTO opening VALUES (1, '10:00+02', '10:00:00.55-03:30', '{10:00+01,NULL}'),
        (2, '09:00:00.123456+01', 'allballs', NULL), (3, NULL, '24:00+00', '{}'),
        (4, '01:00+14', '23:59:59.99-12', '{00:00:00.5-00:00:01}')
"""


def test_answers_are_postgresqls(both: Both) -> None:
    both.same(f"""
        {_ROWS}

        SELECT place, t::text, rounded::text, days::text FROM opening ORDER BY t, place

        SELECT place FROM opening WHERE t = '10:00+02'

        SELECT place FROM opening WHERE t < '08:30+00' ORDER BY t DESC

        SELECT min(t)::text, max(t)::text, count(DISTINCT t AT TIME ZONE 'UTC') FROM opening

        SELECT place, extract(hour FROM t), extract(epoch FROM t), date_part('timezone', rounded),
            extract(timezone_hour FROM rounded), extract(timezone_minute FROM rounded)
        FROM opening ORDER BY place

        SELECT (t + interval '20:00')::text, (t - interval '1 day 11 hours')::text,
            (date '2024-02-29' + t)::text, (t AT TIME ZONE '-05')::text,
            (t AT TIME ZONE interval '02:00')::text, t::time::text FROM opening ORDER BY place

        SELECT current_time::time = localtime, timetz(0) '10:00:00.5+01'
            = '10:00:01+01', pg_typeof(current_time)

        SELECT timetz '10:00+25'

        SELECT timetz '10 o clock'

        SELECT extract(day FROM t) FROM opening

        SELECT t - t FROM opening
    """)


def test_keys_are_ordered_as_postgresql_orders_them(both: Both) -> None:
    both.same("""
        CREATE TABLE slots (t timetz PRIMARY KEY, n int UNIQUE)

        INSERT INTO slots VALUES ('10:00+02', 1), ('09:00+02', 2), ('08:00+00', 3), ('08:00-01', 4)

        INSERT INTO slots VALUES ('10:00:00.000000+02:00', 5)

        SELECT n, t::text FROM slots ORDER BY t

        SELECT n FROM slots WHERE t > '08:00+00' ORDER BY t DESC

        DELETE FROM slots WHERE t = '08:00' AT TIME ZONE 'UTC' RETURNING n
    """)


def test_binary_parameters_and_results_are_postgresqls(both: Both) -> None:
    for side in (both.kalampg, both.postgres):
        cursor = side.connection.cursor(binary=True)
        value = cursor.execute("SELECT timetz '10:11:12.5+05:30'").fetchone()
        assert value is not None
        again = cursor.execute("SELECT (%b::timetz)::text", value).fetchone()
        assert again == ("10:11:12.5+05:30",)

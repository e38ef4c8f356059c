"""The ends of types: infinite dates, years before Christ, floats that leave their range.

Goal: what PostgreSQL answers, stored values, expressions of columns and errors alike. Method: the
same statements on PostgreSQL 15.
"""

from __future__ import annotations

from tests.fix_both import Both


def test_infinite_dates_and_years_before_christ(both: Both) -> None:
    both.same("""
        CREATE TABLE moments (id int PRIMARY KEY, d date, t timestamp, z timestamptz)

        INSERT INTO moments VALUES (1, 'infinity', '-infinity', 'infinity'),
            (2, '0044-03-15 BC', '0001-12-31 23:59:59.5 BC', '0001-01-01 00:00+00'),
            (3, '12345-06-07', '100000-01-01', '2024-02-29 12:00+02'), (4, NULL, NULL, NULL)

        SELECT id, extract(year FROM d)::text, extract(century FROM d)::text,
            extract(decade FROM t)::text,
            extract(isoyear FROM d)::text, extract(julian FROM t)::text,
            extract(millennium FROM z)::text, extract(epoch FROM z)::text,
            extract(day FROM d), extract(dow FROM t), date_part('year', t), date_part('epoch', d),
            date_part('month', z)
        FROM moments ORDER BY d

        SELECT id, (d + 1)::text, (d - interval '1 month')::text, (t + interval '1 day')::text,
            (z - interval '1 year')::text, date_trunc('decade', t)::text, isfinite(d),
            d::timestamp::text, t::date::text, d > t
        FROM moments ORDER BY t, id

        SELECT min(d)::text, max(d)::text, min(t)::text, max(z)::text FROM moments

        SELECT d - date '2024-01-01' FROM moments WHERE id = 2

        SELECT d - date '2024-01-01' FROM moments

        SELECT t - z::timestamp FROM moments

        SELECT d - 3000000 FROM moments

        SELECT t + interval '300000 years' FROM moments WHERE id = 3

        SELECT t - interval '6000 years' FROM moments WHERE id = 2
    """)


def test_floats_never_leave_their_range_unnoticed(both: Both) -> None:
    both.same("""
        CREATE TABLE floats (id int PRIMARY KEY, x float8, y float4)

        INSERT INTO floats VALUES (1, 1e308, 3e38), (2, 1e-300, 1e-30), (3, 'infinity', '-infinity')

        SELECT id, x * 2, y + 1 FROM floats WHERE id > 1 ORDER BY id

        SELECT x * 10 FROM floats

        SELECT x / 1e200::float8 / 1e200::float8 FROM floats WHERE id = 2

        SELECT y * y FROM floats WHERE id = 1

        SELECT y * y FROM floats WHERE id = 2

        SELECT x + x FROM floats WHERE id = 1

        SELECT sum(x + 0) FROM floats WHERE id <> 2

        SELECT sum(a.x) FROM floats a, floats b WHERE a.id = 1

        SELECT avg(a.x) FROM floats a, floats b WHERE a.id = 1

        SELECT power(x, 2) FROM floats WHERE id = 1

        SELECT corr(id, x), regr_r2(x, id), regr_intercept(x, id) FROM floats WHERE id < 1

        SELECT percentile_cont(2) WITHIN GROUP (ORDER BY x) FROM floats
    """)


def test_long_expressions_are_planned_at_once(both: Both) -> None:
    both.same("""
        CREATE TABLE points (id int PRIMARY KEY, x float8, y float8, d date, z timestamptz)

        INSERT INTO points VALUES (1, 1.5, 2, '2024-01-31', '2024-03-31 00:59:59+00'),
            (2, 0.5, 8, '2024-02-29', '2024-10-27 01:30+00')

        SELECT x*x*x*x*x*x*x*x*x*x*x*x + x*y*x*y*x*y - x*x*x/y/2 FROM points ORDER BY id

        SELECT (z + (-interval '1 month -2 days 03:04:05') * 2 / 3 - interval '1 day')::text,
            extract(epoch FROM justify_interval(z - d) * 1.5 + interval '1 day' * y)
        FROM points ORDER BY id

        SELECT max(z + interval '1 day' * y)::text, sum(x * y * 2) / count(*) FROM points
        GROUP BY x * y * 2 ORDER BY x * y * 2

        SELECT id, rank() OVER (PARTITION BY d + 1 > '2024-02-15' ORDER BY x * y / 2, z - d),
            sum(x * y * 2) OVER (ORDER BY id) * 1.5,
            count(*) OVER (PARTITION BY date_trunc('month', z) ORDER BY date_trunc('qtr', d))
        FROM points ORDER BY id
    """)

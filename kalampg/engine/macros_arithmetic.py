"""Macros for arithmetic of dates and times within PostgreSQL's range, infinities included."""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    """CREATE MACRO pg_date_checked(n) AS
        CASE WHEN n < -2440588 OR n >= 2145042906
             THEN CAST(error('KPG:22008:date out of range') AS DATE)
             ELSE DATE '1970-01-01' + CAST(n AS INTEGER) END""",
    """CREATE MACRO pg_date_plus(d, n) AS
        CASE WHEN isfinite(d)
             THEN pg_date_checked(CAST(d - DATE '1970-01-01' AS BIGINT) + n)
             WHEN n IS NOT NULL THEN d END""",
    """CREATE MACRO pg_date_difference(a, b) AS
        CASE WHEN isfinite(a) AND isfinite(b) THEN CAST(a - b AS INTEGER)
             WHEN a IS NOT NULL AND b IS NOT NULL
             THEN CAST(error('KPG:22008:cannot subtract infinite dates') AS INTEGER) END""",
    """CREATE MACRO pg_moment_difference(a, b) AS
        CASE WHEN isfinite(a) AND isfinite(b) THEN a - b
             WHEN a IS NOT NULL AND b IS NOT NULL
             THEN CAST(error('KPG:22008:cannot subtract infinite timestamps') AS INTERVAL) END""",
    """CREATE MACRO pg_timestamp_checked(x) AS
        CASE WHEN x < TIMESTAMP '4714-11-24 (BC) 00:00:00' AND isfinite(x)
             THEN CAST(error('KPG:22008:timestamp out of range') AS TIMESTAMP) ELSE x END""",
    """CREATE MACRO pg_timestamptz_checked(x) AS
        CASE WHEN x < TIMESTAMPTZ '4714-11-24 (BC) 00:00:00+00' AND isfinite(x)
             THEN CAST(error('KPG:22008:timestamp out of range') AS TIMESTAMPTZ) ELSE x END""",
    # Months first, then days, then time, as the zone's calendar has them.
    """CREATE MACRO pg_timestamptz_plus(x, i) AS
        x + to_months(CAST(pg_interval_months(i) AS INTEGER))
          + to_days(CAST(pg_interval_days(i) AS INTEGER)) + to_microseconds(pg_interval_us(i))""",
    """CREATE MACRO pg_interval_time(i) AS
        pg_time_of((pg_interval_us(i) % 86400000000 + 86400000000) % 86400000000)""",
    """CREATE MACRO pg_timestamp_time(x) AS CASE WHEN isfinite(x) THEN CAST(x AS TIME) END""",
    """CREATE MACRO pg_step(s) AS
        CASE WHEN s = INTERVAL 0 SECOND
             THEN CAST(error('KPG:22023:step size cannot equal zero') AS INTERVAL) ELSE s END""",
    "CREATE MACRO pg_series_moment(a, b, s) AS generate_series(a, b, pg_step(s))",
    # --- making ---
    # There is no year 0: make_date() counts -1 for 1 BC, DuckDB 0.
    """CREATE MACRO pg_year_checked(y, m, d) AS
        CASE WHEN y = 0
             THEN CAST(error('KPG:22008:date field value out of range: 0-' || lpad(CAST(m AS
                  VARCHAR), 2, '0') || '-' || lpad(CAST(d AS VARCHAR), 2, '0')) AS INTEGER)
             WHEN y < 0 THEN y + 1 ELSE y END""",
    "CREATE MACRO pg_make_date(y, m, d) AS make_date(pg_year_checked(y, m, d), m, d)",
    """CREATE MACRO pg_make_time(h, m, s) AS
        CASE WHEN h < 0 OR m NOT BETWEEN 0 AND 59 OR s < 0 OR s > 60 OR isnan(s)
                  OR h > 24 OR (h = 24 AND (m > 0 OR s > 0))
             THEN CAST(error('KPG:22008:time field value out of range: ' || h || ':'
                             || lpad(CAST(m AS VARCHAR), 2, '0') || ':'
                             || printf('%02g', s)) AS TIME)
             ELSE pg_time_of(h * 3600000000 + CAST(m AS BIGINT) * 60000000
                             + CAST(round_even(s * 1000000, 0) AS BIGINT)) END""",
    """CREATE MACRO pg_make_timestamp(y, mo, d, h, mi, s) AS
        CAST(pg_make_date(y, mo, d) AS TIMESTAMP)
        + to_microseconds(CAST(pg_time_us(pg_make_time(h, mi, s)) AS BIGINT))""",
    """CREATE MACRO pg_make_timestamptz
        (y, mo, d, h, mi, s) AS timezone(current_setting('TimeZone'),
            pg_make_timestamp(y, mo, d, h, mi, s)),
        (y, mo, d, h, mi, s, z) AS pg_timestamp_at(z, pg_make_timestamp(y, mo, d, h, mi, s))""",
)

"""Macros for the fields of dates and times: extract() and date_part().

A field that grows with time (``pg_<field>_text``) is written as text, since it is infinite where
the date is, which no DECIMAL can be; the others are NULL there. There is no year 0.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    "CREATE MACRO pg_local(x) AS timezone(current_setting('TimeZone'), x)",
    # PostgreSQL's numbers of years, from a year that counts 1 BC as 0.
    "CREATE MACRO pg_year_of(y) AS CASE WHEN y > 0 THEN y ELSE y - 1 END",
    "CREATE MACRO pg_decade_of(y) AS CASE WHEN y >= 0 THEN y // 10 ELSE -((9 - y) // 10) END",
    """CREATE MACRO pg_century_of(y) AS
        CASE WHEN y > 0 THEN (y + 99) // 100 ELSE -((100 - y) // 100) END""",
    """CREATE MACRO pg_millennium_of(y) AS
        CASE WHEN y > 0 THEN (y + 999) // 1000 ELSE -((1000 - y) // 1000) END""",
    """CREATE MACRO pg_finite_text(x, t) AS
        CASE WHEN isfinite(x) THEN CAST(t AS VARCHAR)
             WHEN starts_with(CAST(x AS VARCHAR), '-') THEN '-Infinity'
             WHEN x IS NOT NULL THEN 'Infinity' END""",
    "CREATE MACRO pg_year_text(x) AS pg_finite_text(x, pg_year_of(year(x)))",
    "CREATE MACRO pg_isoyear_text(x) AS pg_finite_text(x, pg_year_of(isoyear(x)))",
    "CREATE MACRO pg_decade_text(x) AS pg_finite_text(x, pg_decade_of(year(x)))",
    "CREATE MACRO pg_century_text(x) AS pg_finite_text(x, pg_century_of(year(x)))",
    "CREATE MACRO pg_millennium_text(x) AS pg_finite_text(x, pg_millennium_of(year(x)))",
    "CREATE MACRO pg_epoch_text(x) AS pg_finite_text(x, pg_epoch(x))",
    """CREATE MACRO pg_epoch_text_of_date(x) AS
        pg_finite_text(x, CAST(x - DATE '1970-01-01' AS BIGINT) * 86400)""",
    "CREATE MACRO pg_julian_day(x) AS CAST(x AS DATE) - DATE '1970-01-01' + 2440588",
    "CREATE MACRO pg_julian_text_of_date(x) AS pg_finite_text(x, pg_julian_day(x))",
    """CREATE MACRO pg_julian_text(x) AS pg_finite_text(x, kpg_numeric_add(
        CAST(pg_julian_day(x) AS VARCHAR),
        kpg_numeric_divide(CAST(epoch_us(x) - epoch_us(CAST(CAST(x AS DATE) AS TIMESTAMP))
                                AS VARCHAR), '86400000000')))""",
    """CREATE MACRO pg_interval_quarter(x) AS
        CAST(trunc(date_part('month', x) / 3.0) AS BIGINT) + 1""",
    """CREATE MACRO pg_timeofday(x) AS
        strftime(pg_local(x), '%a %b %d %H:%M:%S.%f %Y ') || split_part(
            kpg_timestamptz_text(epoch_us(x), 'Postgres, MDY', current_setting('TimeZone')),
            ' ', 6)""",
)

"""Macros for time with time zone, which is a BIGINT in DuckDB (``pgtypes.timetz``)."""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    "CREATE MACRO pg_timetz_west(x) AS (x & 262143) - 131072",
    """CREATE MACRO pg_timetz_utc_us(x) AS
        (x - (x & 262143)) // 262144 - 86400000000""",
    "CREATE MACRO pg_timetz_us(x) AS pg_timetz_utc_us(x) - pg_timetz_west(x) * 1000000",
    """CREATE MACRO pg_timetz_made(us, west) AS
        (us + west * 1000000 + 86400000000) * 262144 + west + 131072""",
    "CREATE MACRO pg_day_us(us) AS (us % 86400000000 + 86400000000) % 86400000000",
    "CREATE MACRO pg_timetz_time(x) AS pg_time_of(pg_timetz_us(x))",
    """CREATE MACRO pg_timetz_between(local_us, instant_us) AS
        pg_timetz_made(pg_day_us(local_us), (instant_us - local_us) // 1000000)""",
    """CREATE MACRO pg_timetz_at(x) AS
        CASE WHEN isfinite(x) THEN pg_timetz_between(epoch_us(pg_local(x)), epoch_us(x)) END""",
    # The clocks of this day say which offset a zone has.
    """CREATE MACRO pg_today_us(us, z, moment) AS
        epoch_us(CAST(CAST(timezone(z, moment) AS DATE) AS TIMESTAMP)) + us""",
    """CREATE MACRO pg_timetz_today(x, moment) AS
        CASE WHEN x IS NOT NULL THEN pg_timetz_made(
            pg_time_us(x),
            (epoch_us(timezone(current_setting('TimeZone'), make_timestamp(
                pg_today_us(pg_time_us(x), current_setting('TimeZone'), moment))))
             - pg_today_us(pg_time_us(x), current_setting('TimeZone'), moment)) // 1000000) END""",
    """CREATE MACRO pg_timetz_shifted(x, west) AS
        pg_timetz_made(pg_day_us(pg_timetz_utc_us(x) - west * 1000000), west)""",
    """CREATE MACRO pg_timetz_at_interval(z, x) AS
        pg_timetz_shifted(x, -(pg_interval_us(pg_zone_interval(z)) // 1000000))""",
    """CREATE MACRO pg_timetz_at_zone(z, x, moment) AS
        pg_timetz_shifted(x, (epoch_us(moment) - epoch_us(pg_timestamptz_at(z, moment)))
                             // 1000000)""",
    """CREATE MACRO pg_timetz_plus(x, i) AS
        pg_timetz_made(pg_day_us(pg_timetz_us(x) + pg_interval_us(i)), pg_timetz_west(x))""",
    """CREATE MACRO pg_date_timetz(d, x) AS
        CASE WHEN isfinite(d)
             THEN pg_timestamptz_checked(make_timestamptz(
                CAST(CASE WHEN isfinite(d) THEN d END - DATE '1970-01-01' AS BIGINT) * 86400000000
                + pg_timetz_utc_us(x)))
             WHEN x IS NOT NULL THEN CAST(CAST(d AS TIMESTAMP) AS TIMESTAMPTZ) END""",
    """CREATE MACRO pg_timetz_rounded(x, unit) AS
        pg_timetz_made(pg_round_us(pg_timetz_us(x), unit), pg_timetz_west(x))""",
    """CREATE MACRO pg_timetz_input(x, style, moment) AS
        kpg_timetz_input(x, style, current_setting('TimeZone'), epoch_us(moment))""",
    # --- fields ---
    """CREATE MACRO pg_timetz_epoch(x) AS
        CAST(pg_timetz_utc_us(x) AS DECIMAL(20, 0)) * CAST(0.000001 AS DECIMAL(7, 6))""",
    "CREATE MACRO pg_timetz_timezone(x) AS -pg_timetz_west(x)",
    """CREATE MACRO pg_timetz_timezone_hour(x) AS
        CAST(trunc(-pg_timetz_west(x) / 3600.0) AS BIGINT)""",
    """CREATE MACRO pg_timetz_timezone_minute(x) AS
        -pg_timetz_west(x) // 60 - pg_timetz_timezone_hour(x) * 60""",
)

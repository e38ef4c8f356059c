"""Macros for dates, times and intervals, and for making identifiers from the clock."""

from __future__ import annotations

from typing import Final

# SNOWFLAKE_ID() inside a DuckDB query: milliseconds, the node number that no server has (1023), and
# a counter of this process. Node and sequence bits are those of kalampg.storage's own source.
_QUERY_NODE: Final = 1023
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

STATEMENTS: Final = (
    # --- fields ---
    (
        "CREATE MACRO pg_seconds(x) AS CAST(date_part('microseconds', x) AS DECIMAL(18, 0)) "
        "* CAST(0.000001 AS DECIMAL(7, 6))"
    ),
    (
        "CREATE MACRO pg_milliseconds(x) AS CAST(date_part('microseconds', x) AS DECIMAL(18, 0)) "
        "* CAST(0.001 AS DECIMAL(4, 3))"
    ),
    # DuckDB gives a DOUBLE for a NULL that it knows while it binds.
    """CREATE MACRO pg_interval_us(x) AS
        CAST(date_part('hour', x) * 3600000000 + date_part('minute', x) * 60000000
             + date_part('microseconds', x) AS BIGINT)""",
    "CREATE MACRO pg_interval_days(x) AS CAST(date_part('day', x) AS BIGINT)",
    """CREATE MACRO pg_interval_months(x) AS
        CAST(date_part('year', x) * 12 + date_part('month', x) AS BIGINT)""",
    """CREATE MACRO pg_time_us(x) AS
        date_part('hour', x) * 3600000000 + date_part('minute', x) * 60000000
        + date_part('microseconds', x)""",
    # A year is 365.25 days and a month 30 in the epoch of an interval.
    """CREATE MACRO pg_epoch(x) AS
        CAST(epoch_us(x) AS DECIMAL(20, 0)) * CAST(0.000001 AS DECIMAL(7, 6))""",
    """CREATE MACRO pg_time_epoch(x) AS
        CAST(pg_time_us(x) AS DECIMAL(20, 0)) * CAST(0.000001 AS DECIMAL(7, 6))""",
    """CREATE MACRO pg_interval_epoch(x) AS
        CAST(date_part('year', x) * 31557600000000
            + date_part('month', x) * 2592000000000 + date_part('day', x) * 86400000000
            + pg_interval_us(x) AS DECIMAL(20, 0)) * CAST(0.000001 AS DECIMAL(7, 6))""",
    # --- as numbers: days and microseconds since 1970, infinities at the ends ---
    """CREATE MACRO pg_days_of(x) AS
        CASE WHEN x = DATE 'infinity' THEN 2147483647 WHEN x = DATE '-infinity' THEN -2147483647
             ELSE x - DATE '1970-01-01' END""",
    """CREATE MACRO pg_us_of(x) AS
        CASE WHEN isfinite(x) THEN epoch_us(x)
             WHEN starts_with(CAST(x AS VARCHAR), '-') THEN -9223372036854775807
             WHEN x IS NOT NULL THEN 9223372036854775807 END""",
    """CREATE MACRO pg_date_of(n) AS
        CASE n WHEN 2147483647 THEN DATE 'infinity' WHEN -2147483647 THEN DATE '-infinity'
               ELSE DATE '1970-01-01' + CAST(n AS INTEGER) END""",
    """CREATE MACRO pg_time_of(n) AS
        make_time(n // 3600000000, n // 60000000 % 60, n % 60000000 / 1000000.0)""",
    """CREATE MACRO pg_timestamp_of(n) AS
        CASE n WHEN 9223372036854775807 THEN TIMESTAMP 'infinity'
               WHEN -9223372036854775807 THEN TIMESTAMP '-infinity' ELSE make_timestamp(n) END""",
    """CREATE MACRO pg_timestamptz_of(n) AS
        CASE n WHEN 9223372036854775807 THEN TIMESTAMPTZ 'infinity'
               WHEN -9223372036854775807 THEN TIMESTAMPTZ '-infinity'
               ELSE make_timestamptz(n) END""",
    # --- truncation ---
    """CREATE MACRO pg_unit(f, type_name) AS
        CASE WHEN lower(f) IN ('microseconds', 'milliseconds', 'second', 'minute', 'hour', 'day',
                 'week', 'month', 'quarter', 'year', 'decade', 'century', 'millennium')
             THEN lower(f)
             WHEN rtrim(lower(f), 's') IN ('second', 'minute', 'hour', 'day', 'week', 'month',
                 'quarter', 'year', 'decade', 'centurie', 'millenium', 'us', 'ms')
             THEN rtrim(lower(f), 's')
             WHEN f IS NULL THEN NULL
             ELSE error('KPG:22023:unit "' || f || '" not recognized for type ' || type_name)
        END""",
    # Centuries and millennia begin with a year 1.
    """CREATE MACRO pg_first_year(y, size) AS
        CASE WHEN y > 0 THEN (y - 1) // size * size + 1 ELSE -((-y) // size + 1) * size + 1 END""",
    """CREATE MACRO pg_trunc_local(u, x) AS
        CASE WHEN NOT isfinite(x) THEN x ELSE CASE u WHEN 'decade' THEN make_timestamp(
                    CASE WHEN year(x) >= 0 THEN year(x) // 10 * 10
                         ELSE -((9 - year(x)) // 10 * 10) END, 1, 1, 0, 0, 0)
               WHEN 'century' THEN make_timestamp(pg_first_year(year(x), 100), 1, 1, 0, 0, 0)
               WHEN 'millennium' THEN make_timestamp(pg_first_year(year(x), 1000), 1, 1, 0, 0, 0)
               ELSE date_trunc(u, x) END END""",
    """CREATE MACRO pg_timestamp_trunc(f, x) AS
        pg_trunc_local(pg_unit(f, 'timestamp without time zone'), x)""",
    """CREATE MACRO pg_trunc_zoned(u, x) AS timezone(current_setting('TimeZone'),
        pg_trunc_local(u, timezone(current_setting('TimeZone'), x)))""",
    """CREATE MACRO pg_timestamptz_trunc(f, x) AS
        pg_trunc_zoned(pg_unit(f, 'timestamp with time zone'), x)""",
    """CREATE MACRO pg_interval_trunc(f, x) AS
        CASE WHEN lower(f) = 'week' AND x IS NOT NULL
             THEN CAST(error('KPG:0A000:unit "week" not supported for type interval')
                       AS INTERVAL)
             ELSE date_trunc(pg_unit(f, 'interval'), x) END""",
    """CREATE MACRO pg_date_trunc_zone(f, x, z) AS
        timezone(z, pg_trunc_local(pg_unit(f, 'timestamp with time zone'), timezone(z, x)))""",
    """CREATE MACRO pg_date_bin(s, x, o) AS
        CASE WHEN pg_interval_months(s) <> 0
             THEN CAST(error('KPG:0A000:timestamps cannot be binned into intervals containing '
                             || 'months or years') AS TIMESTAMP)
             WHEN date_part('day', s) * 86400000000 + pg_interval_us(s) <= 0
             THEN CAST(error('KPG:22008:stride must be greater than zero') AS TIMESTAMP)
             ELSE time_bucket(s, x, o) END""",
    """CREATE MACRO pg_round_us(us, unit) AS
        CAST(floor((CAST(us AS DECIMAL(20, 0)) + unit // 2) / unit) AS BIGINT) * unit""",
    """CREATE MACRO pg_timestamp_rounded(x, unit) AS
        make_timestamp(pg_round_us(epoch_us(x), unit))""",
    """CREATE MACRO pg_timestamptz_rounded(x, unit) AS
        to_timestamp(0) + to_microseconds(pg_round_us(epoch_us(x), unit))""",
    """CREATE MACRO pg_time_rounded(x, unit) AS
        CAST(make_timestamp(pg_round_us(pg_time_us(x), unit)) AS TIME)""",
    # --- arithmetic ---
    "CREATE MACRO pg_age(a, b) AS age(a, b)",
    """CREATE MACRO pg_time_difference(a, b) AS
        to_microseconds(CAST(pg_time_us(a) - pg_time_us(b) AS BIGINT))""",
    """CREATE MACRO pg_interval_of(months, days, us) AS
        to_months(CAST(months AS INTEGER)) + to_days(CAST(days AS INTEGER))
        + to_microseconds(CAST(us AS BIGINT))""",
    # An interval as its three fields, for macros that need them by name.
    """CREATE MACRO pg_fields(x) AS
        {'m': pg_interval_months(x), 'd': date_part('day', x), 'u': pg_interval_us(x)}""",
    # Each argument occurs once: nested calls would be written out many times over otherwise.
    """CREATE MACRO pg_interval_made(p) AS
        list_transform([p], lambda f221: pg_interval_of(f221[1], f221[2], f221[3]))[1]""",
    """CREATE MACRO pg_interval_mul(i, n) AS
        list_transform([{'i': i, 'n': CAST(n AS DOUBLE)}], lambda f222: pg_interval_made(
            kpg_interval_mul(pg_interval_months(f222.i), pg_interval_days(f222.i),
                             pg_interval_us(f222.i), f222.n)))[1]""",
    """CREATE MACRO pg_interval_div(i, n) AS
        list_transform([{'i': i, 'n': CAST(n AS DOUBLE)}], lambda f223: pg_interval_made(
            kpg_interval_div(pg_interval_months(f223.i), pg_interval_days(f223.i),
                             pg_interval_us(f223.i), f223.n)))[1]""",
    """CREATE MACRO pg_interval_avg(total, n) AS
        CASE WHEN n > 0 THEN pg_interval_div(total, n) END""",
    # One unit is borrowed where the signs of neighbouring fields differ.
    """CREATE MACRO pg_borrow(high, low) AS
        CASE WHEN high > 0 AND low < 0 THEN 1 WHEN high < 0 AND low > 0 THEN -1 ELSE 0 END""",
    """CREATE MACRO pg_days_of_hours(f) AS
        list_transform([{'m': f.m, 'd': f.d + f.u // 86400000000, 'u': f.u % 86400000000}],
            lambda f204: {'m': f204.m, 'd': f204.d - pg_borrow(f204.d, f204.u),
                          'u': f204.u + pg_borrow(f204.d, f204.u) * 86400000000})[1]""",
    """CREATE MACRO pg_months_of_days(f) AS
        list_transform([{'m': f.m + f.d // 30, 'd': f.d % 30, 'u': f.u}],
            lambda f205: {'m': f205.m - pg_borrow(f205.m, f205.d),
                          'd': f205.d + pg_borrow(f205.m, f205.d) * 30, 'u': f205.u})[1]""",
    """CREATE MACRO pg_lent(m, d, u) AS
        CASE WHEN m > 0 AND (d < 0 OR (d = 0 AND u < 0)) THEN 1
             WHEN m < 0 AND (d > 0 OR (d = 0 AND u > 0)) THEN -1 ELSE 0 END""",
    """CREATE MACRO pg_days_lent(f) AS
        list_transform([pg_lent(f.m, f.d, f.u)],
            lambda l206: {'m': f.m - l206, 'd': f.d + 30 * l206, 'u': f.u})[1]""",
    """CREATE MACRO pg_justify_hours(x) AS
        list_transform([pg_fields(x)], lambda f207: list_transform([pg_days_of_hours(f207)],
            lambda g208: pg_interval_of(g208.m, g208.d, g208.u))[1])[1]""",
    """CREATE MACRO pg_justify_days(x) AS
        list_transform([pg_fields(x)], lambda f209: list_transform([pg_months_of_days(f209)],
            lambda g210: pg_interval_of(g210.m, g210.d, g210.u))[1])[1]""",
    """CREATE MACRO pg_justify_interval(x) AS
        list_transform([pg_fields(x)], lambda f211:
            list_transform([pg_days_lent(f211)], lambda f212:
                list_transform([pg_days_of_hours(f212)], lambda f213:
                    list_transform([pg_months_of_days(f213)], lambda f214:
                        list_transform([pg_days_lent(f214)], lambda f215:
                            pg_interval_of(f215.m, f215.d, f215.u))[1])[1])[1])[1])[1]""",
    # --- making ---
    """CREATE MACRO pg_make_interval(
            years := 0, months := 0, weeks := 0, days := 0, hours := 0, mins := 0, secs := 0.0) AS
        pg_interval_of(years * 12 + months, weeks * 7 + days,
            CAST(hours AS BIGINT) * 3600000000 + CAST(mins AS BIGINT) * 60000000
            + round(secs * 1000000))""",
    # A zone that is an offset is one west of Greenwich, as POSIX has it.
    """CREATE MACRO pg_offset_of_zone(z) AS
        CASE WHEN regexp_full_match(z, '[+-][0-9]{1,2}(:[0-9]{2})?')
             THEN -to_seconds(CAST(regexp_extract(z, '^([+-][0-9]{1,2})', 1) AS INTEGER) * 3600
                  + CAST(CASE WHEN starts_with(z, '-') THEN -1 ELSE 1 END
                         * coalesce(CAST(nullif(regexp_extract(z, ':([0-9]{2})', 1), '')
                                         AS INTEGER), 0) * 60 AS INTEGER)) END""",
    """CREATE MACRO pg_zone_interval(z) AS
        CASE WHEN date_part('day', z) <> 0 OR pg_interval_months(z) <> 0
             THEN CAST(error('KPG:22023:interval time zone "' || pg_interval_text(z)
                             || '" must not include months or days') AS INTERVAL) ELSE z END""",
    """CREATE MACRO pg_timestamp_at_interval(z, x) AS
        timezone('UTC', x - pg_zone_interval(z))""",
    """CREATE MACRO pg_timestamptz_at_interval(z, x) AS
        timezone('UTC', x) + pg_zone_interval(z)""",
    """CREATE MACRO pg_timestamp_at(z, x) AS
        CASE WHEN pg_offset_of_zone(z) IS NULL THEN timezone(z, x)
             ELSE pg_timestamp_at_interval(pg_offset_of_zone(z), x) END""",
    """CREATE MACRO pg_timestamptz_at(z, x) AS
        CASE WHEN pg_offset_of_zone(z) IS NULL THEN timezone(z, x)
             ELSE pg_timestamptz_at_interval(pg_offset_of_zone(z), x) END""",
    "CREATE MACRO pg_time_interval(x) AS to_microseconds(pg_time_us(x))",
    "CREATE MACRO pg_is_finite_interval(x) AS CASE WHEN x IS NOT NULL THEN TRUE END",
    """CREATE MACRO pg_overlap_of(s1, e1, s2, e2) AS
        CASE WHEN s1 IS NULL OR s2 IS NULL THEN NULL
             WHEN s1 > s2 THEN CASE WHEN s1 < e2 THEN TRUE
                                    WHEN e1 IS NULL OR e2 IS NULL THEN NULL ELSE FALSE END
             WHEN s1 < s2 THEN CASE WHEN s2 < e1 THEN TRUE
                                    WHEN e1 IS NULL OR e2 IS NULL THEN NULL ELSE FALSE END
             WHEN e1 IS NULL OR e2 IS NULL THEN NULL ELSE TRUE END""",
    """CREATE MACRO pg_overlaps(a, b, c, d) AS
        pg_overlap_of(least(a, b), CASE WHEN a IS NOT NULL AND b IS NOT NULL
                                        THEN greatest(a, b) END,
                      least(c, d), CASE WHEN c IS NOT NULL AND d IS NOT NULL
                                        THEN greatest(c, d) END)""",
    """CREATE MACRO pg_to_timestamp(x) AS
        CASE WHEN isnan(x)
             THEN CAST(error('KPG:22008:timestamp cannot be NaN') AS TIMESTAMPTZ)
             WHEN x = 'infinity'::DOUBLE THEN TIMESTAMPTZ 'infinity'
             WHEN x = '-infinity'::DOUBLE THEN TIMESTAMPTZ '-infinity'
             WHEN x < -210866803200 OR x >= 9223371331200
             THEN CAST(error('KPG:22008:timestamp out of range: "' || printf('%g', x) || '"')
                       AS TIMESTAMPTZ)
             ELSE to_timestamp(x) END""",
    # --- text ---
    """CREATE MACRO pg_moment_text(x) AS
        CASE WHEN contains(CAST(x AS VARCHAR), '(BC)')
             THEN replace(CAST(x AS VARCHAR), ' (BC)', '') || ' BC'
             ELSE CAST(x AS VARCHAR) END""",
    # Dates and times follow DateStyle, of which DuckDB writes ISO.
    """CREATE MACRO pg_date_styled(x, style) AS
        CASE WHEN starts_with(style, 'ISO') THEN pg_moment_text(x)
             ELSE kpg_date_text(pg_days_of(x), style) END""",
    """CREATE MACRO pg_timestamp_styled(x, style) AS
        CASE WHEN starts_with(style, 'ISO') THEN pg_moment_text(x)
             ELSE kpg_timestamp_text(pg_us_of(x), style) END""",
    """CREATE MACRO pg_timestamptz_styled(x, style) AS
        CASE WHEN starts_with(style, 'ISO') THEN pg_moment_text(x)
             ELSE kpg_timestamptz_text(pg_us_of(x), style, current_setting('TimeZone')) END""",
    """CREATE MACRO pg_interval_part(n, unit, was_negative) AS
        CASE WHEN n = 0 THEN ''
             ELSE CASE WHEN was_negative AND n > 0 THEN '+' ELSE '' END || CAST(n AS VARCHAR)
                  || ' ' || unit || CASE WHEN n = 1 THEN '' ELSE 's' END END""",
    """CREATE MACRO pg_clock_text(us) AS
        lpad(CAST(us // 3600000000 AS VARCHAR),
             CAST(greatest(2, length(CAST(us // 3600000000 AS VARCHAR))) AS INTEGER), '0')
        || ':' || lpad(CAST(us // 60000000 % 60 AS VARCHAR), 2, '0')
        || ':' || lpad(CAST(us // 1000000 % 60 AS VARCHAR), 2, '0')
        || CASE WHEN us % 1000000 = 0 THEN ''
                ELSE '.' || rtrim(lpad(CAST(us % 1000000 AS VARCHAR), 6, '0'), '0') END""",
    """CREATE MACRO pg_interval_spelled(y, m, d, us) AS
        trim(concat_ws(' ',
            nullif(pg_interval_part(y, 'year', FALSE), ''),
            nullif(pg_interval_part(m, 'mon', y < 0), ''),
            nullif(pg_interval_part(d, 'day', CASE WHEN m <> 0 THEN m < 0 ELSE y < 0 END), ''),
            CASE WHEN us <> 0 OR (y = 0 AND m = 0 AND d = 0)
                 THEN CASE WHEN us < 0 THEN '-'
                           WHEN CASE WHEN d <> 0 THEN d < 0 WHEN m <> 0 THEN m < 0 ELSE y < 0 END
                           THEN '+' ELSE '' END || pg_clock_text(abs(us)) END))""",
    """CREATE MACRO pg_interval_text(x) AS
        CASE WHEN x IS NULL THEN NULL
             ELSE list_transform([pg_fields(x)], lambda f216: pg_interval_spelled(
                f216.m // 12, f216.m % 12, f216.d, f216.u))[1] END""",
    """CREATE MACRO pg_interval_styled(x, style) AS
        CASE WHEN style = 'postgres' THEN pg_interval_text(x)
             ELSE kpg_interval_text(pg_interval_months(x), pg_interval_days(x),
                                    pg_interval_us(x), style) END""",
    # What programs write, DuckDB reads; everything else that PostgreSQL reads is read in Python.
    """CREATE MACRO pg_date_input(x, style, now) AS
        coalesce(CASE WHEN regexp_full_match(x, '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}')
                      THEN TRY_CAST(x AS DATE) END,
                 pg_date_of(kpg_date_input(x, style, current_setting('TimeZone'), epoch_us(now))))
    """,
    """CREATE MACRO pg_time_input(x, style, now) AS
        pg_time_of(kpg_time_input(x, style, current_setting('TimeZone'), epoch_us(now)))""",
    """CREATE MACRO pg_timestamp_input(x, style, now) AS
        coalesce(CASE WHEN regexp_full_match(x, '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2} '
                               || '[01][0-9]:[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?')
                      THEN TRY_CAST(x AS TIMESTAMP) END,
                 pg_timestamp_of(kpg_timestamp_input(
                    x, style, current_setting('TimeZone'), epoch_us(now))))""",
    """CREATE MACRO pg_timestamptz_input(x, style, now) AS
        coalesce(CASE WHEN regexp_full_match(x, '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2} '
                               || '[01][0-9]:[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?[+-][0-9]{2}')
                      THEN TRY_CAST(x AS TIMESTAMPTZ) END,
                 pg_timestamptz_of(kpg_timestamptz_input(
                    x, style, current_setting('TimeZone'), epoch_us(now))))""",
    """CREATE MACRO pg_interval_input(x, style) AS
        pg_interval_made(kpg_interval_input(x, style))""",
    "CREATE MACRO pg_empty_text(x) AS CASE WHEN x IS NOT NULL THEN '' END",
    # --- templates ---
    """CREATE MACRO pg_to_char_plain(x, f) AS
        CASE WHEN isfinite(x) THEN kpg_timestamp_to_char(epoch_us(x), f) END""",
    """CREATE MACRO pg_to_char_zone(x, f) AS
        CASE WHEN isfinite(x)
             THEN kpg_timestamptz_to_char(epoch_us(x), f, current_setting('TimeZone')) END""",
    """CREATE MACRO pg_to_char_interval(x, f) AS
        kpg_interval_to_char(pg_interval_months(x), pg_interval_days(x), pg_interval_us(x), f)""",
    # What strftime spells alike for the years that it knows.
    """CREATE MACRO pg_to_char_simple(x, f, words) AS
        CASE WHEN x >= TIMESTAMP '1000-01-01' AND x < TIMESTAMP '10000-01-01'
             THEN strftime(x, words) ELSE pg_to_char_plain(x, f) END""",
    """CREATE MACRO pg_to_date(t, f) AS DATE '1970-01-01' + kpg_to_date(t, f)""",
    """CREATE MACRO pg_to_timestamp_of(t, f) AS
        make_timestamptz(kpg_to_timestamp(t, f, current_setting('TimeZone')))""",
    # --- identifiers ---
    "CREATE SEQUENCE kalam_snowflake MINVALUE 0 START 0",
    f"""CREATE MACRO pg_snowflake_at(ms, n) AS
        ((ms + n // 4096) << 22) | ({_QUERY_NODE} << 12) | (n % 4096)""",
    "CREATE MACRO pg_snowflake_id(ms) AS pg_snowflake_at(ms, nextval('kalam_snowflake'))",
    f"""CREATE MACRO pg_crockford(n, digits) AS
        array_to_string(list_transform(range(digits - 1, -1, -1), lambda i13: substr(
            '{_CROCKFORD}', CAST((n >> CAST(5 * i13 AS UBIGINT)) & 31 AS INTEGER) + 1, 1)), '')
    """,
    """CREATE MACRO pg_ulid() AS
        pg_crockford(CAST(epoch_ms(get_current_timestamp()) AS UBIGINT), 10)
        || pg_crockford(CAST(floor(random() * 1099511627776) AS UBIGINT), 8)
        || pg_crockford(CAST(floor(random() * 1099511627776) AS UBIGINT), 8)""",
)

"""Macros for numbers: PostgreSQL's domain errors, powers and logarithms, shifts, floats as text."""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    """CREATE MACRO pg_place(n) AS
        CASE WHEN n <= 0
             THEN CAST(error('KPG:22016:argument of nth_value must be greater than zero') AS BIGINT)
             ELSE n END""",
    """CREATE MACRO pg_offset(skipped) AS
        CASE WHEN skipped < 0
             THEN CAST(error('KPG:2201X:OFFSET must not be negative') AS BIGINT)
             ELSE skipped END""",
    # --- rounding and signs ---
    "CREATE MACRO pg_numeric_ceil(a) AS CAST(ceil(a) AS DECIMAL(38, 0))",
    "CREATE MACRO pg_numeric_floor(a) AS CAST(floor(a) AS DECIMAL(38, 0))",
    "CREATE MACRO pg_numeric_sign(a) AS CAST(sign(a) AS DECIMAL(38, 0))",
    "CREATE MACRO pg_float_sign(a) AS CAST(sign(a) AS DOUBLE)",
    # --- floats: what leaves their range is no infinity and no zero ---
    """CREATE MACRO pg_float_overflow(r, is_wrong) AS
        CASE WHEN isinf(r) AND is_wrong
             THEN CAST(error('KPG:22003:value out of range: overflow') AS FLOAT) ELSE r END""",
    """CREATE MACRO pg_float_underflow(r, is_wrong) AS
        CASE WHEN r = 0 AND is_wrong
             THEN CAST(error('KPG:22003:value out of range: underflow') AS FLOAT) ELSE r END""",
    """CREATE MACRO pg_float_add(a, b) AS
        pg_float_overflow(a + b, isfinite(a) AND isfinite(b))""",
    """CREATE MACRO pg_float_subtract(a, b) AS
        pg_float_overflow(a - b, isfinite(a) AND isfinite(b))""",
    """CREATE MACRO pg_float_multiply(a, b) AS
        pg_float_underflow(pg_float_overflow(a * b, isfinite(a) AND isfinite(b)),
                           a <> 0 AND b <> 0)""",
    """CREATE MACRO pg_float_divide(a, b) AS
        pg_float_underflow(pg_float_overflow(a / b, isfinite(a)), a <> 0 AND isfinite(b))""",
    # --- powers and logarithms ---
    """CREATE MACRO pg_power(a, b) AS
        CASE WHEN a = 0 AND b < 0
             THEN CAST(error('KPG:2201F:zero raised to a negative power is undefined') AS DOUBLE)
             WHEN a < 0 AND b <> floor(b)
             THEN CAST(error('KPG:2201F:a negative number raised to a non-integer power yields a '
                             || 'complex result') AS DOUBLE)
             WHEN a <> 0 AND isfinite(CAST(a AS DOUBLE)) AND isfinite(CAST(b AS DOUBLE))
             THEN pg_float_underflow(pg_float_overflow(
                    pow(CAST(a AS DOUBLE), CAST(b AS DOUBLE)), TRUE), TRUE)
             ELSE pow(CAST(a AS DOUBLE), CAST(b AS DOUBLE)) END""",
    """CREATE MACRO pg_sqrt(a) AS
        CASE WHEN a < 0
             THEN CAST(error('KPG:2201F:cannot take square root of a negative number') AS DOUBLE)
             ELSE sqrt(a) END""",
    """CREATE MACRO pg_log_argument(a) AS
        CASE WHEN a = 0
             THEN CAST(error('KPG:2201E:cannot take logarithm of zero') AS DOUBLE)
             WHEN a < 0
             THEN CAST(error('KPG:2201E:cannot take logarithm of a negative number') AS DOUBLE)
             ELSE CAST(a AS DOUBLE) END""",
    "CREATE MACRO pg_ln(a) AS ln(pg_log_argument(a))",
    "CREATE MACRO pg_log10(a) AS log10(pg_log_argument(a))",
    """CREATE MACRO pg_width_bucket(x, low, high, n) AS
        CASE WHEN isnan(CAST(x AS DOUBLE)) OR isnan(CAST(low AS DOUBLE))
                  OR isnan(CAST(high AS DOUBLE))
             THEN CAST(error('KPG:2201G:operand, lower bound, and upper bound cannot be NaN')
                       AS INTEGER)
             WHEN isinf(CAST(low AS DOUBLE)) OR isinf(CAST(high AS DOUBLE))
             THEN CAST(error('KPG:2201G:lower and upper bounds must be finite') AS INTEGER)
             WHEN n <= 0
             THEN CAST(error('KPG:2201G:count must be greater than zero') AS INTEGER)
             WHEN low = high
             THEN CAST(error('KPG:2201G:lower bound cannot equal upper bound') AS INTEGER)
             WHEN low < high AND x < low THEN 0
             WHEN low < high AND x >= high THEN n + 1
             WHEN low > high AND x > low THEN 0
             WHEN low > high AND x <= high THEN n + 1
             ELSE CAST(floor(n * (CAST(x AS DOUBLE) - low) / (CAST(high AS DOUBLE) - low))
                       AS INTEGER) + 1 END""",
    """CREATE MACRO pg_width_bucket_of(x, bounds) AS
        CAST(len(list_filter(bounds, lambda b401: b401 <= x)) AS INTEGER)""",
    # --- aggregates of floats, from others ---
    """CREATE MACRO pg_float_total(total, has_infinity) AS
        pg_float_overflow(total, NOT has_infinity)""",
    """CREATE MACRO pg_corr(sxy, sxx, syy) AS
        CASE WHEN sxx <> 0 AND syy <> 0 THEN sxy / sqrt(sxx * syy) END""",
    """CREATE MACRO pg_regr_r2(sxy, sxx, syy) AS
        CASE WHEN sxx <> 0
             THEN CASE WHEN syy = 0 THEN 1 ELSE (sxy * sxy) / (sxx * syy) END END""",
    """CREATE MACRO pg_regr_intercept(my, mx, sxy, sxx, n) AS
        CASE WHEN sxx <> 0 THEN (my * n - mx * n * sxy / sxx) / n END""",
    # --- hypothetical rows among n, of which b come before ---
    "CREATE MACRO pg_rank_among(b, n) AS b + 1",
    "CREATE MACRO pg_dense_among(b, n) AS b + 1",
    """CREATE MACRO pg_percent_among(b, n) AS
        CASE WHEN n = 0 THEN 0.0::DOUBLE ELSE b::DOUBLE / n END""",
    "CREATE MACRO pg_cumulated_among(b, n) AS (b + 1)::DOUBLE / (n + 1)",
    # --- bits: shifts never fail, the count is taken modulo the width ---
    "CREATE MACRO pg_shift_count(n, w) AS ((n % w) + w) % w",
    "CREATE MACRO pg_two_to(k) AS CAST(1 AS HUGEINT) << CAST(k AS HUGEINT)",
    """CREATE MACRO pg_signed(x, w) AS
        CASE WHEN x >= pg_two_to(w - 1) THEN x - pg_two_to(w) ELSE x END""",
    """CREATE MACRO pg_shift_left(a, n, w) AS
        pg_signed(((CAST(a AS HUGEINT) & (pg_two_to(w - pg_shift_count(n, w)) - 1))
                   * pg_two_to(pg_shift_count(n, w))), w)""",
    "CREATE MACRO pg_shift_right(a, n, w) AS a >> pg_shift_count(n, w)",
    # --- numbers as text ---
    """CREATE MACRO pg_plain_digits(t) AS
        regexp_replace(regexp_replace(t, '^-', ''), '\\.0$', '')""",
    # PostgreSQL turns to exponents at 1e15 (float8) and 1e6 (float4), DuckDB at 1e16.
    """CREATE MACRO pg_exponent_text(t) AS
        (CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END)
        || rtrim(rtrim(left(pg_plain_digits(t), 1) || '.'
             || replace(substr(pg_plain_digits(t), 2), '.', ''), '0'), '.')
        || 'e+' || lpad(CAST(strpos(pg_plain_digits(t) || '.', '.') - 2 AS VARCHAR), 2, '0')""",
    """CREATE MACRO pg_float_spelled(t, x, limit_) AS
        CASE WHEN isnan(x) THEN 'NaN'
             WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
             WHEN contains(t, 'e') THEN t
             WHEN abs(x) >= limit_ THEN pg_exponent_text(t)
             ELSE regexp_replace(t, '\\.0$', '') END""",
    """CREATE MACRO pg_float_text
        (a FLOAT) AS pg_float_spelled(CAST(a AS VARCHAR), a, 1e6),
        (a DOUBLE) AS pg_float_spelled(CAST(a AS VARCHAR), a, 1e15)""",
    """CREATE MACRO pg_integer_input(t, name) AS
        CASE WHEN t IS NULL THEN NULL
             WHEN regexp_full_match(t, '\\s*[-+]?[0-9]+\\s*') THEN trim(t)
             ELSE error('KPG:22P02:invalid input syntax for type ' || name || ': "' || t || '"')
        END""",
    """CREATE MACRO pg_enum_input(t, name, labels) AS
        CASE WHEN t IS NULL THEN NULL
             WHEN list_contains(labels, t) THEN t
             ELSE error('KPG:22P02:invalid input value for enum ' || name || ': "' || t || '"')
        END""",
    "CREATE MACRO pg_to_hex_int4(a) AS lower(hex(CAST(a AS BIGINT) & 4294967295))",
    "CREATE MACRO pg_to_hex_int8(a) AS lower(hex(CAST(a AS BIGINT)))",
)

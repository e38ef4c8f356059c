"""Macros for numbers: exact numeric division, PostgreSQL's domain errors, shifts, to_char.

numeric division works on 128-bit integers: both operands at the same decimal scale, then long
division in steps of ten digits, so that no DOUBLE is involved.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    # --- exact division ---
    # ``list_transform([value], lambda ...)[1]`` names a value: DuckDB puts the whole argument in
    # wherever a macro uses it, and nested macros would grow without bound.
    """CREATE MACRO pg_named_fraction(f) AS
        CAST(trunc(f * 10000000000) AS HUGEINT) * 10000000000
        + CAST(round((f * 10000000000 - trunc(f * 10000000000)) * 10000000000) AS HUGEINT)""",
    # 20 digits after the point as an integer.
    """CREATE MACRO pg_at_scale_20(a) AS
        CAST(trunc(a) AS HUGEINT) * 100000000000000000000
        + list_transform([CAST(a - trunc(a) AS DECIMAL(20, 20))],
                         lambda f101: pg_named_fraction(f101))[1]""",
    """CREATE MACRO pg_at_scale_9(a) AS
        CAST(trunc(a) AS HUGEINT) * 1000000000
        + CAST(round(CAST(a - trunc(a) AS DECIMAL(20, 20)) * 1000000000) AS HUGEINT)""",
    # Both operands at one scale, the first one that fits.
    """CREATE MACRO pg_scaled_pair(a, b) AS
        CASE WHEN abs(CAST(a AS DOUBLE)) < 1e7 AND abs(CAST(b AS DOUBLE)) < 1e7
             THEN {'n': pg_at_scale_20(a), 'd': pg_at_scale_20(b)}
             ELSE {'n': pg_at_scale_9(a), 'd': pg_at_scale_9(b)} END""",
    # The rest r of a division by d, ten digits further: quotient digits q and the next rest.
    """CREATE MACRO pg_ten_digits(r, d) AS
        list_transform([r * 10000000000], lambda r102: {'q': r102 // d, 'r': r102 % d})[1]""",
    # 30 digits after the point of n / d, as an integer; n and d are not negative.
    """CREATE MACRO pg_thirty_digits(n, d) AS
        list_transform([pg_ten_digits(n % d, d)], lambda s103:
            list_transform([pg_ten_digits(s103.r, d)], lambda s104:
                (s103.q * 10000000000 + s104.q) * 10000000000
                + s104.r * 10000000000 // d)[1])[1]""",
    "CREATE MACRO pg_ten_to(k) AS CAST(rpad('1', CAST(k + 1 AS INTEGER), '0') AS HUGEINT)",
    # Digits after the point rounded half away from zero to s of them; may carry into the whole.
    """CREATE MACRO pg_rounded_digits(f, s) AS
        CASE WHEN s >= 30 THEN f
             ELSE (f + 5 * pg_ten_to(29 - s)) // pg_ten_to(30 - s) END""",
    """CREATE MACRO pg_unsigned_quotient(n, d) AS
        CAST(n // d AS DECIMAL(38, 20))
        + CAST((pg_thirty_digits(n, d) + 5000000000) // 10000000000 AS DECIMAL(21, 0))
          * CAST('0.00000000000000000001' AS DECIMAL(20, 20))""",
    """CREATE MACRO pg_quotient(n, d) AS
        CASE WHEN n IS NULL OR d IS NULL THEN NULL
             WHEN d = 0 THEN CAST(error('KPG:22012:division by zero') AS DECIMAL(38, 20))
             WHEN (n < 0) = (d < 0) THEN pg_unsigned_quotient(abs(n), abs(d))
             ELSE -pg_unsigned_quotient(abs(n), abs(d)) END""",
    """CREATE MACRO pg_numeric_div(a, b) AS
        list_transform([{'a': a, 'b': b}], lambda v105:
            list_transform([pg_scaled_pair(v105.a, v105.b)],
                           lambda p106: pg_quotient(p106.n, p106.d))[1])[1]""",
    # The scale that PostgreSQL's select_div_scale() gives a quotient: 16 significant digits and
    # more, counted in groups of four.
    """CREATE MACRO pg_weight(x) AS
        CASE WHEN x = 0 THEN 0 ELSE CAST(floor(log10(abs(x)) / 4 + 1e-13) AS INTEGER) END""",
    """CREATE MACRO pg_groups(x) AS
        list_transform([{'x': abs(x), 'w': pg_weight(x)}], lambda g107: {'weight': g107.w,
            'first': floor(g107.x / pow(10000, g107.w) * (1 + 1e-13))})[1]""",
    """CREATE MACRO pg_group_scale(g, h) AS
        least(30, greatest(0, 16 - 4 * (g.weight - h.weight - CAST(g.first <= h.first AS INTEGER))))
    """,
    """CREATE MACRO pg_quotient_scale(x, y) AS
        list_transform([{'g': pg_groups(x), 'h': pg_groups(y)}],
                       lambda p108: pg_group_scale(p108.g, p108.h))[1]""",
    """CREATE MACRO pg_point(t, s) AS
        CASE WHEN s = 0 THEN t
             ELSE list_transform([lpad(t, CAST(greatest(length(t), s + 1) AS INTEGER), '0')],
                      lambda t109: left(t109, length(t109) - s) || '.' || right(t109, s))[1] END""",
    """CREATE MACRO pg_unsigned_quotient_text(n, d, s) AS
        list_transform([CAST((n // d) * pg_ten_to(s)
                             + pg_rounded_digits(pg_thirty_digits(n, d), s) AS VARCHAR)],
                       lambda t110: pg_point(t110, s))[1]""",
    """CREATE MACRO pg_quotient_text(n, d, s) AS
        CASE WHEN n IS NULL OR d IS NULL THEN NULL
             WHEN d = 0 THEN error('KPG:22012:division by zero')
             ELSE CASE WHEN n = 0 OR (n < 0) = (d < 0) THEN '' ELSE '-' END
                  || pg_unsigned_quotient_text(abs(n), abs(d), s) END""",
    """CREATE MACRO pg_numeric_div_text(a, b) AS
        list_transform([{'a': a, 'b': b}], lambda v111:
            list_transform([{'p': pg_scaled_pair(v111.a, v111.b),
                             's': CASE WHEN v111.b <> 0 THEN pg_quotient_scale(
                                 CAST(v111.a AS DOUBLE), CAST(v111.b AS DOUBLE)) END}],
                           lambda p112: pg_quotient_text(p112.p.n, p112.p.d, p112.s))[1])[1]""",
    # Operands that are integers, as those of avg(): one step of division is enough, because no
    # count comes near 10^18.
    """CREATE MACRO pg_integer_quotient(n, d) AS
        CASE WHEN d <> 0 THEN CAST(n // d AS DECIMAL(38, 20))
            + CAST(((n % d) * 100000000000000000000 + sign(n) * (d // 2)) // d AS DECIMAL(21, 0))
              * CAST('0.00000000000000000001' AS DECIMAL(20, 20)) END""",
    """CREATE MACRO pg_integer_div(a, b) AS
        list_transform([{'n': CAST(a AS HUGEINT), 'd': CAST(b AS HUGEINT)}],
                       lambda p116: pg_integer_quotient(p116.n, p116.d))[1]""",
    # The leading group of one to four digits of an integer's text.
    "CREATE MACRO pg_leading(t) AS CAST(left(t, (length(t) - 1) % 4 + 1) AS INTEGER)",
    """CREATE MACRO pg_integer_scale(x, y) AS
        greatest(0, 16 - 4 * ((length(x) - 1) // 4 - (length(y) - 1) // 4
                              - CAST(pg_leading(x) <= pg_leading(y) AS INTEGER)))""",
    """CREATE MACRO pg_integer_digits(n, d, s) AS
        list_transform([pg_ten_to(s)], lambda t118: pg_point(CAST(
            (n // d) * t118 + ((n % d) * t118 + d // 2) // d AS VARCHAR), s))[1]""",
    """CREATE MACRO pg_integer_text(n, d) AS
        list_transform([pg_integer_scale(CAST(n AS VARCHAR), CAST(d AS VARCHAR))],
                       lambda s119: pg_integer_digits(n, d, s119))[1]""",
    """CREATE MACRO pg_integer_div_text(a, b) AS
        list_transform([{'n': CAST(a AS HUGEINT), 'd': CAST(b AS HUGEINT)}], lambda p117:
            CASE WHEN p117.d <> 0 THEN CASE WHEN p117.n < 0 THEN '-' ELSE '' END
                 || pg_integer_text(abs(p117.n), p117.d) END)[1]""",
    """CREATE MACRO pg_numeric_quotient(a, b) AS
        list_transform([pg_scaled_pair(a, b)], lambda p113:
            CASE WHEN p113.d = 0 THEN CAST(error('KPG:22012:division by zero') AS DECIMAL(38, 0))
                 ELSE CAST(p113.n // p113.d AS DECIMAL(38, 0)) END)[1]""",
    # --- rounding and signs ---
    "CREATE MACRO pg_numeric_ceil(a) AS CAST(ceil(a) AS DECIMAL(38, 0))",
    "CREATE MACRO pg_numeric_floor(a) AS CAST(floor(a) AS DECIMAL(38, 0))",
    "CREATE MACRO pg_numeric_sign(a) AS CAST(sign(a) AS DECIMAL(38, 0))",
    "CREATE MACRO pg_float_sign(a) AS CAST(sign(a) AS DOUBLE)",
    "CREATE MACRO pg_round_numeric(a, n) AS CAST(round(CAST(a AS DOUBLE), n) AS DECIMAL(38, 10))",
    """CREATE MACRO pg_trunc_numeric(a, n) AS
        CAST(trunc(CAST(a AS DOUBLE) * pow(10, n)) / pow(10, n) AS DECIMAL(38, 10))""",
    # --- powers and logarithms ---
    """CREATE MACRO pg_finite(r, a, b) AS
        CASE WHEN isinf(r) AND NOT isinf(CAST(a AS DOUBLE)) AND NOT isinf(CAST(b AS DOUBLE))
             THEN CAST(error('KPG:22003:value out of range: overflow') AS DOUBLE) ELSE r END""",
    """CREATE MACRO pg_power(a, b) AS
        CASE WHEN a = 0 AND b < 0
             THEN CAST(error('KPG:2201F:zero raised to a negative power is undefined') AS DOUBLE)
             WHEN a < 0 AND b <> floor(b)
             THEN CAST(error('KPG:2201F:a negative number raised to a non-integer power yields a '
                             || 'complex result') AS DOUBLE)
             ELSE pg_finite(pow(CAST(a AS DOUBLE), CAST(b AS DOUBLE)), a, b) END""",
    "CREATE MACRO pg_numeric_power(a, b) AS CAST(pg_power(a, b) AS DECIMAL(38, 16))",
    """CREATE MACRO pg_sqrt(a) AS
        CASE WHEN a < 0
             THEN CAST(error('KPG:2201F:cannot take square root of a negative number') AS DOUBLE)
             ELSE sqrt(a) END""",
    "CREATE MACRO pg_numeric_sqrt(a) AS CAST(pg_sqrt(CAST(a AS DOUBLE)) AS DECIMAL(38, 15))",
    """CREATE MACRO pg_log_argument(a) AS
        CASE WHEN a = 0
             THEN CAST(error('KPG:2201E:cannot take logarithm of zero') AS DOUBLE)
             WHEN a < 0
             THEN CAST(error('KPG:2201E:cannot take logarithm of a negative number') AS DOUBLE)
             ELSE CAST(a AS DOUBLE) END""",
    "CREATE MACRO pg_ln(a) AS ln(pg_log_argument(a))",
    "CREATE MACRO pg_log10(a) AS log10(pg_log_argument(a))",
    "CREATE MACRO pg_numeric_ln(a) AS CAST(pg_ln(a) AS DECIMAL(38, 16))",
    "CREATE MACRO pg_numeric_log10(a) AS CAST(pg_log10(a) AS DECIMAL(38, 16))",
    "CREATE MACRO pg_numeric_log(b, a) AS CAST(pg_ln(a) / pg_ln(b) AS DECIMAL(38, 16))",
    "CREATE MACRO pg_numeric_exp(a) AS CAST(exp(CAST(a AS DOUBLE)) AS DECIMAL(38, 16))",
    """CREATE MACRO pg_factorial(n) AS
        CASE WHEN n < 0
             THEN CAST(error('KPG:22003:factorial of a negative number is undefined')
                       AS DECIMAL(38, 0))
             ELSE CAST(factorial(CAST(n AS INTEGER)) AS DECIMAL(38, 0)) END""",
    """CREATE MACRO pg_width_bucket(x, low, high, n) AS
        CASE WHEN n <= 0
             THEN CAST(error('KPG:2201G:count must be greater than zero') AS INTEGER)
             WHEN low = high
             THEN CAST(error('KPG:2201G:lower bound cannot equal upper bound') AS INTEGER)
             WHEN low < high AND x < low THEN 0
             WHEN low < high AND x >= high THEN n + 1
             WHEN low > high AND x > low THEN 0
             WHEN low > high AND x <= high THEN n + 1
             ELSE CAST(floor(n * (CAST(x AS DOUBLE) - low) / (CAST(high AS DOUBLE) - low))
                       AS INTEGER) + 1 END""",
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
    """CREATE MACRO pg_float_numeric(a) AS
        CAST(CAST(printf('%.15g', CAST(a AS DOUBLE)) AS DOUBLE) AS DECIMAL(38, 15))""",
    """CREATE MACRO pg_float_numeric_text(a) AS
        regexp_replace(regexp_replace(CAST(pg_float_numeric(a) AS VARCHAR), '(\\.\\d*?)0+$', '\\1'),
                       '\\.$', '')""",
    """CREATE MACRO pg_integer_input(t, name) AS
        CASE WHEN t IS NULL THEN NULL
             WHEN regexp_full_match(t, '\\s*[-+]?[0-9]+\\s*') THEN trim(t)
             ELSE error('KPG:22P02:invalid input syntax for type ' || name || ': "' || t || '"')
        END""",
    "CREATE MACRO pg_number_input(t) AS regexp_replace(t, '[^0-9.+-]', '', 'g')",
    "CREATE MACRO pg_to_hex_int4(a) AS lower(hex(CAST(a AS BIGINT) & 4294967295))",
    "CREATE MACRO pg_to_hex_int8(a) AS lower(hex(CAST(a AS BIGINT)))",
    # --- to_char(number, pattern): digits of the value laid over the pattern ---
    # The digits from the first 0 of the pattern on are always printed.
    """CREATE MACRO pg_zeros(whole) AS
        CAST(length(regexp_replace(replace(whole, ',', ''), '^9*', '')) AS INTEGER)""",
    """CREATE MACRO pg_padded_digits(digits, whole, f) AS
        lpad(CASE WHEN length(digits) < pg_zeros(whole) THEN lpad(digits, pg_zeros(whole), '0')
                  WHEN digits = '0' AND pg_zeros(whole) = 0 AND f > 0 THEN ''
                  ELSE digits END,
             CAST(length(replace(whole, ',', '')) AS INTEGER), ' ')""",
    # One character of the pattern at a time, from the digits beside it.
    """CREATE MACRO pg_laid_over(digits, whole) AS
        array_to_string(list_transform(range(1, length(whole) + 1), lambda i1:
            CASE WHEN substr(whole, i1, 1) = ','
                 THEN CASE WHEN trim(left(digits, length(replace(left(whole, i1), ',', '')))) = ''
                           THEN ' ' ELSE ',' END
                 ELSE substr(digits, length(replace(left(whole, i1), ',', '')), 1) END), '')""",
    """CREATE MACRO pg_fraction_text(v, f, optional_, is_filled) AS
        CASE WHEN f = 0 THEN ''
             WHEN is_filled THEN '.' || right(CAST(abs(v) AS VARCHAR), f)
             ELSE '.' || left(right(CAST(abs(v) AS VARCHAR), f), f - optional_)
                  || rtrim(right(right(CAST(abs(v) AS VARCHAR), f), optional_), '0') END""",
    # The sign stands directly before the first digit.
    """CREATE MACRO pg_anchored(s, w) AS
        repeat(' ', length(w) - length(ltrim(w))) || s || ltrim(w)""",
    """CREATE MACRO pg_signed_number(w, f, is_negative, is_filled, sign_, prefix) AS
        CASE WHEN NOT is_filled
             THEN CASE WHEN sign_ = 'MI>' THEN prefix || trim(w) || f
                            || CASE WHEN is_negative THEN '-' ELSE '' END
                       WHEN sign_ IN ('S>', 'SG>') THEN prefix || trim(w) || f
                            || CASE WHEN is_negative THEN '-' ELSE '+' END
                       WHEN sign_ <> '' THEN CASE WHEN is_negative THEN '-'
                            WHEN sign_ = 'MI<' THEN '' ELSE '+' END || prefix || trim(w) || f
                       ELSE CASE WHEN is_negative THEN '-' ELSE '' END || prefix || trim(w) || f END
             WHEN sign_ = 'MI>' THEN prefix || w || f || CASE WHEN is_negative THEN '-' ELSE ' ' END
             WHEN sign_ IN ('S>', 'SG>')
             THEN prefix || w || f || CASE WHEN is_negative THEN '-' ELSE '+' END
             WHEN sign_ = 'MI<' OR sign_ = 'SG<'
             THEN CASE WHEN is_negative THEN '-' WHEN sign_ = 'SG<' THEN '+' ELSE ' ' END
                  || prefix || w || f
             ELSE pg_anchored(CASE WHEN is_negative THEN '-' WHEN sign_ = '' THEN ' ' ELSE '+' END
                              || prefix, w) || f END""",
    """CREATE MACRO pg_formatted(v, digits, whole, f, is_filled, sign_, prefix, optional_) AS
        CASE WHEN v IS NULL THEN NULL
             WHEN length(digits) > length(replace(whole, ',', '')) AND digits <> '0'
             THEN (CASE WHEN v < 0 THEN '-' WHEN is_filled THEN ' ' ELSE '' END)
                  || translate(whole, '90', '##') || CASE WHEN f > 0 THEN '.' || repeat('#', f)
                  ELSE '' END
             ELSE pg_signed_number(
                 list_transform([pg_padded_digits(digits, whole, f)],
                                lambda d114: pg_laid_over(d114, whole))[1],
                 pg_fraction_text(v, f, optional_, is_filled), v < 0, is_filled, sign_, prefix)
        END""",
    """CREATE MACRO pg_format_number(v, whole, f, is_filled, sign_, prefix, optional_) AS
        list_transform([{'v': v, 'd': CAST(abs(trunc(v)) AS VARCHAR)}], lambda n115:
            pg_formatted(n115.v, n115.d, whole, f, is_filled, sign_, prefix, optional_))[1]""",
)

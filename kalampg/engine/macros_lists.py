"""Macros for arrays, their text form, and series of rows."""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    # --- questions ---
    "CREATE MACRO pg_cardinality(a) AS CAST(len(a) AS INTEGER)",
    (
        "CREATE MACRO pg_array_length(a, d) AS "
        "CASE WHEN d = 1 AND len(a) > 0 THEN CAST(len(a) AS INTEGER) END"
    ),
    "CREATE MACRO pg_array_lower(a, d) AS CASE WHEN d = 1 AND len(a) > 0 THEN 1 END",
    "CREATE MACRO pg_array_ndims(a) AS CASE WHEN len(a) > 0 THEN 1 END",
    "CREATE MACRO pg_array_position(a, e) AS CAST(nullif(list_position(a, e), 0) AS INTEGER)",
    """CREATE MACRO pg_array_positions(a, e) AS
        CAST(list_filter(range(1, len(a) + 1), lambda i3: a[i3] IS NOT DISTINCT FROM e)
             AS INTEGER[])""",
    # --- changes ---
    (
        "CREATE MACRO pg_array_cat(a, b) AS "
        "CASE WHEN a IS NULL THEN b WHEN b IS NULL THEN a ELSE list_concat(a, b) END"
    ),
    """CREATE MACRO pg_array_append(a, e) AS
        CASE WHEN a IS NULL THEN [e] ELSE list_concat(a, [e]) END""",
    (
        "CREATE MACRO pg_array_prepend(e, a) AS "
        "CASE WHEN a IS NULL THEN [e] ELSE list_concat([e], a) END"
    ),
    "CREATE MACRO pg_array_remove(a, e) AS list_filter(a, lambda x4: x4 IS DISTINCT FROM e)",
    """CREATE MACRO pg_array_replace(a, e, f) AS
        list_transform(a, lambda x5: CASE WHEN x5 IS NOT DISTINCT FROM e THEN f ELSE x5 END)""",
    """CREATE MACRO pg_trim_array(a, n) AS
        CASE WHEN n < 0 OR n > len(a)
             THEN error('KPG:2202E:number of elements to trim must be between 0 and '
                        || CAST(len(a) AS VARCHAR))
             ELSE list_slice(a, 1, len(a) - n) END""",
    "CREATE MACRO pg_element(a, i) AS CASE WHEN i >= 1 THEN list_extract(a, i) END",
    """CREATE MACRO pg_slice(a, low, high) AS
        CASE WHEN a IS NULL OR low IS NULL OR high IS NULL THEN NULL
             WHEN high < 1 OR high < low THEN list_slice(a, 1, 0)
             ELSE list_slice(a, CASE WHEN low < 1 THEN 1 ELSE low END, high) END""",
    # A NULL is contained in nothing.
    """CREATE MACRO pg_array_contains(a, b) AS
        CASE WHEN a IS NULL OR b IS NULL THEN NULL
             ELSE list_has_all(a, b) AND len(list_filter(b, lambda x404: x404 IS NULL)) = 0 END""",
    """CREATE MACRO pg_array_dims(a) AS
        CASE WHEN len(a) > 0 THEN '[1:' || CAST(len(a) AS VARCHAR) || ']' END""",
    """CREATE MACRO pg_array_fill(x, d) AS
        CASE WHEN d IS NULL THEN NULL
             WHEN len(d) <> 1
             THEN error('KPG:0A000:arrays of more than one dimension are not supported')
             ELSE list_transform(range(d[1]), lambda i403: x) END""",
    """CREATE MACRO pg_array_position_from(a, x, n) AS
        CAST(list_position(list_slice(a, n, len(a)), x) + n - 1 AS INTEGER)""",
    # --- text ---
    """CREATE MACRO pg_split(a, d) AS
        CASE WHEN a = '' THEN CAST([] AS VARCHAR[]) WHEN d IS NULL THEN string_split(a, '')
             WHEN d = '' THEN [a] ELSE string_split(a, d) END""",
    """CREATE MACRO pg_string_to_array
        (a, d) AS pg_split(a, d),
        (a, d, n) AS list_transform(pg_split(a, d),
                                    lambda x6: CASE WHEN x6 = n THEN NULL ELSE x6 END)""",
    """CREATE MACRO pg_array_join
        (a, d) AS CASE WHEN d IS NULL THEN NULL
                       WHEN len(list_filter(a, lambda x7: x7 IS NOT NULL)) = 0 THEN ''
                       ELSE array_to_string(list_filter(a, lambda x7: x7 IS NOT NULL), d) END,
        (a, d, n) AS CASE WHEN d IS NULL THEN NULL WHEN len(a) = 0 THEN ''
                          ELSE array_to_string(list_filter(list_transform(a,
                              lambda x7: coalesce(x7, n)), lambda x7: x7 IS NOT NULL), d) END""",
    """CREATE MACRO pg_array_element_text(x) AS
        CASE WHEN x IS NULL THEN 'NULL'
             WHEN x = '' OR upper(x) = 'NULL' OR regexp_matches(x, '[{}",\\\\\\s]')
             THEN '"' || replace(replace(x, '\\', '\\\\'), '"', '\\"') || '"'
             ELSE x END""",
    """CREATE MACRO pg_array_text(a) AS
        CASE WHEN a IS NULL THEN NULL WHEN len(a) = 0 THEN '{}'
             ELSE '{' || array_to_string(list_transform(a,
                         lambda x8: pg_array_element_text(x8)), ',') || '}' END""",
    # --- rows as text ---
    """CREATE MACRO pg_row_field_text(x) AS
        CASE WHEN x IS NULL THEN ''
             WHEN x = '' OR regexp_matches(x, '[(),"\\\\\\s]')
             THEN '"' || replace(replace(x, '\\', '\\\\'), '"', '""') || '"'
             ELSE x END""",
    """CREATE MACRO pg_row_text(texts) AS
        '(' || array_to_string(list_transform(texts,
              lambda x417: pg_row_field_text(x417)), ',') || ')'""",
    """CREATE MACRO pg_array_items(t) AS
        CASE WHEN t IS NULL THEN NULL
             WHEN NOT regexp_full_match(t, '\\s*\\{.*\\}\\s*', 's')
             THEN CAST(error('KPG:22P02:malformed array literal: "' || t || '"') AS VARCHAR[])
             WHEN regexp_matches(t, '^\\s*\\{\\s*\\{')
             THEN CAST(error('KPG:0A000:arrays of more than one dimension are not supported')
                       AS VARCHAR[])
             ELSE list_transform(
                regexp_extract_all(t, '"(?:[^"\\\\]|\\\\.)*"|[^,{}"]+', 0, 's'),
                lambda x9: CASE WHEN starts_with(x9, '"')
                    THEN regexp_replace(x9[2:-2], '\\\\(.)', '\\1', 'gs')
                    WHEN upper(trim(x9)) = 'NULL' THEN NULL ELSE trim(x9) END) END""",
    # --- rows ---
    """CREATE MACRO pg_checked_step(s) AS
        CASE WHEN s = 0 THEN CAST(error('KPG:22023:step size cannot equal zero') AS BIGINT)
             ELSE CAST(s AS BIGINT) END""",
    """CREATE MACRO pg_series_int4(a, b, s) AS
        CAST(generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), pg_checked_step(s)) AS INTEGER[])
    """,
    """CREATE MACRO pg_series_int8(a, b, s) AS
        generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), pg_checked_step(s))""",
    """CREATE MACRO pg_series_numeric(a, b, s) AS
        list_transform(generate_series(0,
            CASE WHEN s = 0 THEN pg_checked_step(0)
                 ELSE CAST(floor(CAST(b - a AS DOUBLE) / CAST(s AS DOUBLE)) AS BIGINT) END),
            lambda i10: a + CAST(i10 AS INTEGER) * s)""",
    """CREATE MACRO pg_generate_subscripts(a, d) AS
        CASE WHEN d = 1 THEN CAST(range(1, len(a) + 1) AS INTEGER[]) END""",
    "CREATE MACRO pg_row_numbers(sizes) AS range(1, list_max(sizes) + 1)",
)

r"""Macros for json and jsonb, which are text in DuckDB.

jsonb's normal form has ``", "`` and ``": "`` and its keys sorted by length, then bytes. Values that
are read from jsonb are normal already; what is put together here is sorted at its top level.
"""

from __future__ import annotations

from typing import Final

# A run of strings and other characters up to a separator, or the rest: consumes everything.
_RUN: Final = r'((?:"(?:[^"\\]|\\.)*"|[^",:])*)([,:]|$)'
# A string, which stays, or white space, which goes.
_BLANK: Final = r'("(?:[^"\\]|\\.)*")|\s+'

STATEMENTS: Final = (
    # --- reading ---
    """CREATE MACRO pg_jsonb_scalar_text(v, p, otherwise) AS
        CASE WHEN json_type(v, p) IN ('VARCHAR', 'BOOLEAN', 'UBIGINT', 'BIGINT')
             THEN json_extract_string(v, p)
             WHEN json_type(v, p) IS NULL OR json_type(v, p) = 'NULL' THEN NULL
             ELSE otherwise END""",
    """CREATE MACRO pg_jsonb_scalar_part(v, p, otherwise) AS
        CASE WHEN json_type(v, p) IN ('VARCHAR', 'BOOLEAN', 'UBIGINT', 'BIGINT', 'NULL')
             THEN CAST(json_extract(v, p) AS VARCHAR)
             WHEN json_type(v, p) IS NULL THEN NULL
             ELSE otherwise END""",
    """CREATE MACRO pg_json_typeof(v) AS
        CASE json_type(v) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array'
             WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null'
             ELSE CASE WHEN v IS NOT NULL THEN 'number' END END""",
    """CREATE MACRO pg_json_array_length(v) AS
        CASE WHEN v IS NULL THEN NULL
             WHEN json_type(v) = 'ARRAY' THEN CAST(json_array_length(v) AS INTEGER)
             WHEN json_type(v) = 'OBJECT'
             THEN CAST(error('KPG:22023:cannot get array length of a non-array') AS INTEGER)
             ELSE CAST(error('KPG:22023:cannot get array length of a scalar') AS INTEGER) END""",
    """CREATE MACRO pg_jsonb_scalar(v, kind) AS
        CASE WHEN v IS NULL THEN NULL
             WHEN pg_json_typeof(v) = CASE kind WHEN 'boolean' THEN kind ELSE 'number' END THEN v
             ELSE error('KPG:22023:cannot cast jsonb ' || pg_json_typeof(v) || ' to type ' || kind)
        END""",
    # --- questions ---
    """CREATE MACRO pg_json_exists(v, k) AS
        CASE json_type(v)
             WHEN 'OBJECT' THEN list_contains(json_keys(v), k)
             WHEN 'ARRAY' THEN list_contains(
                 list_transform(json_extract(v, '$[*]'), lambda e22: CAST(e22 AS VARCHAR)),
                 CAST(to_json(k) AS VARCHAR))
             WHEN 'VARCHAR' THEN json_extract_string(v, '$') = k
             ELSE CASE WHEN v IS NOT NULL THEN FALSE END END""",
    """CREATE MACRO pg_json_exists_any(v, keys) AS
        len(list_filter(keys, lambda k23: pg_json_exists(v, k23))) > 0""",
    """CREATE MACRO pg_json_exists_all(v, keys) AS
        len(list_filter(keys, lambda k24: NOT pg_json_exists(v, k24))) = 0""",
    # --- arguments that have defaults ---
    "CREATE MACRO pg_jsonb_set(v, p, n) AS kpg_jsonb_set(v, p, n, TRUE)",
    "CREATE MACRO pg_jsonb_insert(v, p, n) AS kpg_jsonb_insert(v, p, n, FALSE)",
    """CREATE MACRO pg_jsonb_set_lax
        (v, p, n) AS kpg_jsonb_set_lax(v, p, n, TRUE, 'use_json_null'),
        (v, p, n, c) AS kpg_jsonb_set_lax(v, p, n, c, 'use_json_null')""",
    "CREATE MACRO pg_json_object_of_pairs(a) AS kpg_json_object_of_pairs(a, FALSE)",
    "CREATE MACRO pg_jsonb_object_of_pairs(a) AS kpg_json_object_of_pairs(a, TRUE)",
    "CREATE MACRO pg_json_object_of_lists(k, v) AS kpg_json_object_of_lists(k, v, FALSE)",
    "CREATE MACRO pg_jsonb_object_of_lists(k, v) AS kpg_json_object_of_lists(k, v, TRUE)",
    """CREATE MACRO pg_jsonb_path_query
        (v, p) AS kpg_jsonb_path_query(v, p, '{}', FALSE),
        (v, p, a) AS kpg_jsonb_path_query(v, p, a, FALSE),
        (v, p, a, s) AS kpg_jsonb_path_query(v, p, a, s)""",
    """CREATE MACRO pg_jsonb_path_query_array
        (v, p) AS kpg_jsonb_path_query_array(v, p, '{}', FALSE),
        (v, p, a) AS kpg_jsonb_path_query_array(v, p, a, FALSE),
        (v, p, a, s) AS kpg_jsonb_path_query_array(v, p, a, s)""",
    """CREATE MACRO pg_jsonb_path_query_first
        (v, p) AS kpg_jsonb_path_query_first(v, p, '{}', FALSE),
        (v, p, a) AS kpg_jsonb_path_query_first(v, p, a, FALSE),
        (v, p, a, s) AS kpg_jsonb_path_query_first(v, p, a, s)""",
    """CREATE MACRO pg_jsonb_path_exists
        (v, p) AS kpg_jsonb_path_exists(v, p, '{}', FALSE),
        (v, p, a) AS kpg_jsonb_path_exists(v, p, a, FALSE),
        (v, p, a, s) AS kpg_jsonb_path_exists(v, p, a, s)""",
    """CREATE MACRO pg_jsonb_path_match
        (v, p) AS kpg_jsonb_path_match(v, p, '{}', FALSE),
        (v, p, a) AS kpg_jsonb_path_match(v, p, a, FALSE),
        (v, p, a, s) AS kpg_jsonb_path_match(v, p, a, s)""",
    # --- members as rows ---
    "CREATE MACRO pg_json_each(v) AS list_zip(kpg_json_each_keys(v), kpg_json_each_values(v))",
    "CREATE MACRO pg_json_each_text(v) AS list_zip(kpg_json_each_keys(v), kpg_json_each_texts(v))",
    "CREATE MACRO pg_jsonb_each(v) AS list_zip(kpg_jsonb_each_keys(v), kpg_jsonb_each_values(v))",
    """CREATE MACRO pg_jsonb_each_text(v) AS
        list_zip(kpg_jsonb_each_keys(v), kpg_jsonb_each_texts(v))""",
    """CREATE MACRO pg_populating(v) AS
        CASE json_type(v) WHEN 'OBJECT' THEN v WHEN 'NULL' THEN NULL
             WHEN 'ARRAY' THEN error('KPG:22023:cannot call populate_composite on an array')
             ELSE CASE WHEN v IS NOT NULL
                       THEN error('KPG:22023:cannot call populate_composite on a scalar') END
        END""",
    # --- making ---
    "CREATE MACRO pg_json_of(v) AS coalesce(CAST(v AS VARCHAR), 'null')",
    """CREATE MACRO pg_json_of_float(t) AS
        CASE WHEN t IS NULL THEN 'null'
             WHEN t IN ('NaN', 'Infinity', '-Infinity') THEN '"' || t || '"' ELSE t END""",
    "CREATE MACRO pg_json_of_text(t) AS coalesce(CAST(to_json(t) AS VARCHAR), 'null')",
    """CREATE MACRO pg_json_of_moment(t) AS
        CASE WHEN t IS NULL THEN 'null'
             ELSE '"' || regexp_replace(regexp_replace(t, ' ', 'T'), '([+-]\\d\\d)$', '\\1:00')
                  || '"' END""",
    """CREATE MACRO pg_json_checked_key(k) AS
        CASE WHEN k IS NULL THEN error('KPG:22023:argument 1: key must not be null')
             ELSE CAST(to_json(k) AS VARCHAR) END""",
    # Members come one by one: DuckDB cannot have aggregates below what a lambda captures.
    "CREATE MACRO pg_json_member(k, separator, v) AS pg_json_checked_key(k) || separator || v",
    """CREATE MACRO pg_json_object(members) AS
        '{' || coalesce(array_to_string(members, ', '), '') || '}'""",
    """CREATE MACRO pg_json_row(members) AS
        '{' || coalesce(array_to_string(members, ','), '') || '}'""",
    "CREATE MACRO pg_jsonb_object(members) AS kpg_jsonb_normal(pg_json_object(members))",
    "CREATE MACRO pg_json_or_null(v) AS coalesce(v, 'null')",
    "CREATE MACRO pg_null_with(v, made) AS CASE WHEN v IS NULL THEN NULL ELSE made END",
    (
        "CREATE MACRO pg_json_of_list(v, items) AS "
        "CASE WHEN v IS NULL THEN 'null' WHEN len(items) = 0 THEN '[]' "
        "ELSE '[' || array_to_string(items, ',') || ']' END"
    ),
    (
        "CREATE MACRO pg_json_array(items, sep) AS "
        "CASE WHEN len(items) = 0 THEN '[]' ELSE '[' || array_to_string(items, sep) || ']' END"
    ),
    (
        "CREATE MACRO pg_json_rows(items, sep) AS "
        "CASE WHEN items IS NULL THEN NULL ELSE '[' || array_to_string(items, sep) || ']' END"
    ),
    "CREATE MACRO pg_json_pair(k, v) AS {'k': k, 'v': v}",
    """CREATE MACRO pg_json_pairs(pairs) AS
        CASE WHEN pairs IS NULL THEN NULL
             ELSE '{ ' || array_to_string(list_transform(pairs,
                  lambda p36: pg_json_member(p36.k, ' : ', p36.v)), ', ') || ' }' END""",
    """CREATE MACRO pg_jsonb_pairs(pairs) AS
        CASE WHEN pairs IS NULL THEN NULL
             ELSE pg_jsonb_object(
                  list_transform(pairs, lambda p37: pg_json_member(p37.k, ': ', p37.v))) END""",
)

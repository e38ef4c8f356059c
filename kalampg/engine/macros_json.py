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
    # --- the normal form ---
    f"""CREATE MACRO pg_json_spaced(t) AS
        rtrim(regexp_replace(t, '{_RUN}', '\\1\\2 ', 'g'), ' ')""",
    f"""CREATE MACRO pg_json_minified(t) AS regexp_replace(t, '{_BLANK}', '\\1', 'g')""",
    """CREATE MACRO pg_json_key_path(k) AS '$."' || k || '"'""",
    """CREATE MACRO pg_json_member(k, v) AS CAST(to_json(k) AS VARCHAR) || ': ' || v""",
    """CREATE MACRO pg_json_sorted(keys) AS
        list_transform(list_sort(list_transform(list_distinct(keys),
            lambda k14: {'size': strlen(k14), 'name': k14})), lambda s15: s15.name)""",
    """CREATE MACRO pg_json_part(t, k) AS
        pg_json_spaced(CAST(json_extract(t, pg_json_key_path(k)) AS VARCHAR))""",
    "CREATE MACRO pg_json_braced(members) AS '{' || array_to_string(members, ', ') || '}'",
    """CREATE MACRO pg_jsonb_object_of(t, keys) AS
        CASE WHEN len(keys) = 0 THEN '{}'
             ELSE pg_json_braced(list_transform(pg_json_sorted(keys),
                      lambda k16: pg_json_member(k16, pg_json_part(t, k16)))) END""",
    """CREATE MACRO pg_jsonb(t) AS
        CASE WHEN t IS NULL THEN NULL
             WHEN json_type(t) = 'OBJECT' THEN pg_jsonb_object_of(t, json_keys(t))
             ELSE pg_json_spaced(pg_json_minified(t)) END""",
    """CREATE MACRO pg_json_input(t) AS
        CASE WHEN t IS NULL OR json_valid(t) THEN t
             ELSE error('KPG:22P02:invalid input syntax for type json') END""",
    """CREATE MACRO pg_jsonb_input(t) AS
        list_transform([pg_json_input(t)], lambda t303: pg_jsonb(t303))[1]""",
    # --- reading ---
    (
        "CREATE MACRO pg_json_index_path(i) AS "
        "'$[' || CASE WHEN i < 0 THEN '#' ELSE '' END || CAST(i AS VARCHAR) || ']'"
    ),
    """CREATE MACRO pg_json_path(keys) AS
        '$' || coalesce(array_to_string(list_transform(keys, lambda k17:
            CASE WHEN regexp_full_match(k17, '-?[0-9]+') THEN substr(pg_json_index_path(
                 CAST(k17 AS BIGINT)), 2) ELSE substr(pg_json_key_path(k17), 2) END), ''), '')""",
    "CREATE MACRO pg_json_get(v, p) AS CAST(json_extract(v, p) AS VARCHAR)",
    "CREATE MACRO pg_json_get_text(v, p) AS json_extract_string(v, p)",
    "CREATE MACRO pg_jsonb_get(v, p) AS pg_json_spaced(CAST(json_extract(v, p) AS VARCHAR))",
    """CREATE MACRO pg_jsonb_get_text(v, p) AS
        CASE WHEN json_type(v, p) IN ('OBJECT', 'ARRAY') THEN pg_jsonb_get(v, p)
             ELSE json_extract_string(v, p) END""",
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
    "CREATE MACRO pg_jsonb_numeric_text(v) AS pg_jsonb_scalar(v, 'numeric')",
    "CREATE MACRO pg_jsonb_numeric(v) AS CAST(pg_jsonb_scalar(v, 'numeric') AS DECIMAL(38, 10))",
    # --- elements ---
    """CREATE MACRO pg_json_elements(v) AS
        CASE WHEN v IS NULL THEN NULL WHEN json_type(v) = 'ARRAY'
             THEN list_transform(json_extract(v, '$[*]'), lambda e18: CAST(e18 AS VARCHAR))
             ELSE CAST(error('KPG:22023:cannot extract elements from '
                  || CASE json_type(v) WHEN 'OBJECT' THEN 'an object' ELSE 'a scalar' END)
                  AS VARCHAR[]) END""",
    """CREATE MACRO pg_jsonb_elements(v) AS
        list_transform(pg_json_elements(v), lambda e19: pg_json_spaced(e19))""",
    """CREATE MACRO pg_json_elements_text(v) AS
        list_transform(pg_json_elements(v), lambda e20: json_extract_string(e20, '$'))""",
    """CREATE MACRO pg_jsonb_elements_text(v) AS
        list_transform(pg_json_elements(v), lambda e21: pg_jsonb_get_text(e21, '$'))""",
    """CREATE MACRO pg_json_keys(v) AS
        CASE WHEN v IS NULL OR json_type(v) = 'OBJECT' THEN json_keys(v)
             ELSE CAST(error('KPG:22023:cannot call json_object_keys on '
                  || CASE json_type(v) WHEN 'ARRAY' THEN 'an array' ELSE 'a scalar' END)
                  AS VARCHAR[]) END""",
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
    # PostgreSQL's containment for what lies up to two levels deep; json_contains() would also
    # search below the place where the operator looks. Values of jsonb are normal, so equal ones
    # have equal texts once json() has taken the spaces out.
    "CREATE MACRO pg_json_same(a, b) AS CAST(json(a) AS VARCHAR) = CAST(json(b) AS VARCHAR)",
    (
        "CREATE MACRO pg_json_has_element(v, e) AS "
        "list_contains(pg_json_elements(v), CAST(json(e) AS VARCHAR))"
    ),
    """CREATE MACRO pg_json_member_within(a, b, k) AS
        coalesce(json_contains(json_extract(a, pg_json_key_path(k)),
                               json_extract(b, pg_json_key_path(k))), FALSE)""",
    """CREATE MACRO pg_json_contains_leaf(a, b) AS
        CASE WHEN json_type(b) = 'ARRAY' AND json_type(a) = 'ARRAY'
             THEN len(list_filter(pg_json_elements(b),
                                  lambda e26: NOT pg_json_has_element(a, e26))) = 0
             WHEN json_type(b) = 'OBJECT' AND json_type(a) = 'OBJECT'
             THEN len(list_filter(json_keys(b),
                                  lambda k27: NOT pg_json_member_within(a, b, k27))) = 0
             ELSE pg_json_same(a, b) END""",
    """CREATE MACRO pg_json_leaf_within(a, b, k) AS
        coalesce(list_transform([{'a': pg_json_get(a, pg_json_key_path(k)),
                                  'b': pg_json_get(b, pg_json_key_path(k))}],
                                lambda s301: pg_json_contains_leaf(s301.a, s301.b))[1], FALSE)""",
    """CREATE MACRO pg_jsonb_contains(a, b) AS
        CASE WHEN a IS NULL OR b IS NULL THEN NULL
             WHEN json_type(a) = 'OBJECT' AND json_type(b) = 'OBJECT'
             THEN len(list_filter(json_keys(b),
                                  lambda k28: NOT pg_json_leaf_within(a, b, k28))) = 0
             WHEN json_type(a) = 'ARRAY' AND json_type(b) = 'ARRAY'
             THEN len(list_filter(pg_json_elements(b), lambda e29: len(list_filter(
                      pg_json_elements(a), lambda x30: pg_json_contains_leaf(x30, e29))) = 0)) = 0
             WHEN json_type(a) = 'ARRAY' AND json_type(b) NOT IN ('OBJECT', 'ARRAY')
             THEN pg_json_has_element(a, b)
             ELSE pg_json_same(a, b) END""",
    # --- changes ---
    """CREATE MACRO pg_json_as_list(v) AS
        CASE WHEN json_type(v) = 'ARRAY' THEN pg_jsonb_elements(v) ELSE [pg_jsonb(v)] END""",
    "CREATE MACRO pg_json_bracketed(items) AS '[' || array_to_string(items, ', ') || ']'",
    """CREATE MACRO pg_jsonb_concat(a, b) AS
        CASE WHEN a IS NULL OR b IS NULL THEN NULL
             WHEN json_type(a) = 'OBJECT' AND json_type(b) = 'OBJECT'
             THEN CASE WHEN len(json_keys(a)) + len(json_keys(b)) = 0 THEN '{}' ELSE
                  pg_json_braced(list_transform(
                      pg_json_sorted(list_concat(json_keys(a), json_keys(b))),
                      lambda k31: pg_json_member(k31, CASE WHEN list_contains(json_keys(b), k31)
                                THEN pg_json_part(b, k31) ELSE pg_json_part(a, k31) END))) END
             ELSE pg_json_bracketed(list_concat(pg_json_as_list(a), pg_json_as_list(b))) END""",
    """CREATE MACRO pg_jsonb_delete_keys(v, keys) AS
        CASE json_type(v)
             WHEN 'OBJECT' THEN pg_jsonb_object_of(v,
                  list_filter(json_keys(v), lambda k32: NOT list_contains(keys, k32)))
             WHEN 'ARRAY' THEN pg_json_bracketed(list_filter(pg_jsonb_elements(v), lambda e33:
                  NOT list_contains(list_transform(keys,
                      lambda k32: CAST(to_json(k32) AS VARCHAR)), e33)))
             ELSE CASE WHEN v IS NOT NULL
                       THEN error('KPG:22023:cannot delete from scalar') END END""",
    "CREATE MACRO pg_jsonb_delete_key(v, k) AS pg_jsonb_delete_keys(v, [k])",
    """CREATE MACRO pg_jsonb_delete_index(v, i) AS
        CASE json_type(v)
             WHEN 'ARRAY' THEN pg_json_bracketed(list_concat(
                  list_slice(pg_jsonb_elements(v), 1, CASE WHEN i < 0 THEN json_array_length(v) + i
                             ELSE i END),
                  list_slice(pg_jsonb_elements(v), CASE WHEN i < 0 THEN json_array_length(v) + i
                             ELSE i END + 2, json_array_length(v))))
             WHEN 'OBJECT'
             THEN error('KPG:22023:cannot delete from object using integer index')
             ELSE CASE WHEN v IS NOT NULL
                       THEN error('KPG:22023:cannot delete from scalar') END END""",
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
    """CREATE MACRO pg_json_checked_key(k) AS
        CASE WHEN k IS NULL THEN error('KPG:22023:argument 1: key must not be null')
             ELSE CAST(to_json(k) AS VARCHAR) END""",
    """CREATE MACRO pg_json_object(keys, values_) AS
        CASE WHEN len(keys) = 0 THEN '{}'
             ELSE '{' || array_to_string(list_transform(range(1, len(keys) + 1), lambda i34:
                  pg_json_checked_key(keys[i34]) || ' : ' || values_[i34]), ', ') || '}' END""",
    # The last of equal keys wins in jsonb, so the pairs are looked up from the end.
    """CREATE MACRO pg_json_last(keys, values_, k) AS
        list_reverse(values_)[list_position(list_reverse(keys), k)]""",
    """CREATE MACRO pg_jsonb_object(keys, values_) AS
        CASE WHEN len(keys) = 0 THEN '{}'
             WHEN list_contains(list_transform(keys, lambda k35: k35 IS NULL), TRUE)
             THEN error('KPG:22023:argument 1: key must not be null')
             ELSE pg_json_braced(list_transform(pg_json_sorted(keys), lambda k35:
                  list_transform([pg_json_last(keys, values_, k35)],
                                 lambda v302: pg_json_member(k35, pg_jsonb(v302)))[1])) END""",
    "CREATE MACRO pg_json_pair(k, v) AS {'k': k, 'v': v}",
    """CREATE MACRO pg_json_pairs(pairs) AS
        CASE WHEN pairs IS NULL THEN NULL
             ELSE '{ ' || array_to_string(list_transform(pairs,
                  lambda p36: pg_json_checked_key(p36.k) || ' : ' || p36.v), ', ') || ' }' END""",
    """CREATE MACRO pg_jsonb_pairs(pairs) AS
        CASE WHEN pairs IS NULL THEN NULL
             ELSE pg_jsonb_object(list_transform(pairs, lambda p37: p37.k),
                                  list_transform(pairs, lambda p37: p37.v)) END""",
)

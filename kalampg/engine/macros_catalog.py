"""Macros behind the functions of ``sql/catalog_functions``.

Those that look something up get it as a DuckDB map, which the engine binds as a parameter
(``engine/catalog_maps.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.sql import keywords

# By PostgreSQL's numbers, ``pg_wchar.h``.
_ENCODINGS: Final = (
    "SQL_ASCII", "EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "UTF8", "MULE_INTERNAL",
    "LATIN1", "LATIN2", "LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9",
    "LATIN10", "WIN1256", "WIN1258", "WIN866", "WIN874", "KOI8R", "WIN1251", "WIN1252",
    "ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250", "WIN1253", "WIN1254",
    "WIN1255", "WIN1257", "KOI8U", "SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB",
    "SHIFT_JIS_2004",
)  # fmt: skip
_ENCODING_LIST: Final = ", ".join(f"'{name}'" for name in _ENCODINGS)

# Category, its description, its words.
_KEYWORDS: Final = (
    ("U", "unreserved", keywords.UNRESERVED),
    ("C", "unreserved (cannot be function or type name)", keywords.COLUMN_NAME),
    ("T", "reserved (can be function or type name)", keywords.TYPE_OR_FUNCTION),
    ("R", "reserved", keywords.RESERVED),
)


def _keyword_macros() -> Iterator[str]:
    """The columns of pg_get_keywords, in the order of the words."""
    rows = sorted((word, code, text) for code, text, words in _KEYWORDS for word in words)
    are_labels = [word not in keywords.NOT_BARE_LABELS for word, *_ in rows]
    columns = {
        "words": [f"'{word}'" for word, *_ in rows],
        "codes": [f"'{code}'" for _, code, _ in rows],
        "descriptions": [f"'{text}'" for *_, text in rows],
        "labels": [str(is_label) for is_label in are_labels],
        "label_descriptions": [
            "'can be bare label'" if is_label else "'requires AS'" for is_label in are_labels
        ],
    }
    for name, values in columns.items():
        yield f"CREATE MACRO pg_keyword_{name}() AS [{', '.join(values)}]"


STATEMENTS: Final = (
    # --- casts to domains ---
    """CREATE MACRO pg_refuse_value(sqlstate, message, schema_name, type_name, constraint_name) AS
        CAST(error(concat_ws(chr(31), 'KPG:' || sqlstate || ':' || message, schema_name, type_name,
                             constraint_name)) AS VARCHAR)""",
    *_keyword_macros(),
    # --- names and OIDs of objects ---
    """CREATE MACRO pg_object_name(names, x) AS
        CASE WHEN x IS NULL THEN NULL WHEN x = 0 THEN '-'
             ELSE coalesce(map_extract_value(names, x), CAST(x AS VARCHAR)) END""",
    """CREATE MACRO pg_object(names, x) AS
        CASE WHEN x IS NOT NULL THEN {'oid': x, 'name': pg_object_name(names, x)} END""",
    """CREATE MACRO pg_object_key(t) AS
        CASE WHEN contains(t, '"') THEN trim(t)
             ELSE lower(regexp_replace(trim(t), '\\s+', ' ', 'g')) END""",
    "CREATE MACRO pg_object_named(oids, t) AS map_extract_value(oids, pg_object_key(t))",
    # Modifiers in the name of a type do not change which type it is.
    """CREATE MACRO pg_type_named(oids, t) AS
        map_extract_value(oids, pg_object_key(regexp_replace(t, '\\s*\\([0-9, ]*\\)', '')))""",
    """CREATE MACRO pg_function_named(oids, t) AS
        nullif(map_extract_value(oids, pg_object_key(t)), 0)""",
    """CREATE MACRO pg_one_function(oids, t) AS
        CASE WHEN map_extract_value(oids, pg_object_key(t)) = 0
             THEN error('KPG:42725:more than one function named "' || t || '"') ELSE t END""",
    """CREATE MACRO pg_procedure_named(oids, t) AS
        map_extract_value(oids, kpg_procedure_key(t))""",
    """CREATE MACRO pg_number_or(t, found, sqlstate, kind) AS
        CASE WHEN t IS NULL THEN NULL
             WHEN regexp_full_match(t, '[0-9]+') THEN CAST(t AS UINTEGER)
             WHEN t = '-' THEN CAST(0 AS UINTEGER)
             WHEN trim(t) = '' AND kind <> 'type'
             THEN CAST(error('KPG:42602:invalid name syntax') AS UINTEGER)
             WHEN found IS NULL
             THEN CAST(error('KPG:' || sqlstate || ':' || kind || ' "' || t || '" does not exist')
                       AS UINTEGER)
             ELSE found END""",
    """CREATE MACRO pg_role_by_id(names, x) AS
        CASE WHEN x IS NULL THEN NULL
             ELSE coalesce(map_extract_value(names, x),
                           'unknown (OID=' || CAST(x AS VARCHAR) || ')') END""",
    # --- types ---
    """CREATE MACRO pg_type_with_modifier(base, x, modifier) AS
        CASE WHEN modifier IS NULL OR modifier < 0 THEN NULL
             WHEN x IN (1042, 1014, 1043, 1015)
             THEN base || '(' || CAST(modifier - 4 AS VARCHAR) || ')'
             WHEN x IN (1700, 1231)
             THEN base || '(' || CAST(((modifier - 4) >> 16) & 65535 AS VARCHAR) || ','
                  || CAST(xor((modifier - 4) & 2047, 1024) - 1024 AS VARCHAR) || ')'
             WHEN x IN (1083, 1183, 1114, 1115, 1184, 1185)
             THEN regexp_replace(base, ' ', '(' || CAST(modifier AS VARCHAR) || ') ')
        END""",
    """CREATE MACRO pg_format_type(names, x, modifier) AS
        CASE WHEN x IS NULL THEN NULL WHEN x = 0 THEN '-'
             WHEN map_extract_value(names, x) IS NULL THEN '???'
             WHEN x IN (1042, 1014) AND modifier = -1
             THEN CASE x WHEN 1042 THEN 'bpchar' ELSE 'bpchar[]' END
             ELSE coalesce(
                pg_type_with_modifier(rtrim(map_extract_value(names, x), '[]'), x, modifier)
                || CASE WHEN ends_with(map_extract_value(names, x), '[]') THEN '[]' ELSE '' END,
                map_extract_value(names, x)) END""",
    # --- what there is none of ---
    """CREATE MACRO pg_absent_flag
        (x) AS CAST(NULL AS BOOLEAN),
        (x, y) AS CAST(NULL AS BOOLEAN),
        (x, y, z) AS CAST(NULL AS BOOLEAN)""",
    """CREATE MACRO pg_absent_text
        (x) AS CAST(NULL AS VARCHAR),
        (x, y) AS CAST(NULL AS VARCHAR)""",
    """CREATE MACRO pg_sequence_of(sequences, names, x, name) AS
        CASE WHEN x IS NULL OR name IS NULL THEN NULL
             WHEN map_extract_value(sequences, CAST(x AS VARCHAR) || '/' || name) IS NULL
             THEN error('KPG:42703:column "' || name || '" of relation "'
                        || pg_object_name(names, x) || '" does not exist')
             ELSE nullif(map_extract_value(sequences, CAST(x AS VARCHAR) || '/' || name), '')
        END""",
    "CREATE MACRO pg_no_objects(x) AS CAST([] AS UINTEGER[])",
    "CREATE MACRO pg_never(x) AS CASE WHEN x IS NOT NULL THEN FALSE END",
    "CREATE MACRO pg_is_in_recovery() AS FALSE",
    "CREATE MACRO pg_jit_available() AS FALSE",
    "CREATE MACRO pg_advisory_unlock_all() AS ''",
    "CREATE MACRO pg_nothing_of(n) AS CASE WHEN n IS NOT NULL THEN CAST(0 AS BIGINT) END",
    # --- expressions are kept as they were written ---
    """CREATE MACRO pg_first_text
        (x, y) AS CASE WHEN y IS NOT NULL THEN x END,
        (x, y, z) AS CASE WHEN y IS NOT NULL AND z IS NOT NULL THEN x END""",
    """CREATE MACRO pg_setting(settings, name, is_missing_ok) AS
        CASE WHEN name IS NULL OR is_missing_ok IS NULL THEN NULL
             WHEN map_extract_value(settings, lower(name)) IS NULL AND NOT is_missing_ok
             THEN error('KPG:42704:unrecognized configuration parameter "' || name || '"')
             ELSE map_extract_value(settings, lower(name)) END""",
    """CREATE MACRO pg_expand_array(a) AS
        list_transform(a, lambda x901, n901: {'x': x901, 'n': CAST(n901 AS INTEGER)})""",
    # --- privileges: a rule is a list of ranks, the owner last (``privilege_maps.py``) ---
    """CREATE MACRO pg_role_named(oids, t) AS
        CASE WHEN t IS NOT NULL
             THEN coalesce(map_extract_value(oids, '"' || replace(t, '"', '""') || '"'),
                           CAST(error('KPG:42704:role "' || t || '" does not exist') AS UINTEGER))
        END""",
    # PostgreSQL's predefined roles begin with pg_, and no role of ours may.
    """CREATE MACRO pg_group_named(oids, t) AS
        CASE WHEN starts_with(t, 'pg_') THEN CAST(0 AS UINTEGER) ELSE pg_role_named(oids, t) END""",
    """CREATE MACRO pg_granted(asked, words, known) AS
        CASE WHEN asked IS NOT NULL AND words IS NOT NULL
             THEN list_bool_or(list_transform(string_split(asked, ','), lambda w901:
                CASE WHEN NOT list_contains(known,
                             regexp_replace(upper(trim(w901)), '\\s+WITH GRANT OPTION$', ''))
                     THEN CAST(error('KPG:22023:unrecognized privilege type: "'
                                     || trim(w901) || '"') AS BOOLEAN)
                     ELSE list_contains(words, upper(trim(w901))) END)) END""",
    "CREATE MACRO pg_words_if(may, words) AS CASE WHEN may THEN words ELSE words[1:0] END",
    """CREATE MACRO pg_table_words(r, x, rule) AS
        CASE WHEN r IS NOT NULL AND rule IS NOT NULL
             THEN pg_words_if(r >= rule[1] OR x = rule[4], ['SELECT'])
               || pg_words_if(r >= rule[2] OR x = rule[4], ['INSERT', 'UPDATE', 'DELETE'])
               || pg_words_if(r >= rule[3] OR x = rule[4], ['TRUNCATE']) END""",
    """CREATE MACRO pg_table_granted(asked, r, x, rule) AS
        pg_granted(asked, pg_table_words(r, x, rule), ['SELECT', 'INSERT', 'UPDATE', 'DELETE',
            'TRUNCATE', 'REFERENCES', 'TRIGGER'])""",
    """CREATE MACRO pg_column_granted(asked, r, x, rule) AS
        pg_granted(asked, pg_table_words(r, x, rule),
                   ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'])""",
    """CREATE MACRO pg_known_column(names, found, x, rule, name) AS
        CASE WHEN found IS NULL AND rule IS NOT NULL AND name IS NOT NULL
             THEN CAST(error('KPG:42703:column "' || name || '" of relation "'
                             || pg_object_name(names, x) || '" does not exist') AS UINTEGER)
             ELSE found END""",
    """CREATE MACRO pg_one_column_granted(asked, r, x, rule, found) AS
        CASE WHEN found IS NOT NULL THEN pg_column_granted(asked, r, x, rule) END""",
    """CREATE MACRO pg_sequence_rule(names, rule, x, class_rule) AS
        CASE WHEN rule IS NULL AND class_rule IS NOT NULL
             THEN CAST(error('KPG:42809:"' || pg_object_name(names, x) || '" is not a sequence')
                       AS BIGINT[])
             ELSE rule END""",
    """CREATE MACRO pg_sequence_granted(asked, r, x, rule) AS
        pg_granted(asked, CASE WHEN r IS NOT NULL AND rule IS NOT NULL
                               THEN pg_words_if(r >= rule[1] OR x = rule[3], ['USAGE', 'SELECT'])
                                 || pg_words_if(r >= rule[2] OR x = rule[3], ['UPDATE']) END,
                   ['USAGE', 'SELECT', 'UPDATE'])""",
    """CREATE MACRO pg_use_granted(asked, r, name, word) AS
        pg_granted(asked, CASE WHEN r IS NOT NULL AND name IS NOT NULL THEN [word] END,
                   [word])""",
    """CREATE MACRO pg_schema_granted(asked, r, x, rule) AS
        pg_granted(asked, CASE WHEN r IS NOT NULL AND rule IS NOT NULL
                               THEN pg_words_if(r >= rule[1], ['USAGE'])
                                 || pg_words_if(r >= rule[2], ['CREATE']) END,
                   ['USAGE', 'CREATE'])""",
    """CREATE MACRO pg_database_granted(asked, r, size, rule) AS
        pg_granted(asked, CASE WHEN r IS NOT NULL AND size IS NOT NULL
                               THEN ['CONNECT'] || pg_words_if(r >= rule[1], ['CREATE']) END,
                   ['CONNECT', 'CREATE', 'TEMPORARY', 'TEMP'])""",
    """CREATE MACRO pg_role_granted(asked, r, x, y) AS
        pg_granted(asked, CASE WHEN r IS NOT NULL AND y IS NOT NULL
                               THEN pg_words_if(x = y OR r = 3, ['MEMBER', 'USAGE']) END,
                   ['MEMBER', 'USAGE'])""",
    # --- encodings and sizes ---
    "CREATE MACRO pg_encoding_name() AS 'UTF8'",
    f"""CREATE MACRO pg_encoding_to_char(n) AS
        CASE WHEN n IS NOT NULL
             THEN coalesce([{_ENCODING_LIST}][CASE WHEN n >= 0 THEN n + 1 END], '') END""",
    f"""CREATE MACRO pg_char_to_encoding(t) AS
        CAST(coalesce(list_position([{_ENCODING_LIST}], upper(t)), 0) - 1 AS INTEGER)""",
    """CREATE MACRO pg_fork_size(n, fork) AS
        CASE WHEN fork = 'main' THEN n
             WHEN fork IN ('fsm', 'vm', 'init') THEN pg_nothing_of(n)
             WHEN fork IS NOT NULL
             THEN CAST(error('KPG:22023:invalid fork name') AS BIGINT) END""",
    """CREATE MACRO pg_known_size(n, name) AS
        CASE WHEN n IS NULL AND name IS NOT NULL
             THEN CAST(error('KPG:3D000:database "' || name || '" does not exist') AS BIGINT)
             ELSE n END""",
    "CREATE MACRO pg_halved(n) AS CASE WHEN n >= 0 THEN (n + 1) // 2 ELSE -((-n + 1) // 2) END",
    """CREATE MACRO pg_size_text(n) AS
        CASE WHEN abs(n) < 10 * 1024 THEN CAST(n AS VARCHAR) || ' bytes'
             WHEN abs(n // 512) < 20 * 1024 - 1
             THEN CAST(pg_halved(n // 512) AS VARCHAR) || ' kB'
             WHEN abs(n // 524288) < 20 * 1024 - 1
             THEN CAST(pg_halved(n // 524288) AS VARCHAR) || ' MB'
             WHEN abs(n // 536870912) < 20 * 1024 - 1
             THEN CAST(pg_halved(n // 536870912) AS VARCHAR) || ' GB'
             WHEN abs(n // 549755813888) < 20 * 1024 - 1
             THEN CAST(pg_halved(n // 549755813888) AS VARCHAR) || ' TB'
             ELSE CAST(pg_halved(n // 562949953421312) AS VARCHAR) || ' PB' END""",
    "CREATE MACRO pg_size_pretty(n) AS pg_size_text(CAST(trunc(n) AS HUGEINT))",
)

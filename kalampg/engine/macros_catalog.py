"""Macros behind the functions of ``sql/catalog_functions``.

Those that look something up get it as a DuckDB map, which the engine binds as a parameter
(``engine/catalog_maps.py``).
"""

from __future__ import annotations

from typing import Final

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

STATEMENTS: Final = (
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
    """CREATE MACRO pg_number_or(t, found, sqlstate, kind) AS
        CASE WHEN t IS NULL THEN NULL
             WHEN regexp_full_match(t, '[0-9]+') THEN CAST(t AS UINTEGER)
             WHEN t = '-' THEN CAST(0 AS UINTEGER)
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
    "CREATE MACRO pg_absent_flag(x) AS CAST(NULL AS BOOLEAN)",
    """CREATE MACRO pg_absent_text
        (x) AS CAST(NULL AS VARCHAR),
        (x, y) AS CAST(NULL AS VARCHAR)""",
    """CREATE MACRO pg_sequence_of(x, name) AS
        CASE WHEN x >= 0 AND name IS NOT NULL THEN nullif(CAST(x AS VARCHAR), CAST(x AS VARCHAR))
        END""",
    "CREATE MACRO pg_no_objects(x) AS CAST([] AS UINTEGER[])",
    "CREATE MACRO pg_no_object() AS CAST(0 AS UINTEGER)",
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
    # --- encodings and sizes ---
    "CREATE MACRO pg_encoding_name() AS 'UTF8'",
    f"""CREATE MACRO pg_encoding_to_char(n) AS
        CASE WHEN n IS NOT NULL
             THEN coalesce([{_ENCODING_LIST}][CASE WHEN n >= 0 THEN n + 1 END], '') END""",
    f"""CREATE MACRO pg_char_to_encoding(t) AS
        CAST(coalesce(list_position([{_ENCODING_LIST}], upper(t)), 0) - 1 AS INTEGER)""",
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

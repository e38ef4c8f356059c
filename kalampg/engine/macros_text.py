"""Macros for text and bytea: PostgreSQL's bounds, defaults, error messages and encodings."""

from __future__ import annotations

from typing import Final

# Words that quote_ident() quotes: PostgreSQL's keywords that are not plain identifiers.
_RESERVED: Final = (
    "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit "
    "boolean both case cast char character check coalesce collate collation column concurrently "
    "constraint create cross current_catalog current_date current_role current_schema "
    "current_time current_timestamp current_user dec decimal default deferrable desc distinct do "
    "else end except exists extract false fetch float for foreign freeze from full grant greatest "
    "group grouping having ilike in initially inner inout int integer intersect interval into is "
    "isnull join lateral leading least left like limit localtime localtimestamp national natural "
    "nchar none normalize not notnull null nullif numeric offset on only or order out outer "
    "overlaps overlay placing position precision primary real references returning right row "
    "select session_user setof similar smallint some substring symmetric table tablesample then "
    "time timestamp to trailing treat trim true union unique user using values varchar variadic "
    "verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest "
    "xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable"
)
_RESERVED_LIST: Final = ", ".join(f"'{word}'" for word in _RESERVED.split())

STATEMENTS: Final = (
    """CREATE MACRO pg_open_ended(is_longer) AS
        CASE WHEN is_longer
             THEN CAST(error('KPG:22025:LIKE pattern must not end with escape character')
                       AS BOOLEAN)
             ELSE is_longer END""",
    "CREATE MACRO pg_like(t, p) AS like_escape(t, p, '\\')",
    "CREATE MACRO pg_not_like(t, p) AS NOT like_escape(t, p, '\\')",
    # --- arguments that have defaults ---
    """CREATE MACRO pg_bytes_overlay(b, new, start) AS
        kpg_bytes_overlay(b, new, start, CAST(octet_length(new) AS INTEGER))""",
    "CREATE MACRO pg_normalize(t) AS kpg_normalize(t, 'NFC')",
    "CREATE MACRO pg_parse_ident(t) AS kpg_parse_ident(t, TRUE)",
    # --- lengths ---
    "CREATE MACRO pg_delimiter(t) AS coalesce(t, '')",
    "CREATE MACRO pg_length(a) AS CAST(length(a) AS INTEGER)",
    "CREATE MACRO pg_bpchar_length(a) AS CAST(length(rtrim(a, ' ')) AS INTEGER)",
    "CREATE MACRO pg_octets(a) AS CAST(octet_length(a) AS INTEGER)",
    "CREATE MACRO pg_bits(a) AS CAST(octet_length(a) * 8 AS INTEGER)",
    "CREATE MACRO pg_text_octets(a) AS CAST(strlen(a) AS INTEGER)",
    "CREATE MACRO pg_text_bits(a) AS CAST(strlen(a) * 8 AS INTEGER)",
    # --- parts ---
    "CREATE MACRO pg_from_one(s) AS CASE WHEN s < 1 THEN 1 ELSE s END",
    "CREATE MACRO pg_not_negative(n) AS CASE WHEN n < 0 THEN 0 ELSE n END",
    """CREATE MACRO pg_substring
        (a, s) AS substring(a, pg_from_one(CAST(s AS BIGINT))),
        (a, s, n) AS CASE WHEN n < 0
            THEN error('KPG:22011:negative substring length not allowed')
            ELSE substring(a, pg_from_one(CAST(s AS BIGINT)), pg_not_negative(
                CAST(s AS BIGINT) + n - pg_from_one(CAST(s AS BIGINT)))) END""",
    """CREATE MACRO pg_substring_bytes
        (a, s) AS unhex(substring(hex(a), 2 * pg_from_one(CAST(s AS BIGINT)) - 1)),
        (a, s, n) AS CASE WHEN n < 0
            THEN CAST(error('KPG:22011:negative substring length not allowed') AS BLOB)
            ELSE unhex(substring(hex(a), 2 * pg_from_one(CAST(s AS BIGINT)) - 1, 2 *
                pg_not_negative(CAST(s AS BIGINT) + n - pg_from_one(CAST(s AS BIGINT))))) END""",
    "CREATE MACRO pg_left(a, n) AS left(a, CAST(n AS BIGINT))",
    "CREATE MACRO pg_right(a, n) AS right(a, CAST(n AS BIGINT))",
    """CREATE MACRO pg_split_part(a, d, n) AS
        CASE WHEN n = 0 THEN error('KPG:22023:field position must not be zero')
             WHEN d = '' THEN CASE WHEN n IN (1, -1) THEN a ELSE '' END
             ELSE split_part(a, d, n) END""",
    """CREATE MACRO pg_overlay
        (a, b, s) AS pg_substring(a, 1, s - 1) || b || pg_substring(a, s + length(b)),
        (a, b, s, n) AS pg_substring(a, 1, s - 1) || b || pg_substring(a, s + n)""",
    # --- padding and trimming ---
    """CREATE MACRO pg_lpad
        (a, n) AS CASE WHEN n <= 0 THEN '' ELSE lpad(a, CAST(n AS INTEGER), ' ') END,
        (a, n, f) AS CASE WHEN n <= 0 THEN '' WHEN f = '' THEN left(a, n)
                          ELSE lpad(a, CAST(n AS INTEGER), f) END""",
    """CREATE MACRO pg_rpad
        (a, n) AS CASE WHEN n <= 0 THEN '' ELSE rpad(a, CAST(n AS INTEGER), ' ') END,
        (a, n, f) AS CASE WHEN n <= 0 THEN '' WHEN f = '' THEN left(a, n)
                          ELSE rpad(a, CAST(n AS INTEGER), f) END""",
    "CREATE MACRO pg_ltrim(a) AS ltrim(a, ' '), (a, c) AS ltrim(a, c)",
    "CREATE MACRO pg_rtrim(a) AS rtrim(a, ' '), (a, c) AS rtrim(a, c)",
    "CREATE MACRO pg_btrim(a) AS trim(a, ' '), (a, c) AS trim(a, c)",
    "CREATE MACRO pg_repeat(a, n) AS repeat(a, pg_not_negative(CAST(n AS BIGINT)))",
    "CREATE MACRO pg_replace(a, b, c) AS CASE WHEN b = '' THEN a ELSE replace(a, b, c) END",
    "CREATE MACRO pg_reverse(a) AS array_to_string(list_reverse(string_split(a, '')), '')",
    """CREATE MACRO pg_initcap(a) AS
        array_to_string(list_transform(
            regexp_extract_all(lower(a), '[\\p{L}\\p{N}]+|[^\\p{L}\\p{N}]+'),
            lambda w2: upper(left(w2, 1)) || substr(w2, 2)), '')""",
    "CREATE MACRO pg_translate(a, b, c) AS translate(a, b, c)",
    # --- places and codes ---
    "CREATE MACRO pg_strpos(a, b) AS CAST(strpos(a, b) AS INTEGER)",
    "CREATE MACRO pg_ascii(a) AS CASE WHEN a = '' THEN 0 ELSE unicode(a) END",
    # --- bytea ---
    "CREATE MACRO pg_bytea_text(a) AS '\\x' || lower(hex(a))",
    """CREATE MACRO pg_bytea_input(t) AS
        CASE WHEN starts_with(t, '\\x') THEN unhex(regexp_replace(substr(t, 3), '\\s', '', 'g'))
             WHEN contains(t, '\\')
             THEN CAST(error('KPG:0A000:the escape format of bytea is not supported here') AS BLOB)
             ELSE encode(t) END""",
    "CREATE MACRO pg_sha256(a) AS unhex(sha256(a))",
    # --- quoting ---
    f"""CREATE MACRO pg_quote_ident(a) AS
        CASE WHEN regexp_full_match(a, '[a-z_][a-z0-9_]*') AND a NOT IN ({_RESERVED_LIST}) THEN a
             ELSE '"' || replace(a, '"', '""') || '"' END""",
    """CREATE MACRO pg_quote_text(a) AS
        CASE WHEN contains(a, '\\') THEN 'E' ELSE '' END
        || '''' || replace(replace(a, '''', ''''''), '\\', '\\\\') || ''''""",
    "CREATE MACRO pg_quote_literal(a) AS pg_quote_text(CAST(a AS VARCHAR))",
    "CREATE MACRO pg_quote_nullable(a) AS coalesce(pg_quote_text(CAST(a AS VARCHAR)), 'NULL')",
    # --- bool ---
    "CREATE MACRO pg_bool_text(a) AS CASE WHEN a THEN 'true' WHEN NOT a THEN 'false' END",
    "CREATE MACRO pg_bool_letter(a) AS CASE WHEN a THEN 't' WHEN NOT a THEN 'f' END",
    """CREATE MACRO pg_bool_input(t) AS
        CASE WHEN lower(trim(t)) IN ('t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1')
             THEN TRUE
             WHEN lower(trim(t)) IN ('f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0')
             THEN FALSE
             WHEN t IS NULL THEN NULL
             ELSE CAST(error('KPG:22P02:invalid input syntax for type boolean: "' || t || '"')
                       AS BOOLEAN) END""",
)

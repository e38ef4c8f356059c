-- title: text
SELECT 'a' || 'b', 'a' || NULL, NULL || 'b';
-- duckdb: SELECT 'a' || 'b' AS "?column?", 'a' || NULL AS "?column?:2", NULL || 'b' AS "?column?:3"
-- types: 25 25 25
-- row: ["ab", null, null]

-- title: other types are printed
SELECT 'a' || 1, 1.50 || 'x', 'a' || true, 'a' || 1.5::float8, 'd' || date '2020-01-02', 'i' || interval '1 day 2 hours';
-- duckdb: SELECT 'a' || CAST(1 AS VARCHAR) AS "?column?", CAST(1.50 AS VARCHAR) || 'x' AS "?column?:2", 'a' || pg_bool_text(TRUE) AS "?column?:3", 'a' || pg_float_text(CAST('1.5' AS DOUBLE)) AS "?column?:4", 'd' || pg_date_styled(CAST('2020-01-02' AS DATE), CAST($k_setting_datestyle AS VARCHAR)) AS "?column?:5", 'i' || pg_interval_styled(CAST('0 months 1 days 7200000000 microseconds' AS INTERVAL), CAST($k_setting_intervalstyle AS VARCHAR)) AS "?column?:6"
-- types: 25 25 25 25 25 25
-- row: ["a1", "1.50x", "atrue", "a1.5", "d2020-01-02", "i1 day 02:00:00"]

-- title: arrays
SELECT ARRAY[1, 2] || ARRAY[3], ARRAY[1] || 2, 0 || ARRAY[1], ARRAY[1] || NULL::int[], '{1,2}'::int[] || '{3}';
-- duckdb: SELECT pg_array_cat([1, 2], [3]) AS "?column?", pg_array_append([1], 2) AS "?column?:2", pg_array_prepend(0, [1]) AS "?column?:3", pg_array_cat([1], CAST(NULL AS INTEGER[])) AS "?column?:4", pg_array_cat([1, 2], [3]) AS "?column?:5"
-- types: 1007 1007 1007 1007 1007
-- row: ["{1,2,3}", "{1,2}", "{0,1}", "{1}", "{1,2,3}"]

-- title: text arrays
SELECT ARRAY['a'] || 'b'::text, ARRAY['a', NULL] || ARRAY['c'];
-- duckdb: SELECT pg_array_append(['a'], 'b') AS "?column?", pg_array_cat(['a', NULL], ['c']) AS "?column?:2"
-- types: 1009 1009
-- row: ["{a,b}", "{a,NULL,c}"]

-- title: bytea
SELECT '\x01'::bytea || '\xff'::bytea;
-- duckdb: SELECT unhex('01') || unhex('ff') AS "?column?"
-- types: 17
-- row: ["\\x01ff"]

-- title: concat() skips NULL
SELECT concat('a', NULL, 1, true, 1.50, 2.5::float8), concat_ws(',', 'a', NULL, 'b', 3), concat_ws(NULL, 'a', 'b'), concat(NULL);
-- duckdb: SELECT concat('a', NULL, CAST(1 AS VARCHAR), pg_bool_letter(TRUE), CAST(1.50 AS VARCHAR), pg_float_text(CAST('2.5' AS DOUBLE))) AS "concat", concat_ws(',', 'a', NULL, 'b', CAST(3 AS VARCHAR)) AS "concat_ws", concat_ws(NULL, 'a', 'b') AS "concat_ws:2", concat(NULL) AS "concat:2"
-- types: 25 25 25 25
-- row: ["a1t1.502.5", "a,b,3", null, ""]

-- title: columns
SELECT a || '-' || b FROM (VALUES ('x', 1), (NULL, 2)) AS t(a, b);
-- duckdb: SELECT ("t"."a" || '-') || CAST("t"."b" AS VARCHAR) AS "?column?" FROM (VALUES ('x', 1), (NULL, 2)) AS "t"("a", "b")
-- types: 25
-- row: ["x-1"]
-- row: [null]

-- title: jsonb
SELECT '{"a": 1, "b": 2}'::jsonb || '{"b": 3, "c": 4}', '[1]'::jsonb || '2', '[1]'::jsonb || '[2, 3]', '{"a":1}'::jsonb || '[1]';
-- duckdb: SELECT kpg_jsonb_concat('{"a": 1, "b": 2}', '{"b": 3, "c": 4}') AS "?column?", kpg_jsonb_concat('[1]', '2') AS "?column?:2", kpg_jsonb_concat('[1]', '[2, 3]') AS "?column?:3", kpg_jsonb_concat('{"a": 1}', '[1]') AS "?column?:4"
-- types: 3802 3802 3802 3802
-- row: ["{\"a\": 1, \"b\": 3, \"c\": 4}", "[1, 2]", "[1, 2, 3]", "[{\"a\": 1}, 1]"]

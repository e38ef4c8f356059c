-- title: subscripts
SELECT (ARRAY[1, 2, 3])[1], (ARRAY[1, 2, 3])[3], (ARRAY[1, 2, 3])[4], (ARRAY[1, 2, 3])[0], (ARRAY[1, 2, 3])[-1], (NULL::int[])[1];
-- duckdb: SELECT list_extract(([1, 2, 3]), 1) AS "array", list_extract(([1, 2, 3]), 3) AS "array:2", list_extract(([1, 2, 3]), 4) AS "array:3", pg_element(([1, 2, 3]), 0) AS "array:4", pg_element(([1, 2, 3]), -1) AS "array:5", list_extract((CAST(NULL AS INTEGER[])), 1) AS "int4"
-- types: 23 23 23 23 23 23
-- row: ["1", "3", null, null, null, null]

-- title: slices
SELECT (ARRAY[1, 2, 3])[2:3], (ARRAY[1, 2, 3])[:2], (ARRAY[1, 2, 3])[2:], (ARRAY[1, 2, 3])[3:2], (ARRAY[1, 2, 3])[-1:2];
-- duckdb: SELECT pg_slice(([1, 2, 3]), 2, 3) AS "array", pg_slice(([1, 2, 3]), 1, 2) AS "array:2", pg_slice(([1, 2, 3]), 2, 2147483647) AS "array:3", pg_slice(([1, 2, 3]), 3, 2) AS "array:4", pg_slice(([1, 2, 3]), -1, 2) AS "array:5"
-- types: 1007 1007 1007 1007 1007
-- row: ["{2,3}", "{1,2}", "{2,3}", "{}", "{1,2}"]

-- title: computed subscripts
SELECT a[i] FROM (VALUES (ARRAY['a', 'b'], 2), (ARRAY['c'], 5), (ARRAY['d'], NULL), (ARRAY['e', 'f'], -1)) AS t(a, i);
-- duckdb: SELECT pg_element("t"."a", "t"."i") AS "a" FROM (VALUES (['a', 'b'], 2), (['c'], 5), (['d'], NULL), (['e', 'f'], -1)) AS "t"("a", "i")
-- types: 25
-- row: ["b"]
-- row: [null]
-- row: [null]
-- row: [null]

-- title: questions
SELECT array_length(ARRAY[1, 2], 1), array_length(ARRAY[1], 2), array_length('{}'::int[], 1), cardinality(ARRAY[1, 2]), cardinality('{}'::int[]), array_upper(ARRAY[1, 2], 1), array_lower(ARRAY[1], 1), array_ndims(ARRAY[1]);
-- duckdb: SELECT pg_array_length([1, 2], 1) AS "array_length", pg_array_length([1], 2) AS "array_length:2", pg_array_length(CAST([] AS INTEGER[]), 1) AS "array_length:3", pg_cardinality([1, 2]) AS "cardinality", pg_cardinality(CAST([] AS INTEGER[])) AS "cardinality:2", pg_array_length([1, 2], 1) AS "array_upper", pg_array_lower([1], 1) AS "array_lower", pg_array_ndims([1]) AS "array_ndims"
-- types: 23 23 23 23 23 23 23 23
-- row: ["2", null, null, "2", "0", "2", "1", "1"]

-- title: changes
SELECT array_append(ARRAY[1], 2), array_prepend(0, ARRAY[1]), array_cat(ARRAY[1], ARRAY[2]), array_remove(ARRAY[1, 2, 1], 1), array_replace(ARRAY[1, 2], 2, 5), trim_array(ARRAY[1, 2, 3], 1);
-- duckdb: SELECT pg_array_append([1], 2) AS "array_append", pg_array_prepend(0, [1]) AS "array_prepend", pg_array_cat([1], [2]) AS "array_cat", pg_array_remove([1, 2, 1], 1) AS "array_remove", pg_array_replace([1, 2], 2, 5) AS "array_replace", pg_trim_array([1, 2, 3], 1) AS "trim_array"
-- types: 1007 1007 1007 1007 1007 1007
-- row: ["{1,2}", "{0,1}", "{1,2}", "{2}", "{1,5}", "{1,2}"]

-- title: positions
SELECT array_position(ARRAY['a', 'b', 'a'], 'b'), array_position(ARRAY[1, 2], 5), array_positions(ARRAY[1, 2, 1], 1);
-- duckdb: SELECT pg_array_position(['a', 'b', 'a'], 'b') AS "array_position", pg_array_position([1, 2], 5) AS "array_position:2", pg_array_positions([1, 2, 1], 1) AS "array_positions"
-- types: 23 23 1007
-- row: ["2", null, "{1,3}"]

-- title: ANY and ALL
SELECT 1 = ANY (ARRAY[1, 2]), 3 = ANY (ARRAY[1, 2]), 1 <> ALL (ARRAY[2, 3]), 2 > ALL (ARRAY[1]), 1 = ANY ('{1,2}'::int[]), 1 = ANY (ARRAY[2, NULL]);
-- duckdb: SELECT 1 = ANY ([1, 2]) AS "?column?", 3 = ANY ([1, 2]) AS "?column?:2", 1 <> ALL ([2, 3]) AS "?column?:3", 2 > ALL ([1]) AS "?column?:4", 1 = ANY ([1, 2]) AS "?column?:5", 1 = ANY ([2, NULL]) AS "?column?:6"
-- types: 16 16 16 16 16 16
-- row: ["t", "f", "t", "t", "t", null]

-- title: containment
SELECT ARRAY[1, 2, 3] @> ARRAY[1, 3], ARRAY[1] <@ ARRAY[1, 2], ARRAY[1, 2] && ARRAY[2, 5], ARRAY[1] @> '{}'::int[], ARRAY[1, 2] && '{3}';
-- duckdb: SELECT pg_array_contains([1, 2, 3], [1, 3]) AS "?column?", pg_array_contains([1, 2], [1]) AS "?column?:2", list_has_any([1, 2], [2, 5]) AS "?column?:3", pg_array_contains([1], CAST([] AS INTEGER[])) AS "?column?:4", list_has_any([1, 2], [3]) AS "?column?:5"
-- types: 16 16 16 16 16
-- row: ["t", "t", "t", "t", "f"]

-- title: comparison
SELECT ARRAY[1, 2] = ARRAY[1, 2], ARRAY[1, 2] < ARRAY[1, 3], ARRAY[1, NULL] = ARRAY[1, NULL];
-- duckdb: SELECT [1, 2] = [1, 2] AS "?column?", [1, 2] < [1, 3] AS "?column?:2", [1, NULL] = [1, NULL] AS "?column?:3"
-- types: 16 16 16
-- row: ["t", "t", "t"]

-- title: a subquery as an array
SELECT ARRAY(SELECT a FROM (VALUES (3), (1)) AS t(a) ORDER BY a);
-- duckdb: SELECT array(SELECT "t"."a" AS "a" FROM (VALUES (3), (1)) AS "t"("a") ORDER BY 1) AS "array"
-- types: 1007
-- row: ["{1,3}"]

-- title: types
SELECT ARRAY[1.5, 2.5], ARRAY['a', NULL], ARRAY[date '2020-01-01'], ARRAY[true], ARRAY[1::int8], ARRAY['x']::varchar[];
-- duckdb: SELECT [1.5, 2.5] AS "array", ['a', NULL] AS "array:2", [CAST('2020-01-01' AS DATE)] AS "array:3", [TRUE] AS "array:4", [CAST(1 AS BIGINT)] AS "array:5", ['x'] AS "array:6"
-- types: 1231 1009 1182 1000 1016 1015
-- row: ["{1.5,2.5}", "{a,NULL}", "{2020-01-01}", "{t}", "{1}", "{x}"]

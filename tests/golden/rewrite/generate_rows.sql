-- title: series of integers
SELECT * FROM generate_series(1, 3);
-- duckdb: SELECT "generate_series"."generate_series" AS "generate_series" FROM LATERAL (SELECT unnest(pg_series_int4(1, 3, 1)) AS "generate_series") AS "generate_series"("generate_series")
-- types: 23
-- row: ["1"]
-- row: ["2"]
-- row: ["3"]

-- title: with a step
SELECT g FROM generate_series(10, 1, -4) AS g;
-- duckdb: SELECT "g"."g" AS "g" FROM LATERAL (SELECT unnest(pg_series_int4(10, 1, -4)) AS "g") AS "g"("g")
-- types: 23
-- row: ["10"]
-- row: ["6"]
-- row: ["2"]

-- title: an empty series
SELECT count(*) FROM generate_series(3, 1);
-- duckdb: SELECT count(*) AS "count" FROM LATERAL (SELECT unnest(pg_series_int4(3, 1, 1)) AS "generate_series") AS "generate_series"("generate_series")
-- types: 20
-- row: ["0"]

-- title: in the select list
SELECT generate_series(1, 3) AS n;
-- duckdb: SELECT unnest(pg_series_int4(1, 3, 1)) AS "n"
-- types: 23
-- row: ["1"]
-- row: ["2"]
-- row: ["3"]

-- title: of bigints and numerics
SELECT * FROM generate_series(1::int8, 2) AS a, generate_series(1.0, 2.0, 0.5) AS b ORDER BY 1, 2;
-- duckdb: SELECT "a"."a" AS "a", "b"."b" AS "b" FROM LATERAL (SELECT unnest(pg_series_int8(CAST(1 AS BIGINT), CAST(2 AS BIGINT), 1)) AS "a") AS "a"("a") , LATERAL (SELECT unnest(pg_series_numeric(1.0, 2.0, 0.5)) AS "b") AS "b"("b") ORDER BY 1, 2
-- types: 20 1700
-- row: ["1", "1.0"]
-- row: ["1", "1.5"]
-- row: ["1", "2.0"]
-- row: ["2", "1.0"]
-- row: ["2", "1.5"]
-- row: ["2", "2.0"]

-- title: of timestamps
SELECT * FROM generate_series(timestamp '2020-01-01', timestamp '2020-01-03', interval '1 day') AS d(day);
-- duckdb: SELECT "d"."day" AS "day" FROM LATERAL (SELECT unnest(pg_series_moment(CAST(CAST('2020-01-01 00:00:00.000000' AS TIMESTAMP) AS TIMESTAMP), CAST(CAST('2020-01-03 00:00:00.000000' AS TIMESTAMP) AS TIMESTAMP), CAST('0 months 1 days 0 microseconds' AS INTERVAL))) AS "day") AS "d"("day")
-- types: 1114
-- row: ["2020-01-01 00:00:00"]
-- row: ["2020-01-02 00:00:00"]
-- row: ["2020-01-03 00:00:00"]

-- title: of dates
SELECT d::date FROM generate_series(date '2020-01-30', date '2020-02-01', '1 day') AS d;
-- duckdb: SELECT CAST("d"."d" AS DATE) AS "d" FROM LATERAL (SELECT unnest(pg_series_moment(CAST(CAST(CAST('2020-01-30' AS DATE) AS TIMESTAMPTZ) AS TIMESTAMPTZ), CAST(CAST(CAST('2020-02-01' AS DATE) AS TIMESTAMPTZ) AS TIMESTAMPTZ), CAST('0 months 1 days 0 microseconds' AS INTERVAL))) AS "d") AS "d"("d")
-- types: 1082
-- row: ["2020-01-30"]
-- row: ["2020-01-31"]
-- row: ["2020-02-01"]

-- title: a zero step
SELECT * FROM generate_series(1, 2, 0);
-- duckdb: SELECT "generate_series"."generate_series" AS "generate_series" FROM LATERAL (SELECT unnest(pg_series_int4(1, 2, 0)) AS "generate_series") AS "generate_series"("generate_series")
-- error: 22023 step size cannot equal zero

-- title: with ordinality
SELECT * FROM generate_series(5, 7) WITH ORDINALITY AS t(a, n);
-- duckdb: SELECT "t"."a" AS "a", "t"."n" AS "n" FROM LATERAL (SELECT unnest(pg_series_int4(5, 7, 1)) AS "a", unnest(pg_row_numbers([len(pg_series_int4(5, 7, 1))])) AS "n") AS "t"("a", "n")
-- types: 23 20
-- row: ["5", "1"]
-- row: ["6", "2"]
-- row: ["7", "3"]

-- title: unnest
SELECT * FROM unnest(ARRAY['a', 'b']) AS u;
-- duckdb: SELECT "u"."u" AS "u" FROM LATERAL (SELECT unnest(['a', 'b']) AS "u") AS "u"("u")
-- types: 25
-- row: ["a"]
-- row: ["b"]

-- title: unnest with ordinality
SELECT x, n FROM unnest(ARRAY['a', 'b']) WITH ORDINALITY AS u(x, n);
-- duckdb: SELECT "u"."x" AS "x", "u"."n" AS "n" FROM LATERAL (SELECT unnest(['a', 'b']) AS "x", unnest(pg_row_numbers([len(['a', 'b'])])) AS "n") AS "u"("x", "n")
-- types: 25 20
-- row: ["a", "1"]
-- row: ["b", "2"]

-- title: unnest in the select list
SELECT unnest(ARRAY[1, 2]), 'x';
-- duckdb: SELECT unnest([1, 2]) AS "unnest", 'x' AS "?column?"
-- types: 23 25
-- row: ["1", "x"]
-- row: ["2", "x"]

-- title: lateral
SELECT t.a, g FROM (VALUES (1), (2)) AS t(a), generate_series(1, t.a) AS g ORDER BY 1, 2;
-- duckdb: SELECT "t"."a" AS "a", "g"."g" AS "g" FROM (VALUES (1), (2)) AS "t"("a") , LATERAL (SELECT unnest(pg_series_int4(1, "t"."a", 1)) AS "g") AS "g"("g") ORDER BY 1, 2
-- types: 23 23
-- row: ["1", "1"]
-- row: ["2", "1"]
-- row: ["2", "2"]

-- title: lateral unnest
SELECT t.a, u FROM (VALUES (1, ARRAY['x', 'y']), (2, ARRAY['z'])) AS t(a, arr) CROSS JOIN LATERAL unnest(t.arr) AS u ORDER BY 1, 2;
-- duckdb: SELECT "t"."a" AS "a", "u"."u" AS "u" FROM (VALUES (1, ['x', 'y']), (2, ['z'])) AS "t"("a", "arr") CROSS JOIN LATERAL (SELECT unnest("t"."arr") AS "u") AS "u"("u") ORDER BY 1, 2
-- types: 23 25
-- row: ["1", "x"]
-- row: ["1", "y"]
-- row: ["2", "z"]

-- title: left join lateral
SELECT t.a, u FROM (VALUES (1, ARRAY['x']), (2, '{}'::text[])) AS t(a, arr) LEFT JOIN unnest(t.arr) AS u ON true ORDER BY 1, 2;
-- duckdb: SELECT "t"."a" AS "a", "u"."u" AS "u" FROM (VALUES (1, ['x']), (2, CAST([] AS VARCHAR[]))) AS "t"("a", "arr") LEFT JOIN LATERAL (SELECT unnest("t"."arr") AS "u") AS "u"("u") ON TRUE ORDER BY 1, 2
-- types: 23 25
-- row: ["1", "x"]
-- row: ["2", null]

-- title: joined to a series
SELECT g, v FROM generate_series(1, 2) AS g JOIN (VALUES (1, 'a'), (2, 'b')) AS t(k, v) ON k = g ORDER BY g;
-- duckdb: SELECT "g"."g" AS "g", "t"."v" AS "v" FROM LATERAL (SELECT unnest(pg_series_int4(1, 2, 1)) AS "g") AS "g"("g") JOIN (VALUES (1, 'a'), (2, 'b')) AS "t"("k", "v") ON "t"."k" = "g"."g" ORDER BY 1
-- types: 23 25
-- row: ["1", "a"]
-- row: ["2", "b"]

-- title: rows of regexp_matches
SELECT m[1] FROM regexp_matches('a1b2', '([a-z])', 'g') AS m;
-- duckdb: SELECT list_extract("m"."m", 1) AS "m" FROM LATERAL (SELECT unnest(kpg_regex_matches('a1b2', '([a-z])', 'g')) AS "m") AS "m"("m")
-- types: 25
-- row: ["a"]
-- row: ["b"]

-- title: string_to_table
SELECT * FROM string_to_table('a,b', ',') AS s;
-- duckdb: SELECT "s"."s" AS "s" FROM LATERAL (SELECT unnest(pg_string_to_array('a,b', ',')) AS "s") AS "s"("s")
-- types: 25
-- row: ["a"]
-- row: ["b"]

-- title: generate_subscripts
SELECT generate_subscripts(ARRAY['a', 'b'], 1);
-- duckdb: SELECT unnest(pg_generate_subscripts(['a', 'b'], 1)) AS "generate_subscripts"
-- types: 23
-- row: ["1"]
-- row: ["2"]

-- title: result types
SELECT sum(a), sum(a::int8), sum(a::int2), sum(a::numeric), sum(a::float8), sum(a::float4), count(*), count(a) FROM (VALUES (1), (2), (NULL)) AS t(a);
-- duckdb: SELECT CAST(sum("t"."a") AS BIGINT) AS "sum", CAST(sum(CAST("t"."a" AS BIGINT)) AS DECIMAL(38, 0)) AS "sum:2", CAST(sum(CAST("t"."a" AS SMALLINT)) AS BIGINT) AS "sum:3", sum(CAST("t"."a" AS DECIMAL(38, 0))) AS "sum:4", pg_float_total_once(sum(CAST("t"."a" AS DOUBLE)), bool_or(isinf(CAST("t"."a" AS DOUBLE)))) AS "sum:5", pg_float_total_once(CAST(sum(CAST("t"."a" AS FLOAT)) AS FLOAT), bool_or(isinf(CAST("t"."a" AS FLOAT)))) AS "sum:6", count(*) AS "count", count("t"."a") AS "count:2" FROM (VALUES (1), (2), (NULL)) AS "t"("a")
-- types: 20 1700 20 1700 701 700 20 20
-- row: ["3", "3", "3", "3", "3", "3", "3", "2"]

-- title: avg of integers
SELECT avg(a), avg(a::int8), avg(a::numeric), avg(a::float8) FROM (VALUES (1), (2), (4)) AS t(a);
-- duckdb: SELECT kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)) AS "avg", kpg_numeric_average(CAST(sum(CAST("t"."a" AS BIGINT)) AS VARCHAR), CAST(count(CAST("t"."a" AS BIGINT)) AS VARCHAR)) AS "avg:2", kpg_numeric_average(CAST(sum(CAST("t"."a" AS DECIMAL(38, 0))) AS VARCHAR), CAST(count(CAST("t"."a" AS DECIMAL(38, 0))) AS VARCHAR)) AS "avg:3", pg_float_total_once(avg(CAST("t"."a" AS DOUBLE)), bool_or(isinf(CAST("t"."a" AS DOUBLE)))) AS "avg:4" FROM (VALUES (1), (2), (4)) AS "t"("a")
-- types: 1700 1700 1700 701
-- row: ["2.3333333333333333", "2.3333333333333333", "2.3333333333333333", "2.3333333333333335"]

-- title: avg has PostgreSQL's scale
SELECT avg(a), avg(b), sum(b) FROM (VALUES (100, 1.50), (2000, 2.25), (1, 3)) AS t(a, b);
-- duckdb: SELECT kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)) AS "avg", kpg_numeric_average(CAST(sum("t"."b") AS VARCHAR), CAST(count("t"."b") AS VARCHAR)) AS "avg:2", sum("t"."b") AS "sum" FROM (VALUES (100, CAST(1.50 AS DECIMAL(38, 2))), (2000, CAST(2.25 AS DECIMAL(38, 2))), (1, CAST(3 AS DECIMAL(38, 2)))) AS "t"("a", "b")
-- types: 1700 1700 1700
-- row: ["700.3333333333333333", "2.2500000000000000", "6.75"]

-- title: no rows
SELECT sum(a), avg(a), count(a), min(a), max(a), array_agg(a), string_agg(a::text, ','), bool_and(a > 0) FROM (VALUES (1)) AS t(a) WHERE a > 1;
-- duckdb: SELECT CAST(sum("t"."a") AS BIGINT) AS "sum", kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)) AS "avg", count("t"."a") AS "count", min("t"."a") AS "min", max("t"."a") AS "max", array_agg("t"."a") AS "array_agg", string_agg(CAST("t"."a" AS VARCHAR), ',') AS "string_agg", bool_and("t"."a" > 0) AS "bool_and" FROM (VALUES (1)) AS "t"("a") WHERE "t"."a" > 1
-- types: 20 1700 20 23 23 1007 25 16
-- row: [null, null, "0", null, null, null, null, null]

-- title: FILTER
SELECT sum(a) FILTER (WHERE a > 1), avg(a) FILTER (WHERE a < 3), count(*) FILTER (WHERE a = 2) FROM (VALUES (1), (2), (3)) AS t(a);
-- duckdb: SELECT CAST(sum("t"."a") FILTER (WHERE "t"."a" > 1) AS BIGINT) AS "sum", kpg_numeric_average(CAST(sum("t"."a") FILTER (WHERE "t"."a" < 3) AS VARCHAR), CAST(count("t"."a") FILTER (WHERE "t"."a" < 3) AS VARCHAR)) AS "avg", count(*) FILTER (WHERE "t"."a" = 2) AS "count" FROM (VALUES (1), (2), (3)) AS "t"("a")
-- types: 20 1700 20
-- row: ["5", "1.5000000000000000", "1"]

-- title: DISTINCT
SELECT count(DISTINCT a), sum(DISTINCT a), avg(DISTINCT a), string_agg(DISTINCT a::text, ',' ORDER BY a::text) FROM (VALUES (1), (2), (2)) AS t(a);
-- duckdb: SELECT count(DISTINCT "t"."a") AS "count", CAST(sum(DISTINCT "t"."a") AS BIGINT) AS "sum", kpg_numeric_average(CAST(sum(DISTINCT "t"."a") AS VARCHAR), CAST(count(DISTINCT "t"."a") AS VARCHAR)) AS "avg", string_agg(DISTINCT CAST("t"."a" AS VARCHAR), ',' ORDER BY CAST("t"."a" AS VARCHAR)) AS "string_agg" FROM (VALUES (1), (2), (2)) AS "t"("a")
-- types: 20 20 1700 25
-- row: ["2", "3", "1.5000000000000000", "1,2"]

-- title: ORDER BY in an aggregate
SELECT string_agg(a, ',' ORDER BY a DESC), array_agg(a ORDER BY a), array_agg(a ORDER BY b DESC NULLS LAST) FROM (VALUES ('a', 1), ('c', NULL), ('b', 3)) AS t(a, b);
-- duckdb: SELECT string_agg("t"."a", ',' ORDER BY "t"."a" DESC) AS "string_agg", array_agg("t"."a" ORDER BY "t"."a") AS "array_agg", array_agg("t"."a" ORDER BY "t"."b" DESC NULLS LAST) AS "array_agg:2" FROM (VALUES ('a', 1), ('c', NULL), ('b', 3)) AS "t"("a", "b")
-- types: 25 1009 1009
-- row: ["c,b,a", "{a,b,c}", "{b,a,c}"]

-- title: NULLs in array_agg
SELECT array_agg(a) FROM (VALUES (1), (NULL), (3)) AS t(a);
-- duckdb: SELECT array_agg("t"."a") AS "array_agg" FROM (VALUES (1), (NULL), (3)) AS "t"("a")
-- types: 1007
-- row: ["{1,NULL,3}"]

-- title: booleans and bits
SELECT bool_and(a > 0), bool_or(a > 2), every(a > 1), bit_and(a), bit_or(a) FROM (VALUES (1), (3)) AS t(a);
-- duckdb: SELECT bool_and("t"."a" > 0) AS "bool_and", bool_or("t"."a" > 2) AS "bool_or", bool_and("t"."a" > 1) AS "every", bit_and("t"."a") AS "bit_and", bit_or("t"."a") AS "bit_or" FROM (VALUES (1), (3)) AS "t"("a")
-- types: 16 16 16 23 23
-- row: ["t", "t", "f", "1", "3"]

-- title: GROUP BY
SELECT a, sum(b), avg(b) FROM (VALUES ('x', 1), ('y', 2), ('x', 4)) AS t(a, b) GROUP BY a ORDER BY a;
-- duckdb: SELECT "t"."a" AS "a", CAST(sum("t"."b") AS BIGINT) AS "sum", kpg_numeric_average(CAST(sum("t"."b") AS VARCHAR), CAST(count("t"."b") AS VARCHAR)) AS "avg" FROM (VALUES ('x', 1), ('y', 2), ('x', 4)) AS "t"("a", "b") GROUP BY "t"."a" ORDER BY 1
-- types: 25 20 1700
-- row: ["x", "5", "2.5000000000000000"]
-- row: ["y", "2", "2.0000000000000000"]

-- title: HAVING
SELECT a, count(*) AS n FROM (VALUES ('x', 1), ('y', 2), ('x', 4)) AS t(a, b) GROUP BY a HAVING sum(b) > 2;
-- duckdb: SELECT "t"."a" AS "a", count(*) AS "n" FROM (VALUES ('x', 1), ('y', 2), ('x', 4)) AS "t"("a", "b") GROUP BY "t"."a" HAVING CAST(sum("t"."b") AS BIGINT) > 2
-- types: 25 20
-- row: ["x", "2"]

-- title: sorted by an average
SELECT a, avg(b) AS m FROM (VALUES ('x', 9), ('y', 10), ('x', 10)) AS t(a, b) GROUP BY a ORDER BY m DESC;
-- duckdb: SELECT "t"."a" AS "a", kpg_numeric_average(CAST(sum("t"."b") AS VARCHAR), CAST(count("t"."b") AS VARCHAR)) AS "m" FROM (VALUES ('x', 9), ('y', 10), ('x', 10)) AS "t"("a", "b") GROUP BY "t"."a" ORDER BY CAST(kpg_numeric_average(CAST(sum("t"."b") AS VARCHAR), CAST(count("t"."b") AS VARCHAR)) AS DECIMAL(38, 20)) DESC
-- types: 25 1700
-- row: ["y", "10.0000000000000000"]
-- row: ["x", "9.5000000000000000"]

-- title: grouping sets
SELECT a, b, sum(c), grouping(a, b) FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 4)) AS t(a, b, c) GROUP BY GROUPING SETS ((a), (b), ()) ORDER BY 4, 1, 2;
-- duckdb: SELECT "t"."a" AS "a", "t"."b" AS "b", CAST(sum("t"."c") AS BIGINT) AS "sum", CAST(grouping("t"."a", "t"."b") AS INTEGER) AS "grouping" FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 4)) AS "t"("a", "b", "c") GROUP BY GROUPING SETS (("t"."a"), ("t"."b"), ()) ORDER BY 4, 1, 2
-- types: 25 25 20 23
-- row: ["x", null, "3", "1"]
-- row: ["y", null, "4", "1"]
-- row: [null, "p", "5", "2"]
-- row: [null, "q", "2", "2"]
-- row: [null, null, "7", "3"]

-- title: rollup and cube
SELECT a, b, sum(c) FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 4)) AS t(a, b, c) GROUP BY ROLLUP (a, b) ORDER BY 1, 2;
-- duckdb: SELECT "t"."a" AS "a", "t"."b" AS "b", CAST(sum("t"."c") AS BIGINT) AS "sum" FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 4)) AS "t"("a", "b", "c") GROUP BY ROLLUP (("t"."a"), ("t"."b")) ORDER BY 1, 2
-- types: 25 25 20
-- row: ["x", "p", "1"]
-- row: ["x", "q", "2"]
-- row: ["x", null, "3"]
-- row: ["y", "p", "4"]
-- row: ["y", null, "4"]
-- row: [null, null, "7"]

-- title: percentiles
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), percentile_disc(0.5) WITHIN GROUP (ORDER BY a), mode() WITHIN GROUP (ORDER BY a), percentile_cont(0.25) WITHIN GROUP (ORDER BY a DESC) FROM (VALUES (1), (2), (2), (10)) AS t(a);
-- duckdb: SELECT quantile_cont(CAST("t"."a" AS DOUBLE), CAST('0.5' AS DOUBLE) ORDER BY CAST("t"."a" AS DOUBLE)) AS "percentile_cont", quantile_disc("t"."a", CAST('0.5' AS DOUBLE) ORDER BY "t"."a") AS "percentile_disc", mode("t"."a" ORDER BY "t"."a") AS "mode", quantile_cont(CAST("t"."a" AS DOUBLE), CAST('0.25' AS DOUBLE) ORDER BY CAST("t"."a" AS DOUBLE) DESC) AS "percentile_cont:2" FROM (VALUES (1), (2), (2), (10)) AS "t"("a")
-- types: 701 23 23 701
-- row: ["2", "2", "2", "4"]

-- title: spreads of floats
SELECT round(stddev(a)::numeric, 9), round(var_pop(a)::numeric, 9), corr(a, a) FROM (VALUES (1.0::float8), (2.0), (4.0)) AS t(a);
-- duckdb: SELECT CAST(round(CAST(kpg_float8_numeric(stddev_samp("t"."a")) AS DECIMAL(38, 20)), 9) AS DECIMAL(38, 9)) AS "round", CAST(round(CAST(kpg_float8_numeric(var_pop("t"."a")) AS DECIMAL(38, 20)), 9) AS DECIMAL(38, 9)) AS "round:2", pg_corr(regr_sxy("t"."a", "t"."a"), regr_sxx("t"."a", "t"."a"), regr_syy("t"."a", "t"."a")) AS "corr" FROM (VALUES (CAST('1.0' AS DOUBLE)), (2.0), (4.0)) AS "t"("a")
-- types: 1700 1700 701
-- row: ["1.527525232", "1.555555556", "1"]

-- title: min and max of text are by code point
SELECT min(a), max(a) FROM (VALUES ('a'), ('B'), ('é')) AS t(a);
-- duckdb: SELECT min("t"."a") AS "min", max("t"."a") AS "max" FROM (VALUES ('a'), ('B'), ('é')) AS "t"("a")
-- types: 25 25
-- row: ["B", "é"]

-- title: an aggregate in WHERE
SELECT 1 FROM (VALUES (1)) AS t(a) WHERE sum(a) > 0;
-- duckdb: 
-- error: 42803 aggregate functions are not allowed in WHERE

-- title: a column that is not grouped
SELECT a, count(*) FROM (VALUES (1)) AS t(a);
-- duckdb: 
-- error: 42803 column "t.a" must appear in the GROUP BY clause or be used in an aggregate function

-- title: coalesce of a sum
SELECT coalesce(sum(a), 0), coalesce(avg(a), 0) FROM (VALUES (1.50), (2.25)) AS t(a);
-- duckdb: SELECT coalesce(CAST(sum("t"."a") AS VARCHAR), CAST(CAST(0 AS DECIMAL(38, 0)) AS VARCHAR)) AS "coalesce", coalesce(kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)), CAST(CAST(0 AS DECIMAL(38, 0)) AS VARCHAR)) AS "coalesce:2" FROM (VALUES (1.50), (2.25)) AS "t"("a")
-- types: 1700 1700
-- row: ["3.75", "1.8750000000000000"]

-- title: window aggregates
SELECT a, sum(a) OVER (ORDER BY a), avg(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), count(*) OVER () FROM (VALUES (1), (2), (4)) AS t(a) ORDER BY a;
-- duckdb: SELECT "t"."a" AS "a", CAST(sum("t"."a") OVER (ORDER BY "t"."a") AS BIGINT) AS "sum", kpg_numeric_average(CAST(sum("t"."a") OVER (ORDER BY "t"."a" ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS VARCHAR), CAST(count("t"."a") OVER (ORDER BY "t"."a" ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS VARCHAR)) AS "avg", count(*) OVER () AS "count" FROM (VALUES (1), (2), (4)) AS "t"("a") ORDER BY 1
-- types: 23 20 1700 20
-- row: ["1", "1", "1.00000000000000000000", "3"]
-- row: ["2", "3", "1.5000000000000000", "3"]
-- row: ["4", "7", "3.0000000000000000", "3"]

-- title: window functions
SELECT a, row_number() OVER (ORDER BY a DESC), rank() OVER (ORDER BY b), dense_rank() OVER (ORDER BY b), ntile(2) OVER (ORDER BY a), lag(a) OVER (ORDER BY a), lead(a, 1, 0) OVER (ORDER BY a), first_value(a) OVER w, nth_value(a, 2) OVER w FROM (VALUES (1, 1), (2, 1), (3, 2)) AS t(a, b) WINDOW w AS (ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY a;
-- duckdb: SELECT "t"."a" AS "a", row_number() OVER (ORDER BY "t"."a" DESC) AS "row_number", rank() OVER (ORDER BY "t"."b") AS "rank", dense_rank() OVER (ORDER BY "t"."b") AS "dense_rank", ntile(2) OVER (ORDER BY "t"."a") AS "ntile", lag("t"."a") OVER (ORDER BY "t"."a") AS "lag", lead("t"."a", 1, 0) OVER (ORDER BY "t"."a") AS "lead", first_value("t"."a") OVER "w" AS "first_value", nth_value("t"."a", 2) OVER "w" AS "nth_value" FROM (VALUES (1, 1), (2, 1), (3, 2)) AS "t"("a", "b") WINDOW "w" AS (ORDER BY "t"."a" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY 1
-- types: 23 20 20 20 23 23 23 23 23
-- row: ["1", "3", "1", "1", "1", null, "2", "1", "2"]
-- row: ["2", "2", "1", "1", "1", "1", "3", "1", "2"]
-- row: ["3", "1", "3", "2", "2", "2", "0", "1", "2"]

-- title: percent_rank
SELECT a, percent_rank() OVER (ORDER BY a), cume_dist() OVER (ORDER BY a) FROM (VALUES (1), (2), (3)) AS t(a) ORDER BY a;
-- duckdb: SELECT "t"."a" AS "a", percent_rank() OVER (ORDER BY "t"."a") AS "percent_rank", cume_dist() OVER (ORDER BY "t"."a") AS "cume_dist" FROM (VALUES (1), (2), (3)) AS "t"("a") ORDER BY 1
-- types: 23 701 701
-- row: ["1", "0", "0.3333333333333333"]
-- row: ["2", "0.5", "0.6666666666666666"]
-- row: ["3", "1", "1"]

-- title: averages of all sizes
SELECT avg(a), avg(b), avg(c), avg(d) FROM (VALUES (-1, 123456789012, 0, 10000), (-1, 987654321098, 0, 9999), (0, 5, 1, 20001)) AS t(a, b, c, d);
-- duckdb: SELECT kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)) AS "avg", kpg_numeric_average(CAST(sum("t"."b") AS VARCHAR), CAST(count("t"."b") AS VARCHAR)) AS "avg:2", kpg_numeric_average(CAST(sum("t"."c") AS VARCHAR), CAST(count("t"."c") AS VARCHAR)) AS "avg:3", kpg_numeric_average(CAST(sum("t"."d") AS VARCHAR), CAST(count("t"."d") AS VARCHAR)) AS "avg:4" FROM (VALUES (-1, 123456789012, 0, 10000), (-1, 987654321098, 0, 9999), (0, 5, 1, 20001)) AS "t"("a", "b", "c", "d")
-- types: 1700 1700 1700 1700
-- row: ["-0.66666666666666666667", "370370370038.33333333", "0.33333333333333333333", "13333.333333333333"]

-- title: an average inside an expression
SELECT round(avg(a), 3), avg(a) > 2, -avg(a) < 0, avg(a)::int FROM (VALUES (1), (2), (-9)) AS t(a);
-- duckdb: SELECT CAST(round(CAST(kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)) AS DECIMAL(38, 20)), 3) AS DECIMAL(38, 3)) AS "round", CAST(kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)) AS DECIMAL(38, 20)) > 2 AS "?column?", (-CAST(kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)) AS DECIMAL(38, 20))) < 0 AS "?column?:2", CAST(CAST(kpg_numeric_average(CAST(sum("t"."a") AS VARCHAR), CAST(count("t"."a") AS VARCHAR)) AS DECIMAL(38, 20)) AS INTEGER) AS "avg" FROM (VALUES (1), (2), (-9)) AS "t"("a")
-- types: 1700 16 16 23
-- row: ["-2.000", "f", "f", "-2"]

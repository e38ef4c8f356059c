-- title: integer division truncates
SELECT 7 / 2, -7 / 2, 7 / -2, 7::int8 / 2::int2;
-- duckdb: SELECT 7 / 2 AS "?column?", (-7) / 2 AS "?column?:2", 7 / (-2) AS "?column?:3", CAST(7 AS BIGINT) / CAST(2 AS SMALLINT) AS "?column?:4"
-- types: 23 23 23 20
-- row: ["3", "-3", "-3", "3"]

-- title: remainders take the sign of the dividend
SELECT 7 % 3, -7 % 3, 7 % -3, mod(-7, 3), 5.5 % 2;
-- duckdb: SELECT 7 % 3 AS "?column?", (-7) % 3 AS "?column?:2", 7 % (-3) AS "?column?:3", ((-7) % 3) AS "mod", kpg_numeric_remainder('5.5', '2') AS "?column?:4"
-- types: 23 23 23 23 1700
-- row: ["1", "-1", "1", "-1", "1.5"]

-- title: numeric division is exact and has PostgreSQL's scale
SELECT 1 / 3.0, 10 / 3.0, 100 / 3.0, 100000 / 3.0, 2 / 3.0, 1::numeric / 3;
-- duckdb: SELECT kpg_numeric_divide('1', '3.0') AS "?column?", kpg_numeric_divide('10', '3.0') AS "?column?:2", kpg_numeric_divide('100', '3.0') AS "?column?:3", kpg_numeric_divide('100000', '3.0') AS "?column?:4", kpg_numeric_divide('2', '3.0') AS "?column?:5", kpg_numeric_divide(CAST(CAST(1 AS DECIMAL(38, 0)) AS VARCHAR), '3') AS "?column?:6"
-- types: 1700 1700 1700 1700 1700 1700
-- row: ["0.33333333333333333333", "3.3333333333333333", "33.3333333333333333", "33333.333333333333", "0.66666666666666666667", "0.33333333333333333333"]

-- title: quotients that come out even
SELECT 6 / 3.0, 1 / 1.0, 1.5 / 0.5, 0 / 7.0, 35000 / 30000.0;
-- duckdb: SELECT kpg_numeric_divide('6', '3.0') AS "?column?", kpg_numeric_divide('1', '1.0') AS "?column?:2", kpg_numeric_divide('1.5', '0.5') AS "?column?:3", kpg_numeric_divide('0', '7.0') AS "?column?:4", kpg_numeric_divide('35000', '30000.0') AS "?column?:5"
-- types: 1700 1700 1700 1700 1700
-- row: ["2.0000000000000000", "1.00000000000000000000", "3.0000000000000000", "0.00000000000000000000", "1.16666666666666666667"]

-- title: small quotients
SELECT 1 / 30000.0, 1 / 123456.0, 0.0003 / 7;
-- duckdb: SELECT kpg_numeric_divide('1', '30000.0') AS "?column?", kpg_numeric_divide('1', '123456.0') AS "?column?:2", kpg_numeric_divide('0.0003', '7') AS "?column?:3"
-- types: 1700 1700 1700
-- row: ["0.000033333333333333333333", "0.000008100051840331778123", "0.000042857142857142857143"]

-- title: negative quotients
SELECT -1 / 3.0, 1 / -3.0, -10.00 / -4;
-- duckdb: SELECT kpg_numeric_divide(CAST(-1 AS VARCHAR), '3.0') AS "?column?", kpg_numeric_divide('1', CAST(-3.0 AS VARCHAR)) AS "?column?:2", kpg_numeric_divide(CAST(-10.00 AS VARCHAR), CAST(-4 AS VARCHAR)) AS "?column?:3"
-- types: 1700 1700 1700
-- row: ["-0.33333333333333333333", "-0.33333333333333333333", "2.5000000000000000"]

-- title: float division
SELECT 1 / 3.0::float8, 1::float4 / 3, 7.5::float8 / 2;
-- duckdb: SELECT pg_float_divide(CAST(1 AS DOUBLE), CAST('3.0' AS DOUBLE)) AS "?column?", pg_float_divide(CAST(CAST(1 AS FLOAT) AS DOUBLE), CAST(3 AS DOUBLE)) AS "?column?:2", pg_float_divide(CAST('7.5' AS DOUBLE), CAST(2 AS DOUBLE)) AS "?column?:3"
-- types: 701 701 701
-- row: ["0.3333333333333333", "0.3333333333333333", "3.75"]

-- title: division by zero of integers
SELECT 1 / 0;
-- duckdb: SELECT 1 / 0 AS "?column?"
-- error: 22012 division by zero

-- title: division by zero of numerics
SELECT 1.5 / 0;
-- duckdb: SELECT kpg_numeric_divide('1.5', '0') AS "?column?"
-- error: 22012 division by zero

-- title: division by zero of floats
SELECT 1.5::float8 / 0;
-- duckdb: SELECT pg_float_divide(CAST('1.5' AS DOUBLE), CAST(0 AS DOUBLE)) AS "?column?"
-- error: 22012 division by zero

-- title: remainder by zero
SELECT 1 % 0;
-- duckdb: SELECT 1 % 0 AS "?column?"
-- error: 22012 division by zero

-- title: NULL divides to NULL
SELECT NULL::int / 2, 1.5 / NULL::numeric;
-- duckdb: SELECT CAST(NULL AS INTEGER) / 2 AS "?column?", kpg_numeric_divide('1.5', CAST(CAST(NULL AS DECIMAL(38, 10)) AS VARCHAR)) AS "?column?:2"
-- types: 23 1700
-- row: [null, null]

-- title: columns
SELECT a / b, a % b FROM (VALUES (7, 2), (-9, 4)) AS t(a, b);
-- duckdb: SELECT "t"."a" / "t"."b" AS "?column?", "t"."a" % "t"."b" AS "?column?:2" FROM (VALUES (7, 2), (-9, 4)) AS "t"("a", "b")
-- types: 23 23
-- row: ["3", "1"]
-- row: ["-2", "-1"]

-- title: numeric columns
SELECT a / b FROM (VALUES (7.0, 2), (1.00, 3)) AS t(a, b);
-- duckdb: SELECT kpg_numeric_divide(CAST("t"."a" AS VARCHAR), CAST("t"."b" AS VARCHAR)) AS "?column?" FROM (VALUES (CAST(7.0 AS DECIMAL(38, 2)), 2), (CAST(1.00 AS DECIMAL(38, 2)), 3)) AS "t"("a", "b")
-- types: 1700
-- row: ["3.5000000000000000"]
-- row: ["0.33333333333333333333"]

-- title: a quotient inside an expression
SELECT round(10 / 3.0, 2), 10 / 4.0 > 2, (7 / 2.0)::int;
-- duckdb: SELECT CAST(round(CAST(kpg_numeric_divide('10', '3.0') AS DECIMAL(38, 20)), 2) AS DECIMAL(38, 2)) AS "round", CAST(kpg_numeric_divide('10', '4.0') AS DECIMAL(38, 20)) > 2 AS "?column?", CAST((CAST(kpg_numeric_divide('7', '2.0') AS DECIMAL(38, 20))) AS INTEGER) AS "int4"
-- types: 1700 16 23
-- row: ["3.33", "t", "4"]

-- title: quotients in branches
SELECT CASE WHEN true THEN 1 / 3.0 ELSE 0 END, coalesce(NULL, 10 / 3.0);
-- duckdb: SELECT CASE WHEN TRUE THEN kpg_numeric_divide('1', '3.0') ELSE '0' END AS "case", coalesce(CAST(NULL AS VARCHAR), kpg_numeric_divide('10', '3.0')) AS "coalesce"
-- types: 1700 1700
-- row: ["0.33333333333333333333", "3.3333333333333333"]

-- title: sorted by a quotient
SELECT a / 3.0 AS q FROM (VALUES (10), (9), (100)) AS t(a) ORDER BY q DESC;
-- duckdb: SELECT kpg_numeric_divide(CAST("t"."a" AS VARCHAR), '3.0') AS "q" FROM (VALUES (10), (9), (100)) AS "t"("a") ORDER BY CAST(kpg_numeric_divide(CAST("t"."a" AS VARCHAR), '3.0') AS DECIMAL(38, 20)) DESC
-- types: 1700
-- row: ["33.3333333333333333"]
-- row: ["3.3333333333333333"]
-- row: ["3.0000000000000000"]

-- title: div()
SELECT div(7, 2), div(-7.5, 2);
-- duckdb: SELECT kpg_numeric_div(CAST(CAST(7 AS DECIMAL(38, 0)) AS VARCHAR), CAST(CAST(2 AS DECIMAL(38, 0)) AS VARCHAR)) AS "div", kpg_numeric_div(CAST(-7.5 AS VARCHAR), CAST(CAST(2 AS DECIMAL(38, 0)) AS VARCHAR)) AS "div:2"
-- types: 1700 1700
-- row: ["3", "-3"]

-- title: interval divided
SELECT interval '1 day' / 2, interval '1 month' / 4, interval '10 hours' / 4;
-- duckdb: SELECT pg_interval_div(CAST('0 months 1 days 0 microseconds' AS INTERVAL), 2) AS "?column?", pg_interval_div(CAST('1 months 0 days 0 microseconds' AS INTERVAL), 4) AS "?column?:2", pg_interval_div(CAST('0 months 0 days 36000000000 microseconds' AS INTERVAL), 4) AS "?column?:3"
-- types: 1186 1186 1186
-- row: ["12:00:00", "7 days 12:00:00", "02:30:00"]

-- title: numeric rounds half away from zero
SELECT round(2.5), round(-2.5), round(3.5), round(2.4), round(1.005, 2), round(-1.555, 2), round(1.5, 3);
-- duckdb: SELECT CAST(round(2.5, 0) AS DECIMAL(38, 0)) AS "round", CAST(round(-2.5, 0) AS DECIMAL(38, 0)) AS "round:2", CAST(round(3.5, 0) AS DECIMAL(38, 0)) AS "round:3", CAST(round(2.4, 0) AS DECIMAL(38, 0)) AS "round:4", CAST(round(1.005, 2) AS DECIMAL(38, 2)) AS "round:5", CAST(round(-1.555, 2) AS DECIMAL(38, 2)) AS "round:6", CAST(round(1.5, 3) AS DECIMAL(38, 3)) AS "round:7"
-- types: 1700 1700 1700 1700 1700 1700 1700
-- row: ["3", "-3", "4", "2", "1.01", "-1.56", "1.500"]

-- title: float8 rounds half to even
SELECT round(2.5::float8), round(3.5::float8), round(-0.5::float8), round(7);
-- duckdb: SELECT round_even(CAST('2.5' AS DOUBLE), 0) AS "round", round_even(CAST('3.5' AS DOUBLE), 0) AS "round:2", round_even(-CAST('0.5' AS DOUBLE), 0) AS "round:3", round_even(CAST(7 AS DOUBLE), 0) AS "round:4"
-- types: 701 701 701 701
-- row: ["2", "4", "-0", "7"]

-- title: negative digits
SELECT round(1234.56, -2), trunc(1299.99, -2);
-- duckdb: SELECT CAST(round(1234.56, -2) AS DECIMAL(38, 0)) AS "round", CAST(trunc(1299.99, -2) AS DECIMAL(38, 0)) AS "trunc"
-- types: 1700 1700
-- row: ["1200", "1200"]

-- title: trunc
SELECT trunc(2.9), trunc(-2.9), trunc(2.567, 2), trunc(-2.9::float8), trunc(1.5, 3);
-- duckdb: SELECT CAST(trunc(2.9, 0) AS DECIMAL(38, 0)) AS "trunc", CAST(trunc(-2.9, 0) AS DECIMAL(38, 0)) AS "trunc:2", CAST(trunc(2.567, 2) AS DECIMAL(38, 2)) AS "trunc:3", trunc(-CAST('2.9' AS DOUBLE)) AS "trunc:4", CAST(trunc(1.5, 3) AS DECIMAL(38, 3)) AS "trunc:5"
-- types: 1700 1700 1700 701 1700
-- row: ["2", "-2", "2.56", "-2", "1.500"]

-- title: ceil and floor
SELECT ceil(2.1), floor(-2.1), ceil(2.1::float8), ceiling(2.0), floor(5);
-- duckdb: SELECT pg_numeric_ceil(2.1) AS "ceil", pg_numeric_floor(-2.1) AS "floor", ceil(CAST('2.1' AS DOUBLE)) AS "ceil:2", pg_numeric_ceil(2.0) AS "ceiling", floor(CAST(5 AS DOUBLE)) AS "floor:2"
-- types: 1700 1700 701 1700 701
-- row: ["3", "-3", "3", "2", "5"]

-- title: signs
SELECT sign(-2.5), sign(0), sign(3::float8);
-- duckdb: SELECT pg_numeric_sign(-2.5) AS "sign", pg_float_sign(CAST(0 AS DOUBLE)) AS "sign:2", pg_float_sign(CAST(3 AS DOUBLE)) AS "sign:3"
-- types: 1700 701 701
-- row: ["-1", "0", "1"]

-- title: powers
SELECT power(2, 10), power(2.0, 3), 2 ^ 3, power(9::float8, 0.5), sqrt(16), sqrt(2::float8), cbrt(8);
-- duckdb: SELECT pg_power(CAST(2 AS DOUBLE), CAST(10 AS DOUBLE)) AS "power", kpg_numeric_power('2.0', CAST(CAST(3 AS DECIMAL(38, 0)) AS VARCHAR)) AS "power:2", pg_power(2, 3) AS "?column?", pg_power(CAST(9 AS DOUBLE), CAST('0.5' AS DOUBLE)) AS "power:3", pg_sqrt(CAST(16 AS DOUBLE)) AS "sqrt", pg_sqrt(CAST(2 AS DOUBLE)) AS "sqrt:2", cbrt(CAST(8 AS DOUBLE)) AS "cbrt"
-- types: 701 1700 701 701 701 701 701
-- row: ["1024", "8.0000000000000000", "8", "3", "4", "1.4142135623730951", "2"]

-- title: logarithms
SELECT ln(1), log(100), log(100::float8), log(2.0, 64.0), exp(0::float8), log10(1000);
-- duckdb: SELECT pg_ln(CAST(1 AS DOUBLE)) AS "ln", pg_log10(CAST(100 AS DOUBLE)) AS "log", pg_log10(CAST(100 AS DOUBLE)) AS "log:2", kpg_numeric_log('2.0', '64.0') AS "log:3", kpg_exp(CAST(0 AS DOUBLE)) AS "exp", pg_log10(CAST(1000 AS DOUBLE)) AS "log10"
-- types: 701 701 701 1700 701 701
-- row: ["0", "2", "2", "6.0000000000000000", "1", "3"]

-- title: a bad logarithm
SELECT ln(0);
-- duckdb: SELECT pg_ln(CAST(0 AS DOUBLE)) AS "ln"
-- error: 2201E cannot take logarithm of zero

-- title: a bad square root
SELECT sqrt(-1);
-- duckdb: SELECT pg_sqrt(CAST(-1 AS DOUBLE)) AS "sqrt"
-- error: 2201F cannot take square root of a negative number

-- title: a bad power
SELECT power(0::float8, -1);
-- duckdb: SELECT pg_power(CAST(0 AS DOUBLE), CAST(-1 AS DOUBLE)) AS "power"
-- error: 2201F zero raised to a negative power is undefined

-- title: trigonometry
SELECT pi(), degrees(pi()), radians(180), sin(0), cos(0), atan2(1, 1), tan(0);
-- duckdb: SELECT pi() AS "pi", degrees(pi()) AS "degrees", radians(CAST(180 AS DOUBLE)) AS "radians", kpg_sin(CAST(0 AS DOUBLE)) AS "sin", kpg_cos(CAST(0 AS DOUBLE)) AS "cos", atan2(CAST(1 AS DOUBLE), CAST(1 AS DOUBLE)) AS "atan2", kpg_tan(CAST(0 AS DOUBLE)) AS "tan"
-- types: 701 701 701 701 701 701 701
-- row: ["3.141592653589793", "180", "3.141592653589793", "0", "1", "0.7853981633974483", "0"]

-- title: integer functions
SELECT gcd(12, 18), lcm(4, 6), factorial(5), width_bucket(5.35, 0.024, 10.06, 5), abs(-7);
-- duckdb: SELECT gcd(12, 18) AS "gcd", lcm(4, 6) AS "lcm", kpg_numeric_factorial(CAST(CAST(5 AS BIGINT) AS VARCHAR)) AS "factorial", pg_width_bucket(5.35, 0.024, 10.06, 5) AS "width_bucket", abs(-7) AS "abs"
-- types: 23 23 1700 23 23
-- row: ["6", "12", "120", "3", "7"]

-- title: bits
SELECT 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, -16 >> 2, 1 << 31, 1 << 33;
-- duckdb: SELECT 5 & 3 AS "?column?", 5 | 3 AS "?column?:2", xor(5, 3) AS "?column?:3", ~5 AS "?column?:4", CAST(pg_shift_left(1, 4, 32) AS INTEGER) AS "?column?:5", CAST(pg_shift_right(-16, 2, 32) AS INTEGER) AS "?column?:6", CAST(pg_shift_left(1, 31, 32) AS INTEGER) AS "?column?:7", CAST(pg_shift_left(1, 33, 32) AS INTEGER) AS "?column?:8"
-- types: 23 23 23 23 23 23 23 23
-- row: ["1", "7", "6", "-6", "16", "-4", "-2147483648", "2"]

-- title: greatest and least
SELECT greatest(1, 3, 2), least(1, NULL, 2), greatest('a', 'b'), greatest(NULL, NULL), greatest(1.5, 2.5);
-- duckdb: SELECT greatest(1, 3, 2) AS "greatest", least(1, NULL, 2) AS "least", greatest('a', 'b') AS "greatest:2", greatest(NULL, NULL) AS "greatest:3", greatest(1.5, 2.5) AS "greatest:4"
-- types: 23 23 25 25 1700
-- row: ["3", "1", "b", null, "2.5"]

-- title: nullif and coalesce
SELECT nullif(1, 1), nullif(1, 2), coalesce(NULL, 2, 3), coalesce(NULL, NULL), num_nulls(1, NULL, 2), num_nonnulls(1, NULL);
-- duckdb: SELECT nullif(1, 1) AS "nullif", nullif(1, 2) AS "nullif:2", coalesce(NULL, 2, 3) AS "coalesce", coalesce(NULL, NULL) AS "coalesce:2", ((CAST(1 IS NULL AS INTEGER) + CAST(NULL IS NULL AS INTEGER)) + CAST(2 IS NULL AS INTEGER)) AS "num_nulls", (CAST(1 IS NOT NULL AS INTEGER) + CAST(NULL IS NOT NULL AS INTEGER)) AS "num_nonnulls"
-- types: 23 23 23 25 23 23
-- row: [null, "1", "2", null, "1", "1"]

-- title: numerics in one column
SELECT a FROM (VALUES (1.50), (2.00), (3.25)) AS t(a) WHERE a IN (1.50, 3.250) ORDER BY a;
-- duckdb: SELECT "t"."a" AS "a" FROM (VALUES (1.50), (2.00), (3.25)) AS "t"("a") WHERE CAST("t"."a" AS DECIMAL(38, 10)) IN (CAST(1.50 AS DECIMAL(38, 10)), CAST(3.250 AS DECIMAL(38, 10))) ORDER BY 1
-- types: 1700
-- row: ["1.50"]
-- row: ["3.25"]

-- title: CASE with different scales
SELECT CASE WHEN a = 1 THEN 1.25 WHEN a = 2 THEN 2.5 ELSE 0 END FROM (VALUES (1), (2), (3)) AS t(a) ORDER BY a;
-- duckdb: SELECT CASE WHEN "t"."a" = 1 THEN '1.25' WHEN "t"."a" = 2 THEN '2.5' ELSE '0' END AS "case" FROM (VALUES (1), (2), (3)) AS "t"("a") ORDER BY "t"."a"
-- types: 1700
-- row: ["1.25"]
-- row: ["2.5"]
-- row: ["0"]

-- title: the greatest of different scales, NULLs left out, the first of equals
SELECT GREATEST(a, 2), LEAST(2, a, 7.125), GREATEST(NULL, a) FROM (VALUES (1.50), (2.00), (NULL)) AS t(a) ORDER BY a;
-- duckdb: SELECT list_reduce([CAST("t"."a" AS VARCHAR), CAST(CAST(2 AS DECIMAL(38, 0)) AS VARCHAR)], lambda "kalam chosen", "kalam other": CASE WHEN ("kalam chosen" IS NULL) OR (CAST("kalam other" AS DECIMAL(38, 10)) > CAST("kalam chosen" AS DECIMAL(38, 10))) THEN "kalam other" ELSE "kalam chosen" END) AS "greatest", list_reduce([CAST(CAST(2 AS DECIMAL(38, 0)) AS VARCHAR), CAST("t"."a" AS VARCHAR), '7.125'], lambda "kalam chosen", "kalam other": CASE WHEN ("kalam chosen" IS NULL) OR (CAST("kalam other" AS DECIMAL(38, 10)) < CAST("kalam chosen" AS DECIMAL(38, 10))) THEN "kalam other" ELSE "kalam chosen" END) AS "least", greatest(NULL, "t"."a") AS "greatest:2" FROM (VALUES (1.50), (2.00), (NULL)) AS "t"("a") ORDER BY "t"."a"
-- types: 1700 1700 1700
-- row: ["2", "1.50", "1.50"]
-- row: ["2.00", "2", "2.00"]
-- row: ["2", "2", null]

-- title: the neighbour's scale or the default's
SELECT lead(a, 1, 0) OVER (ORDER BY a), lag(a, 1, 7.125) OVER (ORDER BY a) FROM (VALUES (1.50), (2.00)) AS t(a) ORDER BY a;
-- duckdb: SELECT lead(CAST("t"."a" AS VARCHAR), 1, CAST(CAST(0 AS DECIMAL(38, 0)) AS VARCHAR)) OVER (ORDER BY "t"."a") AS "lead", lag(CAST("t"."a" AS VARCHAR), 1, '7.125') OVER (ORDER BY "t"."a") AS "lag" FROM (VALUES (1.50), (2.00)) AS "t"("a") ORDER BY "t"."a"
-- types: 1700 1700
-- row: ["2.00", "7.125"]
-- row: ["0", "1.50"]

-- title: elements of an array each have their scale
SELECT ARRAY[1, 2.5, NULL], ARRAY[1, 2]::numeric[], array_to_string(ARRAY[1.50, 2], '/'), ARRAY[]::numeric[];
-- duckdb: SELECT ['1', '2.5', CAST(NULL AS VARCHAR)] AS "array", [CAST(1 AS DECIMAL(38, 0)), CAST(2 AS DECIMAL(38, 0))] AS "array:2", pg_array_join([CAST(1.50 AS VARCHAR), CAST(2 AS VARCHAR)], '/') AS "array_to_string", CAST([] AS DECIMAL(38, 10)[]) AS "array:3"
-- types: 1231 1231 25 1231
-- row: ["{1,2.5,NULL}", "{1,2}", "1.50/2", "{}"]

-- title: rows of VALUES
VALUES (1, 'a'), (2.5, 'b'), (NULL, 'c');
-- duckdb: VALUES ('1', 'a'), ('2.5', 'b'), (CAST(NULL AS VARCHAR), 'c')
-- types: 1700 25
-- row: ["1", "a"]
-- row: ["2.5", "b"]
-- row: [null, "c"]

-- title: UNION ALL
SELECT 1.50 AS x UNION ALL SELECT 2 UNION ALL (SELECT 3.125 ORDER BY 1);
-- duckdb: (SELECT '1.50' AS "x" UNION ALL SELECT '2' AS "?column?") UNION ALL (SELECT '3.125' AS "?column?" ORDER BY CAST(3.125 AS DECIMAL(38, 3)))
-- types: 1700
-- row: ["1.50"]
-- row: ["2"]
-- row: ["3.125"]

-- title: UNION ALL sorted by value
SELECT 10 AS x, 'a' AS y UNION ALL SELECT 9.5, 'b' UNION ALL SELECT NULL, 'c' ORDER BY x DESC, 2 LIMIT 3;
-- duckdb: SELECT "kalam rows"."1" AS "x", "kalam rows"."2" AS "y" FROM ((SELECT '10' AS "x", 'a' AS "y" UNION ALL SELECT '9.5' AS "?column?", 'b' AS "?column?:2") UNION ALL SELECT CAST(NULL AS VARCHAR) AS "?column?", 'c' AS "?column?:2") AS "kalam rows"("1", "2") ORDER BY CAST("kalam rows"."1" AS DECIMAL(38, 1)) DESC, "kalam rows"."2" LIMIT 3
-- types: 1700 25
-- row: [null, "c"]
-- row: ["10", "a"]
-- row: ["9.5", "b"]

-- title: UNION is distinct by value
SELECT 1 AS x, 'a' AS y UNION SELECT 2.5, 'b' UNION ALL SELECT 2.5, 'b' UNION SELECT 1.00, 'b' ORDER BY y, x OFFSET 1;
-- duckdb: SELECT arg_min("kalam rows"."1", "kalam rows"."branch") AS "x", "kalam rows"."2" AS "y" FROM (((SELECT '1' AS "x", 'a' AS "y", 0 UNION SELECT '2.5' AS "?column?", 'b' AS "?column?:2", 1) UNION ALL SELECT '2.5' AS "?column?", 'b' AS "?column?:2", 2) UNION ALL SELECT '1.00' AS "?column?", 'b' AS "?column?:2", 3) AS "kalam rows"("1", "2", "branch") GROUP BY CAST("kalam rows"."1" AS DECIMAL(38, 2)), "kalam rows"."2" ORDER BY "kalam rows"."2", CAST("kalam rows"."1" AS DECIMAL(38, 2)) OFFSET 1
-- types: 1700 25
-- row: ["1.00", "b"]
-- row: ["2.5", "b"]

-- title: NULLs sort last, first when descending
SELECT a FROM (VALUES (1), (NULL), (2)) AS t(a) ORDER BY a;
-- duckdb: SELECT "t"."a" AS "a" FROM (VALUES (1), (NULL), (2)) AS "t"("a") ORDER BY 1
-- types: 23
-- row: ["1"]
-- row: ["2"]
-- row: [null]

-- title: descending
SELECT a FROM (VALUES (1), (NULL), (2)) AS t(a) ORDER BY a DESC;
-- duckdb: SELECT "t"."a" AS "a" FROM (VALUES (1), (NULL), (2)) AS "t"("a") ORDER BY 1 DESC
-- types: 23
-- row: [null]
-- row: ["2"]
-- row: ["1"]

-- title: NULLS FIRST
SELECT a FROM (VALUES (1), (NULL), (2)) AS t(a) ORDER BY a NULLS FIRST;
-- duckdb: SELECT "t"."a" AS "a" FROM (VALUES (1), (NULL), (2)) AS "t"("a") ORDER BY 1 NULLS FIRST
-- types: 23
-- row: [null]
-- row: ["1"]
-- row: ["2"]

-- title: NULLS LAST
SELECT a FROM (VALUES (1), (NULL), (2)) AS t(a) ORDER BY a DESC NULLS LAST;
-- duckdb: SELECT "t"."a" AS "a" FROM (VALUES (1), (NULL), (2)) AS "t"("a") ORDER BY 1 DESC NULLS LAST
-- types: 23
-- row: ["2"]
-- row: ["1"]
-- row: [null]

-- title: text sorts by code point
SELECT a FROM (VALUES ('b'), ('A'), ('a'), ('é'), ('_')) AS t(a) ORDER BY a;
-- duckdb: SELECT "t"."a" AS "a" FROM (VALUES ('b'), ('A'), ('a'), ('é'), ('_')) AS "t"("a") ORDER BY 1
-- types: 25
-- row: ["A"]
-- row: ["_"]
-- row: ["a"]
-- row: ["b"]
-- row: ["é"]

-- title: DISTINCT ON
SELECT DISTINCT ON (a) a, b FROM (VALUES (1, 2), (1, 3), (2, 1)) AS t(a, b) ORDER BY a, b DESC;
-- duckdb: SELECT DISTINCT ON (1) "t"."a" AS "a", "t"."b" AS "b" FROM (VALUES (1, 2), (1, 3), (2, 1)) AS "t"("a", "b") ORDER BY 1, 2 DESC
-- types: 23 23
-- row: ["1", "3"]
-- row: ["2", "1"]

-- title: set operations
SELECT 1 AS a UNION SELECT 2 UNION ALL SELECT 2 EXCEPT SELECT 1 ORDER BY 1;
-- duckdb: ((SELECT 1 AS "a" UNION SELECT 2 AS "?column?") UNION ALL SELECT 2 AS "?column?") EXCEPT SELECT 1 AS "?column?" ORDER BY 1
-- types: 23
-- row: ["2"]

-- title: parenthesised set operations
(SELECT 1 AS a UNION ALL SELECT 2 ORDER BY 1 DESC LIMIT 1) UNION ALL SELECT 3 ORDER BY 1;
-- duckdb: (SELECT 1 AS "a" UNION ALL SELECT 2 AS "?column?" ORDER BY 1 DESC LIMIT 1) UNION ALL SELECT 3 AS "?column?" ORDER BY 1
-- types: 23
-- row: ["2"]
-- row: ["3"]

-- title: recursion
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT sum(n), count(*) FROM t;
-- duckdb: WITH RECURSIVE "t"("n") AS (SELECT 1 AS "?column?" UNION ALL SELECT "t"."n" + 1 AS "?column?" FROM "t" AS "t" WHERE "t"."n" < 4) SELECT CAST(sum("t"."n") AS BIGINT) AS "sum", count(*) AS "count" FROM "t" AS "t"
-- types: 20 20
-- row: ["10", "4"]

-- title: joins
SELECT a.x, b.y FROM (VALUES (1), (2), (3)) AS a(x) LEFT JOIN (VALUES (1, 'p'), (3, 'q')) AS b(x, y) USING (x) ORDER BY 1;
-- duckdb: SELECT "a"."x" AS "x", "b"."y" AS "y" FROM (VALUES (1), (2), (3)) AS "a"("x") LEFT JOIN (VALUES (1, 'p'), (3, 'q')) AS "b"("x", "y") USING ("x") ORDER BY 1
-- types: 23 25
-- row: ["1", "p"]
-- row: ["2", null]
-- row: ["3", "q"]

-- title: full join
SELECT a.x, b.x FROM (VALUES (1), (2)) AS a(x) FULL JOIN (VALUES (2), (3)) AS b(x) ON a.x = b.x ORDER BY 1, 2;
-- duckdb: SELECT "a"."x" AS "x", "b"."x" AS "x:2" FROM (VALUES (1), (2)) AS "a"("x") FULL JOIN (VALUES (2), (3)) AS "b"("x") ON "a"."x" = "b"."x" ORDER BY 1, 2
-- types: 23 23
-- row: ["1", null]
-- row: ["2", "2"]
-- row: [null, "3"]

-- title: lateral
SELECT t.a, l.b FROM (VALUES (1), (2)) AS t(a), LATERAL (SELECT t.a * 10 AS b) AS l ORDER BY 1;
-- duckdb: SELECT "t"."a" AS "a", "l"."b" AS "b" FROM (VALUES (1), (2)) AS "t"("a") , LATERAL (SELECT "t"."a" * 10 AS "b") AS "l"("b") ORDER BY 1
-- types: 23 23
-- row: ["1", "10"]
-- row: ["2", "20"]

-- title: subqueries
SELECT (SELECT max(a) FROM (VALUES (1), (5)) AS t(a)), EXISTS (SELECT 1), 3 IN (SELECT 3), 3 = ANY (SELECT 4), 1 NOT IN (SELECT 2);
-- duckdb: SELECT (SELECT max("t"."a") AS "max" FROM (VALUES (1), (5)) AS "t"("a")) AS "max", EXISTS (SELECT 1 AS "?column?") AS "exists", 3 IN (SELECT 3 AS "?column?") AS "?column?", 3 = ANY (SELECT 4 AS "?column?") AS "?column?:2", NOT (1 IN (SELECT 2 AS "?column?")) AS "?column?:3"
-- types: 23 16 16 16 16
-- row: ["5", "t", "t", "f", "t"]

-- title: too many rows
SELECT (SELECT a FROM (VALUES (1), (2)) AS t(a));
-- duckdb: SELECT (SELECT "t"."a" AS "a" FROM (VALUES (1), (2)) AS "t"("a")) AS "a"
-- error: 21000 more than one row returned by a subquery used as an expression

-- title: LIMIT and OFFSET
SELECT a FROM generate_series(1, 5) AS a ORDER BY a LIMIT 2 OFFSET 1;
-- duckdb: SELECT "a"."a" AS "a" FROM LATERAL (SELECT unnest(pg_series_int4(1, 5, 1)) AS "a") AS "a"("a") ORDER BY 1 LIMIT 2 OFFSET 1
-- types: 23
-- row: ["2"]
-- row: ["3"]

-- title: FETCH
SELECT a FROM generate_series(1, 5) AS a ORDER BY a OFFSET 2 ROWS FETCH NEXT 1 ROW ONLY;
-- duckdb: SELECT "a"."a" AS "a" FROM LATERAL (SELECT unnest(pg_series_int4(1, 5, 1)) AS "a") AS "a"("a") ORDER BY 1 LIMIT 1 OFFSET 2
-- types: 23
-- row: ["3"]

-- title: VALUES
VALUES (1, 'a'), (2, 'b') ORDER BY 1 DESC;
-- duckdb: VALUES (1, 'a'), (2, 'b') ORDER BY 1 DESC
-- types: 23 25
-- row: ["2", "b"]
-- row: ["1", "a"]

-- title: CASE
SELECT CASE a WHEN 1 THEN 'one' ELSE 'other' END, CASE WHEN a > 1 THEN 'big' END FROM (VALUES (1), (2)) AS t(a) ORDER BY a;
-- duckdb: SELECT CASE "t"."a" WHEN 1 THEN 'one' ELSE 'other' END AS "case", CASE WHEN "t"."a" > 1 THEN 'big' END AS "case:2" FROM (VALUES (1), (2)) AS "t"("a") ORDER BY "t"."a"
-- types: 25 25
-- row: ["one", null]
-- row: ["other", "big"]

-- title: comparisons
SELECT 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL, 1 BETWEEN 0 AND 2, 1 BETWEEN SYMMETRIC 2 AND 0, 1 NOT BETWEEN 2 AND 3, NULL IS NULL, true IS NOT FALSE, NULL::bool IS UNKNOWN;
-- duckdb: SELECT 1 IS DISTINCT FROM NULL AS "?column?", NULL IS NOT DISTINCT FROM NULL AS "?column?:2", 1 BETWEEN 0 AND 2 AS "?column?:3", 1 BETWEEN least(2, 0) AND greatest(2, 0) AS "?column?:4", NOT (1 BETWEEN 2 AND 3) AS "?column?:5", NULL IS NULL AS "?column?:6", NOT (TRUE IS FALSE) AS "?column?:7", CAST(NULL AS BOOLEAN) IS NULL AS "?column?:8"
-- types: 16 16 16 16 16 16 16 16
-- row: ["t", "t", "t", "t", "t", "t", "t", "t"]

-- title: rows
SELECT (1, 2) = (1, 2), (1, 2) < (1, 3), (1, 2) IN ((1, 2), (3, 4));
-- duckdb: SELECT ((1 = 1) AND (2 = 2)) AS "?column?", ((1 < 1) OR ((1 = 1) AND (2 < 3))) AS "?column?:2", (((1 = 1) AND (2 = 2)) OR ((1 = 3) AND (2 = 4))) AS "?column?:3"
-- types: 16 16 16
-- row: ["t", "t", "t"]

-- title: quoted names
SELECT "A b"."Col 1" FROM (VALUES (1)) AS "A b"("Col 1");
-- duckdb: SELECT "A b"."Col 1" AS "Col 1" FROM (VALUES (1)) AS "A b"("Col 1")
-- types: 23
-- row: ["1"]

-- title: COLLATE
SELECT 'a' COLLATE "C" < 'B' COLLATE "C";
-- duckdb: SELECT 'a' < 'B' AS "?column?"
-- types: 16
-- row: ["f"]

-- title: window over a named window
SELECT sum(a) OVER w FROM (VALUES (1), (2)) AS t(a) WINDOW w AS (ORDER BY a) ORDER BY 1;
-- duckdb: SELECT CAST(sum("t"."a") OVER "w" AS BIGINT) AS "sum" FROM (VALUES (1), (2)) AS "t"("a") WINDOW "w" AS (ORDER BY "t"."a") ORDER BY 1
-- types: 20
-- row: ["1"]
-- row: ["3"]

-- title: booleans
SELECT true AND NULL, false AND NULL, true OR NULL, NOT NULL::bool, 't'::bool = true;
-- duckdb: SELECT TRUE AND NULL AS "?column?", FALSE AND NULL AS "?column?:2", TRUE OR NULL AS "?column?:3", NOT CAST(NULL AS BOOLEAN) AS "?column?:4", TRUE = TRUE AS "?column?:5"
-- types: 16 16 16 16 16
-- row: [null, "f", "t", null, "t"]

-- title: strings
SELECT 'it''s', E'a\tb', U&'\0041', $$dollar$$, 'a' 'b';
-- duckdb: 
-- error: 42601 syntax error at or near "'b'"

-- title: untyped literals take the other side's type
SELECT date '2020-01-01' = '2020-01-01', 1 = '1', 1.5 > '1', timestamp '2020-01-01' < '2021-01-01';
-- duckdb: SELECT CAST('2020-01-01' AS DATE) = CAST('2020-01-01' AS DATE) AS "?column?", 1 = 1 AS "?column?:2", 1.5 > CAST('1' AS DECIMAL(38, 0)) AS "?column?:3", CAST('2020-01-01 00:00:00.000000' AS TIMESTAMP) < CAST('2021-01-01 00:00:00.000000' AS TIMESTAMP) AS "?column?:4"
-- types: 16 16 16 16
-- row: ["t", "t", "t", "t"]

-- title: numerics of different scales in a set operation
SELECT 1.25 AS a UNION ALL SELECT 2.00 UNION ALL SELECT 3.50 ORDER BY a;
-- duckdb: (SELECT 1.25 AS "a" UNION ALL SELECT 2.00 AS "?column?") UNION ALL SELECT 3.50 AS "?column?" ORDER BY 1
-- types: 1700
-- row: ["1.25"]
-- row: ["2.00"]
-- row: ["3.50"]

-- title: IN over numerics
SELECT a FROM (VALUES (1.25), (2.00)) AS t(a) WHERE a IN (SELECT 1) OR a = ANY (ARRAY[2, 3]);
-- duckdb: SELECT "t"."a" AS "a" FROM (VALUES (1.25), (2.00)) AS "t"("a") WHERE (CAST("t"."a" AS DECIMAL(38, 10)) IN (SELECT CAST(1 AS DECIMAL(38, 10)) AS "?column?")) OR (CAST("t"."a" AS DECIMAL(38, 10)) = ANY ([CAST(2 AS DECIMAL(38, 10)), CAST(3 AS DECIMAL(38, 10))]))
-- types: 1700
-- row: ["2.00"]

-- title: DISTINCT
SELECT DISTINCT a FROM (VALUES (1), (1), (NULL), (NULL)) AS t(a) ORDER BY a;
-- duckdb: SELECT DISTINCT "t"."a" AS "a" FROM (VALUES (1), (1), (NULL), (NULL)) AS "t"("a") ORDER BY 1
-- types: 23
-- row: ["1"]
-- row: [null]

-- title: group by expression
SELECT a % 2 AS parity, count(*) FROM generate_series(1, 5) AS a GROUP BY 1 ORDER BY 1;
-- duckdb: SELECT "a"."a" % 2 AS "parity", count(*) AS "count" FROM LATERAL (SELECT unnest(pg_series_int4(1, 5, 1)) AS "a") AS "a"("a") GROUP BY 1 ORDER BY 1
-- types: 23 20
-- row: ["0", "2"]
-- row: ["1", "3"]

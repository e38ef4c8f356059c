-- title: NULLs sort last, first when descending
SELECT a FROM (VALUES (1), (NULL), (2)) AS t(a) ORDER BY a;

-- title: descending
SELECT a FROM (VALUES (1), (NULL), (2)) AS t(a) ORDER BY a DESC;

-- title: NULLS FIRST
SELECT a FROM (VALUES (1), (NULL), (2)) AS t(a) ORDER BY a NULLS FIRST;

-- title: NULLS LAST
SELECT a FROM (VALUES (1), (NULL), (2)) AS t(a) ORDER BY a DESC NULLS LAST;

-- title: text sorts by code point
SELECT a FROM (VALUES ('b'), ('A'), ('a'), ('é'), ('_')) AS t(a) ORDER BY a;

-- title: DISTINCT ON
SELECT DISTINCT ON (a) a, b FROM (VALUES (1, 2), (1, 3), (2, 1)) AS t(a, b) ORDER BY a, b DESC;

-- title: set operations
SELECT 1 AS a UNION SELECT 2 UNION ALL SELECT 2 EXCEPT SELECT 1 ORDER BY 1;

-- title: parenthesised set operations
(SELECT 1 AS a UNION ALL SELECT 2 ORDER BY 1 DESC LIMIT 1) UNION ALL SELECT 3 ORDER BY 1;

-- title: recursion
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT sum(n), count(*) FROM t;

-- title: joins
SELECT a.x, b.y FROM (VALUES (1), (2), (3)) AS a(x) LEFT JOIN (VALUES (1, 'p'), (3, 'q')) AS b(x, y) USING (x) ORDER BY 1;

-- title: full join
SELECT a.x, b.x FROM (VALUES (1), (2)) AS a(x) FULL JOIN (VALUES (2), (3)) AS b(x) ON a.x = b.x ORDER BY 1, 2;

-- title: lateral
SELECT t.a, l.b FROM (VALUES (1), (2)) AS t(a), LATERAL (SELECT t.a * 10 AS b) AS l ORDER BY 1;

-- title: subqueries
SELECT (SELECT max(a) FROM (VALUES (1), (5)) AS t(a)), EXISTS (SELECT 1), 3 IN (SELECT 3), 3 = ANY (SELECT 4), 1 NOT IN (SELECT 2);

-- title: too many rows
SELECT (SELECT a FROM (VALUES (1), (2)) AS t(a));

-- title: LIMIT and OFFSET
SELECT a FROM generate_series(1, 5) AS a ORDER BY a LIMIT 2 OFFSET 1;

-- title: FETCH
SELECT a FROM generate_series(1, 5) AS a ORDER BY a OFFSET 2 ROWS FETCH NEXT 1 ROW ONLY;

-- title: VALUES
VALUES (1, 'a'), (2, 'b') ORDER BY 1 DESC;

-- title: CASE
SELECT CASE a WHEN 1 THEN 'one' ELSE 'other' END, CASE WHEN a > 1 THEN 'big' END FROM (VALUES (1), (2)) AS t(a) ORDER BY a;

-- title: comparisons
SELECT 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL, 1 BETWEEN 0 AND 2, 1 BETWEEN SYMMETRIC 2 AND 0, 1 NOT BETWEEN 2 AND 3, NULL IS NULL, true IS NOT FALSE, NULL::bool IS UNKNOWN;

-- title: rows
SELECT (1, 2) = (1, 2), (1, 2) < (1, 3), (1, 2) IN ((1, 2), (3, 4));

-- title: quoted names
SELECT "A b"."Col 1" FROM (VALUES (1)) AS "A b"("Col 1");

-- title: COLLATE
SELECT 'a' COLLATE "C" < 'B' COLLATE "C";

-- title: window over a named window
SELECT sum(a) OVER w FROM (VALUES (1), (2)) AS t(a) WINDOW w AS (ORDER BY a) ORDER BY 1;

-- title: booleans
SELECT true AND NULL, false AND NULL, true OR NULL, NOT NULL::bool, 't'::bool = true;

-- title: strings
SELECT 'it''s', E'a\tb', U&'\0041', $$dollar$$, 'a' 'b';

-- title: untyped literals take the other side's type
SELECT date '2020-01-01' = '2020-01-01', 1 = '1', 1.5 > '1', timestamp '2020-01-01' < '2021-01-01';

-- title: numerics of different scales in a set operation
SELECT 1.25 AS a UNION ALL SELECT 2 UNION ALL SELECT 3.5 ORDER BY a;

-- title: IN over numerics
SELECT a FROM (VALUES (1.25), (2)) AS t(a) WHERE a IN (SELECT 1) OR a = ANY (ARRAY[2, 3]);

-- title: DISTINCT
SELECT DISTINCT a FROM (VALUES (1), (1), (NULL), (NULL)) AS t(a) ORDER BY a;

-- title: group by expression
SELECT a % 2 AS parity, count(*) FROM generate_series(1, 5) AS a GROUP BY 1 ORDER BY 1;

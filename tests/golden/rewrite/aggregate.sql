-- title: result types
SELECT sum(a), sum(a::int8), sum(a::int2), sum(a::numeric), sum(a::float8), sum(a::float4), count(*), count(a) FROM (VALUES (1), (2), (NULL)) AS t(a);

-- title: avg of integers
SELECT avg(a), avg(a::int8), avg(a::numeric), avg(a::float8) FROM (VALUES (1), (2), (4)) AS t(a);

-- title: avg has PostgreSQL's scale
SELECT avg(a), avg(b), sum(b) FROM (VALUES (100, 1.50), (2000, 2.25), (1, 3)) AS t(a, b);

-- title: no rows
SELECT sum(a), avg(a), count(a), min(a), max(a), array_agg(a), string_agg(a::text, ','), bool_and(a > 0) FROM (VALUES (1)) AS t(a) WHERE a > 1;

-- title: FILTER
SELECT sum(a) FILTER (WHERE a > 1), avg(a) FILTER (WHERE a < 3), count(*) FILTER (WHERE a = 2) FROM (VALUES (1), (2), (3)) AS t(a);

-- title: DISTINCT
SELECT count(DISTINCT a), sum(DISTINCT a), avg(DISTINCT a), string_agg(DISTINCT a::text, ',' ORDER BY a::text) FROM (VALUES (1), (2), (2)) AS t(a);

-- title: ORDER BY in an aggregate
SELECT string_agg(a, ',' ORDER BY a DESC), array_agg(a ORDER BY a), array_agg(a ORDER BY b DESC NULLS LAST) FROM (VALUES ('a', 1), ('c', NULL), ('b', 3)) AS t(a, b);

-- title: NULLs in array_agg
SELECT array_agg(a) FROM (VALUES (1), (NULL), (3)) AS t(a);

-- title: booleans and bits
SELECT bool_and(a > 0), bool_or(a > 2), every(a > 1), bit_and(a), bit_or(a) FROM (VALUES (1), (3)) AS t(a);

-- title: GROUP BY
SELECT a, sum(b), avg(b) FROM (VALUES ('x', 1), ('y', 2), ('x', 4)) AS t(a, b) GROUP BY a ORDER BY a;

-- title: HAVING
SELECT a, count(*) AS n FROM (VALUES ('x', 1), ('y', 2), ('x', 4)) AS t(a, b) GROUP BY a HAVING sum(b) > 2;

-- title: sorted by an average
SELECT a, avg(b) AS m FROM (VALUES ('x', 9), ('y', 10), ('x', 10)) AS t(a, b) GROUP BY a ORDER BY m DESC;

-- title: grouping sets
SELECT a, b, sum(c), grouping(a, b) FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 4)) AS t(a, b, c) GROUP BY GROUPING SETS ((a), (b), ()) ORDER BY 4, 1, 2;

-- title: rollup and cube
SELECT a, b, sum(c) FROM (VALUES ('x', 'p', 1), ('x', 'q', 2), ('y', 'p', 4)) AS t(a, b, c) GROUP BY ROLLUP (a, b) ORDER BY 1, 2;

-- title: percentiles
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), percentile_disc(0.5) WITHIN GROUP (ORDER BY a), mode() WITHIN GROUP (ORDER BY a), percentile_cont(0.25) WITHIN GROUP (ORDER BY a DESC) FROM (VALUES (1), (2), (2), (10)) AS t(a);

-- title: spreads of floats
SELECT stddev(a), var_pop(a), corr(a, a) FROM (VALUES (1.0::float8), (2.0), (4.0)) AS t(a);

-- title: min and max of text are by code point
SELECT min(a), max(a) FROM (VALUES ('a'), ('B'), ('é')) AS t(a);

-- title: an aggregate in WHERE
SELECT 1 FROM (VALUES (1)) AS t(a) WHERE sum(a) > 0;

-- title: a column that is not grouped
SELECT a, count(*) FROM (VALUES (1)) AS t(a);

-- title: coalesce of a sum
SELECT coalesce(sum(a), 0), coalesce(avg(a), 0) FROM (VALUES (1.50), (2.25)) AS t(a);

-- title: window aggregates
SELECT a, sum(a) OVER (ORDER BY a), avg(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), count(*) OVER () FROM (VALUES (1), (2), (4)) AS t(a) ORDER BY a;

-- title: window functions
SELECT a, row_number() OVER (ORDER BY a DESC), rank() OVER (ORDER BY b), dense_rank() OVER (ORDER BY b), ntile(2) OVER (ORDER BY a), lag(a) OVER (ORDER BY a), lead(a, 1, 0) OVER (ORDER BY a), first_value(a) OVER w, nth_value(a, 2) OVER w FROM (VALUES (1, 1), (2, 1), (3, 2)) AS t(a, b) WINDOW w AS (ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY a;

-- title: percent_rank
SELECT a, percent_rank() OVER (ORDER BY a), cume_dist() OVER (ORDER BY a) FROM (VALUES (1), (2), (3)) AS t(a) ORDER BY a;

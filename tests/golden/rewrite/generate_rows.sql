-- title: series of integers
SELECT * FROM generate_series(1, 3);

-- title: with a step
SELECT g FROM generate_series(10, 1, -4) AS g;

-- title: an empty series
SELECT count(*) FROM generate_series(3, 1);

-- title: in the select list
SELECT generate_series(1, 3) AS n;

-- title: of bigints and numerics
SELECT * FROM generate_series(1::int8, 2) AS a, generate_series(1.0, 2.0, 0.5) AS b ORDER BY 1, 2;

-- title: of timestamps
SELECT * FROM generate_series(timestamp '2020-01-01', timestamp '2020-01-03', interval '1 day') AS d(day);

-- title: of dates
SELECT d::date FROM generate_series(date '2020-01-30', date '2020-02-01', '1 day') AS d;

-- title: a zero step
SELECT * FROM generate_series(1, 2, 0);

-- title: with ordinality
SELECT * FROM generate_series(5, 7) WITH ORDINALITY AS t(a, n);

-- title: unnest
SELECT * FROM unnest(ARRAY['a', 'b']) AS u;

-- title: unnest with ordinality
SELECT x, n FROM unnest(ARRAY['a', 'b']) WITH ORDINALITY AS u(x, n);

-- title: unnest in the select list
SELECT unnest(ARRAY[1, 2]), 'x';

-- title: lateral
SELECT t.a, g FROM (VALUES (1), (2)) AS t(a), generate_series(1, t.a) AS g ORDER BY 1, 2;

-- title: lateral unnest
SELECT t.a, u FROM (VALUES (1, ARRAY['x', 'y']), (2, ARRAY['z'])) AS t(a, arr) CROSS JOIN LATERAL unnest(t.arr) AS u ORDER BY 1, 2;

-- title: left join lateral
SELECT t.a, u FROM (VALUES (1, ARRAY['x']), (2, '{}'::text[])) AS t(a, arr) LEFT JOIN unnest(t.arr) AS u ON true ORDER BY 1, 2;

-- title: joined to a series
SELECT g, v FROM generate_series(1, 2) AS g JOIN (VALUES (1, 'a'), (2, 'b')) AS t(k, v) ON k = g ORDER BY g;

-- title: rows of regexp_matches
SELECT m[1] FROM regexp_matches('a1b2', '([a-z])', 'g') AS m;

-- title: string_to_table
SELECT * FROM string_to_table('a,b', ',') AS s;

-- title: generate_subscripts
SELECT generate_subscripts(ARRAY['a', 'b'], 1);

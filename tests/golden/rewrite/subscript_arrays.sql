-- title: subscripts
SELECT (ARRAY[1, 2, 3])[1], (ARRAY[1, 2, 3])[3], (ARRAY[1, 2, 3])[4], (ARRAY[1, 2, 3])[0], (ARRAY[1, 2, 3])[-1], (NULL::int[])[1];

-- title: slices
SELECT (ARRAY[1, 2, 3])[2:3], (ARRAY[1, 2, 3])[:2], (ARRAY[1, 2, 3])[2:], (ARRAY[1, 2, 3])[3:2], (ARRAY[1, 2, 3])[-1:2];

-- title: computed subscripts
SELECT a[i] FROM (VALUES (ARRAY['a', 'b'], 2), (ARRAY['c'], 5), (ARRAY['d'], NULL), (ARRAY['e', 'f'], -1)) AS t(a, i);

-- title: questions
SELECT array_length(ARRAY[1, 2], 1), array_length(ARRAY[1], 2), array_length('{}'::int[], 1), cardinality(ARRAY[1, 2]), cardinality('{}'::int[]), array_upper(ARRAY[1, 2], 1), array_lower(ARRAY[1], 1), array_ndims(ARRAY[1]);

-- title: changes
SELECT array_append(ARRAY[1], 2), array_prepend(0, ARRAY[1]), array_cat(ARRAY[1], ARRAY[2]), array_remove(ARRAY[1, 2, 1], 1), array_replace(ARRAY[1, 2], 2, 5), trim_array(ARRAY[1, 2, 3], 1);

-- title: positions
SELECT array_position(ARRAY['a', 'b', 'a'], 'b'), array_position(ARRAY[1, 2], 5), array_positions(ARRAY[1, 2, 1], 1);

-- title: ANY and ALL
SELECT 1 = ANY (ARRAY[1, 2]), 3 = ANY (ARRAY[1, 2]), 1 <> ALL (ARRAY[2, 3]), 2 > ALL (ARRAY[1]), 1 = ANY ('{1,2}'::int[]), 1 = ANY (ARRAY[2, NULL]);

-- title: containment
SELECT ARRAY[1, 2, 3] @> ARRAY[1, 3], ARRAY[1] <@ ARRAY[1, 2], ARRAY[1, 2] && ARRAY[2, 5], ARRAY[1] @> '{}'::int[], ARRAY[1, 2] && '{3}';

-- title: comparison
SELECT ARRAY[1, 2] = ARRAY[1, 2], ARRAY[1, 2] < ARRAY[1, 3], ARRAY[1, NULL] = ARRAY[1, NULL];

-- title: a subquery as an array
SELECT ARRAY(SELECT a FROM (VALUES (3), (1)) AS t(a) ORDER BY a);

-- title: types
SELECT ARRAY[1, 2.5], ARRAY['a', NULL], ARRAY[date '2020-01-01'], ARRAY[true], ARRAY[1::int8], ARRAY['x']::varchar[];

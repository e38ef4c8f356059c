-- Arrays of several dimensions, and of other lower bounds than 1.
SELECT ARRAY[[1, 2], [3, 4]]
SELECT ARRAY[[1, 2], [3]]
SELECT ARRAY[ARRAY[1, 2], ARRAY[]::int[]]
SELECT ARRAY[['a', 'b'], ['c d', NULL]]
SELECT ARRAY[[[1, 2]], [[3, 4]]]
SELECT ARRAY[[], []]::int[]
SELECT ARRAY[ARRAY[]::int[]]
SELECT '{{1,2},{3,4}}'::int[]
SELECT '{{1,2},{3,4}}'::int[][]
SELECT '[0:2]={1,2,3}'::int[]
SELECT '[1:1][0:1]={{1,2}}'::int[]
SELECT '{{1,2},{3}}'::int[]
SELECT '{1,{2}}'::int[]
SELECT '{{1},2}'::int[]
SELECT '{{},{}}'::int[]
SELECT '[1:2]={{1},{2}}'::int[]
SELECT (ARRAY[[1, 2], [3, 4]])[1][2], (ARRAY[[1, 2], [3, 4]])[2][2], (ARRAY[[1, 2], [3, 4]])[3][1]
SELECT (ARRAY[[1, 2], [3, 4]])[1]
SELECT (ARRAY[[1, 2], [3, 4]])[1:1]
SELECT (ARRAY[[1, 2], [3, 4]])[2][1:2]
SELECT (ARRAY[[1, 2, 3], [4, 5, 6]])[1:2][2:3]
SELECT (ARRAY[[1, 2], [3, 4]])[5:6]
SELECT (ARRAY[1, 2])[1][1]
SELECT (ARRAY[1, 2])[1:2][1:1]
SELECT ('[0:2]={1,2,3}'::int[])[0], ('[0:2]={1,2,3}'::int[])[3]
SELECT ('[0:2]={1,2,3}'::int[])[1:2]
SELECT ARRAY[[1, 2]] || ARRAY[3, 4]
SELECT ARRAY[3, 4] || ARRAY[[1, 2]]
SELECT ARRAY[[1, 2]] || ARRAY[[3, 4]]
SELECT ARRAY[[1, 2]] || ARRAY[3]
SELECT '[0:1]={1,2}'::int[] || '{3}'::int[]
SELECT array_cat(ARRAY[[1, 2]], ARRAY[3, 4])
SELECT array_fill(7, ARRAY[2, 3])
SELECT array_fill(11, ARRAY[3], ARRAY[2])
SELECT array_fill(0, ARRAY[2, 0])
SELECT array_fill(0, ARRAY[2, 2], ARRAY[1])
SELECT array_fill('x'::text, ARRAY[2, 2], ARRAY[2, -1])
SELECT array_agg(x) FROM (VALUES (ARRAY[1, 2]), (ARRAY[3, 4])) v(x)
SELECT array_agg(ARRAY[x] ORDER BY x DESC) FROM (VALUES (1), (2)) v(x)
SELECT array_agg(x) FROM (VALUES (ARRAY[1, 2]), (ARRAY[3])) v(x)
SELECT array_agg(x) FROM (VALUES (ARRAY[1, 2]), (NULL)) v(x)
SELECT array_agg(tags) FILTER (WHERE tags IS NOT NULL AND cardinality(tags) > 0 AND id > 100) FROM orders
SELECT array_agg(x) FROM (VALUES (ARRAY[1, 2])) v(x) WHERE false
SELECT array_dims(ARRAY[[1, 2, 3], [4, 5, 6]]), array_dims('[0:2]={1,2,3}'::int[])
SELECT array_ndims(ARRAY[[1, 2, 3], [4, 5, 6]]), array_ndims('{{{1}}}'::int[])
SELECT array_length(ARRAY[[1, 2, 3], [4, 5, 6]], 1), array_length(ARRAY[[1, 2, 3], [4, 5, 6]], 2), array_length(ARRAY[[1, 2]], 3), array_length(ARRAY[[1]], 0)
SELECT array_lower('[0:2]={1,2,3}'::int[], 1), array_upper('[0:2]={1,2,3}'::int[], 1), array_upper(ARRAY[[1, 2, 3]], 2)
SELECT cardinality(ARRAY[[1, 2], [3, 4]])
SELECT unnest(ARRAY[[1, 2], [3, 4]])
SELECT * FROM unnest(ARRAY[['a', 'b'], ['c', 'd']]) WITH ORDINALITY
SELECT generate_subscripts(ARRAY[[1, 2]], 2)
SELECT generate_subscripts('[5:7]={1,2,3}'::int[], 1)
SELECT array_to_string(ARRAY[[1, 2], [3, NULL]], ',', '*')
SELECT array_to_json(ARRAY[[1, 2], [3, NULL]]), to_jsonb(ARRAY[['a'], ['b']])
SELECT '[0:2]={1,2,3}'::int[] = '{1,2,3}'::int[]
SELECT ARRAY[[1, 2]] < ARRAY[[1, 3]], ARRAY[1, 2] < ARRAY[[1, 2]], ARRAY[[1, 2]] = ARRAY[[1, 2]]
SELECT 3 = ANY (ARRAY[[1, 2], [3, 4]]), 5 <> ALL (ARRAY[[1, 2], [3, 4]])
SELECT ARRAY[[1, 2], [3, 4]]::text[], ARRAY[[1, 2], [3, 4]]::text, ARRAY[[1, 2]]::bigint[]
SELECT pg_typeof(ARRAY[[1, 2]]), ARRAY[[1, 2]] IS NULL, count(ARRAY[[1, 2]])
SELECT CASE WHEN true THEN ARRAY[[1, 2]] ELSE ARRAY[3] END, COALESCE(NULL, ARRAY[[1, 2]])
SELECT x, count(*) FROM (VALUES (ARRAY[[1, 2]]), (ARRAY[[1, 2]]), (ARRAY[[0, 9]])) v(x) GROUP BY x ORDER BY x
SELECT x[2][1] FROM (SELECT ARRAY[[1, 2], [3, 4]] AS x) s
SELECT array_dims(x) FROM (SELECT '[2:3]={a,b}'::text[] AS x) s
SELECT ARRAY[ARRAY[1, 2], NULL]
SELECT '{{"a b",c},{"",NULL}}'::text[]
SELECT ARRAY[[true, false]]
SELECT string_to_array('a', 'b') || ARRAY[['x']]
SELECT ARRAY[[], []]::int[]
SELECT ARRAY[['1', '2'], ['3', '4']]::int[]
SELECT (ARRAY[1, 2])[1:2][1:1]
SELECT (SELECT ARRAY[[1, 2]])::text, array_dims((SELECT ARRAY[[id, id]] FROM people WHERE id = 1))
SELECT tags[1][1], tags[1:1][1:2] FROM orders ORDER BY id
SELECT ARRAY[[1, 2]] @> ARRAY[2], ARRAY[1] <@ ARRAY[[1, 2]], ARRAY[[1, 2]] && ARRAY[[2], [3]]
SELECT array_position(ARRAY[[1, 2]], 1)
SELECT array_remove(ARRAY[[1, 2]], 1)
SELECT lag(x) OVER () FROM (VALUES (ARRAY[[1, 2]]), (ARRAY[[3, 4]])) v(x)
SELECT ARRAY[[1]] UNION SELECT ARRAY[[1]]
SELECT '{{{{{{{1}}}}}}}'::int[]
SELECT '[2:1]={1}'::int[]
SELECT '[1:2={1,2}'::int[]
SELECT '{{1,2},{3,4}'::int[]
SELECT '{{1}}}'::int[]
SELECT '{ {1 , 2} , {3,4} }'::int[]
SELECT ARRAY[1, 2] = '{{1,2}}'::int[]
SELECT NULLIF(ARRAY[[1]], ARRAY[[1]]), GREATEST(ARRAY[[1]], ARRAY[[2]])
SELECT x FROM (VALUES (ARRAY[[2]]), (ARRAY[[1]])) v(x) ORDER BY x DESC
SELECT json_agg(x), jsonb_build_array(ARRAY[[1, 2]]) FROM (VALUES (ARRAY[[1]])) v(x)
SELECT ROW(1, ARRAY[[1, 2]])
SELECT max(x) FROM (VALUES (ARRAY[[1, 2]]), (ARRAY[[1, 3]])) v(x)
SELECT 2::bigint || ARRAY[1], ARRAY[1] || ARRAY[2::bigint], ARRAY['a'] || 'b'::varchar
SELECT 1 <> ALL (NULL::int[]), NOT (1 = ANY (NULL::int[]))
SELECT id, 'a' = ANY (tags), 'a' <> ALL (tags) FROM orders ORDER BY id
SELECT id FROM orders WHERE NOT 'a' = ANY (tags) ORDER BY id

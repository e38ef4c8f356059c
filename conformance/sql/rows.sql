-- Composite values: ROW(...), whole rows, fields, comparison, text and JSON of rows.
SELECT ROW(1, 'a')
SELECT (1, 'a', NULL, true)
SELECT ROW()
SELECT ROW(NULL)
SELECT ROW(1, ROW(2, 'b c'))
SELECT ROW(1, 'a'::char(5), NULL, 1.50, true, ARRAY[1, 2], '{"a":1}'::jsonb, date '2020-01-01', 'it"s \x', ' ', '')
SELECT ROW('2024-01-15 10:00:00+00'::timestamptz, interval '1 day 2 hours', 1.5::float8, '\xdead'::bytea, '11111111-2222-3333-4444-555555555555'::uuid)
SELECT ROW('(', ')', ',', 'a,b', '"', '\')
SELECT ROW(1, 2)::text, ROW(true, false)::text, ROW()::text
SELECT ROW('x y', NULL, '')::text || '!'
SELECT pg_typeof(ROW(1, 2))
SELECT pg_typeof(p)::text FROM people p WHERE id = 1
SELECT (ROW(1, 2)).f1, (ROW(1, 'a'::text)).f2
SELECT (ROW(1, 2)).f3
SELECT (ROW(1, 'a'::text, 2.5)).*
SELECT (ROW(1, ROW(2, 3))).f2
SELECT (1).f1
SELECT (name).first FROM people
SELECT p FROM people p WHERE id = 1
SELECT p FROM people p ORDER BY id
SELECT people FROM people WHERE id = 2
SELECT p.* FROM people p WHERE id = 1
SELECT (p).name, (p).born FROM people p ORDER BY id
SELECT (p).* FROM people p WHERE id = 1
SELECT (p).nonesuch FROM people p
SELECT p.*::text FROM people p WHERE id = 1
SELECT ROW(p.*, 1) FROM people p WHERE id = 1
SELECT (p.*, p.id + 1) FROM people p WHERE id = 1
SELECT count(p), count(p.*), count(DISTINCT p) FROM people p
SELECT p IS NULL, p IS NOT NULL FROM people p ORDER BY id
SELECT p = p, p <> p, p < p, p <= p FROM people p WHERE id = 1
SELECT p IS DISTINCT FROM p FROM people p WHERE id = 3
SELECT p FROM people p ORDER BY p DESC LIMIT 2
SELECT DISTINCT p FROM people p ORDER BY p
SELECT p, count(*) FROM people p GROUP BY p ORDER BY p
SELECT t FROM types t WHERE id = 2
SELECT o FROM orders o ORDER BY id
SELECT (o).tags, (o).note FROM orders o ORDER BY id
SELECT a.id FROM people a JOIN people b ON a = b ORDER BY 1
SELECT a.id FROM people a WHERE a IN (SELECT b FROM people b WHERE b.id < 3) ORDER BY 1
SELECT p = ROW(1, 2) FROM people p
SELECT x = y FROM (SELECT ROW(1, 2) AS x, ROW(1, 2, 3) AS y) s
SELECT x = y FROM (SELECT ROW(1, 2) AS x, ROW(1, 2::bigint) AS y) s
SELECT x = y, x < y, x IS DISTINCT FROM y FROM (SELECT ROW(1, NULL::int) AS x, ROW(1, 2) AS y) s
SELECT x = y FROM (SELECT ROW(1, NULL::int) AS x, ROW(1, NULL::int) AS y) s
SELECT ROW(1, 2) = ROW(1, 2), ROW(1, 2) < ROW(1, 3), ROW(1, NULL) = ROW(1, NULL)
SELECT ROW(1, 2) = ROW(1, 2, 3)
SELECT ROW(1, 2) = ROW(1, '2'), ROW(1, 'b') > ROW(1, 'a')
SELECT (1, 2) = (SELECT 1, 2)
SELECT (1, 2) < (SELECT 1, 3)
SELECT (1, 2) = (SELECT 1)
SELECT (id, name) = (SELECT 1, 'Ada') FROM people ORDER BY id
SELECT ROW(1, 2) IN (ROW(1, 2), ROW(3, 4)), (1, 2) NOT IN ((1, 3))
SELECT ROW(NULL, NULL) IS NULL, ROW(1, NULL) IS NULL, ROW(1, NULL) IS NOT NULL
SELECT x::text, x IS NULL, x IS NOT NULL FROM (VALUES (1, ROW(NULL::int, NULL::int)), (2, ROW(1, NULL)), (3, ROW(1, 2))) v(n, x) ORDER BY n
SELECT x FROM (VALUES (ROW(2, 'b'::text)), (ROW(1, 'c'::text)), (ROW(1, 'a'::text))) v(x) ORDER BY x
SELECT x, count(*) FROM (VALUES (ROW(1, 2)), (ROW(1, 2)), (ROW(1, 1))) v(x) GROUP BY x ORDER BY x
SELECT t FROM (SELECT 1 AS a, 'x' AS b) t
SELECT t, (t).a, (t).b FROM (VALUES (1, 'x'), (2, 'y z')) t(a, b) ORDER BY a
SELECT t FROM generate_series(1, 2) t
SELECT t FROM generate_series(1, 2) t(x)
SELECT t FROM generate_series(1, 2) WITH ORDINALITY t(x, n)
SELECT s.p FROM (SELECT p FROM people p WHERE id = 1) s
SELECT (s.p).name, s.p = s.p, s.p IS NULL FROM (SELECT p FROM people p) s ORDER BY (s.p).id
SELECT s::text FROM (SELECT p, 1 AS one FROM people p WHERE id = 1) s
SELECT ((s).p).city FROM (SELECT p, 1 AS one FROM people p WHERE id = 1) s
WITH c AS (SELECT id, name FROM people) SELECT c FROM c ORDER BY c
WITH c AS (SELECT p FROM people p) SELECT (c.p).id FROM c ORDER BY 1
SELECT (SELECT p FROM people p WHERE id = 1)
SELECT (SELECT p FROM people p WHERE id = 1).name
SELECT (SELECT p FROM people p WHERE id = 1)::text, (SELECT p FROM people p WHERE id = 9) IS NULL
SELECT (SELECT ROW(1, 2) WHERE false)
SELECT p.id, q FROM people p LEFT JOIN people q ON q.id = p.id + 3 ORDER BY p.id
SELECT p.id, q IS NULL, count(q) FROM people p LEFT JOIN people q ON q.id = p.id + 3 GROUP BY p.id, q ORDER BY p.id
SELECT p, q FROM (SELECT 1 AS a) p FULL JOIN (SELECT 2 AS b) q ON p.a = q.b ORDER BY p.a
SELECT p.id FROM people p LEFT JOIN people q ON q.id = p.id + 3 WHERE q IS NULL ORDER BY 1
SELECT COALESCE(q, p) FROM people p LEFT JOIN people q ON q.id = p.id + 3 ORDER BY p.id
SELECT COALESCE(ROW(1, 2), ROW(3, 4)), NULLIF(ROW(1, 2), ROW(1, 2))
SELECT CASE WHEN id = 1 THEN ROW(1, 'a') ELSE ROW(2, 'b') END FROM people ORDER BY id LIMIT 2
SELECT ROW(1, 2) UNION SELECT ROW(1, 2)
SELECT ROW(1, 2) AS r UNION ALL SELECT ROW(3, 4) ORDER BY r DESC
SELECT ROW(1, 2) EXCEPT SELECT ROW(1, 2)
SELECT row_to_json(ROW(1, 'a')), to_jsonb(ROW(1, NULL)), to_json(ROW())
SELECT row_to_json(p) FROM people p ORDER BY id
SELECT row_to_json(s) FROM (SELECT id, name FROM people WHERE id < 3) s ORDER BY s.id
SELECT json_agg(p ORDER BY id) FROM people p WHERE id < 3
SELECT jsonb_agg(p ORDER BY id) FROM people p WHERE id < 3
SELECT json_build_object('p', p) FROM people p WHERE id = 1
SELECT jsonb_build_array(p, ROW(1, 'x')) FROM people p WHERE id = 1
SELECT row_to_json(q) FROM people p LEFT JOIN people q ON q.id = p.id + 4 ORDER BY p.id
SELECT to_jsonb(s) FROM (SELECT p AS person, ARRAY[1, 2] AS n FROM people p WHERE id = 1) s
SELECT array_agg(p ORDER BY id)::text FROM people p WHERE id < 3
SELECT array_agg(ROW(id, name) ORDER BY id) FROM people WHERE id < 3
SELECT ARRAY[ROW(1, 2), ROW(3, 4)]
SELECT (ARRAY[ROW(1, 'a'), ROW(2, 'b')])[2]
SELECT (ARRAY[ROW(1, 'a'), ROW(2, NULL)])[2] IS NOT NULL
SELECT ROW(1, 2) = ANY (ARRAY[ROW(1, 2), ROW(3, 4)])
SELECT unnest(ARRAY[ROW(1, 2), ROW(3, 4)])
SELECT array_length(array_agg(p), 1) FROM people p
SELECT ROW(1, 2)::people
SELECT ROW(7, 'x', '2024-01-01', 1, NULL)::people
SELECT (ROW(7, 'x', '2024-01-01', 1.005, NULL)::people).height
SELECT NULL::people, (NULL::people).name
SELECT '(7,x,2024-01-01,1.5,)'::people
SELECT ('(7,"a b",,,"c""d")'::people).*
SELECT '(7)'::people
SELECT '7'::people
SELECT '(7,x,2024-13-01,1.5,)'::people
SELECT '(1,2)'::record
SELECT ROW(1, 2)::int
SELECT length(ROW(1, 2))
SELECT sum(ROW(1, 2))
SELECT min(ROW(1, 2))
SELECT upper(p) FROM people p
SELECT ROW(1, 2) || 'a'
SELECT ROW(1, 2) + 1
SELECT string_agg(p::text, ';' ORDER BY id) FROM people p WHERE id < 3
SELECT id FROM people p WHERE p::text LIKE '%London%'
SELECT lag(p) OVER (ORDER BY id) FROM people p ORDER BY id LIMIT 2
SELECT first_value(p) OVER (ORDER BY id) FROM people p ORDER BY id LIMIT 2
SELECT n FROM nonesuch n
SELECT nonesuch FROM people
SELECT nonesuch.* IS NULL FROM people
SELECT ()
SELECT jsonb_populate_record(p, '{"name": "changed"}') FROM people p WHERE id = 1
SELECT jsonb_populate_record(ROW(1, 2), '{"f1": 5}')
SELECT r.* FROM people p, jsonb_populate_record(p, '{"city": null}') r WHERE p.id = 1
SELECT * FROM json_populate_record(NULL::people, '{"id": 7, "name": "x", "born": null}')
SELECT * FROM json_populate_recordset(NULL::people, '[{"id": 7}, {"id": 8, "name": "y"}]') AS t(a, b)
SELECT jsonb_populate_record(NULL::people, '{"id": "x"}')
SELECT jsonb_populate_record(NULL::people, '[1]')
SELECT jsonb_populate_record(NULL::people, '1')
SELECT jsonb_populate_record(1, '{}')
SELECT jsonb_each_text('{"a": 1, "b": "x"}')
SELECT (jsonb_each('{"a": 1}')).*
SELECT p.id, t.* FROM people p, ROWS FROM (generate_series(1, p.id), unnest(ARRAY['x', 'y'])) t ORDER BY 1, 2 LIMIT 4
SELECT * FROM ROWS FROM (unnest(ARRAY[1, 2], ARRAY['a', 'b', 'c']), generate_series(1, 1)) AS t
INSERT INTO people (id, name) VALUES (90, 'Row') RETURNING people
UPDATE people SET name = 'Roe' WHERE id = 90 RETURNING people, (people).name
DELETE FROM people p WHERE p.id = 90 RETURNING p, p IS NULL
CREATE VIEW rows_of_people AS SELECT p IS NULL AS is_null, (p).name FROM people p
SELECT r FROM rows_of_people r ORDER BY r
DROP VIEW rows_of_people
CREATE VIEW rows_of_people AS SELECT ROW(1, 2) AS r
CREATE TABLE rows_kept AS SELECT ROW(1, 2) AS r
SELECT ARRAY[ROW(1, 2)] || ROW(2, 3), ROW(0, 1) || ARRAY[ROW(1, 2)], ARRAY[ROW(1, 2)] || ARRAY[ROW(2, 3)]

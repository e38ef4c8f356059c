-- title: scalars
SELECT to_json('a"b'::text), to_jsonb(1), to_json(1.50), to_json(true), to_json(date '2020-01-02'), to_json(timestamp '2020-01-02 03:04:05'), to_jsonb(NULL::text), to_json(ARRAY[1, 2]), to_jsonb(ARRAY['a', NULL]);

-- title: objects
SELECT json_build_object('a', 1, 'b', 'x'), jsonb_build_object('bb', 1, 'a', NULL), json_build_object(), jsonb_build_object('k', '{"z": 1}'::jsonb);

-- title: arrays
SELECT json_build_array(1, 'a', NULL, true), jsonb_build_array(1, 2.50, '[1]'::jsonb), json_build_array();

-- title: aggregates
SELECT json_agg(a), jsonb_agg(a ORDER BY a DESC), jsonb_agg(b) FILTER (WHERE a > 1) FROM (VALUES (1, 'x'), (2, NULL)) AS t(a, b);

-- title: object aggregates
SELECT json_object_agg(k, v), jsonb_object_agg(k, v) FROM (VALUES ('b', 1), ('a', 2)) AS t(k, v);

-- title: no rows
SELECT json_agg(a), jsonb_object_agg(a, a) FROM (VALUES (1)) AS t(a) WHERE false;

-- title: a NULL key
SELECT jsonb_build_object(NULL::text, 1);

-- title: timestamps with zone
SELECT to_json(timestamptz '2020-07-01 12:00:00+00'), to_jsonb(interval '1 day'), to_json(1.5::float8);

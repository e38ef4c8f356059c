-- title: text
SELECT 'a' || 'b', 'a' || NULL, NULL || 'b';

-- title: other types are printed
SELECT 'a' || 1, 1.50 || 'x', 'a' || true, 'a' || 1.5::float8, 'd' || date '2020-01-02', 'i' || interval '1 day 2 hours';

-- title: arrays
SELECT ARRAY[1, 2] || ARRAY[3], ARRAY[1] || 2, 0 || ARRAY[1], ARRAY[1] || NULL::int[], '{1,2}'::int[] || '{3}';

-- title: text arrays
SELECT ARRAY['a'] || 'b'::text, ARRAY['a', NULL] || ARRAY['c'];

-- title: bytea
SELECT '\x01'::bytea || '\xff'::bytea;

-- title: concat() skips NULL
SELECT concat('a', NULL, 1, true, 1.50, 2.5::float8), concat_ws(',', 'a', NULL, 'b', 3), concat_ws(NULL, 'a', 'b'), concat(NULL);

-- title: columns
SELECT a || '-' || b FROM (VALUES ('x', 1), (NULL, 2)) AS t(a, b);

-- title: jsonb
SELECT '{"a": 1, "b": 2}'::jsonb || '{"b": 3, "c": 4}', '[1]'::jsonb || '2', '[1]'::jsonb || '[2, 3]', '{"a":1}'::jsonb || '[1]';

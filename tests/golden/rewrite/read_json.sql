-- title: members and elements
SELECT '{"a": {"b": [1, 2]}}'::jsonb -> 'a', '{"a": {"b": [1, 2]}}'::jsonb -> 'a' -> 'b' -> 0, '[1, 2]'::jsonb -> -1, '{"a": 1}'::jsonb -> 'x', '[1]'::jsonb -> 5;

-- title: as text
SELECT '{"a": "x"}'::jsonb ->> 'a', '{"a": null}'::jsonb ->> 'a', '{"a": {"b": 1, "c": 2}}'::jsonb ->> 'a', '{"a": 1.50}'::jsonb ->> 'a', '[true]'::jsonb ->> 0;

-- title: json keeps its text
SELECT '{"a":1}'::json -> 'a', '{"a":"x"}'::json ->> 'a';

-- title: paths
SELECT '{"a": {"b": [1, 2]}}'::jsonb #> '{a,b}', '{"a": {"b": [1, 2]}}'::jsonb #>> '{a,b,1}', '{"a": 1}'::jsonb #> '{x}';

-- title: computed keys
SELECT j -> k, j ->> k FROM (VALUES ('{"a": 1, "b": "x"}'::jsonb, 'a'), ('{"a": 1, "b": "x"}', 'b'), ('{"a": 1}', NULL)) AS t(j, k);

-- title: keys that look like paths
SELECT '{"$.a": 1, "a.b": 2, "/x": 3}'::jsonb -> '$.a', '{"$.a": 1, "a.b": 2, "/x": 3}'::jsonb -> 'a.b', '{"$.a": 1, "a.b": 2, "/x": 3}'::jsonb -> '/x';

-- title: existence
SELECT '{"a": 1}'::jsonb ? 'a', '{"a": 1}'::jsonb ? 'b', '["a"]'::jsonb ? 'a', '{"a": 1}'::jsonb ?| ARRAY['b', 'a'], '{"a": 1}'::jsonb ?& ARRAY['b', 'a'], '"a"'::jsonb ? 'a';

-- title: containment
SELECT '{"a": 1, "b": [1, 2, {"c": 3}]}'::jsonb @> '{"b": [1]}', '{"a": {"b": 1}}'::jsonb @> '{"b": 1}', '[1, 2]'::jsonb @> '1', '{"a": 1}'::jsonb <@ '{"a": 1, "b": 2}', '[[1]]'::jsonb @> '[1]', '{"a": {"b": 1, "c": 2}}'::jsonb @> '{"a": {"c": 2}}';

-- title: deletion
SELECT '{"a": 1, "b": 2}'::jsonb - 'a', '["a", "b"]'::jsonb - 'a', '[1, 2, 3]'::jsonb - 1, '[1, 2, 3]'::jsonb - -1, '{"a": 1, "b": 2, "c": 3}'::jsonb - ARRAY['a', 'c'];

-- title: lengths and types
SELECT jsonb_array_length('[1, 2]'), jsonb_typeof('{}'), jsonb_typeof('[]'), jsonb_typeof('"a"'), jsonb_typeof('1.5'), jsonb_typeof('true'), jsonb_typeof('null'), json_typeof('1');

-- title: not an array
SELECT jsonb_array_length('{}');

-- title: path functions
SELECT jsonb_extract_path('{"a": {"b": 1}}', 'a', 'b'), jsonb_extract_path_text('{"a": {"b": "x"}}', 'a', 'b');

-- title: elements as rows
SELECT * FROM jsonb_array_elements('[1, {"a": 2}]') AS e;

-- title: elements as text
SELECT jsonb_array_elements_text('["a", null, 1]');

-- title: keys as rows
SELECT jsonb_object_keys('{"b": 1, "a": 2, "cc": 3}');

-- title: subscripts
SELECT ('{"a": [1, 2]}'::jsonb)['a'][1];

-- title: comparison
SELECT '{"a": 1, "b": 2}'::jsonb = '{"b": 2, "a": 1}'::jsonb;

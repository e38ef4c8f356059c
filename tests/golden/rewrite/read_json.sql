-- title: members and elements
SELECT '{"a": {"b": [1, 2]}}'::jsonb -> 'a', '{"a": {"b": [1, 2]}}'::jsonb -> 'a' -> 'b' -> 0, '[1, 2]'::jsonb -> -1, '{"a": 1}'::jsonb -> 'x', '[1]'::jsonb -> 5;
-- duckdb: SELECT pg_jsonb_scalar_part('{"a": {"b": [1, 2]}}', '$."a"', kpg_jsonb_member('{"a": {"b": [1, 2]}}', 'a')) AS "?column?", pg_jsonb_scalar_part(pg_jsonb_scalar_part(pg_jsonb_scalar_part('{"a": {"b": [1, 2]}}', '$."a"', kpg_jsonb_member('{"a": {"b": [1, 2]}}', 'a')), '$."b"', kpg_jsonb_member(pg_jsonb_scalar_part('{"a": {"b": [1, 2]}}', '$."a"', kpg_jsonb_member('{"a": {"b": [1, 2]}}', 'a')), 'b')), '$[0]', kpg_jsonb_element(pg_jsonb_scalar_part(pg_jsonb_scalar_part('{"a": {"b": [1, 2]}}', '$."a"', kpg_jsonb_member('{"a": {"b": [1, 2]}}', 'a')), '$."b"', kpg_jsonb_member(pg_jsonb_scalar_part('{"a": {"b": [1, 2]}}', '$."a"', kpg_jsonb_member('{"a": {"b": [1, 2]}}', 'a')), 'b')), 0)) AS "?column?:2", pg_jsonb_scalar_part('[1, 2]', '$[#-1]', kpg_jsonb_element('[1, 2]', -1)) AS "?column?:3", pg_jsonb_scalar_part('{"a": 1}', '$."x"', kpg_jsonb_member('{"a": 1}', 'x')) AS "?column?:4", pg_jsonb_scalar_part('[1]', '$[5]', kpg_jsonb_element('[1]', 5)) AS "?column?:5"
-- types: 3802 3802 3802 3802 3802
-- row: ["{\"b\": [1, 2]}", "1", "2", null, null]

-- title: as text
SELECT '{"a": "x"}'::jsonb ->> 'a', '{"a": null}'::jsonb ->> 'a', '{"a": {"b": 1, "c": 2}}'::jsonb ->> 'a', '{"a": 1.5}'::jsonb ->> 'a', '[true]'::jsonb ->> 0;
-- duckdb: SELECT pg_jsonb_scalar_text('{"a": "x"}', '$."a"', kpg_jsonb_member_text('{"a": "x"}', 'a')) AS "?column?", pg_jsonb_scalar_text('{"a": null}', '$."a"', kpg_jsonb_member_text('{"a": null}', 'a')) AS "?column?:2", pg_jsonb_scalar_text('{"a": {"b": 1, "c": 2}}', '$."a"', kpg_jsonb_member_text('{"a": {"b": 1, "c": 2}}', 'a')) AS "?column?:3", pg_jsonb_scalar_text('{"a": 1.5}', '$."a"', kpg_jsonb_member_text('{"a": 1.5}', 'a')) AS "?column?:4", pg_jsonb_scalar_text('[true]', '$[0]', kpg_jsonb_element_text('[true]', 0)) AS "?column?:5"
-- types: 25 25 25 25 25
-- row: ["x", null, "{\"b\": 1, \"c\": 2}", "1.5", "true"]

-- title: json keeps its text
SELECT '{"a":1}'::json -> 'a', '{"a":"x"}'::json ->> 'a';
-- duckdb: SELECT kpg_json_member('{"a":1}', 'a') AS "?column?", kpg_json_member_text('{"a":"x"}', 'a') AS "?column?:2"
-- types: 114 25
-- row: ["1", "x"]

-- title: paths
SELECT '{"a": {"b": [1, 2]}}'::jsonb #> '{a,b}', '{"a": {"b": [1, 2]}}'::jsonb #>> '{a,b,1}', '{"a": 1}'::jsonb #> '{x}';
-- duckdb: SELECT kpg_jsonb_path('{"a": {"b": [1, 2]}}', ['a', 'b']) AS "?column?", kpg_jsonb_path_text('{"a": {"b": [1, 2]}}', ['a', 'b', '1']) AS "?column?:2", kpg_jsonb_path('{"a": 1}', ['x']) AS "?column?:3"
-- types: 3802 25 3802
-- row: ["[1, 2]", "2", null]

-- title: computed keys
SELECT j -> k, j ->> k FROM (VALUES ('{"a": 1, "b": "x"}'::jsonb, 'a'), ('{"a": 1, "b": "x"}', 'b'), ('{"a": 1}', NULL)) AS t(j, k);
-- duckdb: SELECT kpg_jsonb_member("t"."j", "t"."k") AS "?column?", kpg_jsonb_member_text("t"."j", "t"."k") AS "?column?:2" FROM (VALUES ('{"a": 1, "b": "x"}', 'a'), ('{"a": 1, "b": "x"}', 'b'), ('{"a": 1}', NULL)) AS "t"("j", "k")
-- types: 3802 25
-- row: ["1", "1"]
-- row: ["\"x\"", "x"]
-- row: [null, null]

-- title: keys that look like paths
SELECT '{"$.a": 1, "a.b": 2, "/x": 3}'::jsonb -> '$.a', '{"$.a": 1, "a.b": 2, "/x": 3}'::jsonb -> 'a.b', '{"$.a": 1, "a.b": 2, "/x": 3}'::jsonb -> '/x';
-- duckdb: SELECT pg_jsonb_scalar_part('{"/x": 3, "$.a": 1, "a.b": 2}', '$."$.a"', kpg_jsonb_member('{"/x": 3, "$.a": 1, "a.b": 2}', '$.a')) AS "?column?", pg_jsonb_scalar_part('{"/x": 3, "$.a": 1, "a.b": 2}', '$."a.b"', kpg_jsonb_member('{"/x": 3, "$.a": 1, "a.b": 2}', 'a.b')) AS "?column?:2", pg_jsonb_scalar_part('{"/x": 3, "$.a": 1, "a.b": 2}', '$."/x"', kpg_jsonb_member('{"/x": 3, "$.a": 1, "a.b": 2}', '/x')) AS "?column?:3"
-- types: 3802 3802 3802
-- row: ["1", "2", "3"]

-- title: existence
SELECT '{"a": 1}'::jsonb ? 'a', '{"a": 1}'::jsonb ? 'b', '["a"]'::jsonb ? 'a', '{"a": 1}'::jsonb ?| ARRAY['b', 'a'], '{"a": 1}'::jsonb ?& ARRAY['b', 'a'], '"a"'::jsonb ? 'a';
-- duckdb: SELECT pg_json_exists('{"a": 1}', 'a') AS "?column?", pg_json_exists('{"a": 1}', 'b') AS "?column?:2", pg_json_exists('["a"]', 'a') AS "?column?:3", pg_json_exists_any('{"a": 1}', ['b', 'a']) AS "?column?:4", pg_json_exists_all('{"a": 1}', ['b', 'a']) AS "?column?:5", pg_json_exists('"a"', 'a') AS "?column?:6"
-- types: 16 16 16 16 16 16
-- row: ["t", "f", "t", "t", "f", "t"]

-- title: containment
SELECT '{"a": 1, "b": [1, 2, {"c": 3}]}'::jsonb @> '{"b": [1]}', '{"a": {"b": 1}}'::jsonb @> '{"b": 1}', '[1, 2]'::jsonb @> '1', '{"a": 1}'::jsonb <@ '{"a": 1, "b": 2}', '[[1]]'::jsonb @> '[1]', '{"a": {"b": 1, "c": 2}}'::jsonb @> '{"a": {"c": 2}}';
-- duckdb: SELECT kpg_jsonb_contains('{"a": 1, "b": [1, 2, {"c": 3}]}', '{"b": [1]}') AS "?column?", kpg_jsonb_contains('{"a": {"b": 1}}', '{"b": 1}') AS "?column?:2", kpg_jsonb_contains('[1, 2]', '1') AS "?column?:3", kpg_jsonb_contains('{"a": 1, "b": 2}', '{"a": 1}') AS "?column?:4", kpg_jsonb_contains('[[1]]', '[1]') AS "?column?:5", kpg_jsonb_contains('{"a": {"b": 1, "c": 2}}', '{"a": {"c": 2}}') AS "?column?:6"
-- types: 16 16 16 16 16 16
-- row: ["t", "f", "t", "t", "f", "t"]

-- title: deletion
SELECT '{"a": 1, "b": 2}'::jsonb - 'a', '["a", "b"]'::jsonb - 'a', '[1, 2, 3]'::jsonb - 1, '[1, 2, 3]'::jsonb - -1;
-- duckdb: SELECT kpg_jsonb_delete_keys('{"a": 1, "b": 2}', ['a']) AS "?column?", kpg_jsonb_delete_keys('["a", "b"]', ['a']) AS "?column?:2", kpg_jsonb_delete_index('[1, 2, 3]', CAST(1 AS INTEGER)) AS "?column?:3", kpg_jsonb_delete_index('[1, 2, 3]', CAST(-1 AS INTEGER)) AS "?column?:4"
-- types: 3802 3802 3802 3802
-- row: ["{\"b\": 2}", "[\"b\"]", "[1, 3]", "[1, 2]"]

-- title: lengths and types
SELECT jsonb_array_length('[1, 2]'), jsonb_typeof('{}'), jsonb_typeof('[]'), jsonb_typeof('"a"'), jsonb_typeof('1.5'), jsonb_typeof('true'), jsonb_typeof('null'), json_typeof('1');
-- duckdb: SELECT pg_json_array_length('[1, 2]') AS "jsonb_array_length", pg_json_typeof('{}') AS "jsonb_typeof", pg_json_typeof('[]') AS "jsonb_typeof:2", pg_json_typeof('"a"') AS "jsonb_typeof:3", pg_json_typeof('1.5') AS "jsonb_typeof:4", pg_json_typeof('true') AS "jsonb_typeof:5", pg_json_typeof('null') AS "jsonb_typeof:6", pg_json_typeof('1') AS "json_typeof"
-- types: 23 25 25 25 25 25 25 25
-- row: ["2", "object", "array", "string", "number", "boolean", "null", "number"]

-- title: not an array
SELECT jsonb_array_length('{}');
-- duckdb: SELECT pg_json_array_length('{}') AS "jsonb_array_length"
-- error: 22023 cannot get array length of a non-array

-- title: path functions
SELECT jsonb_extract_path('{"a": {"b": 1}}', 'a', 'b'), jsonb_extract_path_text('{"a": {"b": "x"}}', 'a', 'b');
-- duckdb: SELECT kpg_jsonb_path('{"a": {"b": 1}}', ['a', 'b']) AS "jsonb_extract_path", kpg_jsonb_path_text('{"a": {"b": "x"}}', ['a', 'b']) AS "jsonb_extract_path_text"
-- types: 3802 25
-- row: ["1", "x"]

-- title: elements as rows
SELECT * FROM jsonb_array_elements('[1, {"a": 2}]') AS e;
-- duckdb: SELECT "e"."value" AS "value" FROM LATERAL (SELECT unnest(kpg_jsonb_elements('[1, {"a": 2}]')) AS "value") AS "e"("value")
-- types: 3802
-- row: ["1"]
-- row: ["{\"a\": 2}"]

-- title: elements as text
SELECT jsonb_array_elements_text('["a", null, 1]');
-- duckdb: SELECT unnest(kpg_jsonb_elements_text('["a", null, 1]')) AS "jsonb_array_elements_text"
-- types: 25
-- row: ["a"]
-- row: [null]
-- row: ["1"]

-- title: keys as rows
SELECT jsonb_object_keys('{"b": 1, "a": 2, "cc": 3}');
-- duckdb: SELECT unnest(kpg_jsonb_keys('{"a": 2, "b": 1, "cc": 3}')) AS "jsonb_object_keys"
-- types: 25
-- row: ["a"]
-- row: ["b"]
-- row: ["cc"]

-- title: subscripts
SELECT ('{"a": [1, 2]}'::jsonb)['a'][1];
-- duckdb: SELECT pg_jsonb_scalar_part(pg_jsonb_scalar_part(('{"a": [1, 2]}'), '$."a"', kpg_jsonb_member(('{"a": [1, 2]}'), 'a')), '$[1]', kpg_jsonb_element(pg_jsonb_scalar_part(('{"a": [1, 2]}'), '$."a"', kpg_jsonb_member(('{"a": [1, 2]}'), 'a')), 1)) AS "jsonb"
-- types: 3802
-- row: ["2"]

-- title: comparison
SELECT '{"a": 1, "b": 2}'::jsonb = '{"b": 2, "a": 1}'::jsonb;
-- duckdb: SELECT kpg_jsonb_sort_key('{"a": 1, "b": 2}') = kpg_jsonb_sort_key('{"a": 1, "b": 2}') AS "?column?"
-- types: 16
-- row: ["t"]

-- title: groups of jsonb by value
SELECT x->'a' AS y, count(*), (x->'a')::text || '!' FROM (VALUES ('{"a": 1}'::jsonb), ('{"a": 1}'), ('{"a": [2]}'), ('{}')) v(x) GROUP BY x->'a' HAVING x->'a' > '0' ORDER BY x->'a' DESC;
-- duckdb: SELECT any_value(pg_jsonb_scalar_part("v"."x", '$."a"', kpg_jsonb_member("v"."x", 'a'))) AS "y", count(*) AS "count", (any_value(pg_jsonb_scalar_part("v"."x", '$."a"', kpg_jsonb_member("v"."x", 'a')))) || '!' AS "?column?" FROM (VALUES ('{"a": 1}'), ('{"a": 1}'), ('{"a": [2]}'), ('{}')) AS "v"("x") GROUP BY kpg_jsonb_sort_key(pg_jsonb_scalar_part("v"."x", '$."a"', kpg_jsonb_member("v"."x", 'a'))) HAVING kpg_jsonb_sort_key(pg_jsonb_scalar_part("v"."x", '$."a"', kpg_jsonb_member("v"."x", 'a'))) > kpg_jsonb_sort_key('0') ORDER BY kpg_jsonb_sort_key(pg_jsonb_scalar_part("v"."x", '$."a"', kpg_jsonb_member("v"."x", 'a'))) DESC
-- types: 3802 20 25
-- row: ["[2]", "1", "[2]!"]
-- row: ["1", "2", "1!"]

-- title: groups of jsonb by the output's number and name
SELECT x, count(*) FROM (VALUES ('1'::jsonb), ('1'), (NULL)) v(x) GROUP BY 1 ORDER BY 1;
-- duckdb: SELECT any_value("v"."x") AS "x", count(*) AS "count" FROM (VALUES ('1'), ('1'), (NULL)) AS "v"("x") GROUP BY kpg_jsonb_sort_key("v"."x") ORDER BY kpg_jsonb_sort_key("v"."x")
-- types: 3802 20
-- row: ["1", "2"]
-- row: [null, "1"]

-- title: scalars
SELECT to_json('a"b'::text), to_jsonb(1), to_json(1.50), to_json(true), to_json(date '2020-01-02'), to_json(timestamp '2020-01-02 03:04:05'), to_jsonb(NULL::text), to_json(ARRAY[1, 2]), to_jsonb(ARRAY['a', NULL]);
-- duckdb: SELECT pg_null_with('a"b', pg_json_of_text('a"b')) AS "to_json", kpg_jsonb_normal(pg_null_with(1, pg_json_of(1))) AS "to_jsonb", pg_null_with(1.50, pg_json_of(1.50)) AS "to_json:2", pg_null_with(TRUE, pg_json_of(TRUE)) AS "to_json:3", pg_null_with(CAST('2020-01-02' AS DATE), pg_json_of_text(pg_date_styled(CAST('2020-01-02' AS DATE), CAST($k_setting_datestyle AS VARCHAR)))) AS "to_json:4", pg_null_with(CAST('2020-01-02 03:04:05.000000' AS TIMESTAMP), pg_json_of_moment(pg_moment_text(CAST('2020-01-02 03:04:05.000000' AS TIMESTAMP)))) AS "to_json:5", kpg_jsonb_normal(pg_null_with(CAST(NULL AS VARCHAR), pg_json_of_text(CAST(NULL AS VARCHAR)))) AS "to_jsonb:2", pg_null_with([1, 2], pg_json_of_list([1, 2], list_transform([1, 2], lambda "kalam item": pg_json_of("kalam item")))) AS "to_json:6", kpg_jsonb_normal(pg_null_with(['a', NULL], pg_json_of_list(['a', NULL], list_transform(['a', NULL], lambda "kalam item": pg_json_of_text("kalam item"))))) AS "to_jsonb:3"
-- types: 114 3802 114 114 114 114 3802 114 3802
-- row: ["\"a\\\"b\"", "1", "1.50", "true", "\"2020-01-02\"", "\"2020-01-02T03:04:05\"", null, "[1,2]", "[\"a\", null]"]

-- title: objects
SELECT json_build_object('a', 1, 'b', 'x'), jsonb_build_object('bb', 1, 'a', NULL), json_build_object(), jsonb_build_object('k', '{"z": 1}'::jsonb);
-- duckdb: SELECT pg_json_object([pg_json_member('a', ' : ', pg_json_of(1)), pg_json_member('b', ' : ', pg_json_of_text('x'))]) AS "json_build_object", pg_jsonb_object([pg_json_member('bb', ': ', pg_json_of(1)), pg_json_member('a', ': ', pg_json_of_text(NULL))]) AS "jsonb_build_object", pg_json_object([]) AS "json_build_object:2", pg_jsonb_object([pg_json_member('k', ': ', pg_json_or_null('{"z": 1}'))]) AS "jsonb_build_object:2"
-- types: 114 3802 114 3802
-- row: ["{\"a\" : 1, \"b\" : \"x\"}", "{\"a\": null, \"bb\": 1}", "{}", "{\"k\": {\"z\": 1}}"]

-- title: arrays
SELECT json_build_array(1, 'a', NULL, true), jsonb_build_array(1, 2.5, '[1]'::jsonb), json_build_array();
-- duckdb: SELECT pg_json_array([pg_json_of(1), pg_json_of_text('a'), pg_json_of_text(NULL), pg_json_of(TRUE)], ', ') AS "json_build_array", kpg_jsonb_normal(pg_json_array([pg_json_of(1), pg_json_of(2.5), pg_json_or_null('[1]')], ', ')) AS "jsonb_build_array", pg_json_array([], ', ') AS "json_build_array:2"
-- types: 114 3802 114
-- row: ["[1, \"a\", null, true]", "[1, 2.5, [1]]", "[]"]

-- title: aggregates
SELECT json_agg(a), jsonb_agg(a ORDER BY a DESC), jsonb_agg(b) FILTER (WHERE a > 1) FROM (VALUES (1, 'x'), (2, NULL)) AS t(a, b);
-- duckdb: SELECT pg_json_rows(array_agg(pg_json_of("t"."a")), ', ') AS "json_agg", pg_json_rows(array_agg(pg_json_of("t"."a") ORDER BY "t"."a" DESC), ', ') AS "jsonb_agg", pg_json_rows(array_agg(pg_json_of_text("t"."b")) FILTER (WHERE "t"."a" > 1), ', ') AS "jsonb_agg:2" FROM (VALUES (1, 'x'), (2, NULL)) AS "t"("a", "b")
-- types: 114 3802 3802
-- row: ["[1, 2]", "[2, 1]", "[null]"]

-- title: object aggregates
SELECT json_object_agg(k, v), jsonb_object_agg(k, v) FROM (VALUES ('b', 1), ('a', 2)) AS t(k, v);
-- duckdb: SELECT pg_json_pairs(array_agg(pg_json_pair("t"."k", pg_json_of("t"."v")))) AS "json_object_agg", pg_jsonb_pairs(array_agg(pg_json_pair("t"."k", pg_json_of("t"."v")))) AS "jsonb_object_agg" FROM (VALUES ('b', 1), ('a', 2)) AS "t"("k", "v")
-- types: 114 3802
-- row: ["{ \"b\" : 1, \"a\" : 2 }", "{\"a\": 2, \"b\": 1}"]

-- title: no rows
SELECT json_agg(a), jsonb_object_agg(a, a) FROM (VALUES (1)) AS t(a) WHERE false;
-- duckdb: SELECT pg_json_rows(array_agg(pg_json_of("t"."a")), ', ') AS "json_agg", pg_jsonb_pairs(array_agg(pg_json_pair(CAST("t"."a" AS VARCHAR), pg_json_of("t"."a")))) AS "jsonb_object_agg" FROM (VALUES (1)) AS "t"("a") WHERE FALSE
-- types: 114 3802
-- row: [null, null]

-- title: a NULL key
SELECT jsonb_build_object(NULL::text, 1);
-- duckdb: SELECT pg_jsonb_object([pg_json_member(CAST(NULL AS VARCHAR), ': ', pg_json_of(1))]) AS "jsonb_build_object"
-- error: 22023 argument 1: key must not be null

-- title: timestamps with zone
SELECT to_json(timestamptz '2020-07-01 12:00:00+00'), to_jsonb(interval '1 day'), to_json(1.5::float8);
-- duckdb: SELECT pg_null_with(CAST('2020-07-01 12:00:00.000000+00' AS TIMESTAMPTZ), pg_json_of_moment(pg_moment_text(CAST('2020-07-01 12:00:00.000000+00' AS TIMESTAMPTZ)))) AS "to_json", kpg_jsonb_normal(pg_null_with(CAST('0 months 1 days 0 microseconds' AS INTERVAL), pg_json_of_text(pg_interval_styled(CAST('0 months 1 days 0 microseconds' AS INTERVAL), CAST($k_setting_intervalstyle AS VARCHAR))))) AS "to_jsonb", pg_null_with(CAST('1.5' AS DOUBLE), pg_json_of_float(pg_float_text(CAST('1.5' AS DOUBLE)))) AS "to_json:2"
-- types: 114 3802 114
-- row: ["\"2020-07-01T14:00:00+02:00\"", "\"1 day\"", "1.5"]

-- title: arrays with a line for each element
SELECT array_to_json('{1,2}'::int[], true), array_to_json(ARRAY['a', NULL], false), array_to_json('{}'::int[], true), array_to_json(NULL::int[], true), array_to_json('{1}'::int[], NULL);
-- duckdb: "SELECT pg_null_with(TRUE, pg_null_with([1, 2], pg_json_array(list_transform([1, 2], lambda \"kalam item\": pg_json_of(\"kalam item\")), CASE WHEN TRUE THEN ',\n ' ELSE ',' END))) AS \"array_to_json\", pg_null_with(FALSE, pg_null_with(['a', NULL], pg_json_array(list_transform(['a', NULL], lambda \"kalam item\": pg_json_of_text(\"kalam item\")), CASE WHEN FALSE THEN ',\n ' ELSE ',' END))) AS \"array_to_json:2\", pg_null_with(TRUE, pg_null_with(CAST([] AS INTEGER[]), pg_json_array(list_transform(CAST([] AS INTEGER[]), lambda \"kalam item\": pg_json_of(\"kalam item\")), CASE WHEN TRUE THEN ',\n ' ELSE ',' END))) AS \"array_to_json:3\", pg_null_with(TRUE, pg_null_with(CAST(NULL AS INTEGER[]), pg_json_array(list_transform(CAST(NULL AS INTEGER[]), lambda \"kalam item\": pg_json_of(\"kalam item\")), CASE WHEN TRUE THEN ',\n ' ELSE ',' END))) AS \"array_to_json:4\", pg_null_with(NULL, pg_null_with([1], pg_json_array(list_transform([1], lambda \"kalam item\": pg_json_of(\"kalam item\")), CASE WHEN NULL THEN ',\n ' ELSE ',' END))) AS \"array_to_json:5\""
-- types: 114 114 114 114 114
-- row: ["[1,\n 2]", "[\"a\",null]", "[]", null, null]

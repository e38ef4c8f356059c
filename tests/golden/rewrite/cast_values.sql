-- title: text to bool
SELECT 'yes'::bool, 'off'::bool, ' TRUE '::bool, x::bool FROM (VALUES ('t'), ('n'), ('1'), (NULL)) AS t(x);
-- duckdb: SELECT TRUE AS "bool", FALSE AS "bool:2", TRUE AS "bool:3", pg_bool_input("t"."x") AS "x" FROM (VALUES ('t'), ('n'), ('1'), (NULL)) AS "t"("x")
-- types: 16 16 16 16
-- row: ["t", "f", "t", "t"]
-- row: ["t", "f", "t", "f"]
-- row: ["t", "f", "t", "t"]
-- row: ["t", "f", "t", null]

-- title: a bad bool
SELECT x::bool FROM (VALUES ('maybe')) AS t(x);
-- duckdb: SELECT pg_bool_input("t"."x") AS "x" FROM (VALUES ('maybe')) AS "t"("x")
-- error: 22P02 invalid input syntax for type boolean: "maybe"

-- title: int and bool
SELECT 1::bool, 0::bool, true::int, false::int, x::bool FROM (VALUES (5)) AS t(x);
-- duckdb: SELECT (1 <> 0) AS "bool", (0 <> 0) AS "bool:2", CAST(TRUE AS INTEGER) AS "int4", CAST(FALSE AS INTEGER) AS "int4:2", ("t"."x" <> 0) AS "x" FROM (VALUES (5)) AS "t"("x")
-- types: 16 16 23 23 16
-- row: ["t", "f", "1", "0", "t"]

-- title: float to int rounds half to even
SELECT 2.5::float8::int, 3.5::float8::int, (-2.5)::float8::int, 0.5::float8::int8;
-- duckdb: SELECT CAST(round_even(CAST('2.5' AS DOUBLE), 0) AS INTEGER) AS "int4", CAST(round_even(CAST('3.5' AS DOUBLE), 0) AS INTEGER) AS "int4:2", CAST(round_even(CAST((-2.5) AS DOUBLE), 0) AS INTEGER) AS "int4:3", CAST(round_even(CAST('0.5' AS DOUBLE), 0) AS BIGINT) AS "int8"
-- types: 23 23 23 20
-- row: ["2", "4", "-2", "0"]

-- title: numeric to int rounds half away from zero
SELECT 2.5::int, 3.5::int, (-2.5)::int, 2.4::int8, 1.5::int2;
-- duckdb: SELECT CAST(2.5 AS INTEGER) AS "int4", CAST(3.5 AS INTEGER) AS "int4:2", CAST((-2.5) AS INTEGER) AS "int4:3", CAST(2.4 AS BIGINT) AS "int8", CAST(1.5 AS SMALLINT) AS "int2"
-- types: 23 23 23 20 21
-- row: ["3", "4", "-3", "2", "2"]

-- title: out of range
SELECT 40000::int2;
-- duckdb: SELECT CAST(40000 AS SMALLINT) AS "int2"
-- error: 22003 smallint out of range

-- title: text out of range
SELECT x::int FROM (VALUES ('99999999999')) AS t(x);
-- duckdb: SELECT CAST(pg_integer_input("t"."x", 'integer') AS INTEGER) AS "x" FROM (VALUES ('99999999999')) AS "t"("x")
-- error: 22003 value "99999999999" is out of range for type integer

-- title: text to int
SELECT x::int, x::int8 FROM (VALUES ('42'), (' -7 '), ('+5')) AS t(x);
-- duckdb: SELECT CAST(pg_integer_input("t"."x", 'integer') AS INTEGER) AS "x", CAST(pg_integer_input("t"."x", 'bigint') AS BIGINT) AS "x:2" FROM (VALUES ('42'), (' -7 '), ('+5')) AS "t"("x")
-- types: 23 20
-- row: ["42", "42"]
-- row: ["-7", "-7"]
-- row: ["5", "5"]

-- title: a bad int
SELECT x::int FROM (VALUES ('1.5')) AS t(x);
-- duckdb: SELECT CAST(pg_integer_input("t"."x", 'integer') AS INTEGER) AS "x" FROM (VALUES ('1.5')) AS "t"("x")
-- error: 22P02 invalid input syntax for type integer: "1.5"

-- title: a bad constant
SELECT 'abc'::int;
-- duckdb: 
-- error: 22P02 invalid input syntax for type integer: "abc"

-- title: text to numeric
SELECT '1.50'::numeric, '1e2'::numeric, '1.567'::numeric(10, 2), 1.005::numeric(10, 2), 5::numeric(5, 2);
-- duckdb: SELECT CAST('1.50' AS DECIMAL(38, 2)) AS "numeric", CAST('100' AS DECIMAL(38, 0)) AS "numeric:2", CAST('1.57' AS DECIMAL(38, 2)) AS "numeric:3", CAST(1.005 AS DECIMAL(10, 2)) AS "numeric:4", CAST(5 AS DECIMAL(5, 2)) AS "numeric:5"
-- types: 1700 1700 1700 1700 1700
-- row: ["1.50", "100", "1.57", "1.01", "5.00"]

-- title: numeric overflow
SELECT 12345::numeric(4, 2);
-- duckdb: SELECT CAST(12345 AS DECIMAL(4, 2)) AS "numeric"
-- error: 22003 numeric field overflow

-- title: float to numeric
SELECT 1.5::float8::numeric, 0.1::float8::numeric, 100::float8::numeric;
-- duckdb: SELECT kpg_float8_numeric(CAST('1.5' AS DOUBLE)) AS "numeric", kpg_float8_numeric(CAST('0.1' AS DOUBLE)) AS "numeric:2", kpg_float8_numeric(CAST(100 AS DOUBLE)) AS "numeric:3"
-- types: 1700 1700 1700
-- row: ["1.5", "0.1", "100"]

-- title: text to float
SELECT '1.5'::float8, 'NaN'::float8, '-Infinity'::float8, '1e5'::float4;
-- duckdb: SELECT CAST('1.5' AS DOUBLE) AS "float8", CAST('nan' AS DOUBLE) AS "float8:2", CAST('-inf' AS DOUBLE) AS "float8:3", CAST('100000.0' AS FLOAT) AS "float4"
-- types: 701 701 701 700
-- row: ["1.5", "NaN", "-Infinity", "100000"]

-- title: floats as text
SELECT 1.0::float8::text, 0.1::float8::text, 1e15::float8::text, 1e-5::float8::text, 123456789012345678::float8::text, 1.5::float4::text, 'NaN'::float8::text, '-Infinity'::float8::text, 100000::float8::text;
-- duckdb: SELECT pg_float_text(CAST('1.0' AS DOUBLE)) AS "text", pg_float_text(CAST('0.1' AS DOUBLE)) AS "text:2", pg_float_text(CAST('1000000000000000.0' AS DOUBLE)) AS "text:3", pg_float_text(CAST('1e-05' AS DOUBLE)) AS "text:4", pg_float_text(CAST(123456789012345678 AS DOUBLE)) AS "text:5", pg_float_text(CAST('1.5' AS FLOAT)) AS "text:6", pg_float_text(CAST('nan' AS DOUBLE)) AS "text:7", pg_float_text(CAST('-inf' AS DOUBLE)) AS "text:8", pg_float_text(CAST(100000 AS DOUBLE)) AS "text:9"
-- types: 25 25 25 25 25 25 25 25 25
-- row: ["1", "0.1", "1e+15", "1e-05", "1.2345678901234568e+17", "1.5", "NaN", "-Infinity", "100000"]

-- title: bools as text
SELECT true::text, false::text;
-- duckdb: SELECT pg_bool_text(TRUE) AS "text", pg_bool_text(FALSE) AS "text:2"
-- types: 25 25
-- row: ["true", "false"]

-- title: numerics as text
SELECT 1.50::text, (-0.05)::text, 100::numeric::text;
-- duckdb: SELECT CAST(1.50 AS VARCHAR) AS "text", CAST((-0.05) AS VARCHAR) AS "text:2", CAST(CAST(100 AS DECIMAL(38, 0)) AS VARCHAR) AS "text:3"
-- types: 25 25 25
-- row: ["1.50", "-0.05", "100"]

-- title: dates as text
SELECT date '2020-01-02'::text, timestamp '2020-01-02 03:04:05.678'::text, time '03:04:05'::text;
-- duckdb: SELECT pg_date_styled(CAST('2020-01-02' AS DATE), CAST($k_setting_datestyle AS VARCHAR)) AS "text", pg_timestamp_styled(CAST('2020-01-02 03:04:05.678000' AS TIMESTAMP), CAST($k_setting_datestyle AS VARCHAR)) AS "text:2", CAST(CAST('03:04:05.000000' AS TIME) AS VARCHAR) AS "text:3"
-- types: 25 25 25
-- row: ["2020-01-02", "2020-01-02 03:04:05.678", "03:04:05"]

-- title: timestamptz as text
SELECT timestamptz '2020-07-01 12:00:00+00'::text;
-- duckdb: SELECT pg_timestamptz_styled(CAST('2020-07-01 12:00:00.000000+00' AS TIMESTAMPTZ), CAST($k_setting_datestyle AS VARCHAR)) AS "text"
-- types: 25
-- row: ["2020-07-01 14:00:00+02"]

-- title: intervals as text
SELECT interval '1 year 2 mons 3 days 04:05:06.789'::text, interval '-1 day 02:00'::text, interval '0'::text, interval '-1 mon +2 days -03:00'::text, interval '100 hours'::text;
-- duckdb: SELECT pg_interval_styled(CAST('14 months 3 days 14706789000 microseconds' AS INTERVAL), CAST($k_setting_intervalstyle AS VARCHAR)) AS "text", pg_interval_styled(CAST('0 months -1 days 7200000000 microseconds' AS INTERVAL), CAST($k_setting_intervalstyle AS VARCHAR)) AS "text:2", pg_interval_styled(CAST('0 months 0 days 0 microseconds' AS INTERVAL), CAST($k_setting_intervalstyle AS VARCHAR)) AS "text:3", pg_interval_styled(CAST('-1 months 2 days -10800000000 microseconds' AS INTERVAL), CAST($k_setting_intervalstyle AS VARCHAR)) AS "text:4", pg_interval_styled(CAST('0 months 0 days 360000000000 microseconds' AS INTERVAL), CAST($k_setting_intervalstyle AS VARCHAR)) AS "text:5"
-- types: 25 25 25 25 25
-- row: ["1 year 2 mons 3 days 04:05:06.789", "-1 days +02:00:00", "00:00:00", "-1 mons +2 days -03:00:00", "100:00:00"]

-- title: arrays as text
SELECT ARRAY[1, NULL, 3]::text, ARRAY['a', 'b c', 'd"e', NULL, '', 'null']::text, ARRAY[true, false]::text, ARRAY[1.50]::text;
-- duckdb: SELECT pg_array_text(list_transform([1, NULL, 3], lambda "kalam item": CAST("kalam item" AS VARCHAR))) AS "array", pg_array_text(['a', 'b c', 'd"e', NULL, '', 'null']) AS "array:2", pg_array_text(list_transform([TRUE, FALSE], lambda "kalam item": pg_bool_letter("kalam item"))) AS "array:3", pg_array_text([CAST(1.50 AS VARCHAR)]) AS "array:4"
-- types: 25 25 25 25
-- row: ["{1,NULL,3}", "{a,\"b c\",\"d\\\"e\",NULL,\"\",\"null\"}", "{t,f}", "{1.50}"]

-- title: array literals
SELECT '{1,2,NULL}'::int[], '{a,"b c","d\"e"}'::text[], '{}'::int[], '{1.5,2.5}'::numeric[];
-- duckdb: SELECT [1, 2, CAST(NULL AS INTEGER)] AS "int4", ['a', 'b c', 'd"e'] AS "text", CAST([] AS INTEGER[]) AS "int4:2", [CAST('1.5' AS DECIMAL(38, 1)), CAST('2.5' AS DECIMAL(38, 1))] AS "numeric"
-- types: 1007 1009 1007 1231
-- row: ["{1,2,NULL}", "{a,\"b c\",\"d\\\"e\"}", "{}", "{1.5,2.5}"]

-- title: text columns to arrays
SELECT x::int[], x::text[] FROM (VALUES ('{1,2}'), ('{}'), ('{NULL,3}')) AS t(x);
-- duckdb: SELECT list_transform(pg_array_items("t"."x"), lambda "kalam item": CAST(pg_integer_input("kalam item", 'integer') AS INTEGER)) AS "x", list_transform(pg_array_items("t"."x"), lambda "kalam item": "kalam item") AS "x:2" FROM (VALUES ('{1,2}'), ('{}'), ('{NULL,3}')) AS "t"("x")
-- types: 1007 1009
-- row: ["{1,2}", "{1,2}"]
-- row: ["{}", "{}"]
-- row: ["{NULL,3}", "{NULL,3}"]

-- title: array to array
SELECT ARRAY[1, 2]::text[], ARRAY['1', '2']::int[], ARRAY[1.5, 2.5]::int[];
-- duckdb: SELECT [CAST(1 AS VARCHAR), CAST(2 AS VARCHAR)] AS "array", [CAST(pg_integer_input('1', 'integer') AS INTEGER), CAST(pg_integer_input('2', 'integer') AS INTEGER)] AS "array:2", [CAST(1.5 AS INTEGER), CAST(2.5 AS INTEGER)] AS "array:3"
-- types: 1009 1007 1007
-- row: ["{1,2}", "{1,2}", "{2,3}"]

-- title: varchar(n) truncates
SELECT 'abcdef'::varchar(3), 12345::varchar(3), 'ab'::char(4) || 'x', 'abc'::char;
-- duckdb: SELECT left('abcdef', 3) AS "varchar", left(CAST(12345 AS VARCHAR), 3) AS "varchar:2", rtrim(rpad('ab', 4, ' '), ' ') || 'x' AS "?column?", rpad('abc', 1, ' ') AS "bpchar"
-- types: 1043 1043 25 1042
-- row: ["abc", "123", "abx", "a"]

-- title: dates
SELECT '2020-02-29'::date, 'Jan 5, 2020'::date, '20200105'::date, x::date FROM (VALUES ('2020-01-02')) AS t(x);
-- duckdb: SELECT CAST('2020-02-29' AS DATE) AS "date", CAST('2020-01-05' AS DATE) AS "date:2", CAST('2020-01-05' AS DATE) AS "date:3", pg_date_input("t"."x", CAST($k_setting_datestyle AS VARCHAR), CAST($k_now AS TIMESTAMPTZ)) AS "x" FROM (VALUES ('2020-01-02')) AS "t"("x")
-- types: 1082 1082 1082 1082
-- row: ["2020-02-29", "2020-01-05", "2020-01-05", "2020-01-02"]

-- title: a bad date
SELECT '2020-02-30'::date;
-- duckdb: 
-- error: 22008 date/time field value out of range: "2020-02-30"

-- title: timestamps
SELECT '2020-01-02 03:04:05'::timestamp, '2020-01-02'::timestamp, '2020-01-02T03:04:05.123456'::timestamp, timestamp '2020-01-02 03:04:05'::date, timestamp '2020-01-02 03:04:05'::time;
-- duckdb: SELECT CAST('2020-01-02 03:04:05.000000' AS TIMESTAMP) AS "timestamp", CAST('2020-01-02 00:00:00.000000' AS TIMESTAMP) AS "timestamp:2", CAST('2020-01-02 03:04:05.123456' AS TIMESTAMP) AS "timestamp:3", CAST(CAST('2020-01-02 03:04:05.000000' AS TIMESTAMP) AS DATE) AS "date", pg_timestamp_time(CAST('2020-01-02 03:04:05.000000' AS TIMESTAMP)) AS "time"
-- types: 1114 1114 1114 1082 1083
-- row: ["2020-01-02 03:04:05", "2020-01-02 00:00:00", "2020-01-02 03:04:05.123456", "2020-01-02", "03:04:05"]

-- title: timestamptz follows the session's zone
SELECT '2020-01-02 03:04:05'::timestamptz, '2020-07-02 03:04:05Z'::timestamptz, timestamp '2020-01-02 03:04:05'::timestamptz, timestamptz '2020-01-02 23:30:00+00'::date, date '2020-01-02'::timestamptz;
-- duckdb: SELECT CAST('2020-01-02 02:04:05.000000+00' AS TIMESTAMPTZ) AS "timestamptz", CAST('2020-07-02 03:04:05.000000+00' AS TIMESTAMPTZ) AS "timestamptz:2", CAST(CAST('2020-01-02 03:04:05.000000' AS TIMESTAMP) AS TIMESTAMPTZ) AS "timestamptz:3", CAST(CAST('2020-01-02 23:30:00.000000+00' AS TIMESTAMPTZ) AS DATE) AS "date", CAST(CAST('2020-01-02' AS DATE) AS TIMESTAMPTZ) AS "timestamptz:4"
-- types: 1184 1184 1184 1082 1184
-- row: ["2020-01-02 03:04:05+01", "2020-07-02 05:04:05+02", "2020-01-02 03:04:05+01", "2020-01-03", "2020-01-02 00:00:00+01"]

-- title: uuid
SELECT 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid, x::uuid FROM (VALUES ('a0eebc999c0b4ef8bb6d6bb9bd380a11')) AS t(x);
-- duckdb: SELECT CAST('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' AS UUID) AS "uuid", CAST("t"."x" AS UUID) AS "x" FROM (VALUES ('a0eebc999c0b4ef8bb6d6bb9bd380a11')) AS "t"("x")
-- types: 2950 2950
-- row: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]

-- title: a bad uuid
SELECT 'xyz'::uuid;
-- duckdb: 
-- error: 22P02 invalid input syntax for type uuid: "xyz"

-- title: bytea
SELECT '\x0aff'::bytea, 'abc'::bytea, x::bytea, '\x0aff'::bytea::text FROM (VALUES ('\x00ff')) AS t(x);
-- duckdb: SELECT unhex('0aff') AS "bytea", unhex('616263') AS "bytea:2", pg_bytea_input("t"."x") AS "x", pg_bytea_text(unhex('0aff')) AS "text" FROM (VALUES ('\x00ff')) AS "t"("x")
-- types: 17 17 17 25
-- row: ["\\x0aff", "\\x616263", "\\x00ff", "\\x0aff"]

-- title: json
SELECT '{"b": 1, "a": [1,2]}'::json, '{"b": 1, "aa": 2, "a": [1,2]}'::jsonb, x::jsonb FROM (VALUES ('{"b":1,"a":{"d":2}}')) AS t(x);
-- duckdb: SELECT '{"b": 1, "a": [1,2]}' AS "json", '{"a": [1, 2], "b": 1, "aa": 2}' AS "jsonb", kpg_jsonb_normal("t"."x") AS "x" FROM (VALUES ('{"b":1,"a":{"d":2}}')) AS "t"("x")
-- types: 114 3802 3802
-- row: ["{\"b\": 1, \"a\": [1,2]}", "{\"a\": [1, 2], \"b\": 1, \"aa\": 2}", "{\"a\": {\"d\": 2}, \"b\": 1}"]

-- title: bad json
SELECT x::json FROM (VALUES ('{a')) AS t(x);
-- duckdb: SELECT kpg_json_input("t"."x") AS "x" FROM (VALUES ('{a')) AS "t"("x")
-- error: 22P02 invalid input syntax for type json

-- title: jsonb to scalars
SELECT '5'::jsonb::int, '2.5'::jsonb::numeric, 'true'::jsonb::bool, '1.5'::jsonb::float8;
-- duckdb: SELECT CAST(CAST(pg_jsonb_scalar('5', 'numeric') AS DECIMAL(38, 10)) AS INTEGER) AS "int4", pg_jsonb_scalar('2.5', 'numeric') AS "numeric", CAST(pg_jsonb_scalar('true', 'boolean') AS BOOLEAN) AS "bool", CAST(pg_jsonb_scalar('1.5', 'numeric') AS DOUBLE) AS "float8"
-- types: 23 1700 16 701
-- row: ["5", "2.5", "t", "1.5"]

-- title: name and oid
SELECT 'abc'::name, 5::oid, 'x'::text::varchar;
-- duckdb: SELECT 'abc' AS "name", CAST(5 AS UINTEGER) AS "oid", 'x' AS "varchar"
-- types: 19 26 1043
-- row: ["abc", "5", "x"]

-- title: NULL
SELECT NULL::int, NULL::text, NULL::bool::text, NULL::int[];
-- duckdb: SELECT CAST(NULL AS INTEGER) AS "int4", CAST(NULL AS VARCHAR) AS "text", pg_bool_text(CAST(NULL AS BOOLEAN)) AS "text:2", CAST(NULL AS INTEGER[]) AS "int4:2"
-- types: 23 25 25 1007
-- row: [null, null, null, null]

-- title: an array of timestamptz from a literal
SELECT x FROM unnest('{"2024-05-17 08:30:15+00",NULL}'::timestamptz[]) AS t(x);
-- duckdb: SELECT "t"."x" AS "x" FROM LATERAL (SELECT unnest([CAST('2024-05-17 08:30:15.000000+00' AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ)]) AS "x") AS "t"("x")
-- types: 1184
-- row: ["2024-05-17 10:30:15+02"]
-- row: [null]

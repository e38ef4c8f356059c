-- title: text to bool
SELECT 'yes'::bool, 'off'::bool, ' TRUE '::bool, x::bool FROM (VALUES ('t'), ('n'), ('1'), (NULL)) AS t(x);

-- title: a bad bool
SELECT x::bool FROM (VALUES ('maybe')) AS t(x);

-- title: int and bool
SELECT 1::bool, 0::bool, true::int, false::int, x::bool FROM (VALUES (5)) AS t(x);

-- title: float to int rounds half to even
SELECT 2.5::float8::int, 3.5::float8::int, (-2.5)::float8::int, 0.5::float8::int8;

-- title: numeric to int rounds half away from zero
SELECT 2.5::int, 3.5::int, (-2.5)::int, 2.4::int8, 1.5::int2;

-- title: out of range
SELECT 40000::int2;

-- title: text out of range
SELECT x::int FROM (VALUES ('99999999999')) AS t(x);

-- title: text to int
SELECT x::int, x::int8 FROM (VALUES ('42'), (' -7 '), ('+5')) AS t(x);

-- title: a bad int
SELECT x::int FROM (VALUES ('1.5')) AS t(x);

-- title: a bad constant
SELECT 'abc'::int;

-- title: text to numeric
SELECT '1.50'::numeric, '1e2'::numeric, '1.567'::numeric(10, 2), 1.005::numeric(10, 2), 5::numeric(5, 2);

-- title: numeric overflow
SELECT 12345::numeric(4, 2);

-- title: float to numeric
SELECT 1.5::float8::numeric, 0.1::float8::numeric, 100::float8::numeric;

-- title: text to float
SELECT '1.5'::float8, 'NaN'::float8, '-Infinity'::float8, '1e5'::float4;

-- title: floats as text
SELECT 1.0::float8::text, 0.1::float8::text, 1e15::float8::text, 1e-5::float8::text, 123456789012345678::float8::text, 1.5::float4::text, 'NaN'::float8::text, '-Infinity'::float8::text, 100000::float8::text;

-- title: bools as text
SELECT true::text, false::text;

-- title: numerics as text
SELECT 1.50::text, (-0.05)::text, 100::numeric::text;

-- title: dates as text
SELECT date '2020-01-02'::text, timestamp '2020-01-02 03:04:05.678'::text, time '03:04:05'::text;

-- title: timestamptz as text
SELECT timestamptz '2020-07-01 12:00:00+00'::text;

-- title: intervals as text
SELECT interval '1 year 2 mons 3 days 04:05:06.789'::text, interval '-1 day 02:00'::text, interval '0'::text, interval '-1 mon +2 days -03:00'::text, interval '100 hours'::text;

-- title: arrays as text
SELECT ARRAY[1, NULL, 3]::text, ARRAY['a', 'b c', 'd"e', NULL, '', 'null']::text, ARRAY[true, false]::text, ARRAY[1.50]::text;

-- title: array literals
SELECT '{1,2,NULL}'::int[], '{a,"b c","d\"e"}'::text[], '{}'::int[], '{1.5,2.5}'::numeric[];

-- title: text columns to arrays
SELECT x::int[], x::text[] FROM (VALUES ('{1,2}'), ('{}'), ('{NULL,3}')) AS t(x);

-- title: array to array
SELECT ARRAY[1, 2]::text[], ARRAY['1', '2']::int[], ARRAY[1.5, 2.5]::int[];

-- title: varchar(n) truncates
SELECT 'abcdef'::varchar(3), 12345::varchar(3), 'ab'::char(4) || 'x', 'abc'::char;

-- title: dates
SELECT '2020-02-29'::date, 'Jan 5, 2020'::date, '20200105'::date, x::date FROM (VALUES ('2020-01-02')) AS t(x);

-- title: a bad date
SELECT '2020-02-30'::date;

-- title: timestamps
SELECT '2020-01-02 03:04:05'::timestamp, '2020-01-02'::timestamp, '2020-01-02T03:04:05.123456'::timestamp, timestamp '2020-01-02 03:04:05'::date, timestamp '2020-01-02 03:04:05'::time;

-- title: timestamptz follows the session's zone
SELECT '2020-01-02 03:04:05'::timestamptz, '2020-07-02 03:04:05Z'::timestamptz, timestamp '2020-01-02 03:04:05'::timestamptz, timestamptz '2020-01-02 23:30:00+00'::date, date '2020-01-02'::timestamptz;

-- title: uuid
SELECT 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid, x::uuid FROM (VALUES ('a0eebc999c0b4ef8bb6d6bb9bd380a11')) AS t(x);

-- title: a bad uuid
SELECT 'xyz'::uuid;

-- title: bytea
SELECT '\x0aff'::bytea, 'abc'::bytea, x::bytea, '\x0aff'::bytea::text FROM (VALUES ('\x00ff')) AS t(x);

-- title: json
SELECT '{"b": 1, "a": [1,2]}'::json, '{"b": 1, "aa": 2, "a": [1,2]}'::jsonb, x::jsonb FROM (VALUES ('{"b":1,"a":{"d":2}}')) AS t(x);

-- title: bad json
SELECT x::json FROM (VALUES ('{a')) AS t(x);

-- title: jsonb to scalars
SELECT '5'::jsonb::int, '2.5'::jsonb::numeric, 'true'::jsonb::bool, '1.5'::jsonb::float8;

-- title: name and oid
SELECT 'abc'::name, 5::oid, 'x'::text::varchar;

-- title: NULL
SELECT NULL::int, NULL::text, NULL::bool::text, NULL::int[];

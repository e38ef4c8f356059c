-- title: int overflow
SELECT 2147483647 + 1;
-- duckdb: SELECT 2147483647 + 1 AS "?column?"
-- error: 22003 integer out of range

-- title: int8 overflow
SELECT 9223372036854775807 + 1;
-- duckdb: SELECT 9223372036854775807 + 1 AS "?column?"
-- error: 22003 bigint out of range

-- title: int2 overflow
SELECT 32767::int2 + 1::int2;
-- duckdb: SELECT CAST(32767 AS SMALLINT) + CAST(1 AS SMALLINT) AS "?column?"
-- error: 22003 smallint out of range

-- title: int2 beside a literal is an int4
SELECT 32767::int2 + 1;
-- duckdb: SELECT CAST(32767 AS SMALLINT) + CAST(1 AS INTEGER) AS "?column?"
-- types: 23
-- row: ["32768"]

-- title: multiplication overflow
SELECT 2147483647 * 2;
-- duckdb: SELECT 2147483647 * 2 AS "?column?"
-- error: 22003 integer out of range

-- title: date and integer
SELECT date '2020-02-28' + 2, date '2020-03-01' - 1, 1 + date '2020-01-01';
-- duckdb: SELECT pg_date_plus(CAST('2020-02-28' AS DATE), 2) AS "?column?", pg_date_plus(CAST('2020-03-01' AS DATE), -(1)) AS "?column?:2", pg_date_plus(CAST('2020-01-01' AS DATE), 1) AS "?column?:3"
-- types: 1082 1082 1082
-- row: ["2020-03-01", "2020-02-29", "2020-01-02"]

-- title: date minus date
SELECT date '2020-03-01' - date '2020-02-01';
-- duckdb: SELECT pg_date_difference(CAST('2020-03-01' AS DATE), CAST('2020-02-01' AS DATE)) AS "?column?"
-- types: 23
-- row: ["29"]

-- title: date and interval
SELECT date '2020-01-31' + interval '1 month', date '2020-01-01' - interval '1 hour';
-- duckdb: SELECT pg_timestamp_checked_once(CAST('2020-01-31' AS DATE) + CAST('1 months 0 days 0 microseconds' AS INTERVAL)) AS "?column?", pg_timestamp_checked_once(CAST('2020-01-01' AS DATE) - CAST('0 months 0 days 3600000000 microseconds' AS INTERVAL)) AS "?column?:2"
-- types: 1114 1114
-- row: ["2020-02-29 00:00:00", "2019-12-31 23:00:00"]

-- title: timestamp and interval
SELECT timestamp '2020-01-31 10:00' + interval '1 month 2 days 03:04:05.678', timestamp '2020-03-31' - interval '1 month';
-- duckdb: SELECT pg_timestamp_checked_once(CAST('2020-01-31 10:00:00.000000' AS TIMESTAMP) + CAST('1 months 2 days 11045678000 microseconds' AS INTERVAL)) AS "?column?", pg_timestamp_checked_once(CAST('2020-03-31 00:00:00.000000' AS TIMESTAMP) - CAST('1 months 0 days 0 microseconds' AS INTERVAL)) AS "?column?:2"
-- types: 1114 1114
-- row: ["2020-03-02 13:04:05.678", "2020-02-29 00:00:00"]

-- title: timestamp minus timestamp
SELECT timestamp '2020-03-01 12:00' - timestamp '2020-02-01 13:30', timestamp '2020-01-01' - timestamp '2020-01-05 01:00';
-- duckdb: SELECT pg_moment_difference(CAST('2020-03-01 12:00:00.000000' AS TIMESTAMP), CAST('2020-02-01 13:30:00.000000' AS TIMESTAMP)) AS "?column?", pg_moment_difference(CAST('2020-01-01 00:00:00.000000' AS TIMESTAMP), CAST('2020-01-05 01:00:00.000000' AS TIMESTAMP)) AS "?column?:2"
-- types: 1186 1186
-- row: ["28 days 22:30:00", "-4 days -01:00:00"]

-- title: timestamptz minus timestamptz
SELECT timestamptz '2020-03-01 12:00+00' - timestamptz '2020-02-01 13:30+00';
-- duckdb: SELECT pg_moment_difference(CAST('2020-03-01 12:00:00.000000+00' AS TIMESTAMPTZ), CAST('2020-02-01 13:30:00.000000+00' AS TIMESTAMPTZ)) AS "?column?"
-- types: 1186
-- row: ["28 days 22:30:00"]

-- title: timestamptz and interval across a change of clocks
SELECT timestamptz '2024-03-30 12:00:00+01' + interval '1 day', timestamptz '2024-03-30 12:00:00+01' + interval '24 hours';
-- duckdb: SELECT pg_timestamptz_checked_once(pg_timestamptz_plus(CAST('2024-03-30 11:00:00.000000+00' AS TIMESTAMPTZ), CAST('0 months 1 days 0 microseconds' AS INTERVAL))) AS "?column?", pg_timestamptz_checked_once(pg_timestamptz_plus(CAST('2024-03-30 11:00:00.000000+00' AS TIMESTAMPTZ), CAST('0 months 0 days 86400000000 microseconds' AS INTERVAL))) AS "?column?:2"
-- types: 1184 1184
-- row: ["2024-03-31 12:00:00+02", "2024-03-31 13:00:00+02"]

-- title: date minus timestamp
SELECT date '2020-03-01' - timestamp '2020-02-01 12:00';
-- duckdb: SELECT pg_moment_difference(CAST(CAST('2020-03-01' AS DATE) AS TIMESTAMP), CAST('2020-02-01 12:00:00.000000' AS TIMESTAMP)) AS "?column?"
-- types: 1186
-- row: ["28 days 12:00:00"]

-- title: time arithmetic
SELECT time '10:00' + interval '2 hours', time '23:00' + interval '2 hours', time '10:00' - time '08:30', date '2020-01-01' + time '10:00';
-- duckdb: SELECT CAST('10:00:00.000000' AS TIME) + CAST('0 months 0 days 7200000000 microseconds' AS INTERVAL) AS "?column?", CAST('23:00:00.000000' AS TIME) + CAST('0 months 0 days 7200000000 microseconds' AS INTERVAL) AS "?column?:2", pg_time_difference(CAST('10:00:00.000000' AS TIME), CAST('08:30:00.000000' AS TIME)) AS "?column?:3", pg_timestamp_checked_once(CAST('2020-01-01' AS DATE) + CAST('10:00:00.000000' AS TIME)) AS "?column?:4"
-- types: 1083 1083 1186 1114
-- row: ["12:00:00", "01:00:00", "01:30:00", "2020-01-01 10:00:00"]

-- title: interval arithmetic
SELECT interval '1 day' + interval '2 hours', interval '1 month' - interval '1 day', -interval '1 day 02:00';
-- duckdb: SELECT CAST('0 months 1 days 0 microseconds' AS INTERVAL) + CAST('0 months 0 days 7200000000 microseconds' AS INTERVAL) AS "?column?", CAST('1 months 0 days 0 microseconds' AS INTERVAL) - CAST('0 months 1 days 0 microseconds' AS INTERVAL) AS "?column?:2", -CAST('0 months 1 days 7200000000 microseconds' AS INTERVAL) AS "?column?:3"
-- types: 1186 1186 1186
-- row: ["1 day 02:00:00", "1 mon -1 days", "-1 days -02:00:00"]

-- title: interval times a number
SELECT interval '1 day' * 2, interval '1 day' * 1.5, 0.5 * interval '1 month', interval '1 hour' * 2.5;
-- duckdb: SELECT pg_interval_mul(CAST('0 months 1 days 0 microseconds' AS INTERVAL), 2) AS "?column?", pg_interval_mul(CAST('0 months 1 days 0 microseconds' AS INTERVAL), 1.5) AS "?column?:2", pg_interval_mul(CAST('1 months 0 days 0 microseconds' AS INTERVAL), 0.5) AS "?column?:3", pg_interval_mul(CAST('0 months 0 days 3600000000 microseconds' AS INTERVAL), 2.5) AS "?column?:4"
-- types: 1186 1186 1186 1186
-- row: ["2 days", "1 day 12:00:00", "15 days", "02:30:00"]

-- title: infinite dates
SELECT 'infinity'::timestamp, '-infinity'::date, date '0044-03-15 BC';
-- duckdb: SELECT CAST('infinity' AS TIMESTAMP) AS "timestamp", CAST('-infinity' AS DATE) AS "date", CAST('0044-03-15 (BC)' AS DATE) AS "date:2"
-- types: 1114 1082 1082
-- row: ["infinity", "-infinity", "0044-03-15 BC"]

-- title: float4 with int4 is float8
SELECT 1.5::float4 + 1, 0.1::float4 * 3, 0.1::float4 + 0.2::float4;
-- duckdb: SELECT pg_float_add(CAST(CAST('1.5' AS FLOAT) AS DOUBLE), CAST(1 AS DOUBLE)) AS "?column?", pg_float_multiply(CAST(CAST('0.10000000149011612' AS FLOAT) AS DOUBLE), CAST(3 AS DOUBLE)) AS "?column?:2", pg_float_add(CAST('0.10000000149011612' AS FLOAT), CAST('0.20000000298023224' AS FLOAT)) AS "?column?:3"
-- types: 701 701 700
-- row: ["2.5", "0.30000000447034836", "0.3"]

-- title: numeric scales
SELECT 1.50 + 2.5, 1.50 * 2.5, 10 - 0.10, 1.5 + 1::int8, 2 * 1.00;
-- duckdb: SELECT 1.50 + 2.5 AS "?column?", 1.50 * 2.5 AS "?column?:2", 10 - 0.10 AS "?column?:3", 1.5 + CAST(1 AS BIGINT) AS "?column?:4", 2 * 1.00 AS "?column?:5"
-- types: 1700 1700 1700 1700 1700
-- row: ["4.00", "3.750", "9.90", "2.5", "2.00"]

-- title: numeric with float
SELECT 1.5 + 1.5::float8;
-- duckdb: SELECT pg_float_add(CAST(1.5 AS DOUBLE), CAST('1.5' AS DOUBLE)) AS "?column?"
-- types: 701
-- row: ["3"]

-- title: unary minus
SELECT - 5, - (-5), + 3, - 1.50, -(-32768)::int4;
-- duckdb: SELECT -5 AS "?column?", 5 AS "?column?:2", 3 AS "?column?:3", -1.50 AS "?column?:4", -(-32768) AS "?column?:5"
-- types: 23 23 23 1700 23
-- row: ["-5", "5", "3", "-1.50", "32768"]

-- title: abs
SELECT abs(-5), abs(-1.50), abs(-1.5::float8);
-- duckdb: SELECT abs(-5) AS "abs", abs(-1.50) AS "abs:2", abs(-CAST('1.5' AS DOUBLE)) AS "abs:3"
-- types: 23 1700 701
-- row: ["5", "1.50", "1.5"]

-- title: large integers are numeric
SELECT 9223372036854775808, 12345678901234567890123 + 1;
-- duckdb: SELECT CAST('9223372036854775808' AS DECIMAL(38, 0)) AS "?column?", CAST('12345678901234567890123' AS DECIMAL(38, 0)) + 1 AS "?column?:2"
-- types: 1700 1700
-- row: ["9223372036854775808", "12345678901234567890124"]

-- title: numeric literals
SELECT 1e3, 1.5e-3, .5, 5., 0.10, 1e-10;
-- duckdb: SELECT CAST('1000' AS DECIMAL(38, 0)) AS "?column?", CAST('0.0015' AS DECIMAL(38, 4)) AS "?column?:2", 0.5 AS "?column?:3", CAST('5' AS DECIMAL(38, 0)) AS "?column?:4", 0.10 AS "?column?:5", CAST('0.0000000001' AS DECIMAL(38, 10)) AS "?column?:6"
-- types: 1700 1700 1700 1700 1700 1700
-- row: ["1000", "0.0015", "0.5", "5", "0.10", "0.0000000001"]

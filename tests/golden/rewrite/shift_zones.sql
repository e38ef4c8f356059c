-- title: to and from
SELECT timestamp '2020-07-01 12:00' AT TIME ZONE 'America/New_York', timestamptz '2020-07-01 12:00+00' AT TIME ZONE 'America/New_York', timestamptz '2020-07-01 12:00+00' AT TIME ZONE 'UTC';
-- duckdb: SELECT pg_timestamp_at('America/New_York', CAST('2020-07-01 12:00:00.000000' AS TIMESTAMP)) AS "timezone", pg_timestamptz_at('America/New_York', CAST('2020-07-01 12:00:00.000000+00' AS TIMESTAMPTZ)) AS "timezone:2", pg_timestamptz_at('UTC', CAST('2020-07-01 12:00:00.000000+00' AS TIMESTAMPTZ)) AS "timezone:3"
-- types: 1184 1114 1114
-- row: ["2020-07-01 18:00:00+02", "2020-07-01 08:00:00", "2020-07-01 12:00:00"]

-- title: timezone()
SELECT timezone('Asia/Tokyo', timestamptz '2020-07-01 12:00+00');
-- duckdb: SELECT pg_timestamptz_at('Asia/Tokyo', CAST('2020-07-01 12:00:00.000000+00' AS TIMESTAMPTZ)) AS "timezone"
-- types: 1114
-- row: ["2020-07-01 21:00:00"]

-- title: an unknown zone
SELECT timestamp '2020-07-01 12:00' AT TIME ZONE 'Nowhere/City';
-- duckdb: SELECT pg_timestamp_at('Nowhere/City', CAST('2020-07-01 12:00:00.000000' AS TIMESTAMP)) AS "timezone"
-- error: 22023 time zone "Nowhere/City" not recognized

-- title: date_trunc
SELECT date_trunc('month', timestamp '2020-05-06 07:08:09'), date_trunc('week', timestamp '2020-05-06 07:08:09'), date_trunc('hour', timestamptz '2020-05-06 07:08:09+00'), date_trunc('day', timestamptz '2020-05-06 23:08:09+00'), date_trunc('quarter', date '2020-05-06');
-- duckdb: SELECT date_trunc('month', CAST('2020-05-06 07:08:09.000000' AS TIMESTAMP)) AS "date_trunc", date_trunc('week', CAST('2020-05-06 07:08:09.000000' AS TIMESTAMP)) AS "date_trunc:2", pg_trunc_zoned('hour', CAST('2020-05-06 07:08:09.000000+00' AS TIMESTAMPTZ)) AS "date_trunc:3", pg_trunc_zoned('day', CAST('2020-05-06 23:08:09.000000+00' AS TIMESTAMPTZ)) AS "date_trunc:4", pg_trunc_zoned('quarter', CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ)) AS "date_trunc:5"
-- types: 1114 1114 1184 1184 1184
-- row: ["2020-05-01 00:00:00", "2020-05-04 00:00:00", "2020-05-06 09:00:00+02", "2020-05-07 00:00:00+02", "2020-04-01 00:00:00+02"]

-- title: date_trunc in a zone
SELECT date_trunc('day', timestamptz '2020-05-06 23:08:09+00', 'America/New_York'), date_trunc('year', interval '14 months');
-- duckdb: SELECT pg_date_trunc_zone('day', CAST('2020-05-06 23:08:09.000000+00' AS TIMESTAMPTZ), 'America/New_York') AS "date_trunc", date_trunc('year', CAST('14 months 0 days 0 microseconds' AS INTERVAL)) AS "date_trunc:2"
-- types: 1184 1186
-- row: ["2020-05-06 06:00:00+02", "1 year"]

-- title: age
SELECT age(timestamp '2020-03-01', timestamp '2019-01-31'), age(timestamp '2001-04-10', timestamp '1957-06-13');
-- duckdb: SELECT pg_age(CAST('2020-03-01 00:00:00.000000' AS TIMESTAMP), CAST('2019-01-31 00:00:00.000000' AS TIMESTAMP)) AS "age", pg_age(CAST('2001-04-10 00:00:00.000000' AS TIMESTAMP), CAST('1957-06-13 00:00:00.000000' AS TIMESTAMP)) AS "age:2"
-- types: 1186 1186
-- row: ["1 year 1 mon 1 day", "43 years 9 mons 27 days"]

-- title: making
SELECT make_date(2020, 2, 29), make_time(8, 15, 23.5), make_timestamp(2020, 1, 2, 3, 4, 5.5), make_interval(1, 2), make_interval(0, 0, 1, 2, 3, 4, 5.5);
-- duckdb: SELECT pg_make_date(2020, 2, 29) AS "make_date", pg_make_time(8, 15, CAST('23.5' AS DOUBLE)) AS "make_time", pg_make_timestamp(2020, 1, 2, 3, 4, CAST('5.5' AS DOUBLE)) AS "make_timestamp", pg_make_interval(1, 2) AS "make_interval", pg_make_interval(0, 0, 1, 2, 3, 4, CAST('5.5' AS DOUBLE)) AS "make_interval:2"
-- types: 1082 1083 1114 1186 1186
-- row: ["2020-02-29", "08:15:23.5", "2020-01-02 03:04:05.5", "1 year 2 mons", "9 days 03:04:05.5"]

-- title: justify
SELECT justify_days(interval '35 days'), justify_hours(interval '27 hours'), justify_interval(interval '1 mon -1 hour');
-- duckdb: SELECT pg_justify_days(CAST('0 months 35 days 0 microseconds' AS INTERVAL)) AS "justify_days", pg_justify_hours(CAST('0 months 0 days 97200000000 microseconds' AS INTERVAL)) AS "justify_hours", pg_justify_interval(CAST('1 months 0 days -3600000000 microseconds' AS INTERVAL)) AS "justify_interval"
-- types: 1186 1186 1186
-- row: ["1 mon 5 days", "1 day 03:00:00", "29 days 23:00:00"]

-- title: date_bin
SELECT date_bin('15 minutes', timestamp '2020-02-11 15:44:17', timestamp '2001-01-01');
-- duckdb: SELECT pg_date_bin(CAST('0 months 0 days 900000000 microseconds' AS INTERVAL), CAST('2020-02-11 15:44:17.000000' AS TIMESTAMP), CAST('2001-01-01 00:00:00.000000' AS TIMESTAMP)) AS "date_bin"
-- types: 1114
-- row: ["2020-02-11 15:30:00"]

-- title: to_timestamp of an epoch
SELECT to_timestamp(1284352323.5), isfinite(date '2020-01-01'), isfinite('infinity'::timestamp);
-- duckdb: SELECT pg_to_timestamp(CAST('1284352323.5' AS DOUBLE)) AS "to_timestamp", isfinite(CAST('2020-01-01' AS DATE)) AS "isfinite", isfinite(CAST('infinity' AS TIMESTAMP)) AS "isfinite:2"
-- types: 1184 16 16
-- row: ["2010-09-13 06:32:03.5+02", "t", "f"]

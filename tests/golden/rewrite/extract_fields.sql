-- title: date fields
SELECT extract(year from date '2020-05-06'), extract(month from date '2020-05-06'), extract(day from date '2020-05-06'), extract(quarter from date '2020-05-06'), extract(week from date '2020-01-01'), extract(isoyear from date '2021-01-01');
-- duckdb: SELECT pg_year_text(CAST('2020-05-06' AS DATE)) AS "extract", CAST(date_part('month', CAST('2020-05-06' AS DATE)) AS DECIMAL(38, 0)) AS "extract:2", CAST(date_part('day', CAST('2020-05-06' AS DATE)) AS DECIMAL(38, 0)) AS "extract:3", CAST(date_part('quarter', CAST('2020-05-06' AS DATE)) AS DECIMAL(38, 0)) AS "extract:4", CAST(date_part('week', CAST('2020-01-01' AS DATE)) AS DECIMAL(38, 0)) AS "extract:5", pg_isoyear_text(CAST('2021-01-01' AS DATE)) AS "extract:6"
-- types: 1700 1700 1700 1700 1700 1700
-- row: ["2020", "5", "6", "2", "1", "2020"]

-- title: weekdays
SELECT extract(dow from date '2020-01-05'), extract(isodow from date '2020-01-05'), extract(doy from date '2020-03-01');
-- duckdb: SELECT CAST(date_part('dow', CAST('2020-01-05' AS DATE)) AS DECIMAL(38, 0)) AS "extract", CAST(date_part('isodow', CAST('2020-01-05' AS DATE)) AS DECIMAL(38, 0)) AS "extract:2", CAST(date_part('doy', CAST('2020-03-01' AS DATE)) AS DECIMAL(38, 0)) AS "extract:3"
-- types: 1700 1700 1700
-- row: ["0", "7", "61"]

-- title: time fields
SELECT extract(hour from timestamp '2020-01-02 03:04:05.678'), extract(minute from timestamp '2020-01-02 03:04:05.678'), extract(second from timestamp '2020-01-02 03:04:05.678'), extract(milliseconds from timestamp '2020-01-02 03:04:05.678'), extract(microseconds from timestamp '2020-01-02 03:04:05.678');
-- duckdb: SELECT CAST(date_part('hour', CAST('2020-01-02 03:04:05.678000' AS TIMESTAMP)) AS DECIMAL(38, 0)) AS "extract", CAST(date_part('minute', CAST('2020-01-02 03:04:05.678000' AS TIMESTAMP)) AS DECIMAL(38, 0)) AS "extract:2", CAST(pg_seconds(CAST('2020-01-02 03:04:05.678000' AS TIMESTAMP)) AS DECIMAL(38, 6)) AS "extract:3", CAST(pg_milliseconds(CAST('2020-01-02 03:04:05.678000' AS TIMESTAMP)) AS DECIMAL(38, 3)) AS "extract:4", CAST(date_part('microseconds', CAST('2020-01-02 03:04:05.678000' AS TIMESTAMP)) AS DECIMAL(38, 0)) AS "extract:5"
-- types: 1700 1700 1700 1700 1700
-- row: ["3", "4", "5.678000", "5678.000", "5678000"]

-- title: epoch
SELECT extract(epoch from timestamp '2020-01-02 03:04:05.678'), extract(epoch from date '2020-01-02'), extract(epoch from timestamptz '2020-01-02 03:04:05+00'), extract(epoch from interval '1 day 02:00'), extract(epoch from interval '1 year 1 month'), extract(epoch from time '01:00');
-- duckdb: SELECT pg_epoch_text(CAST('2020-01-02 03:04:05.678000' AS TIMESTAMP)) AS "extract", pg_epoch_text_of_date(CAST('2020-01-02' AS DATE)) AS "extract:2", pg_epoch_text(CAST('2020-01-02 03:04:05.000000+00' AS TIMESTAMPTZ)) AS "extract:3", CAST(pg_interval_epoch(CAST('0 months 1 days 7200000000 microseconds' AS INTERVAL)) AS DECIMAL(38, 6)) AS "extract:4", CAST(pg_interval_epoch(CAST('13 months 0 days 0 microseconds' AS INTERVAL)) AS DECIMAL(38, 6)) AS "extract:5", CAST(pg_time_epoch(CAST('01:00:00.000000' AS TIME)) AS DECIMAL(38, 6)) AS "extract:6"
-- types: 1700 1700 1700 1700 1700 1700
-- row: ["1577934245.678000", "1577923200", "1577934245.000000", "93600.000000", "34149600.000000", "3600.000000"]

-- title: centuries
SELECT extract(century from date '2000-12-31'), extract(century from date '2001-01-01'), extract(decade from date '2019-01-01'), extract(millennium from date '2001-01-01');
-- duckdb: SELECT pg_century_text(CAST('2000-12-31' AS DATE)) AS "extract", pg_century_text(CAST('2001-01-01' AS DATE)) AS "extract:2", pg_decade_text(CAST('2019-01-01' AS DATE)) AS "extract:3", pg_millennium_text(CAST('2001-01-01' AS DATE)) AS "extract:4"
-- types: 1700 1700 1700 1700
-- row: ["20", "21", "201", "3"]

-- title: of intervals
SELECT extract(day from interval '40 days 5 hours'), extract(hour from interval '30 hours'), extract(month from interval '14 months'), extract(year from interval '14 months'), extract(second from interval '1.5 seconds');
-- duckdb: SELECT CAST(date_part('day', CAST('0 months 40 days 18000000000 microseconds' AS INTERVAL)) AS DECIMAL(38, 0)) AS "extract", CAST(date_part('hour', CAST('0 months 0 days 108000000000 microseconds' AS INTERVAL)) AS DECIMAL(38, 0)) AS "extract:2", CAST(date_part('month', CAST('14 months 0 days 0 microseconds' AS INTERVAL)) AS DECIMAL(38, 0)) AS "extract:3", CAST(date_part('year', CAST('14 months 0 days 0 microseconds' AS INTERVAL)) AS DECIMAL(38, 0)) AS "extract:4", CAST(pg_seconds(CAST('0 months 0 days 1500000 microseconds' AS INTERVAL)) AS DECIMAL(38, 6)) AS "extract:5"
-- types: 1700 1700 1700 1700 1700
-- row: ["40", "30", "2", "1", "1.500000"]

-- title: date_part is float8
SELECT date_part('year', timestamp '2020-05-06'), date_part('second', time '03:04:05.5'), date_part('epoch', timestamp '2020-01-01');
-- duckdb: SELECT CAST(pg_year_text(CAST('2020-05-06 00:00:00.000000' AS TIMESTAMP)) AS DOUBLE) AS "date_part", CAST(pg_seconds(CAST('03:04:05.500000' AS TIME)) AS DOUBLE) AS "date_part:2", CAST(pg_epoch_text(CAST('2020-01-01 00:00:00.000000' AS TIMESTAMP)) AS DOUBLE) AS "date_part:3"
-- types: 701 701 701
-- row: ["2020", "5.5", "1577836800"]

-- title: in the session's zone
SELECT extract(hour from timestamptz '2020-07-01 12:00:00+00'), extract(timezone from timestamptz '2020-07-01 12:00:00+00'), extract(timezone_hour from timestamptz '2020-01-01 12:00:00+00');
-- duckdb: SELECT CAST(date_part('hour', CAST('2020-07-01 12:00:00.000000+00' AS TIMESTAMPTZ)) AS DECIMAL(38, 0)) AS "extract", CAST(date_part('timezone', CAST('2020-07-01 12:00:00.000000+00' AS TIMESTAMPTZ)) AS DECIMAL(38, 0)) AS "extract:2", CAST(date_part('timezone_hour', CAST('2020-01-01 12:00:00.000000+00' AS TIMESTAMPTZ)) AS DECIMAL(38, 0)) AS "extract:3"
-- types: 1700 1700 1700
-- row: ["14", "7200", "1"]

-- title: columns
SELECT extract(year from d), date_part('dow', d) FROM (VALUES (date '2020-01-01'), (NULL)) AS t(d);
-- duckdb: SELECT pg_year_text("t"."d") AS "extract", CAST(date_part('dow', "t"."d") AS DOUBLE) AS "date_part" FROM (VALUES (CAST('2020-01-01' AS DATE)), (NULL)) AS "t"("d")
-- types: 1700 701
-- row: ["2020", "3"]
-- row: [null, null]

-- title: an unknown unit
SELECT extract(foo from date '2020-01-01');
-- duckdb: 
-- error: 22023 unit "foo" not recognized for type date

-- title: a unit that the type has not
SELECT extract(hour from date '2020-01-01');
-- duckdb: 
-- error: 0A000 unit "hour" not supported for type date

-- title: julian
SELECT extract(julian from date '2020-01-01');
-- duckdb: SELECT pg_julian_text_of_date(CAST('2020-01-01' AS DATE)) AS "extract"
-- types: 1700
-- row: ["2458850"]

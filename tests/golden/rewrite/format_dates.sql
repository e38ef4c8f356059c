-- title: dates
SELECT to_char(timestamp '2020-01-02 03:04:05.678901', 'YYYY-MM-DD HH24:MI:SS'), to_char(date '2020-01-02', 'DD/MM/YYYY'), to_char(timestamp '2020-01-02 15:04:05', 'HH12:MI:SS AM'), to_char(timestamp '2020-01-02 15:04:05', 'HH:MI pm');
-- duckdb: SELECT pg_to_char_simple(CAST('2020-01-02 03:04:05.678901' AS TIMESTAMP), 'YYYY-MM-DD HH24:MI:SS', '%Y-%m-%d %H:%M:%S') AS "to_char", pg_to_char_zone(CAST(CAST('2020-01-02' AS DATE) AS TIMESTAMPTZ), 'DD/MM/YYYY') AS "to_char:2", pg_to_char_plain(CAST('2020-01-02 15:04:05.000000' AS TIMESTAMP), 'HH12:MI:SS AM') AS "to_char:3", pg_to_char_plain(CAST('2020-01-02 15:04:05.000000' AS TIMESTAMP), 'HH:MI pm') AS "to_char:4"
-- types: 25 25 25 25
-- row: ["2020-01-02 03:04:05", "02/01/2020", "03:04:05 PM", "03:04 pm"]

-- title: fractions
SELECT to_char(timestamp '2020-01-02 03:04:05.678901', 'MS US'), to_char(timestamp '2020-01-02 03:04:05.678901', 'SSSS');
-- duckdb: SELECT pg_to_char_plain(CAST('2020-01-02 03:04:05.678901' AS TIMESTAMP), 'MS US') AS "to_char", pg_to_char_plain(CAST('2020-01-02 03:04:05.678901' AS TIMESTAMP), 'SSSS') AS "to_char:2"
-- types: 25 25
-- row: ["678 678901", "11045"]

-- title: names are padded
SELECT to_char(date '2020-05-06', 'Day, DD Month YYYY'), to_char(date '2020-05-06', 'FMDay, FMDD FMMonth YYYY'), to_char(date '2020-05-06', 'Dy Mon'), to_char(date '2020-05-06', 'DY MON dy mon'), to_char(date '2020-05-06', 'DAY|MONTH|day|month');
-- duckdb: SELECT pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'Day, DD Month YYYY') AS "to_char", pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'FMDay, FMDD FMMonth YYYY') AS "to_char:2", pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'Dy Mon') AS "to_char:3", pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'DY MON dy mon') AS "to_char:4", pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'DAY|MONTH|day|month') AS "to_char:5"
-- types: 25 25 25 25 25
-- row: ["Wednesday, 06 May       2020", "Wednesday, 6 May 2020", "Wed May", "WED MAY wed may", "WEDNESDAY|MAY      |wednesday|may      "]

-- title: weeks and quarters
SELECT to_char(date '2020-05-06', 'Q WW W IW IYYY ID D DDD'), to_char(date '2020-05-06', 'CC J');
-- duckdb: SELECT pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'Q WW W IW IYYY ID D DDD') AS "to_char", pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'CC J') AS "to_char:2"
-- types: 25 25
-- row: ["2 19 1 19 2020 3 4 127", "21 2458976"]

-- title: text in quotes
SELECT to_char(date '2020-05-06', 'YYYY"year"MM'), to_char(timestamp '2020-05-06 07:08', 'YYYY-MM-DD"T"HH24:MI');
-- duckdb: SELECT pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'YYYY"year"MM') AS "to_char", pg_to_char_plain(CAST('2020-05-06 07:08:00.000000' AS TIMESTAMP), 'YYYY-MM-DD"T"HH24:MI') AS "to_char:2"
-- types: 25 25
-- row: ["2020year05", "2020-05-06T07:08"]

-- title: short years
SELECT to_char(date '2020-05-06', 'YY Y YYY Y,YYY');
-- duckdb: SELECT pg_to_char_zone(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'YY Y YYY Y,YYY') AS "to_char"
-- types: 25
-- row: ["20 0 020 2,020"]

-- title: in the session's zone
SELECT to_char(timestamptz '2020-07-01 22:30:00+00', 'YYYY-MM-DD HH24:MI TZH:TZM OF');
-- duckdb: SELECT pg_to_char_zone(CAST('2020-07-01 22:30:00.000000+00' AS TIMESTAMPTZ), 'YYYY-MM-DD HH24:MI TZH:TZM OF') AS "to_char"
-- types: 25
-- row: ["2020-07-02 00:30 +02:00 +02"]

-- title: NULL
SELECT to_char(NULL::timestamp, 'YYYY');
-- duckdb: SELECT pg_to_char_simple(CAST(NULL AS TIMESTAMP), 'YYYY', '%Y') AS "to_char"
-- types: 25
-- row: [null]

-- title: columns
SELECT to_char(d, 'YYYY-MM') FROM (VALUES (timestamp '2020-01-02'), (NULL)) AS t(d);
-- duckdb: SELECT pg_to_char_simple("t"."d", 'YYYY-MM', '%Y-%m') AS "to_char" FROM (VALUES (CAST('2020-01-02 00:00:00.000000' AS TIMESTAMP)), (NULL)) AS "t"("d")
-- types: 25
-- row: ["2020-01"]
-- row: [null]

-- title: to_date
SELECT to_date('2020-05-06', 'YYYY-MM-DD'), to_date('06 May 2020', 'DD Mon YYYY'), to_date('20200506', 'YYYYMMDD');
-- duckdb: SELECT pg_to_date('2020-05-06', 'YYYY-MM-DD') AS "to_date", pg_to_date('06 May 2020', 'DD Mon YYYY') AS "to_date:2", pg_to_date('20200506', 'YYYYMMDD') AS "to_date:3"
-- types: 1082 1082 1082
-- row: ["2020-05-06", "2020-05-06", "2020-05-06"]

-- title: to_timestamp
SELECT to_timestamp('2020-05-06 07:08:09', 'YYYY-MM-DD HH24:MI:SS');
-- duckdb: SELECT pg_to_timestamp_of('2020-05-06 07:08:09', 'YYYY-MM-DD HH24:MI:SS') AS "to_timestamp"
-- types: 1184
-- row: ["2020-05-06 07:08:09+02"]

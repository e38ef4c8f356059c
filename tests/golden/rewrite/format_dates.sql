-- title: dates
SELECT to_char(timestamp '2020-01-02 03:04:05.678901', 'YYYY-MM-DD HH24:MI:SS'), to_char(date '2020-01-02', 'DD/MM/YYYY'), to_char(timestamp '2020-01-02 15:04:05', 'HH12:MI:SS AM'), to_char(timestamp '2020-01-02 15:04:05', 'HH:MI pm');
-- duckdb: SELECT strftime(CAST('2020-01-02 03:04:05.678901' AS TIMESTAMP), '%Y-%m-%d %H:%M:%S') AS "to_char", strftime(CAST(CAST('2020-01-02' AS DATE) AS TIMESTAMPTZ), '%d/%m/%Y') AS "to_char:2", strftime(CAST('2020-01-02 15:04:05.000000' AS TIMESTAMP), '%I:%M:%S %p') AS "to_char:3", (CAST(strftime(CAST('2020-01-02 15:04:05.000000' AS TIMESTAMP), '%I:%M ') AS VARCHAR) || CAST(pg_date_word(CAST('2020-01-02 15:04:05.000000' AS TIMESTAMP), 'am') AS VARCHAR)) AS "to_char:4"
-- types: 25 25 25 25
-- row: ["2020-01-02 03:04:05", "02/01/2020", "03:04:05 PM", "03:04 pm"]

-- title: fractions
SELECT to_char(timestamp '2020-01-02 03:04:05.678901', 'MS US'), to_char(timestamp '2020-01-02 03:04:05.678901', 'SSSS');
-- duckdb: SELECT strftime(CAST('2020-01-02 03:04:05.678901' AS TIMESTAMP), '%g %f') AS "to_char", pg_date_word(CAST('2020-01-02 03:04:05.678901' AS TIMESTAMP), 'sssss') AS "to_char:2"
-- types: 25 25
-- row: ["678 678901", "11045"]

-- title: names are padded
SELECT to_char(date '2020-05-06', 'Day, DD Month YYYY'), to_char(date '2020-05-06', 'FMDay, FMDD FMMonth YYYY'), to_char(date '2020-05-06', 'Dy Mon'), to_char(date '2020-05-06', 'DY MON dy mon'), to_char(date '2020-05-06', 'DAY|MONTH|day|month');
-- duckdb: SELECT (CAST(CAST(CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'Day9') AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ', %d ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'Month9') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' %Y') AS VARCHAR)) AS "to_char", strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), '%A, %-d %B %Y') AS "to_char:2", strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), '%a %b') AS "to_char:3", (CAST(CAST(CAST(CAST(CAST(CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'DY') AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'MON') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'dy') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'mon') AS VARCHAR)) AS "to_char:4", (CAST(CAST(CAST(CAST(CAST(CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'DAY9') AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), '|') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'MONTH9') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), '|') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'day9') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), '|') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'month9') AS VARCHAR)) AS "to_char:5"
-- types: 25 25 25 25 25
-- row: ["Wednesday, 06 May       2020", "Wednesday, 6 May 2020", "Wed May", "WED MAY wed may", "WEDNESDAY|MAY      |wednesday|may      "]

-- title: weeks and quarters
SELECT to_char(date '2020-05-06', 'Q WW W IW IYYY ID D DDD'), to_char(date '2020-05-06', 'CC J');
-- duckdb: SELECT (CAST(CAST(CAST(CAST(CAST(CAST(CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'quarter') AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'week') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'monthweek') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' %V %G %u ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'dow') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' %j') AS VARCHAR)) AS "to_char", (CAST(CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'century') AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'julian') AS VARCHAR)) AS "to_char:2"
-- types: 25 25
-- row: ["2 19 1 19 2020 3 4 127", "21 2458976"]

-- title: text in quotes
SELECT to_char(date '2020-05-06', 'YYYY"year"MM'), to_char(timestamp '2020-05-06 07:08', 'YYYY-MM-DD"T"HH24:MI');
-- duckdb: SELECT strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), '%Yyear%m') AS "to_char", strftime(CAST('2020-05-06 07:08:00.000000' AS TIMESTAMP), '%Y-%m-%dT%H:%M') AS "to_char:2"
-- types: 25 25
-- row: ["2020year05", "2020-05-06T07:08"]

-- title: short years
SELECT to_char(date '2020-05-06', 'YY Y YYY Y,YYY');
-- duckdb: SELECT (CAST(CAST(CAST(CAST(CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), '%y ') AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'year1') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'year3') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST(CAST('2020-05-06' AS DATE) AS TIMESTAMPTZ), 'yearcomma') AS VARCHAR)) AS "to_char"
-- types: 25
-- row: ["20 0 020 2,020"]

-- title: in the session's zone
SELECT to_char(timestamptz '2020-07-01 22:30:00+00', 'YYYY-MM-DD HH24:MI TZH:TZM OF');
-- duckdb: SELECT (CAST(CAST(CAST(CAST(CAST(strftime(CAST('2020-07-01 22:30:00+00' AS TIMESTAMPTZ), '%Y-%m-%d %H:%M ') AS VARCHAR) || CAST(pg_date_word(CAST('2020-07-01 22:30:00+00' AS TIMESTAMPTZ), 'tzh') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST('2020-07-01 22:30:00+00' AS TIMESTAMPTZ), ':') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST('2020-07-01 22:30:00+00' AS TIMESTAMPTZ), 'tzm') AS VARCHAR) AS VARCHAR) || CAST(strftime(CAST('2020-07-01 22:30:00+00' AS TIMESTAMPTZ), ' ') AS VARCHAR) AS VARCHAR) || CAST(pg_date_word(CAST('2020-07-01 22:30:00+00' AS TIMESTAMPTZ), 'OF') AS VARCHAR)) AS "to_char"
-- types: 25
-- row: ["2020-07-02 00:30 +02:00 +02"]

-- title: NULL
SELECT to_char(NULL::timestamp, 'YYYY');
-- duckdb: SELECT strftime(CAST(NULL AS TIMESTAMP), '%Y') AS "to_char"
-- types: 25
-- row: [null]

-- title: columns
SELECT to_char(d, 'YYYY-MM') FROM (VALUES (timestamp '2020-01-02'), (NULL)) AS t(d);
-- duckdb: SELECT strftime("t"."d", '%Y-%m') AS "to_char" FROM (VALUES (CAST('2020-01-02 00:00:00.000000' AS TIMESTAMP)), (NULL)) AS "t"("d")
-- types: 25
-- row: ["2020-01"]
-- row: [null]

-- title: to_date
SELECT to_date('2020-05-06', 'YYYY-MM-DD'), to_date('06 May 2020', 'DD Mon YYYY'), to_date('20200506', 'YYYYMMDD');
-- duckdb: SELECT CAST(pg_moment_input('2020-05-06', '%Y-%m-%d') AS DATE) AS "to_date", CAST(pg_moment_input('06 May 2020', '%d %b %Y') AS DATE) AS "to_date:2", CAST(pg_moment_input('20200506', '%Y%m%d') AS DATE) AS "to_date:3"
-- types: 1082 1082 1082
-- row: ["2020-05-06", "2020-05-06", "2020-05-06"]

-- title: to_timestamp
SELECT to_timestamp('2020-05-06 07:08:09', 'YYYY-MM-DD HH24:MI:SS');
-- duckdb: SELECT CAST(pg_moment_input('2020-05-06 07:08:09', '%Y-%m-%d %H:%M:%S') AS TIMESTAMPTZ) AS "to_timestamp"
-- types: 1184
-- row: ["2020-05-06 07:08:09+02"]

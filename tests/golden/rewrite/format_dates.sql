-- title: dates
SELECT to_char(timestamp '2020-01-02 03:04:05.678901', 'YYYY-MM-DD HH24:MI:SS'), to_char(date '2020-01-02', 'DD/MM/YYYY'), to_char(timestamp '2020-01-02 15:04:05', 'HH12:MI:SS AM'), to_char(timestamp '2020-01-02 15:04:05', 'HH:MI pm');

-- title: fractions
SELECT to_char(timestamp '2020-01-02 03:04:05.678901', 'MS US'), to_char(timestamp '2020-01-02 03:04:05.678901', 'SSSS');

-- title: names are padded
SELECT to_char(date '2020-05-06', 'Day, DD Month YYYY'), to_char(date '2020-05-06', 'FMDay, FMDD FMMonth YYYY'), to_char(date '2020-05-06', 'Dy Mon'), to_char(date '2020-05-06', 'DY MON dy mon'), to_char(date '2020-05-06', 'DAY|MONTH|day|month');

-- title: weeks and quarters
SELECT to_char(date '2020-05-06', 'Q WW W IW IYYY ID D DDD'), to_char(date '2020-05-06', 'CC J');

-- title: text in quotes
SELECT to_char(date '2020-05-06', 'YYYY"year"MM'), to_char(timestamp '2020-05-06 07:08', 'YYYY-MM-DD"T"HH24:MI');

-- title: short years
SELECT to_char(date '2020-05-06', 'YY Y YYY Y,YYY');

-- title: in the session's zone
SELECT to_char(timestamptz '2020-07-01 22:30:00+00', 'YYYY-MM-DD HH24:MI TZH:TZM OF');

-- title: NULL
SELECT to_char(NULL::timestamp, 'YYYY');

-- title: columns
SELECT to_char(d, 'YYYY-MM') FROM (VALUES (timestamp '2020-01-02'), (NULL)) AS t(d);

-- title: to_date
SELECT to_date('2020-05-06', 'YYYY-MM-DD'), to_date('06 May 2020', 'DD Mon YYYY'), to_date('20200506', 'YYYYMMDD');

-- title: to_timestamp
SELECT to_timestamp('2020-05-06 07:08:09', 'YYYY-MM-DD HH24:MI:SS');

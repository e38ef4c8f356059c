-- title: date fields
SELECT extract(year from date '2020-05-06'), extract(month from date '2020-05-06'), extract(day from date '2020-05-06'), extract(quarter from date '2020-05-06'), extract(week from date '2020-01-01'), extract(isoyear from date '2021-01-01');

-- title: weekdays
SELECT extract(dow from date '2020-01-05'), extract(isodow from date '2020-01-05'), extract(doy from date '2020-03-01');

-- title: time fields
SELECT extract(hour from timestamp '2020-01-02 03:04:05.678'), extract(minute from timestamp '2020-01-02 03:04:05.678'), extract(second from timestamp '2020-01-02 03:04:05.678'), extract(milliseconds from timestamp '2020-01-02 03:04:05.678'), extract(microseconds from timestamp '2020-01-02 03:04:05.678');

-- title: epoch
SELECT extract(epoch from timestamp '2020-01-02 03:04:05.678'), extract(epoch from date '2020-01-02'), extract(epoch from timestamptz '2020-01-02 03:04:05+00'), extract(epoch from interval '1 day 02:00'), extract(epoch from interval '1 year 1 month'), extract(epoch from time '01:00');

-- title: centuries
SELECT extract(century from date '2000-12-31'), extract(century from date '2001-01-01'), extract(decade from date '2019-01-01'), extract(millennium from date '2001-01-01');

-- title: of intervals
SELECT extract(day from interval '40 days 5 hours'), extract(hour from interval '30 hours'), extract(month from interval '14 months'), extract(year from interval '14 months'), extract(second from interval '1.5 seconds');

-- title: date_part is float8
SELECT date_part('year', timestamp '2020-05-06'), date_part('second', time '03:04:05.5'), date_part('epoch', timestamp '2020-01-01');

-- title: in the session's zone
SELECT extract(hour from timestamptz '2020-07-01 12:00:00+00'), extract(timezone from timestamptz '2020-07-01 12:00:00+00'), extract(timezone_hour from timestamptz '2020-01-01 12:00:00+00');

-- title: columns
SELECT extract(year from d), date_part('dow', d) FROM (VALUES (date '2020-01-01'), (NULL)) AS t(d);

-- title: an unknown unit
SELECT extract(foo from date '2020-01-01');

-- title: a unit that the type has not
SELECT extract(hour from date '2020-01-01');

-- title: julian
SELECT extract(julian from date '2020-01-01');

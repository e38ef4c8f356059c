-- title: to and from
SELECT timestamp '2020-07-01 12:00' AT TIME ZONE 'America/New_York', timestamptz '2020-07-01 12:00+00' AT TIME ZONE 'America/New_York', timestamptz '2020-07-01 12:00+00' AT TIME ZONE 'UTC';

-- title: timezone()
SELECT timezone('Asia/Tokyo', timestamptz '2020-07-01 12:00+00');

-- title: an unknown zone
SELECT timestamp '2020-07-01 12:00' AT TIME ZONE 'Nowhere/City';

-- title: date_trunc
SELECT date_trunc('month', timestamp '2020-05-06 07:08:09'), date_trunc('week', timestamp '2020-05-06 07:08:09'), date_trunc('hour', timestamptz '2020-05-06 07:08:09+00'), date_trunc('day', timestamptz '2020-05-06 23:08:09+00'), date_trunc('quarter', date '2020-05-06');

-- title: date_trunc in a zone
SELECT date_trunc('day', timestamptz '2020-05-06 23:08:09+00', 'America/New_York'), date_trunc('year', interval '14 months');

-- title: age
SELECT age(timestamp '2020-03-01', timestamp '2019-01-31'), age(timestamp '2001-04-10', timestamp '1957-06-13');

-- title: making
SELECT make_date(2020, 2, 29), make_time(8, 15, 23.5), make_timestamp(2020, 1, 2, 3, 4, 5.5), make_interval(1, 2), make_interval(0, 0, 1, 2, 3, 4, 5.5);

-- title: justify
SELECT justify_days(interval '35 days'), justify_hours(interval '27 hours'), justify_interval(interval '1 mon -1 hour');

-- title: date_bin
SELECT date_bin('15 minutes', timestamp '2020-02-11 15:44:17', timestamp '2001-01-01');

-- title: to_timestamp of an epoch
SELECT to_timestamp(1284352323.5), isfinite(date '2020-01-01'), isfinite('infinity'::timestamp);

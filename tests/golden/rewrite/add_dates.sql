-- title: int overflow
SELECT 2147483647 + 1;

-- title: int8 overflow
SELECT 9223372036854775807 + 1;

-- title: int2 overflow
SELECT 32767::int2 + 1::int2;

-- title: int2 beside a literal is an int4
SELECT 32767::int2 + 1;

-- title: multiplication overflow
SELECT 2147483647 * 2;

-- title: date and integer
SELECT date '2020-02-28' + 2, date '2020-03-01' - 1, 1 + date '2020-01-01';

-- title: date minus date
SELECT date '2020-03-01' - date '2020-02-01';

-- title: date and interval
SELECT date '2020-01-31' + interval '1 month', date '2020-01-01' - interval '1 hour';

-- title: timestamp and interval
SELECT timestamp '2020-01-31 10:00' + interval '1 month 2 days 03:04:05.678', timestamp '2020-03-31' - interval '1 month';

-- title: timestamp minus timestamp
SELECT timestamp '2020-03-01 12:00' - timestamp '2020-02-01 13:30', timestamp '2020-01-01' - timestamp '2020-01-05 01:00';

-- title: timestamptz minus timestamptz
SELECT timestamptz '2020-03-01 12:00+00' - timestamptz '2020-02-01 13:30+00';

-- title: timestamptz and interval across a change of clocks
SELECT timestamptz '2024-03-30 12:00:00+01' + interval '1 day', timestamptz '2024-03-30 12:00:00+01' + interval '24 hours';

-- title: date minus timestamp
SELECT date '2020-03-01' - timestamp '2020-02-01 12:00';

-- title: time arithmetic
SELECT time '10:00' + interval '2 hours', time '23:00' + interval '2 hours', time '10:00' - time '08:30', date '2020-01-01' + time '10:00';

-- title: interval arithmetic
SELECT interval '1 day' + interval '2 hours', interval '1 month' - interval '1 day', -interval '1 day 02:00';

-- title: interval times a number
SELECT interval '1 day' * 2, interval '1 day' * 1.5, 0.5 * interval '1 month', interval '1 hour' * 2.5;

-- title: infinite dates
SELECT 'infinity'::timestamp, '-infinity'::date, date '0044-03-15 BC';

-- title: float4 with int4 is float8
SELECT 1.5::float4 + 1, 0.1::float4 * 3, 0.1::float4 + 0.2::float4;

-- title: numeric scales
SELECT 1.50 + 2.5, 1.50 * 2.5, 10 - 0.10, 1.5 + 1::int8, 2 * 1.00;

-- title: numeric with float
SELECT 1.5 + 1.5::float8;

-- title: unary minus
SELECT - 5, - (-5), + 3, - 1.50, -(-32768)::int4;

-- title: abs
SELECT abs(-5), abs(-1.50), abs(-1.5::float8);

-- title: large integers are numeric
SELECT 9223372036854775808, 12345678901234567890123 + 1;

-- title: numeric literals
SELECT 1e3, 1.5e-3, .5, 5., 0.10, 1e-10;

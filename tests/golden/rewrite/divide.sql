-- title: integer division truncates
SELECT 7 / 2, -7 / 2, 7 / -2, 7::int8 / 2::int2;

-- title: remainders take the sign of the dividend
SELECT 7 % 3, -7 % 3, 7 % -3, mod(-7, 3), 5.5 % 2;

-- title: numeric division is exact and has PostgreSQL's scale
SELECT 1 / 3.0, 10 / 3.0, 100 / 3.0, 100000 / 3.0, 2 / 3.0, 1::numeric / 3;

-- title: quotients that come out even
SELECT 6 / 3.0, 1 / 1.0, 1.5 / 0.5, 0 / 7.0, 35000 / 30000.0;

-- title: small quotients
SELECT 1 / 30000.0, 1 / 123456.0, 0.0003 / 7;

-- title: negative quotients
SELECT -1 / 3.0, 1 / -3.0, -10.00 / -4;

-- title: float division
SELECT 1 / 3.0::float8, 1::float4 / 3, 7.5::float8 / 2;

-- title: division by zero of integers
SELECT 1 / 0;

-- title: division by zero of numerics
SELECT 1.5 / 0;

-- title: division by zero of floats
SELECT 1.5::float8 / 0;

-- title: remainder by zero
SELECT 1 % 0;

-- title: NULL divides to NULL
SELECT NULL::int / 2, 1.5 / NULL::numeric;

-- title: columns
SELECT a / b, a % b FROM (VALUES (7, 2), (-9, 4)) AS t(a, b);

-- title: numeric columns
SELECT a / b FROM (VALUES (7.0, 2), (1.00, 3)) AS t(a, b);

-- title: a quotient inside an expression
SELECT round(10 / 3.0, 2), 10 / 4.0 > 2, (7 / 2.0)::int;

-- title: quotients in branches
SELECT CASE WHEN true THEN 1 / 3.0 ELSE 0 END, coalesce(NULL, 10 / 3.0);

-- title: sorted by a quotient
SELECT a / 3.0 AS q FROM (VALUES (10), (9), (100)) AS t(a) ORDER BY q DESC;

-- title: div()
SELECT div(7, 2), div(-7.5, 2);

-- title: interval divided
SELECT interval '1 day' / 2, interval '1 month' / 4, interval '10 hours' / 4;

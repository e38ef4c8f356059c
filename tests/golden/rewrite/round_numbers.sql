-- title: numeric rounds half away from zero
SELECT round(2.5), round(-2.5), round(3.5), round(2.4), round(1.005, 2), round(-1.555, 2), round(1.5, 3);

-- title: float8 rounds half to even
SELECT round(2.5::float8), round(3.5::float8), round(-0.5::float8), round(7);

-- title: negative digits
SELECT round(1234.56, -2), trunc(1299.99, -2);

-- title: trunc
SELECT trunc(2.9), trunc(-2.9), trunc(2.567, 2), trunc(-2.9::float8), trunc(1.5, 3);

-- title: ceil and floor
SELECT ceil(2.1), floor(-2.1), ceil(2.1::float8), ceiling(2.0), floor(5);

-- title: signs
SELECT sign(-2.5), sign(0), sign(3::float8);

-- title: powers
SELECT power(2, 10), power(2.0, 3), 2 ^ 3, 2 ^ 0.5, power(9::float8, 0.5), sqrt(16), sqrt(2::float8), cbrt(27), |/ 25;

-- title: logarithms
SELECT ln(1), log(100), log(100::float8), log(2.0, 64.0), exp(0::float8), log10(1000);

-- title: a bad logarithm
SELECT ln(0);

-- title: a bad square root
SELECT sqrt(-1);

-- title: a bad power
SELECT power(0::float8, -1);

-- title: trigonometry
SELECT pi(), degrees(pi()), radians(180), sin(0), cos(0), atan2(1, 1), tan(0);

-- title: integer functions
SELECT gcd(12, 18), lcm(4, 6), factorial(5), width_bucket(5.35, 0.024, 10.06, 5), abs(-7);

-- title: bits
SELECT 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, -16 >> 2, 1 << 31, 1 << 33;

-- title: greatest and least
SELECT greatest(1, 3, 2), least(1, NULL, 2), greatest('a', 'b'), greatest(NULL, NULL), greatest(1.5, 2);

-- title: nullif and coalesce
SELECT nullif(1, 1), nullif(1, 2), coalesce(NULL, 2, 3), coalesce(NULL, NULL), num_nulls(1, NULL, 2), num_nonnulls(1, NULL);

-- title: numerics in one column
SELECT a FROM (VALUES (1.5), (2), (3.25)) AS t(a) WHERE a IN (1.50, 3.250) ORDER BY a;

-- title: CASE with different scales
SELECT CASE WHEN a = 1 THEN 1.25 WHEN a = 2 THEN 2.5 ELSE 0 END FROM (VALUES (1), (2), (3)) AS t(a) ORDER BY a;

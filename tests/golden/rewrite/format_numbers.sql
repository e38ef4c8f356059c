-- title: digits
SELECT to_char(1234.5, '9999.99'), to_char(-1234.5, '9999.99'), to_char(0.5, '9.99'), to_char(0, '9'), to_char(12, '999');
-- duckdb: SELECT kpg_numeric_to_char(CAST('1234.5' AS VARCHAR), '9999.99') AS "to_char", kpg_numeric_to_char(CAST(CAST(-1234.5 AS VARCHAR) AS VARCHAR), '9999.99') AS "to_char:2", kpg_numeric_to_char(CAST('0.5' AS VARCHAR), '9.99') AS "to_char:3", kpg_numeric_to_char(CAST('0' AS VARCHAR), '9') AS "to_char:4", kpg_numeric_to_char(CAST('12' AS VARCHAR), '999') AS "to_char:5"
-- types: 25 25 25 25 25
-- row: [" 1234.50", "-1234.50", "  .50", " 0", "  12"]

-- title: groups
SELECT to_char(1234567.891, '9,999,999.99'), to_char(123, '9,999,999'), to_char(1234567, 'FM9,999,999');
-- duckdb: SELECT kpg_numeric_to_char(CAST('1234567.891' AS VARCHAR), '9,999,999.99') AS "to_char", kpg_numeric_to_char(CAST('123' AS VARCHAR), '9,999,999') AS "to_char:2", kpg_numeric_to_char(CAST('1234567' AS VARCHAR), 'FM9,999,999') AS "to_char:3"
-- types: 25 25 25
-- row: [" 1,234,567.89", "       123", "1,234,567"]

-- title: zeros
SELECT to_char(5, '000'), to_char(12.3, 'FM000.00'), to_char(1.5, 'FM990.99'), to_char(1.5, 'FM990.00');
-- duckdb: SELECT kpg_numeric_to_char(CAST('5' AS VARCHAR), '000') AS "to_char", kpg_numeric_to_char(CAST('12.3' AS VARCHAR), 'FM000.00') AS "to_char:2", kpg_numeric_to_char(CAST('1.5' AS VARCHAR), 'FM990.99') AS "to_char:3", kpg_numeric_to_char(CAST('1.5' AS VARCHAR), 'FM990.00') AS "to_char:4"
-- types: 25 25 25 25
-- row: [" 005", "012.30", "1.5", "1.50"]

-- title: overflow
SELECT to_char(12345, '999'), to_char(123.45, '99.9');
-- duckdb: SELECT kpg_numeric_to_char(CAST('12345' AS VARCHAR), '999') AS "to_char", kpg_numeric_to_char(CAST('123.45' AS VARCHAR), '99.9') AS "to_char:2"
-- types: 25 25
-- row: [" ###", " ##.#"]

-- title: signs
SELECT to_char(-5, '999S'), to_char(5, 'S999'), to_char(-5, 'MI999'), to_char(-5, '999MI'), to_char(5, 'SG999');
-- duckdb: SELECT kpg_numeric_to_char(CAST(CAST(-5 AS VARCHAR) AS VARCHAR), '999S') AS "to_char", kpg_numeric_to_char(CAST('5' AS VARCHAR), 'S999') AS "to_char:2", kpg_numeric_to_char(CAST(CAST(-5 AS VARCHAR) AS VARCHAR), 'MI999') AS "to_char:3", kpg_numeric_to_char(CAST(CAST(-5 AS VARCHAR) AS VARCHAR), '999MI') AS "to_char:4", kpg_numeric_to_char(CAST('5' AS VARCHAR), 'SG999') AS "to_char:5"
-- types: 25 25 25 25 25
-- row: ["  5-", "  +5", "-  5", "  5-", "+  5"]

-- title: integers and floats
SELECT to_char(42::int8, '999'), to_char(1.25::float8, '9.9'), to_char(125::int, '999D99');
-- duckdb: SELECT kpg_numeric_to_char(CAST(CAST(CAST(42 AS BIGINT) AS VARCHAR) AS VARCHAR), '999') AS "to_char", kpg_float8_to_char(CAST('1.25' AS DOUBLE), '9.9') AS "to_char:2", kpg_numeric_to_char(CAST(CAST(125 AS VARCHAR) AS VARCHAR), '999D99') AS "to_char:3"
-- types: 25 25 25
-- row: ["  42", " 1.2", " 125.00"]

-- title: to_number
SELECT to_number('1,234.56', '9,999.99'), to_number('-12', '99');
-- duckdb: SELECT kpg_to_number('1,234.56', '9,999.99') AS "to_number", kpg_to_number('-12', '99') AS "to_number:2"
-- types: 1700 1700
-- row: ["1234.56", "-12"]

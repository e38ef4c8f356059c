-- title: digits
SELECT to_char(1234.5, '9999.99'), to_char(-1234.5, '9999.99'), to_char(0.5, '9.99'), to_char(0, '9'), to_char(12, '999');
-- duckdb: SELECT pg_format_number(CAST(1234.5 AS DECIMAL(38, 2)), '9999', 2, TRUE, '', '', 2) AS "to_char", pg_format_number(CAST(-1234.5 AS DECIMAL(38, 2)), '9999', 2, TRUE, '', '', 2) AS "to_char:2", pg_format_number(CAST(0.5 AS DECIMAL(38, 2)), '9', 2, TRUE, '', '', 2) AS "to_char:3", pg_format_number(CAST(0 AS DECIMAL(38, 0)), '9', 0, TRUE, '', '', 0) AS "to_char:4", pg_format_number(CAST(12 AS DECIMAL(38, 0)), '999', 0, TRUE, '', '', 0) AS "to_char:5"
-- types: 25 25 25 25 25
-- row: [" 1234.50", "-1234.50", "  .50", " 0", "  12"]

-- title: groups
SELECT to_char(1234567.891, '9,999,999.99'), to_char(123, '9,999,999'), to_char(1234567, 'FM9,999,999');
-- duckdb: SELECT pg_format_number(CAST(1234567.891 AS DECIMAL(38, 2)), '9,999,999', 2, TRUE, '', '', 2) AS "to_char", pg_format_number(CAST(123 AS DECIMAL(38, 0)), '9,999,999', 0, TRUE, '', '', 0) AS "to_char:2", pg_format_number(CAST(1234567 AS DECIMAL(38, 0)), '9,999,999', 0, FALSE, '', '', 0) AS "to_char:3"
-- types: 25 25 25
-- row: [" 1,234,567.89", "       123", "1,234,567"]

-- title: zeros
SELECT to_char(5, '000'), to_char(12.3, 'FM000.00'), to_char(1.5, 'FM990.99'), to_char(1.5, 'FM990.00');
-- duckdb: SELECT pg_format_number(CAST(5 AS DECIMAL(38, 0)), '000', 0, TRUE, '', '', 0) AS "to_char", pg_format_number(CAST(12.3 AS DECIMAL(38, 2)), '000', 2, FALSE, '', '', 0) AS "to_char:2", pg_format_number(CAST(1.5 AS DECIMAL(38, 2)), '990', 2, FALSE, '', '', 2) AS "to_char:3", pg_format_number(CAST(1.5 AS DECIMAL(38, 2)), '990', 2, FALSE, '', '', 0) AS "to_char:4"
-- types: 25 25 25 25
-- row: [" 005", "012.30", "1.5", "1.50"]

-- title: overflow
SELECT to_char(12345, '999'), to_char(123.45, '99.9');
-- duckdb: SELECT pg_format_number(CAST(12345 AS DECIMAL(38, 0)), '999', 0, TRUE, '', '', 0) AS "to_char", pg_format_number(CAST(123.45 AS DECIMAL(38, 1)), '99', 1, TRUE, '', '', 1) AS "to_char:2"
-- types: 25 25
-- row: [" ###", " ##.#"]

-- title: signs
SELECT to_char(-5, '999S'), to_char(5, 'S999'), to_char(-5, 'MI999'), to_char(-5, '999MI'), to_char(5, 'SG999');
-- duckdb: SELECT pg_format_number(CAST(-5 AS DECIMAL(38, 0)), '999', 0, TRUE, 'S>', '', 0) AS "to_char", pg_format_number(CAST(5 AS DECIMAL(38, 0)), '999', 0, TRUE, 'S<', '', 0) AS "to_char:2", pg_format_number(CAST(-5 AS DECIMAL(38, 0)), '999', 0, TRUE, 'MI<', '', 0) AS "to_char:3", pg_format_number(CAST(-5 AS DECIMAL(38, 0)), '999', 0, TRUE, 'MI>', '', 0) AS "to_char:4", pg_format_number(CAST(5 AS DECIMAL(38, 0)), '999', 0, TRUE, 'SG<', '', 0) AS "to_char:5"
-- types: 25 25 25 25 25
-- row: ["  5-", "  +5", "-  5", "  5-", "+  5"]

-- title: integers and floats
SELECT to_char(42::int8, '999'), to_char(1.25::float8, '9.9'), to_char(125::int, '999D99');
-- duckdb: SELECT pg_format_number(CAST(CAST(42 AS BIGINT) AS DECIMAL(38, 0)), '999', 0, TRUE, '', '', 0) AS "to_char", pg_format_number(CAST(printf('%.1f', CAST(CAST(1.25 AS DOUBLE) AS DOUBLE)) AS DECIMAL(38, 1)), '9', 1, TRUE, '', '', 1) AS "to_char:2", pg_format_number(CAST(125 AS DECIMAL(38, 2)), '999', 2, TRUE, '', '', 2) AS "to_char:3"
-- types: 25 25 25
-- row: ["  42", " 1.2", " 125.00"]

-- title: to_number
SELECT to_number('1,234.56', '9,999.99'), to_number('-12', '99');
-- duckdb: SELECT CAST(pg_number_input('1,234.56') AS DECIMAL(38, 2)) AS "to_number", CAST(pg_number_input('-12') AS DECIMAL(38, 0)) AS "to_number:2"
-- types: 1700 1700
-- row: ["1234.56", "-12"]

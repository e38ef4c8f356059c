-- title: digits
SELECT to_char(1234.5, '9999.99'), to_char(-1234.5, '9999.99'), to_char(0.5, '9.99'), to_char(0, '9'), to_char(12, '999');

-- title: groups
SELECT to_char(1234567.891, '9,999,999.99'), to_char(123, '9,999,999'), to_char(1234567, 'FM9,999,999');

-- title: zeros
SELECT to_char(5, '000'), to_char(12.3, 'FM000.00'), to_char(1.5, 'FM990.99'), to_char(1.5, 'FM990.00');

-- title: overflow
SELECT to_char(12345, '999'), to_char(123.45, '99.9');

-- title: signs
SELECT to_char(-5, '999S'), to_char(5, 'S999'), to_char(-5, 'MI999'), to_char(-5, '999MI'), to_char(5, 'SG999');

-- title: integers and floats
SELECT to_char(42::int8, '999'), to_char(1.25::float8, '9.9'), to_char(125::int, '999D99');

-- title: to_number
SELECT to_number('1,234.56', '9,999.99'), to_number('-12', '99');

-- title: lengths
SELECT length('héllo'), char_length('abc'), octet_length('é'), bit_length('ab'), length('\x0102'::bytea), length('ab  '::char(4));

-- title: cases
SELECT lower('ÀB'), upper('straße'), initcap('hello wORLD-foo bar1x');

-- title: substring
SELECT substring('abcdef' from 2 for 3), substring('abcdef' from 0 for 3), substring('abcdef' from -1 for 4), substr('abcdef', 3), substring('abcdef' for 2), substring('abc' from 5);

-- title: a negative length
SELECT substring('abc' from 2 for -1);

-- title: left and right
SELECT left('abcde', 2), left('abcde', -2), right('abcde', 2), right('abcde', -2), left('abc', 0);

-- title: padding
SELECT lpad('hi', 5), lpad('hi', 5, 'xy'), lpad('hello', 3), rpad('hi', 5, 'x'), lpad('hi', -1), rpad('a', 3, '');

-- title: trimming
SELECT trim('  a  '), ltrim('xxa', 'x'), rtrim('abb', 'b'), btrim('xyax', 'xy'), trim(leading 'x' from 'xax'), trim(trailing 'x' from 'xax'), trim(both from ' a '), trim(E'\ta');

-- title: repeat and replace
SELECT repeat('ab', 3), repeat('a', -1), replace('abcabc', 'b', 'XX'), replace('abc', '', 'x'), reverse('abc'), translate('12345', '143', 'ax');

-- title: split_part
SELECT split_part('a,b,c', ',', 2), split_part('a,b,c', ',', -1), split_part('a,b', ',', 5), split_part('abc', '', 1);

-- title: split_part of zero
SELECT split_part('a,b', ',', 0);

-- title: places
SELECT strpos('abc', 'c'), position('b' in 'abc'), strpos('abc', ''), strpos('abc', 'x'), starts_with('abc', 'ab');

-- title: overlay
SELECT overlay('Txxxxas' placing 'hom' from 2 for 4), overlay('abcdef' placing 'XY' from 3);

-- title: codes
SELECT ascii('a'), ascii('é'), ascii(''), chr(65), chr(233);

-- title: digests and encodings
SELECT md5('abc'), encode('\x0aff'::bytea, 'hex'), encode('abc'::bytea, 'base64'), decode('0aff', 'hex'), decode('YWJj', 'base64'), sha256('abc'::bytea), to_hex(255), to_hex(-1), convert_from('\x61'::bytea, 'UTF8');

-- title: an unknown encoding
SELECT encode('a'::bytea, 'foo');

-- title: quoting
SELECT quote_ident('abc'), quote_ident('Abc'), quote_ident('select'), quote_literal('it''s'), quote_literal(E'a\\b'), quote_nullable(NULL), quote_literal(5);

-- title: format
SELECT format('Hello %s, %1$s', 'World'), format('%I.%I', 'a', 'B c'), format('%L', 'it''s'), format('%5s|%-5s|', 'a', 'b'), format('100%%'), format('%s', NULL);

-- title: string_to_array
SELECT string_to_array('a,b,c', ','), string_to_array('', ','), string_to_array('abc', NULL), string_to_array('a,,b', ',', ''), array_to_string(ARRAY[1, NULL, 3], ','), array_to_string(ARRAY[1, NULL, 3], ',', '*'), array_to_string(ARRAY['a'], ',');

-- title: nulls
SELECT upper(NULL), length(NULL), replace('a', NULL, 'b'), left(NULL, 1);

-- title: no such function
SELECT nosuch(1);

-- title: no such overload
SELECT lower(1);

-- title: DuckDB's own functions do not exist
SELECT read_csv('/etc/passwd');

-- title: session values
SELECT current_user, session_user, current_schema(), current_database();

-- title: bpchar
SELECT 'a '::char(3) = 'a'::char(3), length('a '::char(3)), 'a'::char(3)::text || 'x';

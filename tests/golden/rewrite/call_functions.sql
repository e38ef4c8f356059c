-- title: lengths
SELECT length('héllo'), char_length('abc'), octet_length('é'), bit_length('ab'), length('\x0102'::bytea), length('ab  '::char(4));
-- duckdb: SELECT pg_length('héllo') AS "length", pg_length('abc') AS "char_length", pg_text_octets('é') AS "octet_length", pg_text_bits('ab') AS "bit_length", pg_octets(unhex('0102')) AS "length:2", pg_bpchar_length(rpad('ab  ', 4, ' ')) AS "length:3"
-- types: 23 23 23 23 23 23
-- row: ["5", "3", "2", "16", "2", "2"]

-- title: cases
SELECT lower('ÀB'), upper('straé'), initcap('hello wORLD-foo bar1x');
-- duckdb: SELECT lower('ÀB') AS "lower", upper('straé') AS "upper", pg_initcap('hello wORLD-foo bar1x') AS "initcap"
-- types: 25 25 25
-- row: ["àb", "STRAÉ", "Hello World-Foo Bar1x"]

-- title: substring
SELECT substring('abcdef' from 2 for 3), substring('abcdef' from 0 for 3), substring('abcdef' from -1 for 4), substr('abcdef', 3), substring('abcdef' for 2), substring('abc' from 5);
-- duckdb: SELECT pg_substring('abcdef', 2, 3) AS "substring", pg_substring('abcdef', 0, 3) AS "substring:2", pg_substring('abcdef', -1, 4) AS "substring:3", pg_substring('abcdef', 3) AS "substr", pg_substring('abcdef', 1, 2) AS "substring:4", pg_substring('abc', 5) AS "substring:5"
-- types: 25 25 25 25 25 25
-- row: ["bcd", "ab", "ab", "cdef", "ab", ""]

-- title: a negative length
SELECT substring('abc' from 2 for -1);
-- duckdb: SELECT pg_substring('abc', 2, -1) AS "substring"
-- error: 22011 negative substring length not allowed

-- title: left and right
SELECT left('abcde', 2), left('abcde', -2), right('abcde', 2), right('abcde', -2), left('abc', 0);
-- duckdb: SELECT pg_left('abcde', 2) AS "left", pg_left('abcde', -2) AS "left:2", pg_right('abcde', 2) AS "right", pg_right('abcde', -2) AS "right:2", pg_left('abc', 0) AS "left:3"
-- types: 25 25 25 25 25
-- row: ["ab", "abc", "de", "cde", ""]

-- title: padding
SELECT lpad('hi', 5), lpad('hi', 5, 'xy'), lpad('hello', 3), rpad('hi', 5, 'x'), lpad('hi', -1), rpad('a', 3, '');
-- duckdb: SELECT pg_lpad('hi', 5) AS "lpad", pg_lpad('hi', 5, 'xy') AS "lpad:2", pg_lpad('hello', 3) AS "lpad:3", pg_rpad('hi', 5, 'x') AS "rpad", pg_lpad('hi', -1) AS "lpad:4", pg_rpad('a', 3, '') AS "rpad:2"
-- types: 25 25 25 25 25 25
-- row: ["   hi", "xyxhi", "hel", "hixxx", "", "a"]

-- title: trimming
SELECT trim('  a  '), ltrim('xxa', 'x'), rtrim('abb', 'b'), btrim('xyax', 'xy'), trim(leading 'x' from 'xax'), trim(trailing 'x' from 'xax'), trim(both from ' a '), trim(E'\ta');
-- duckdb: SELECT pg_btrim('  a  ') AS "btrim", pg_ltrim('xxa', 'x') AS "ltrim", pg_rtrim('abb', 'b') AS "rtrim", pg_btrim('xyax', 'xy') AS "btrim:2", pg_ltrim('xax', 'x') AS "ltrim:2", pg_rtrim('xax', 'x') AS "rtrim:2", pg_btrim(' a ') AS "btrim:3", pg_btrim('	a') AS "btrim:4"
-- types: 25 25 25 25 25 25 25 25
-- row: ["a", "a", "a", "a", "ax", "xa", "a", "\ta"]

-- title: repeat and replace
SELECT repeat('ab', 3), repeat('a', -1), replace('abcabc', 'b', 'XX'), replace('abc', '', 'x'), reverse('abc'), translate('12345', '143', 'ax');
-- duckdb: SELECT pg_repeat('ab', 3) AS "repeat", pg_repeat('a', -1) AS "repeat:2", pg_replace('abcabc', 'b', 'XX') AS "replace", pg_replace('abc', '', 'x') AS "replace:2", pg_reverse('abc') AS "reverse", pg_translate('12345', '143', 'ax') AS "translate"
-- types: 25 25 25 25 25 25
-- row: ["ababab", "", "aXXcaXXc", "abc", "cba", "a2x5"]

-- title: split_part
SELECT split_part('a,b,c', ',', 2), split_part('a,b,c', ',', -1), split_part('a,b', ',', 5), split_part('abc', '', 1);
-- duckdb: SELECT pg_split_part('a,b,c', ',', 2) AS "split_part", pg_split_part('a,b,c', ',', -1) AS "split_part:2", pg_split_part('a,b', ',', 5) AS "split_part:3", pg_split_part('abc', '', 1) AS "split_part:4"
-- types: 25 25 25 25
-- row: ["b", "c", "", "abc"]

-- title: split_part of zero
SELECT split_part('a,b', ',', 0);
-- duckdb: SELECT pg_split_part('a,b', ',', 0) AS "split_part"
-- error: 22023 field position must not be zero

-- title: places
SELECT strpos('abc', 'c'), position('b' in 'abc'), strpos('abc', ''), strpos('abc', 'x'), starts_with('abc', 'ab');
-- duckdb: SELECT pg_strpos('abc', 'c') AS "strpos", pg_strpos('abc', 'b') AS "position", pg_strpos('abc', '') AS "strpos:2", pg_strpos('abc', 'x') AS "strpos:3", starts_with('abc', 'ab') AS "starts_with"
-- types: 23 23 23 23 16
-- row: ["3", "2", "1", "0", "t"]

-- title: overlay
SELECT overlay('Txxxxas' placing 'hom' from 2 for 4), overlay('abcdef' placing 'XY' from 3);
-- duckdb: SELECT pg_overlay('Txxxxas', 'hom', 2, 4) AS "overlay", pg_overlay('abcdef', 'XY', 3) AS "overlay:2"
-- types: 25 25
-- row: ["Thomas", "abXYef"]

-- title: codes
SELECT ascii('a'), ascii('é'), ascii(''), chr(65), chr(233);
-- duckdb: SELECT pg_ascii('a') AS "ascii", pg_ascii('é') AS "ascii:2", pg_ascii('') AS "ascii:3", kpg_chr(65) AS "chr", kpg_chr(233) AS "chr:2"
-- types: 23 23 23 25 25
-- row: ["97", "233", "0", "A", "é"]

-- title: digests and encodings
SELECT md5('abc'), encode('\x0aff'::bytea, 'hex'), encode('abc'::bytea, 'base64'), decode('0aff', 'hex'), decode('YWJj', 'base64'), sha256('abc'::bytea), to_hex(255), to_hex(-1), convert_from('\x61'::bytea, 'UTF8');
-- duckdb: SELECT md5('abc') AS "md5", kpg_encode(unhex('0aff'), 'hex') AS "encode", kpg_encode(unhex('616263'), 'base64') AS "encode:2", kpg_decode('0aff', 'hex') AS "decode", kpg_decode('YWJj', 'base64') AS "decode:2", pg_sha256(unhex('616263')) AS "sha256", pg_to_hex_int4(255) AS "to_hex", pg_to_hex_int4(-1) AS "to_hex:2", kpg_convert_from(unhex('61'), 'UTF8') AS "convert_from"
-- types: 25 25 25 17 17 17 25 25 25
-- row: ["900150983cd24fb0d6963f7d28e17f72", "0aff", "YWJj", "\\x0aff", "\\x616263", "\\xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "ff", "ffffffff", "a"]

-- title: an unknown encoding
SELECT encode('a'::bytea, 'foo');
-- duckdb: SELECT kpg_encode(unhex('61'), 'foo') AS "encode"
-- error: 22023 unrecognized encoding: "foo"

-- title: quoting
SELECT quote_ident('abc'), quote_ident('Abc'), quote_ident('select'), quote_literal('it''s'), quote_literal(E'a\\b'), quote_nullable(NULL), quote_literal(5);
-- duckdb: SELECT pg_quote_ident('abc') AS "quote_ident", pg_quote_ident('Abc') AS "quote_ident:2", pg_quote_ident('select') AS "quote_ident:3", pg_quote_literal('it''s') AS "quote_literal", pg_quote_literal('a\b') AS "quote_literal:2", pg_quote_nullable(NULL) AS "quote_nullable", pg_quote_literal(5) AS "quote_literal:3"
-- types: 25 25 25 25 25 25 25
-- row: ["abc", "\"Abc\"", "\"select\"", "'it''s'", "E'a\\\\b'", "NULL", "'5'"]

-- title: format
SELECT format('Hello %s, %1$s', 'World'), format('%I.%I', 'a', 'B c'), format('%L', 'it''s'), format('%5s|%-5s|', 'a', 'b'), format('100%%'), format('%s', NULL);
-- duckdb: SELECT kpg_format('Hello %s, %1$s', ['World']) AS "format", kpg_format('%I.%I', ['a', 'B c']) AS "format:2", kpg_format('%L', ['it''s']) AS "format:3", kpg_format('%5s|%-5s|', ['a', 'b']) AS "format:4", kpg_format('100%%', CAST([] AS VARCHAR[])) AS "format:5", kpg_format('%s', [NULL]) AS "format:6"
-- types: 25 25 25 25 25 25
-- row: ["Hello World, World", "a.\"B c\"", "'it''s'", "    a|b    |", "100%", ""]

-- title: string_to_array
SELECT string_to_array('a,b,c', ','), string_to_array('', ','), string_to_array('abc', NULL), string_to_array('a,,b', ',', ''), array_to_string(ARRAY[1, NULL, 3], ','), array_to_string(ARRAY[1, NULL, 3], ',', '*'), array_to_string(ARRAY['a'], ',');
-- duckdb: SELECT pg_string_to_array('a,b,c', ',') AS "string_to_array", pg_string_to_array('', ',') AS "string_to_array:2", pg_string_to_array('abc', NULL) AS "string_to_array:3", pg_string_to_array('a,,b', ',', '') AS "string_to_array:4", pg_array_join(list_transform([1, NULL, 3], lambda "kalam item": CAST("kalam item" AS VARCHAR)), ',') AS "array_to_string", pg_array_join(list_transform([1, NULL, 3], lambda "kalam item": CAST("kalam item" AS VARCHAR)), ',', '*') AS "array_to_string:2", pg_array_join(['a'], ',') AS "array_to_string:3"
-- types: 1009 1009 1009 1009 25 25 25
-- row: ["{a,b,c}", "{}", "{a,b,c}", "{a,NULL,b}", "1,3", "1,*,3", "a"]

-- title: nulls
SELECT upper(NULL), length(NULL), replace('a', NULL, 'b'), left(NULL, 1);
-- duckdb: SELECT upper(NULL) AS "upper", pg_length(NULL) AS "length", pg_replace('a', NULL, 'b') AS "replace", pg_left(NULL, 1) AS "left"
-- types: 25 23 25 25
-- row: [null, null, null, null]

-- title: no such function
SELECT nosuch(1);
-- duckdb: 
-- error: 42883 function nosuch(integer) does not exist

-- title: no such overload
SELECT lower(1);
-- duckdb: 
-- error: 42883 function lower(integer) does not exist

-- title: DuckDB's own functions do not exist
SELECT read_csv('/etc/passwd');
-- duckdb: 
-- error: 42883 function read_csv(unknown) does not exist

-- title: bpchar
SELECT 'a '::char(3) = 'a'::char(3), length('a '::char(3)), 'a'::char(3)::text || 'x';
-- duckdb: SELECT rpad('a ', 3, ' ') = rpad('a', 3, ' ') AS "?column?", pg_bpchar_length(rpad('a ', 3, ' ')) AS "length", rtrim(rpad('a', 3, ' '), ' ') || 'x' AS "?column?:2"
-- types: 16 23 25
-- row: ["t", "1", "ax"]

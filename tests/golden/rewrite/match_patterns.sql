-- title: partial match
SELECT 'abc' ~ 'b', 'abc' ~ '^b', 'abc' ~ 'C', 'abc' ~* 'C', 'abc' !~ 'b', 'abc' !~* 'B';
-- duckdb: SELECT regexp_matches('abc', 'b', 's') AS "?column?", regexp_matches('abc', '^b', 's') AS "?column?:2", regexp_matches('abc', 'C', 's') AS "?column?:3", regexp_matches('abc', 'C', 'is') AS "?column?:4", NOT regexp_matches('abc', 'b', 's') AS "?column?:5", NOT regexp_matches('abc', 'B', 'is') AS "?column?:6"
-- types: 16 16 16 16 16 16
-- row: ["t", "f", "f", "t", "f", "f"]

-- title: NULL
SELECT NULL ~ 'a', 'a' ~ NULL;
-- duckdb: SELECT regexp_matches(NULL, 'a', 's') AS "?column?", kpg_regex_like('a', NULL, '') AS "?column?:2"
-- types: 16 16
-- row: [null, null]

-- title: word boundaries
SELECT 'foo bar' ~ '\mbar\M', 'foobar' ~ '\mbar', 'foobar' ~ '\yfoo';
-- duckdb: SELECT regexp_matches('foo bar', '\bbar\b', 's') AS "?column?", regexp_matches('foobar', '\bbar', 's') AS "?column?:2", regexp_matches('foobar', '\bfoo', 's') AS "?column?:3"
-- types: 16 16 16
-- row: ["t", "f", "t"]

-- title: a dot matches a newline
SELECT E'a\nb' ~ 'a.b', E'a\nb' ~ '^b';
-- duckdb: "SELECT regexp_matches('a\nb', 'a.b', 's') AS \"?column?\", regexp_matches('a\nb', '^b', 's') AS \"?column?:2\""
-- types: 16 16
-- row: ["t", "f"]

-- title: regexp_replace
SELECT regexp_replace('abcabc', 'b', 'X'), regexp_replace('abcabc', 'b', 'X', 'g'), regexp_replace('ABC', 'b', 'x', 'i'), regexp_replace('abc', '(a)(b)', '\2\1'), regexp_replace('abc', 'b', '[\&]');
-- duckdb: SELECT regexp_replace('abcabc', 'b', 'X', 's') AS "regexp_replace", regexp_replace('abcabc', 'b', 'X', 'gs') AS "regexp_replace:2", regexp_replace('ABC', 'b', 'x', 'is') AS "regexp_replace:3", kpg_regex_replace('abc', '(a)(b)', '\2\1', '') AS "regexp_replace:4", kpg_regex_replace('abc', 'b', '[\&]', '') AS "regexp_replace:5"
-- types: 25 25 25 25 25
-- row: ["aXcabc", "aXcaXc", "AxC", "bac", "a[b]c"]

-- title: regexp_match
SELECT regexp_match('abc', 'b'), regexp_match('abc', '(a)(b)'), regexp_match('abc', 'x');
-- duckdb: SELECT kpg_regex_match('abc', 'b', '') AS "regexp_match", kpg_regex_match('abc', '(a)(b)', '') AS "regexp_match:2", kpg_regex_match('abc', 'x', '') AS "regexp_match:3"
-- types: 1009 1009 1009
-- row: ["{b}", "{a,b}", null]

-- title: regexp_matches
SELECT regexp_matches('abcbd', 'b(.)', 'g');
-- duckdb: SELECT unnest(kpg_regex_matches('abcbd', 'b(.)', 'g')) AS "regexp_matches"
-- types: 1009
-- row: ["{c}"]
-- row: ["{d}"]

-- title: regexp_matches of nothing gives no row
SELECT regexp_matches('abc', 'x');
-- duckdb: SELECT unnest(kpg_regex_matches('abc', 'x', '')) AS "regexp_matches"
-- types: 1009

-- title: regexp_split
SELECT regexp_split_to_array('a1b22c', '[0-9]+'), regexp_split_to_array('abc', 'x');
-- duckdb: SELECT kpg_regex_split('a1b22c', '[0-9]+', '') AS "regexp_split_to_array", kpg_regex_split('abc', 'x', '') AS "regexp_split_to_array:2"
-- types: 1009 1009
-- row: ["{a,b,c}", "{abc}"]

-- title: regexp_split_to_table
SELECT regexp_split_to_table('a,b,c', ',');
-- duckdb: SELECT unnest(kpg_regex_split('a,b,c', ',', '')) AS "regexp_split_to_table"
-- types: 25
-- row: ["a"]
-- row: ["b"]
-- row: ["c"]

-- title: substring by pattern
SELECT substring('foobar' from 'o(.)b'), substring('foobar' from 'o.b'), substring('foobar' from 'x');
-- duckdb: SELECT kpg_regex_substring('foobar', 'o(.)b') AS "substring", kpg_regex_substring('foobar', 'o.b') AS "substring:2", kpg_regex_substring('foobar', 'x') AS "substring:3"
-- types: 25 25 25
-- row: ["o", "oob", null]

-- title: counting
SELECT regexp_count('abcabc', 'b'), regexp_like('abc', 'B', 'i'), regexp_substr('abc', 'b.');
-- duckdb: SELECT kpg_regex_count('abcabc', 'b', 1, '') AS "regexp_count", regexp_matches('abc', 'B', 'is') AS "regexp_like", kpg_regex_substr('abc', 'b.', 1, 1, '', 0) AS "regexp_substr"
-- types: 23 16 25
-- row: ["2", "t", "bc"]

-- title: classes
SELECT 'a1' ~ '[[:alpha:]][[:digit:]]', 'é' ~ '[[:alpha:]]', 'a b' ~ '\s', '5' ~ '\d';
-- duckdb: SELECT regexp_matches('a1', '[\p{L}][[:digit:]]', 's') AS "?column?", regexp_matches('é', '[\p{L}]', 's') AS "?column?:2", regexp_matches('a b', '\s', 's') AS "?column?:3", regexp_matches('5', '\d', 's') AS "?column?:4"
-- types: 16 16 16 16
-- row: ["t", "t", "t", "t"]

-- title: an invalid pattern
SELECT 'a' ~ '(';
-- duckdb: 
-- error: 2201B invalid regular expression: parentheses () not balanced

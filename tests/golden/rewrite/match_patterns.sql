-- title: partial match
SELECT 'abc' ~ 'b', 'abc' ~ '^b', 'abc' ~ 'C', 'abc' ~* 'C', 'abc' !~ 'b', 'abc' !~* 'B';
-- duckdb: SELECT regexp_matches('abc', 'b', 's') AS "?column?", regexp_matches('abc', '^b', 's') AS "?column?:2", regexp_matches('abc', 'C', 's') AS "?column?:3", regexp_matches('abc', 'C', 'is') AS "?column?:4", NOT regexp_matches('abc', 'b', 's') AS "?column?:5", NOT regexp_matches('abc', 'B', 'is') AS "?column?:6"
-- types: 16 16 16 16 16 16
-- row: ["t", "f", "f", "t", "f", "f"]

-- title: NULL
SELECT NULL ~ 'a', 'a' ~ NULL;
-- duckdb: SELECT regexp_matches(NULL, 'a', 's') AS "?column?", regexp_matches('a', NULL, 's') AS "?column?:2"
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
-- duckdb: SELECT regexp_replace('abcabc', 'b', 'X', 's') AS "regexp_replace", regexp_replace('abcabc', 'b', 'X', 'sg') AS "regexp_replace:2", regexp_replace('ABC', 'b', 'x', 'is') AS "regexp_replace:3", regexp_replace('abc', '(a)(b)', '\2\1', 's') AS "regexp_replace:4", regexp_replace('abc', 'b', '[\0]', 's') AS "regexp_replace:5"
-- types: 25 25 25 25 25
-- row: ["aXcabc", "aXcaXc", "AxC", "bac", "a[b]c"]

-- title: regexp_match
SELECT regexp_match('abc', 'b'), regexp_match('abc', '(a)(b)'), regexp_match('abc', 'x');
-- duckdb: SELECT CASE WHEN regexp_matches('abc', 'b', 's') THEN [regexp_extract('abc', 'b', 0, 's')] END AS "regexp_match", CASE WHEN regexp_matches('abc', '(a)(b)', 's') THEN [regexp_extract('abc', '(a)(b)', 1, 's'), regexp_extract('abc', '(a)(b)', 2, 's')] END AS "regexp_match:2", CASE WHEN regexp_matches('abc', 'x', 's') THEN [regexp_extract('abc', 'x', 0, 's')] END AS "regexp_match:3"
-- types: 1009 1009 1009
-- row: ["{b}", "{a,b}", null]

-- title: regexp_matches
SELECT regexp_matches('abcbd', 'b(.)', 'g');
-- duckdb: SELECT unnest(list_transform(regexp_extract_all('abcbd', 'b(.)', 1, 's'), lambda "kalam item": ["kalam item"])) AS "regexp_matches"
-- types: 1009
-- row: ["{c}"]
-- row: ["{d}"]

-- title: regexp_matches of nothing gives no row
SELECT regexp_matches('abc', 'x');
-- duckdb: SELECT unnest(list_filter([CASE WHEN regexp_matches('abc', 'x', 's') THEN [regexp_extract('abc', 'x', 0, 's')] END], lambda "kalam item": "kalam item" IS NOT NULL)) AS "regexp_matches"
-- types: 1009

-- title: regexp_split
SELECT regexp_split_to_array('a1b22c', '[0-9]+'), regexp_split_to_array('abc', 'x');
-- duckdb: SELECT string_split_regex('a1b22c', '[0-9]+', 's') AS "regexp_split_to_array", string_split_regex('abc', 'x', 's') AS "regexp_split_to_array:2"
-- types: 1009 1009
-- row: ["{a,b,c}", "{abc}"]

-- title: regexp_split_to_table
SELECT regexp_split_to_table('a,b,c', ',');
-- duckdb: SELECT unnest(string_split_regex('a,b,c', ',', 's')) AS "regexp_split_to_table"
-- types: 25
-- row: ["a"]
-- row: ["b"]
-- row: ["c"]

-- title: substring by pattern
SELECT substring('foobar' from 'o(.)b'), substring('foobar' from 'o.b'), substring('foobar' from 'x');
-- duckdb: SELECT CASE WHEN regexp_matches('foobar', 'o(.)b', 's') THEN regexp_extract('foobar', 'o(.)b', 1, 's') END AS "substring", CASE WHEN regexp_matches('foobar', 'o.b', 's') THEN regexp_extract('foobar', 'o.b', 0, 's') END AS "substring:2", CASE WHEN regexp_matches('foobar', 'x', 's') THEN regexp_extract('foobar', 'x', 0, 's') END AS "substring:3"
-- types: 25 25 25
-- row: ["o", "oob", null]

-- title: counting
SELECT regexp_count('abcabc', 'b'), regexp_like('abc', 'B', 'i'), regexp_substr('abc', 'b.');
-- duckdb: SELECT pg_length_of_list(regexp_extract_all('abcabc', 'b', 0, 's')) AS "regexp_count", regexp_matches('abc', 'B', 'is') AS "regexp_like", CASE WHEN regexp_matches('abc', 'b.', 's') THEN regexp_extract('abc', 'b.', 0, 's') END AS "regexp_substr"
-- types: 23 16 25
-- row: ["2", "t", "bc"]

-- title: classes
SELECT 'a1' ~ '[[:alpha:]][[:digit:]]', 'é' ~ '[[:alpha:]]', 'a b' ~ '\s', '5' ~ '\d';
-- duckdb: SELECT regexp_matches('a1', '[\p{L}][[:digit:]]', 's') AS "?column?", regexp_matches('é', '[\p{L}]', 's') AS "?column?:2", regexp_matches('a b', '\s', 's') AS "?column?:3", regexp_matches('5', '\d', 's') AS "?column?:4"
-- types: 16 16 16 16
-- row: ["t", "t", "t", "t"]

-- title: an invalid pattern
SELECT 'a' ~ '(';
-- duckdb: SELECT regexp_matches('a', '(', 's') AS "?column?"
-- error: 2201B invalid regular expression: parentheses () not balanced

-- title: partial match
SELECT 'abc' ~ 'b', 'abc' ~ '^b', 'abc' ~ 'C', 'abc' ~* 'C', 'abc' !~ 'b', 'abc' !~* 'B';

-- title: NULL
SELECT NULL ~ 'a', 'a' ~ NULL;

-- title: word boundaries
SELECT 'foo bar' ~ '\mbar\M', 'foobar' ~ '\mbar', 'foobar' ~ '\yfoo';

-- title: a dot matches a newline
SELECT E'a\nb' ~ 'a.b', E'a\nb' ~ '^b';

-- title: regexp_replace
SELECT regexp_replace('abcabc', 'b', 'X'), regexp_replace('abcabc', 'b', 'X', 'g'), regexp_replace('ABC', 'b', 'x', 'i'), regexp_replace('abc', '(a)(b)', '\2\1'), regexp_replace('abc', 'b', '[\&]');

-- title: regexp_match
SELECT regexp_match('abc', 'b'), regexp_match('abc', '(a)(b)'), regexp_match('abc', 'x');

-- title: regexp_matches
SELECT regexp_matches('abcbd', 'b(.)', 'g');

-- title: regexp_matches of nothing gives no row
SELECT regexp_matches('abc', 'x');

-- title: regexp_split
SELECT regexp_split_to_array('a1b22c', '[0-9]+'), regexp_split_to_array('abc', 'x');

-- title: regexp_split_to_table
SELECT regexp_split_to_table('a,b,c', ',');

-- title: substring by pattern
SELECT substring('foobar' from 'o(.)b'), substring('foobar' from 'o.b'), substring('foobar' from 'x');

-- title: counting
SELECT regexp_count('abcabc', 'b'), regexp_like('abc', 'B', 'i'), regexp_substr('abc', 'b.');

-- title: classes
SELECT 'a1' ~ '[[:alpha:]][[:digit:]]', 'é' ~ '[[:alpha:]]', 'a b' ~ '\s', '5' ~ '\d';

-- title: an invalid pattern
SELECT 'a' ~ '(';

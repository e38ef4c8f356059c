-- title: percent and underscore
SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'abc' LIKE 'b', 'abc' NOT LIKE 'a%';

-- title: the backslash escapes
SELECT 'a%c' LIKE 'a\%c', 'abc' LIKE 'a\%c', 'a_c' LIKE 'a\_c', 'a\c' LIKE 'a\\c';

-- title: another escape
SELECT 'a%c' LIKE 'a#%c' ESCAPE '#', 'abc' LIKE 'a#%c' ESCAPE '#', 'a\b' LIKE 'a\b' ESCAPE '';

-- title: case
SELECT 'ABC' ILIKE 'a%', 'ABC' LIKE 'a%', 'A_C' ILIKE 'a\_c', 'ABC' NOT ILIKE 'abc';

-- title: patterns from columns
SELECT a LIKE p FROM (VALUES ('a%c', 'a\%c'), ('abc', 'a%'), (NULL, '%')) AS t(a, p);

-- title: ANY and ALL
SELECT 'abc' LIKE ANY (ARRAY['x%', 'a%']), 'abc' LIKE ALL (ARRAY['a%', '%b']);

-- title: SIMILAR TO
SELECT 'abc' SIMILAR TO 'a|abc', 'abc' SIMILAR TO 'a', 'abc' SIMILAR TO '%(b|d)%', 'abc' SIMILAR TO '_b_', 'a.c' SIMILAR TO 'a.c', 'abc' SIMILAR TO 'a.c', 'xyz' NOT SIMILAR TO 'x%';

-- title: newlines
SELECT E'a\nb' LIKE 'a%b', E'a\nb' LIKE 'a_b';

-- title: a pattern that ends with its escape
SELECT 'ab' LIKE 'a\';

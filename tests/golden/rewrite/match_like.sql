-- title: percent and underscore
SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'abc' LIKE 'b', 'abc' NOT LIKE 'a%';
-- duckdb: SELECT ('abc' LIKE 'a%') AS "?column?", ('abc' LIKE '_b_') AS "?column?:2", ('abc' LIKE 'b') AS "?column?:3", (NOT ('abc' LIKE 'a%')) AS "?column?:4"
-- types: 16 16 16 16
-- row: ["t", "t", "f", "f"]

-- title: the backslash escapes
SELECT 'a%c' LIKE 'a\%c', 'abc' LIKE 'a\%c', 'a_c' LIKE 'a\_c', 'a\c' LIKE 'a\\c';
-- duckdb: SELECT like_escape('a%c', 'a\%c', '\') AS "?column?", like_escape('abc', 'a\%c', '\') AS "?column?:2", like_escape('a_c', 'a\_c', '\') AS "?column?:3", like_escape('a\c', 'a\\c', '\') AS "?column?:4"
-- types: 16 16 16 16
-- row: ["t", "f", "t", "t"]

-- title: another escape
SELECT 'a%c' LIKE 'a#%c' ESCAPE '#', 'abc' LIKE 'a#%c' ESCAPE '#', 'a\b' LIKE 'a\b' ESCAPE '';
-- duckdb: SELECT like_escape('a%c', 'a#%c', '#') AS "?column?", like_escape('abc', 'a#%c', '#') AS "?column?:2", ('a\b' LIKE 'a\b') AS "?column?:3"
-- types: 16 16 16
-- row: ["t", "f", "t"]

-- title: case
SELECT 'ABC' ILIKE 'a%', 'ABC' LIKE 'a%', 'A_C' ILIKE 'a\_c', 'ABC' NOT ILIKE 'abc';
-- duckdb: SELECT ('ABC' ILIKE 'a%') AS "?column?", ('ABC' LIKE 'a%') AS "?column?:2", ilike_escape('A_C', 'a\_c', '\') AS "?column?:3", (NOT ('ABC' ILIKE 'abc')) AS "?column?:4"
-- types: 16 16 16 16
-- row: ["t", "f", "t", "f"]

-- title: patterns from columns
SELECT a LIKE p FROM (VALUES ('a%c', 'a\%c'), ('abc', 'a%'), (NULL, '%')) AS t(a, p);
-- duckdb: SELECT like_escape("t"."a", "t"."p", '\') AS "?column?" FROM (VALUES ('a%c', 'a\%c'), ('abc', 'a%'), (NULL, '%')) AS "t"("a", "p")
-- types: 16
-- row: ["t"]
-- row: ["t"]
-- row: [null]

-- title: ANY and ALL
SELECT 'abc' LIKE ANY (ARRAY['x%', 'a%']), 'abc' LIKE ALL (ARRAY['a%', '%b']);
-- duckdb: SELECT (('abc' LIKE 'x%') OR ('abc' LIKE 'a%')) AS "?column?", (('abc' LIKE 'a%') AND ('abc' LIKE '%b')) AS "?column?:2"
-- types: 16 16
-- row: ["t", "f"]

-- title: SIMILAR TO
SELECT 'abc' SIMILAR TO 'a|abc', 'abc' SIMILAR TO 'a', 'abc' SIMILAR TO '%(b|d)%', 'abc' SIMILAR TO '_b_', 'a.c' SIMILAR TO 'a.c', 'abc' SIMILAR TO 'a.c', 'xyz' NOT SIMILAR TO 'x%';
-- duckdb: SELECT kpg_similar_to('abc', 'a|abc', '\') AS "?column?", kpg_similar_to('abc', 'a', '\') AS "?column?:2", kpg_similar_to('abc', '%(b|d)%', '\') AS "?column?:3", kpg_similar_to('abc', '_b_', '\') AS "?column?:4", kpg_similar_to('a.c', 'a.c', '\') AS "?column?:5", kpg_similar_to('abc', 'a.c', '\') AS "?column?:6", NOT kpg_similar_to('xyz', 'x%', '\') AS "?column?:7"
-- types: 16 16 16 16 16 16 16
-- row: ["t", "f", "t", "t", "t", "f", "f"]

-- title: newlines
SELECT E'a\nb' LIKE 'a%b', E'a\nb' LIKE 'a_b';
-- duckdb: "SELECT ('a\nb' LIKE 'a%b') AS \"?column?\", ('a\nb' LIKE 'a_b') AS \"?column?:2\""
-- types: 16 16
-- row: ["t", "t"]

-- title: a pattern that ends with its escape
SELECT 'ab' LIKE 'a\';
-- duckdb: SELECT pg_open_ended(like_escape('ab', 'a_%', '\')) AS "?column?"
-- error: 22025 LIKE pattern must not end with escape character

-- title: LIKE of bytes
SELECT '\x6162'::bytea LIKE 'a%', '\x61ff00'::bytea LIKE '\x61255f'::bytea, '\xc3a9'::bytea NOT LIKE '_', NULL::bytea LIKE 'a';
-- duckdb: SELECT kpg_bytes_like(unhex('6162'), unhex('6125')) AS "?column?", kpg_bytes_like(unhex('61ff00'), unhex('61255f')) AS "?column?:2", (NOT kpg_bytes_like(unhex('c3a9'), unhex('5f'))) AS "?column?:3", kpg_bytes_like(CAST(NULL AS BLOB), unhex('61')) AS "?column?:4"
-- types: 16 16 16 16
-- row: ["t", "t", "t", null]

-- How the catalogs show the defaults of columns; object mappers compare them with their models.
CREATE TABLE shown (id int PRIMARY KEY, a int DEFAULT 0, b int DEFAULT -5, c int DEFAULT '7', d bigint DEFAULT 0, e bigint DEFAULT 3000000000, f bigint DEFAULT '12', g numeric(10,2) DEFAULT 0, h numeric(10,2) DEFAULT 1.50, i numeric DEFAULT '2.50', j numeric DEFAULT -1.5, k float8 DEFAULT 0.5, l float8 DEFAULT 1, m real DEFAULT '1.5', n boolean DEFAULT TRUE, o boolean DEFAULT 'f', p text DEFAULT 'it''s', q varchar(20) DEFAULT 'x', r char(3) DEFAULT 'ab', s date DEFAULT '2024-2-29', t timestamp DEFAULT '2024-02-29', u timestamptz DEFAULT Now(), v timestamptz DEFAULT current_timestamp, w date DEFAULT CURRENT_DATE, x jsonb DEFAULT '{"b":1, "a":2}', y json DEFAULT '{}', z uuid DEFAULT gen_random_uuid());
CREATE TABLE shown_more (id bigserial PRIMARY KEY, a text[] DEFAULT '{}', b int[] DEFAULT '{1,2}', c varchar(9)[] DEFAULT '{x}', d interval DEFAULT '1 day', e bytea DEFAULT '\x00ff', f text DEFAULT 'a'::text, g jsonb DEFAULT '{}'::jsonb, h text DEFAULT NULL, i time DEFAULT '10:00', j uuid DEFAULT '11111111-1111-1111-1111-111111111111', k text DEFAULT '', l smallint DEFAULT 1, m smallint DEFAULT '-3', n text DEFAULT 5, o numeric DEFAULT '5', p numeric DEFAULT .5, q text DEFAULT current_user, r timestamptz DEFAULT '2024-01-01 00:00:00+00');
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'shown' ORDER BY ordinal_position;
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'shown_more' ORDER BY ordinal_position;
SELECT a.attname, pg_get_expr(d.adbin, d.adrelid), a.atthasdef FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'shown_more'::regclass AND a.attnum > 0 ORDER BY a.attnum;
ALTER TABLE shown ALTER COLUMN a SET DEFAULT '42', ALTER COLUMN q DROP DEFAULT, ALTER COLUMN p SET DEFAULT NULL;
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'shown' AND column_name IN ('a', 'p', 'q') ORDER BY 1;
INSERT INTO shown (id) VALUES (1) RETURNING a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, w = current_date, x, y;
INSERT INTO shown_more DEFAULT VALUES RETURNING a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, r;

DROP TABLE shown, shown_more;
SET timezone = 'Europe/Berlin';
CREATE TABLE moments (id int PRIMARY KEY, a timestamp DEFAULT (now() AT TIME ZONE 'utc'), b date DEFAULT CURRENT_DATE, c date DEFAULT CURRENT_DATE + 7, d timestamptz DEFAULT now() + interval '30 days', e timestamp DEFAULT LOCALTIMESTAMP - interval '1 month', f timestamptz DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC'), g time DEFAULT localtime, h date DEFAULT now(), i timestamp DEFAULT current_date + interval '1 hour', j timestamp DEFAULT timestamp '2024-01-31' + interval '1 month', k timestamptz DEFAULT timestamptz '2024-03-30 10:00' + interval '1 day 1 hour', l text DEFAULT 'p-' || upper('x'), m int DEFAULT length('abc') * 2, n timestamp DEFAULT '2024-02-29'::date + interval '1 year', o date DEFAULT date '2024-03-01' - 1);
INSERT INTO moments (id) VALUES (1) RETURNING a = (now() AT TIME ZONE 'utc'), b = current_date, c - b, d = now() + interval '30 days', e = localtimestamp - interval '1 month', f = (now() AT TIME ZONE 'utc'), g = localtime, h = current_date, i, j, k, l, m, n, o;
INSERT INTO moments (id) SELECT id + 10 FROM people;
SELECT count(DISTINCT a) < 3, min(j), min(k) FROM moments;
UPDATE moments SET j = DEFAULT, k = timestamptz '2024-10-26 02:30+02' + interval '1 day' WHERE id = 1 RETURNING j, k;
UPDATE moments SET k = k - interval '1 month 1 day', c = c + 30, o = 2 + o WHERE id = 1 RETURNING k, o;
UPDATE moments SET j = timestamp '200000-12-31' + interval '100000 years' WHERE id = 1;
UPDATE moments SET o = date '5874897-12-31' + 1 WHERE id = 1;
UPDATE moments SET a = now() AT TIME ZONE 'Mars/Olympus' WHERE id = 1;
UPDATE moments SET a = timestamptz '2024-07-01 12:00+00' AT TIME ZONE 'America/New_York', k = timestamp '2024-07-01 12:00' AT TIME ZONE 'Asia/Tokyo' WHERE id = 1 RETURNING a, k;
UPDATE moments SET a = timestamptz 'infinity' AT TIME ZONE 'utc', j = '-infinity'::timestamp + interval '1 day' WHERE id = 1 RETURNING a, j;
SELECT id FROM moments WHERE id = 1 AND d > now() - interval '1 day';
RESET timezone;
DROP TABLE moments;

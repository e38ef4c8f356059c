CREATE TABLE p (id int PRIMARY KEY, a int UNIQUE, b text, n numeric, f float8, v varchar(10), d date, g boolean, CHECK (a > 0), CONSTRAINT bb CHECK (b <> ''), CHECK (n >= 0 AND n < 100), CHECK (v IN ('x', 'y')), CONSTRAINT anded CHECK (a IN (1, 2) AND (b <> '' OR NOT g)), CHECK (d > '2020-01-01'), CHECK (a BETWEEN 1 AND 10 OR b IS NULL), CHECK (length(b) < 5 AND NOT g), UNIQUE NULLS NOT DISTINCT (b, v), CHECK (f > 0 and a + id > 3), CHECK (n > 1.5 and upper(b) = 'X' and coalesce(a, 0) = 1));
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, pa int REFERENCES p (a) ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED, x int, y int, UNIQUE (x, y), FOREIGN KEY (x, y) REFERENCES c (x, y) MATCH FULL ON DELETE SET NULL (x));
CREATE INDEX ci ON c (pa DESC, p NULLS FIRST);
CREATE UNIQUE INDEX ON c (pa);
SELECT conname, contype, pg_get_constraintdef(oid), pg_get_constraintdef(oid, true), condeferrable, confupdtype, confdeltype, confmatchtype, conkey, confkey FROM pg_constraint WHERE conrelid IN ('p'::regclass, 'c'::regclass) ORDER BY conrelid::text, conname;
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1;
SELECT constraint_name, constraint_type, is_deferrable FROM information_schema.table_constraints WHERE table_schema = current_schema() AND constraint_name NOT LIKE '%not_null' ORDER BY 1;
SELECT constraint_name, column_name, ordinal_position, position_in_unique_constraint FROM information_schema.key_column_usage WHERE table_schema = current_schema() ORDER BY 1, 3;
SELECT constraint_name, unique_constraint_name, match_option, update_rule, delete_rule FROM information_schema.referential_constraints WHERE constraint_schema = current_schema() ORDER BY 1;
SELECT table_name, column_name, constraint_name FROM information_schema.constraint_column_usage WHERE table_schema = current_schema() ORDER BY 3, 2;
SELECT relname, relchecks, relhastriggers, relhasindex FROM pg_class WHERE oid IN ('p'::regclass, 'c'::regclass) ORDER BY 1;
SELECT c.relname, i.indisunique, i.indisprimary, i.indnatts FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid IN ('p'::regclass, 'c'::regclass) ORDER BY 1

-- 9.5 Binary string functions and operators.
-- input and output
SELECT '\xDEADBEEF'::bytea;
SELECT '\xdeadbeef'::bytea;
SELECT '\x'::bytea;
SELECT ''::bytea;
SELECT '\x1'::bytea;
SELECT '\xzz'::bytea;
SELECT '\x de ad'::bytea;
SELECT 'abc'::bytea;
SELECT 'a\000b'::bytea;
SELECT 'a\\b'::bytea;
SELECT '\'::bytea;
SELECT E'\\000'::bytea;
SELECT 'é'::bytea;
SELECT NULL::bytea;
SELECT 'abc'::text::bytea;
SELECT '\x61'::bytea::text;
-- operators
SELECT '\x123456'::bytea || '\x789a00bcde'::bytea;
SELECT '\x12'::bytea || NULL;
SELECT '\x12'::bytea = '\x12';
SELECT '\x12'::bytea <> '\x13';
SELECT '\x12'::bytea < '\x1200';
SELECT '\x12'::bytea || 'a';
SELECT '\x6162'::bytea LIKE '\x61%'::bytea;
SELECT '\x6162'::bytea LIKE 'a%';
-- lengths
SELECT length('\x1234567890'::bytea);
SELECT octet_length('\x1234567890'::bytea);
SELECT bit_length('\x1234567890'::bytea);
SELECT length('\x1234567890'::bytea, 'UTF8');
SELECT length(''::bytea);
SELECT bit_count('\x1234567890'::bytea);
-- pieces
SELECT substring('\x1234567890'::bytea from 3 for 2);
SELECT substring('\x1234567890'::bytea from 3);
SELECT substring('\x1234567890'::bytea for 2);
SELECT substr('\x1234567890'::bytea, 3, 2);
SELECT substr('\x1234567890'::bytea, 0, 2);
SELECT substr('\x1234567890'::bytea, -1);
SELECT overlay('\x1234567890'::bytea placing '\002\003'::bytea from 2 for 3);
SELECT overlay('\x1234567890'::bytea placing '\x00'::bytea from 1);
SELECT position('\x5678'::bytea in '\x1234567890'::bytea);
SELECT position('\x78'::bytea in '\x12'::bytea);
SELECT trim('\x9012'::bytea from '\x1234567890'::bytea);
SELECT trim(both '\x12'::bytea from '\x123412'::bytea);
SELECT btrim('\x1234567890'::bytea, '\x9012'::bytea);
SELECT ltrim('\x1234567890'::bytea, '\x9012'::bytea);
SELECT rtrim('\x1234567890'::bytea, '\x9012'::bytea);
SELECT reverse('\x12'::bytea);
SELECT left('\x1234'::bytea, 1);
-- bits and bytes
SELECT get_bit('\x1234567890'::bytea, 30);
SELECT get_bit('\x12'::bytea, 8);
SELECT get_byte('\x1234567890'::bytea, 4);
SELECT get_byte('\x12'::bytea, 1);
SELECT set_bit('\x1234567890'::bytea, 30, 0);
SELECT set_bit('\x12'::bytea, 0, 1);
SELECT set_bit('\x12'::bytea, 0, 2);
SELECT set_byte('\x1234567890'::bytea, 4, 64);
SELECT set_byte('\x12'::bytea, 5, 64);
-- digests
SELECT md5('Th\000omas'::bytea);
SELECT md5('abc'::bytea);
SELECT sha224('abc'::bytea);
SELECT sha256('abc'::bytea);
SELECT sha384('abc'::bytea);
SELECT sha512('abc'::bytea);
SELECT sha256(''::bytea);
-- encode and decode
SELECT encode('123\000\001'::bytea, 'base64');
SELECT encode('\x1234'::bytea, 'hex');
SELECT encode('\x00ff61'::bytea, 'escape');
SELECT encode('\x12'::bytea, 'nonesuch');
SELECT encode(''::bytea, 'base64');
SELECT encode(convert_to(repeat('x', 100), 'UTF8'), 'base64');
SELECT decode('MTIzAAE=', 'base64');
SELECT decode('1234', 'hex');
SELECT decode('12 34', 'hex');
SELECT decode('123', 'hex');
SELECT decode('zz', 'hex');
SELECT decode('a\000b', 'escape');
SELECT decode('MTI', 'base64');
SELECT decode('M!!!', 'base64');
SELECT decode(' MTIz;
SELECT ', 'base64');
SELECT decode(NULL, 'hex');
-- through columns
SELECT encode(by, 'hex') FROM types ORDER BY id;
SELECT by || '\x00' FROM types ORDER BY id;
SELECT length(by) FROM types ORDER BY id;
SELECT substring(by from 2 for 2) FROM types ORDER BY id;
SELECT by = '\xdeadbeef' FROM types ORDER BY id;
SELECT md5(by) FROM types ORDER BY id;
SELECT string_agg(x, '\x00'::bytea) FROM (VALUES ('\x61'::bytea), ('\x62')) v(x);
SELECT min(by), max(by) FROM types;
SELECT get_byte(by, 0) FROM types ORDER BY id;
SELECT crc32('abc'::bytea);

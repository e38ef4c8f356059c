"""Every function that a client may call, as PostgreSQL declares it, and what runs it in DuckDB.

One line a signature: ``name(argument types) result > runner``. Types are PostgreSQL's short names;
``anyelement``, ``anyarray`` and ``any`` are polymorphic as in PostgreSQL; ``T...`` takes one or
more arguments; ``setof T`` returns rows. The runner is a DuckDB function or one of our macros
(``pg_...``, see ``engine/macros.py``), ``@rule`` for a call that a rewrite rule replaces, or
``$name`` for a value that the session knows (passed as the parameter ``$k_<name>``).

What is not in this table does not exist for a client (42883): DuckDB's file readers, settings,
catalog and pragma functions are unreachable because nothing here runs them.
"""

from __future__ import annotations

from typing import Final

STRINGS: Final = """
length(text) int4 > pg_length
length(bpchar) int4 > pg_bpchar_length
length(bytea) int4 > pg_octets
char_length(text) int4 > pg_length
char_length(bpchar) int4 > pg_bpchar_length
character_length(text) int4 > pg_length
character_length(bpchar) int4 > pg_bpchar_length
octet_length(text) int4 > pg_text_octets
octet_length(bytea) int4 > pg_octets
bit_length(text) int4 > pg_text_bits
bit_length(bytea) int4 > pg_bits
lower(text) text > lower
upper(text) text > upper
initcap(text) text > pg_initcap
substring(text, int4) text > pg_substring
substring(text, int4, int4) text > pg_substring
substring(text, text) text > @match_patterns
substring(bytea, int4) bytea > pg_substring_bytes
substring(bytea, int4, int4) bytea > pg_substring_bytes
substr(text, int4) text > pg_substring
substr(text, int4, int4) text > pg_substring
substr(bytea, int4) bytea > pg_substring_bytes
substr(bytea, int4, int4) bytea > pg_substring_bytes
left(text, int4) text > pg_left
right(text, int4) text > pg_right
lpad(text, int4) text > pg_lpad
lpad(text, int4, text) text > pg_lpad
rpad(text, int4) text > pg_rpad
rpad(text, int4, text) text > pg_rpad
ltrim(text) text > pg_ltrim
ltrim(text, text) text > pg_ltrim
rtrim(text) text > pg_rtrim
rtrim(text, text) text > pg_rtrim
btrim(text) text > pg_btrim
btrim(text, text) text > pg_btrim
repeat(text, int4) text > pg_repeat
replace(text, text, text) text > pg_replace
reverse(text) text > pg_reverse
split_part(text, text, int4) text > pg_split_part
strpos(text, text) int4 > pg_strpos
position(text, text) int4 > pg_strpos
starts_with(text, text) bool > starts_with
translate(text, text, text) text > pg_translate
overlay(text, text, int4) text > pg_overlay
overlay(text, text, int4, int4) text > pg_overlay
concat(any...) text > @concatenate
concat_ws(text, any...) text > @concatenate
format(text) text > @format_text
format(text, any...) text > @format_text
format array(text, anyarray) text > @format_text
like(text, text) bool > pg_like
notlike(text, text) bool > pg_not_like
ascii(text) int4 > pg_ascii
chr(int4) text > kpg_chr
hashtext(text) int4 > kpg_hash_text
hashtextextended(text, int8) int8 > kpg_hash_text_extended
md5(text) text > md5
md5(bytea) text > md5
sha224(bytea) bytea > kpg_sha224
sha256(bytea) bytea > pg_sha256
sha384(bytea) bytea > kpg_sha384
sha512(bytea) bytea > kpg_sha512
length(bytea, name) int4 > kpg_length_in
bit_count(bytea) int8 > kpg_bit_count
get_byte(bytea, int4) int4 > kpg_get_byte
set_byte(bytea, int4, int4) bytea > kpg_set_byte
get_bit(bytea, int8) int4 > kpg_get_bit
set_bit(bytea, int8, int4) bytea > kpg_set_bit
btrim(bytea, bytea) bytea > kpg_bytes_btrim
ltrim(bytea, bytea) bytea > kpg_bytes_ltrim
rtrim(bytea, bytea) bytea > kpg_bytes_rtrim
position(bytea, bytea) int4 > kpg_bytes_position
overlay(bytea, bytea, int4) bytea > pg_bytes_overlay
overlay(bytea, bytea, int4, int4) bytea > kpg_bytes_overlay
unistr(text) text > kpg_unistr
normalize(text) text > pg_normalize
is_normalized(text, text) bool > kpg_is_normalized
pg_size_bytes(text) int8 > kpg_size_bytes
normalize(text, text) text > kpg_normalize
parse_ident(text) text[] > pg_parse_ident
parse_ident(text, bool) text[] > kpg_parse_ident
encode(bytea, text) text > kpg_encode
decode(text, text) bytea > kpg_decode
convert_from(bytea, name) text > kpg_convert_from
convert_to(text, name) bytea > kpg_convert_to
quote_ident(text) text > pg_quote_ident
quote_literal(text) text > pg_quote_literal
quote_literal(anyelement) text > pg_quote_literal
quote_nullable(text) text > pg_quote_nullable
quote_nullable(anyelement) text > pg_quote_nullable
to_hex(int4) text > pg_to_hex_int4
to_hex(int8) text > pg_to_hex_int8
string_to_array(text, text) text[] > pg_string_to_array
string_to_array(text, text, text) text[] > pg_string_to_array
string_to_table(text, text) setof text > pg_string_to_array
string_to_table(text, text, text) setof text > pg_string_to_array
array_to_string(anyarray, text) text > @print_arrays
array_to_string(anyarray, text, text) text > @print_arrays
regexp_replace(text, text, text) text > @match_patterns
regexp_replace(text, text, text, text) text > @match_patterns
regexp_match(text, text) text[] > @match_patterns
regexp_match(text, text, text) text[] > @match_patterns
regexp_matches(text, text) setof text[] > @match_patterns
regexp_matches(text, text, text) setof text[] > @match_patterns
regexp_split_to_array(text, text) text[] > @match_patterns
regexp_split_to_array(text, text, text) text[] > @match_patterns
regexp_split_to_table(text, text) setof text > @match_patterns
regexp_split_to_table(text, text, text) setof text > @match_patterns
regexp_like(text, text) bool > @match_patterns
regexp_like(text, text, text) bool > @match_patterns
regexp_replace(text, text, text, int4) text > @match_patterns
regexp_replace(text, text, text, int4, int4) text > @match_patterns
regexp_replace(text, text, text, int4, int4, text) text > @match_patterns
regexp_count(text, text) int4 > @match_patterns
regexp_count(text, text, int4) int4 > @match_patterns
regexp_count(text, text, int4, text) int4 > @match_patterns
regexp_instr(text, text) int4 > @match_patterns
regexp_instr(text, text, int4) int4 > @match_patterns
regexp_instr(text, text, int4, int4) int4 > @match_patterns
regexp_instr(text, text, int4, int4, int4) int4 > @match_patterns
regexp_instr(text, text, int4, int4, int4, text) int4 > @match_patterns
regexp_instr(text, text, int4, int4, int4, text, int4) int4 > @match_patterns
regexp_substr(text, text) text > @match_patterns
regexp_substr(text, text, int4) text > @match_patterns
regexp_substr(text, text, int4, int4) text > @match_patterns
regexp_substr(text, text, int4, int4, text) text > @match_patterns
regexp_substr(text, text, int4, int4, text, int4) text > @match_patterns
substring(text, text, text) text > @match_patterns
"""

NUMBERS: Final = """
abs(int2) int2 > abs
abs(int4) int4 > abs
abs(int8) int8 > abs
abs(numeric) numeric > abs
abs(float4) float4 > abs
abs(float8) float8 > abs
ceil(numeric) numeric > pg_numeric_ceil
ceil(float8) float8 > ceil
ceiling(numeric) numeric > pg_numeric_ceil
ceiling(float8) float8 > ceil
floor(numeric) numeric > pg_numeric_floor
floor(float8) float8 > floor
round(numeric) numeric > @round_numbers
round(float8) float8 > round_even
round(numeric, int4) numeric > @round_numbers
trunc(numeric) numeric > @round_numbers
trunc(float8) float8 > trunc
trunc(numeric, int4) numeric > @round_numbers
sign(numeric) numeric > pg_numeric_sign
sign(float8) float8 > pg_float_sign
mod(int2, int2) int2 > @divide
mod(int4, int4) int4 > @divide
mod(int8, int8) int8 > @divide
mod(numeric, numeric) numeric > @divide
div(numeric, numeric) numeric > kpg_numeric_div
power(numeric, numeric) numeric > kpg_numeric_power
power(float8, float8) float8 > pg_power
pow(numeric, numeric) numeric > kpg_numeric_power
pow(float8, float8) float8 > pg_power
sqrt(numeric) numeric > kpg_numeric_sqrt
sqrt(float8) float8 > pg_sqrt
cbrt(float8) float8 > cbrt
exp(numeric) numeric > kpg_numeric_exp
exp(float8) float8 > kpg_exp
ln(numeric) numeric > kpg_numeric_ln
ln(float8) float8 > pg_ln
log(numeric) numeric > kpg_numeric_log10
log(float8) float8 > pg_log10
log(numeric, numeric) numeric > kpg_numeric_log
log10(numeric) numeric > kpg_numeric_log10
log10(float8) float8 > pg_log10
pi() float8 > pi
degrees(float8) float8 > degrees
radians(float8) float8 > radians
sin(float8) float8 > kpg_sin
cos(float8) float8 > kpg_cos
tan(float8) float8 > kpg_tan
cot(float8) float8 > kpg_cot
asin(float8) float8 > kpg_asin
acos(float8) float8 > kpg_acos
atan(float8) float8 > atan
atan2(float8, float8) float8 > atan2
sind(float8) float8 > kpg_sind
cosd(float8) float8 > kpg_cosd
tand(float8) float8 > kpg_tand
cotd(float8) float8 > kpg_cotd
asind(float8) float8 > kpg_asind
acosd(float8) float8 > kpg_acosd
atand(float8) float8 > kpg_atand
atan2d(float8, float8) float8 > kpg_atan2d
sinh(float8) float8 > kpg_sinh
cosh(float8) float8 > kpg_cosh
tanh(float8) float8 > tanh
asinh(float8) float8 > asinh
acosh(float8) float8 > kpg_acosh
atanh(float8) float8 > kpg_atanh
gcd(int4, int4) int4 > gcd
gcd(int8, int8) int8 > gcd
lcm(int4, int4) int4 > lcm
lcm(int8, int8) int8 > lcm
gcd(numeric, numeric) numeric > kpg_numeric_gcd
lcm(numeric, numeric) numeric > kpg_numeric_lcm
scale(numeric) int4 > kpg_numeric_scale
min_scale(numeric) int4 > kpg_numeric_min_scale
trim_scale(numeric) numeric > kpg_numeric_trim_scale
factorial(int8) numeric > kpg_numeric_factorial
random() float8 > random
width_bucket(anyelement, anyarray) int4 > pg_width_bucket_of
width_bucket(float8, float8, float8, int4) int4 > pg_width_bucket
width_bucket(numeric, numeric, numeric, int4) int4 > pg_width_bucket
"""

DATES: Final = """
now() timestamptz > $now
transaction_timestamp() timestamptz > $now
current_timestamp() timestamptz > $now
current_timestamp(int4) timestamptz > $now
statement_timestamp() timestamptz > $statement_now
clock_timestamp() timestamptz > $clock_now
localtimestamp() timestamp > $now
localtimestamp(int4) timestamp > $now
current_date() date > $now
current_time() timetz > $now
current_time(int4) timetz > $now
localtime() time > $now
localtime(int4) time > $now
date_trunc(text, timestamp) timestamp > pg_timestamp_trunc
date_trunc(text, timestamptz) timestamptz > pg_timestamptz_trunc
date_trunc(text, timestamptz, text) timestamptz > pg_date_trunc_zone
date_trunc(text, interval) interval > pg_interval_trunc
date_part(text, date) float8 > @extract_fields
date_part(text, time) float8 > @extract_fields
date_part(text, timetz) float8 > @extract_fields
date_part(text, timestamp) float8 > @extract_fields
date_part(text, timestamptz) float8 > @extract_fields
date_part(text, interval) float8 > @extract_fields
extract(text, date) numeric > @extract_fields
extract(text, time) numeric > @extract_fields
extract(text, timetz) numeric > @extract_fields
extract(text, timestamp) numeric > @extract_fields
extract(text, timestamptz) numeric > @extract_fields
extract(text, interval) numeric > @extract_fields
timeofday() text > @session_values
date_bin(interval, timestamp, timestamp) timestamp > pg_date_bin
date_bin(interval, timestamptz, timestamptz) timestamptz > pg_date_bin
age(timestamp, timestamp) interval > pg_age
age(timestamptz, timestamptz) interval > pg_age
age(timestamp) interval > @session_values
age(timestamptz) interval > @session_values
make_date(int4, int4, int4) date > pg_make_date
make_time(int4, int4, float8) time > pg_make_time
make_timestamp(int4, int4, int4, int4, int4, float8) timestamp > pg_make_timestamp
make_timestamptz(int4, int4, int4, int4, int4, float8) timestamptz > pg_make_timestamptz
make_timestamptz(int4, int4, int4, int4, int4, float8, text) timestamptz > pg_make_timestamptz
make_interval() interval > pg_make_interval
make_interval(int4) interval > pg_make_interval
make_interval(int4, int4) interval > pg_make_interval
make_interval(int4, int4, int4) interval > pg_make_interval
make_interval(int4, int4, int4, int4) interval > pg_make_interval
make_interval(int4, int4, int4, int4, int4) interval > pg_make_interval
make_interval(int4, int4, int4, int4, int4, int4) interval > pg_make_interval
make_interval(int4, int4, int4, int4, int4, int4, float8) interval > pg_make_interval
justify_days(interval) interval > pg_justify_days
justify_hours(interval) interval > pg_justify_hours
justify_interval(interval) interval > pg_justify_interval
overlaps(time, time, time, time) bool > pg_overlaps
overlaps(timetz, timetz, timetz, timetz) bool > pg_overlaps
overlaps(timestamp, timestamp, timestamp, timestamp) bool > pg_overlaps
overlaps(timestamptz, timestamptz, timestamptz, timestamptz) bool > pg_overlaps
isfinite(interval) bool > pg_is_finite_interval
isfinite(date) bool > isfinite
isfinite(timestamp) bool > isfinite
isfinite(timestamptz) bool > isfinite
timezone(interval, timestamp) timestamptz > @shift_zones
timezone(interval, timestamptz) timestamp > @shift_zones
timezone(text, timetz) timetz > @shift_zones
timezone(interval, timetz) timetz > @shift_zones
timezone(text, timestamp) timestamptz > @shift_zones
timezone(text, timestamptz) timestamp > @shift_zones
to_timestamp(float8) timestamptz > pg_to_timestamp
to_timestamp(text, text) timestamptz > @format_dates
to_date(text, text) date > @format_dates
to_char(timestamp, text) text > @format_dates
to_char(timestamptz, text) text > @format_dates
to_char(interval, text) text > @format_dates
to_char(int4, text) text > @format_numbers
to_char(int8, text) text > @format_numbers
to_char(numeric, text) text > @format_numbers
to_char(float8, text) text > @format_numbers
to_number(text, text) numeric > @format_numbers
"""

ARRAYS: Final = """
array_length(anyarray, int4) int4 > pg_array_length
array_upper(anyarray, int4) int4 > pg_array_length
array_lower(anyarray, int4) int4 > pg_array_lower
array_dims(anyarray) text > pg_array_dims
array_fill(anyelement, int4[]) anyarray > pg_array_fill
array_fill(anyelement, int4[], int4[]) anyarray > pg_array_fill
array_position(anyarray, anyelement, int4) int4 > pg_array_position_from
array_ndims(anyarray) int4 > pg_array_ndims
cardinality(anyarray) int4 > pg_cardinality
array_append(anyarray, anyelement) anyarray > pg_array_append
array_prepend(anyelement, anyarray) anyarray > pg_array_prepend
array_cat(anyarray, anyarray) anyarray > pg_array_cat
array_position(anyarray, anyelement) int4 > pg_array_position
array_positions(anyarray, anyelement) int4[] > pg_array_positions
array_remove(anyarray, anyelement) anyarray > pg_array_remove
array_replace(anyarray, anyelement, anyelement) anyarray > pg_array_replace
trim_array(anyarray, int4) anyarray > pg_trim_array
generate_subscripts(anyarray, int4) setof int4 > pg_generate_subscripts
unnest(anyarray) setof anyelement > unnest
enum_first(anyenum) anyenum > @list_labels
enum_last(anyenum) anyenum > @list_labels
enum_range(anyenum) anyarray > @list_labels
enum_range(anyenum, anyenum) anyarray > @list_labels
generate_series(int4, int4) setof int4 > @generate_rows
generate_series(int4, int4, int4) setof int4 > @generate_rows
generate_series(int8, int8) setof int8 > @generate_rows
generate_series(int8, int8, int8) setof int8 > @generate_rows
generate_series(numeric, numeric) setof numeric > @generate_rows
generate_series(numeric, numeric, numeric) setof numeric > @generate_rows
generate_series(timestamp, timestamp, interval) setof timestamp > @generate_rows
generate_series(timestamptz, timestamptz, interval) setof timestamptz > @generate_rows
"""

CONDITIONS: Final = """
coalesce(anyelement...) anyelement > coalesce
nullif(anyelement, anyelement) anyelement > nullif
greatest(anyelement...) anyelement > greatest
least(anyelement...) anyelement > least
num_nulls(any...) int4 > @count_nulls
num_nonnulls(any...) int4 > @count_nulls
pg_typeof(any) regtype > @read_types
gen_random_uuid() uuid > gen_random_uuid
uuid_v7() uuid > uuidv7
ulid() text > pg_ulid
snowflake_id() int8 > pg_snowflake_id
current_user() name > $current_user
current_role() name > $current_user
user() name > $current_user
session_user() name > $session_user
current_schema() name > $current_schema
current_database() name > $current_database
current_catalog() name > $current_database
version() text > $version
pg_backend_pid() int4 > $pg_backend_pid
pg_refuse_value(text, text, text, text, text) text > pg_refuse_value
pg_my_temp_schema() oid > $pg_my_temp_schema
txid_current() int8 > $txid_current
current_setting(text) text > @session_values
current_setting(text, bool) text > @session_values
"""

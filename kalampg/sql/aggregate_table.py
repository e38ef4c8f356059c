"""Every aggregate and window function that a client may call, written as in ``function_table``."""

from __future__ import annotations

from typing import Final

AGGREGATES: Final = """
count() int8 > count
count(any) int8 > count
sum(int2) int8 > @aggregate
sum(int4) int8 > @aggregate
sum(int8) numeric > @aggregate
sum(numeric) numeric > @aggregate
sum(float4) float4 > @aggregate
sum(float8) float8 > @aggregate
sum(interval) interval > @aggregate
avg(int2) numeric > @aggregate
avg(int4) numeric > @aggregate
avg(int8) numeric > @aggregate
avg(numeric) numeric > @aggregate
avg(float4) float8 > @aggregate
avg(float8) float8 > @aggregate
min(text) text > min
min(bpchar) bpchar > min
min(anyelement) anyelement > min
max(text) text > max
max(bpchar) bpchar > max
max(anyelement) anyelement > max
bool_and(bool) bool > bool_and
bool_or(bool) bool > bool_or
every(bool) bool > bool_and
bit_and(int2) int2 > bit_and
bit_and(int4) int4 > bit_and
bit_and(int8) int8 > bit_and
bit_or(int2) int2 > bit_or
bit_or(int4) int4 > bit_or
bit_or(int8) int8 > bit_or
bit_xor(int2) int2 > bit_xor
bit_xor(int4) int4 > bit_xor
bit_xor(int8) int8 > bit_xor
string_agg(text, text) text > string_agg
avg(interval) interval > @aggregate
array_agg(anyelement) anyarray > array_agg
json_agg(any) json > @build_json
jsonb_agg(any) jsonb > @build_json
json_object_agg(any, any) json > @build_json
jsonb_object_agg(any, any) jsonb > @build_json
stddev(int2) numeric > @aggregate
stddev(int4) numeric > @aggregate
stddev(int8) numeric > @aggregate
stddev(numeric) numeric > @aggregate
stddev(float8) float8 > stddev_samp
stddev_samp(int2) numeric > @aggregate
stddev_samp(int4) numeric > @aggregate
stddev_samp(int8) numeric > @aggregate
stddev_samp(numeric) numeric > @aggregate
stddev_samp(float8) float8 > stddev_samp
stddev_pop(int2) numeric > @aggregate
stddev_pop(int4) numeric > @aggregate
stddev_pop(int8) numeric > @aggregate
stddev_pop(numeric) numeric > @aggregate
stddev_pop(float8) float8 > stddev_pop
variance(int2) numeric > @aggregate
variance(int4) numeric > @aggregate
variance(int8) numeric > @aggregate
variance(numeric) numeric > @aggregate
variance(float8) float8 > var_samp
var_samp(int2) numeric > @aggregate
var_samp(int4) numeric > @aggregate
var_samp(int8) numeric > @aggregate
var_samp(numeric) numeric > @aggregate
var_samp(float8) float8 > var_samp
var_pop(int2) numeric > @aggregate
var_pop(int4) numeric > @aggregate
var_pop(int8) numeric > @aggregate
var_pop(numeric) numeric > @aggregate
var_pop(float8) float8 > var_pop
corr(float8, float8) float8 > @aggregate
covar_pop(float8, float8) float8 > covar_pop
covar_samp(float8, float8) float8 > covar_samp
regr_avgx(float8, float8) float8 > regr_avgx
regr_avgy(float8, float8) float8 > regr_avgy
regr_count(float8, float8) int8 > regr_count
regr_intercept(float8, float8) float8 > @aggregate
regr_r2(float8, float8) float8 > @aggregate
regr_slope(float8, float8) float8 > regr_slope
regr_sxx(float8, float8) float8 > regr_sxx
regr_sxy(float8, float8) float8 > regr_sxy
regr_syy(float8, float8) float8 > regr_syy
grouping(any...) int4 > grouping
"""

# The arguments of WITHIN GROUP follow the direct ones.
ORDERED_SET_AGGREGATES: Final = """
percentile_cont(float8, float8) float8 > quantile_cont
percentile_cont(float8[], float8) float8[] > quantile_cont
rank(anyelement, anyelement) int8 > @aggregate
dense_rank(anyelement, anyelement) int8 > @aggregate
percent_rank(anyelement, anyelement) float8 > @aggregate
cume_dist(anyelement, anyelement) float8 > @aggregate
percentile_disc(float8, anyelement) anyelement > quantile_disc
percentile_disc(float8[], anyelement) anyarray > quantile_disc
mode(anyelement) anyelement > mode
"""

WINDOWS: Final = """
row_number() int8 > row_number
rank() int8 > rank
dense_rank() int8 > dense_rank
percent_rank() float8 > percent_rank
cume_dist() float8 > cume_dist
ntile(int4) int4 > ntile
lag(anyelement) anyelement > lag
lag(anyelement, int4) anyelement > lag
lag(anyelement, int4, anyelement) anyelement > lag
lead(anyelement) anyelement > lead
lead(anyelement, int4) anyelement > lead
lead(anyelement, int4, anyelement) anyelement > lead
first_value(anyelement) anyelement > first_value
last_value(anyelement) anyelement > last_value
nth_value(anyelement, int4) anyelement > nth_value
"""

"""Every function of json and jsonb that a client may call, written as in ``function_table``.

Names with a blank are those that the binder makes of other calls.
"""

from __future__ import annotations

from typing import Final

JSON: Final = """
to_json(anyelement) json > @build_json
to_jsonb(anyelement) jsonb > @build_json
row_to_json(any) json > @build_json
array_to_json(anyarray) json > @build_json
json_build_object() json > @build_json
json_build_object(any...) json > @build_json
jsonb_build_object() jsonb > @build_json
jsonb_build_object(any...) jsonb > @build_json
json_build_array() json > @build_json
json_build_array(any...) json > @build_json
jsonb_build_array() jsonb > @build_json
jsonb_build_array(any...) jsonb > @build_json
json_typeof(json) text > pg_json_typeof
jsonb_typeof(jsonb) text > pg_json_typeof
json_array_length(json) int4 > pg_json_array_length
jsonb_array_length(jsonb) int4 > pg_json_array_length
json_extract_path(json, text...) json > @read_json
jsonb_extract_path(jsonb, text...) jsonb > @read_json
json_extract_path_text(json, text...) text > @read_json
jsonb_extract_path_text(jsonb, text...) text > @read_json
json_object_keys(json) setof text > kpg_json_keys
jsonb_object_keys(jsonb) setof text > kpg_jsonb_keys
json_array_elements(json) setof json > kpg_json_elements
jsonb_array_elements(jsonb) setof jsonb > kpg_jsonb_elements
json_array_elements_text(json) setof text > kpg_json_elements_text
jsonb_array_elements_text(jsonb) setof text > kpg_jsonb_elements_text
jsonb_set(jsonb, text[], jsonb) jsonb > pg_jsonb_set
jsonb_set(jsonb, text[], jsonb, bool) jsonb > kpg_jsonb_set
jsonb_set_lax(jsonb, text[], jsonb) jsonb > pg_jsonb_set_lax
jsonb_set_lax(jsonb, text[], jsonb, bool) jsonb > pg_jsonb_set_lax
jsonb_set_lax(jsonb, text[], jsonb, bool, text) jsonb > kpg_jsonb_set_lax
jsonb_insert(jsonb, text[], jsonb) jsonb > pg_jsonb_insert
jsonb_insert(jsonb, text[], jsonb, bool) jsonb > kpg_jsonb_insert
json_strip_nulls(json) json > kpg_json_strip_nulls
jsonb_strip_nulls(jsonb) jsonb > kpg_jsonb_strip_nulls
jsonb_pretty(jsonb) text > kpg_jsonb_pretty
json_object(text[]) json > pg_json_object_of_pairs
json_object(text[], text[]) json > pg_json_object_of_lists
jsonb_object(text[]) jsonb > pg_jsonb_object_of_pairs
jsonb_object(text[], text[]) jsonb > pg_jsonb_object_of_lists
jsonb_path_query(jsonb, text) setof jsonb > pg_jsonb_path_query
jsonb_path_query(jsonb, text, jsonb) setof jsonb > pg_jsonb_path_query
jsonb_path_query(jsonb, text, jsonb, bool) setof jsonb > pg_jsonb_path_query
jsonb_path_query_array(jsonb, text) jsonb > pg_jsonb_path_query_array
jsonb_path_query_array(jsonb, text, jsonb) jsonb > pg_jsonb_path_query_array
jsonb_path_query_array(jsonb, text, jsonb, bool) jsonb > kpg_jsonb_path_query_array
jsonb_path_query_first(jsonb, text) jsonb > pg_jsonb_path_query_first
jsonb_path_query_first(jsonb, text, jsonb) jsonb > pg_jsonb_path_query_first
jsonb_path_query_first(jsonb, text, jsonb, bool) jsonb > kpg_jsonb_path_query_first
jsonb_path_exists(jsonb, text) bool > pg_jsonb_path_exists
jsonb_path_exists(jsonb, text, jsonb) bool > pg_jsonb_path_exists
jsonb_path_exists(jsonb, text, jsonb, bool) bool > kpg_jsonb_path_exists
jsonb_path_match(jsonb, text) bool > pg_jsonb_path_match
jsonb_path_match(jsonb, text, jsonb) bool > pg_jsonb_path_match
jsonb_path_match(jsonb, text, jsonb, bool) bool > kpg_jsonb_path_match
json_each(json) setof record > pg_json_each
json_each_text(json) setof record > pg_json_each_text
jsonb_each(jsonb) setof record > pg_jsonb_each
jsonb_each_text(jsonb) setof record > pg_jsonb_each_text
populating json(json) json > pg_populating
populating jsonb(jsonb) jsonb > pg_populating
json_each keys(json) text[] > kpg_json_each_keys
json_each values(json) json[] > kpg_json_each_values
json_each texts(json) text[] > kpg_json_each_texts
jsonb_each keys(jsonb) text[] > kpg_jsonb_each_keys
jsonb_each values(jsonb) jsonb[] > kpg_jsonb_each_values
jsonb_each texts(jsonb) text[] > kpg_jsonb_each_texts
array_to_json(anyarray, bool) json > @build_json
jsonb_exists(jsonb, text) bool > pg_json_exists
"""

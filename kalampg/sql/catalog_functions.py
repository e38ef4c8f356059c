"""Functions about what is in the catalog, in the notation of ``function_table``.

``@read_catalog`` looks a value up in what the catalog holds for the session that asks; macros
(``engine/macros_catalog.py``) are for what needs no catalog. Definitions of kinds of objects that
do not exist here are NULL, as PostgreSQL's are for objects that do not exist.
"""

from __future__ import annotations

from typing import Final

CATALOG: Final = """
pg_table_is_visible(oid) bool > @read_catalog
pg_type_is_visible(oid) bool > @read_catalog
pg_collation_is_visible(oid) bool > @read_catalog
pg_function_is_visible(oid) bool > @read_catalog
pg_operator_is_visible(oid) bool > @read_catalog
pg_opclass_is_visible(oid) bool > pg_absent_flag
pg_opfamily_is_visible(oid) bool > pg_absent_flag
pg_conversion_is_visible(oid) bool > pg_absent_flag
pg_statistics_obj_is_visible(oid) bool > pg_absent_flag
pg_ts_config_is_visible(oid) bool > pg_absent_flag
pg_ts_dict_is_visible(oid) bool > pg_absent_flag
pg_ts_parser_is_visible(oid) bool > pg_absent_flag
pg_ts_template_is_visible(oid) bool > pg_absent_flag
pg_get_userbyid(oid) name > @read_catalog
format_type(oid, int4) text > @read_catalog
to_regclass(text) regclass > @read_catalog
to_regtype(text) regtype > @read_catalog
to_regnamespace(text) regnamespace > @read_catalog
to_regproc(text) regproc > @read_catalog
to_regprocedure(text) regprocedure > @read_catalog
to_regrole(text) regrole > @read_catalog
pg_get_constraintdef(oid) text > @read_catalog
pg_get_constraintdef(oid, bool) text > @read_catalog
pg_get_indexdef(oid) text > @read_catalog
pg_get_indexdef(oid, int4, bool) text > @read_catalog
pg_get_serial_sequence(text, text) text > @read_catalog
nextval(text) int8 > @session_values
nextval(regclass) int8 > @session_values
currval(text) int8 > @session_values
currval(regclass) int8 > @session_values
lastval() int8 > @session_values
setval(text, int8) int8 > @session_values
setval(regclass, int8) int8 > @session_values
setval(text, int8, bool) int8 > @session_values
setval(regclass, int8, bool) int8 > @session_values
obj_description(oid, name) text > @read_catalog
obj_description(oid) text > @read_catalog
col_description(oid, int4) text > @read_catalog
shobj_description(oid, name) text > @read_catalog
pg_get_expr(text, oid) text > pg_first_text
pg_get_expr(text, oid, bool) text > pg_first_text
pg_get_viewdef(text) text > @read_catalog
pg_get_viewdef(text, bool) text > @read_catalog
pg_get_viewdef(oid) text > @read_catalog
pg_get_viewdef(oid, bool) text > @read_catalog
pg_get_viewdef(oid, int4) text > @read_catalog
pg_get_ruledef(oid) text > pg_absent_text
pg_get_ruledef(oid, bool) text > pg_absent_text
pg_get_triggerdef(oid) text > pg_absent_text
pg_get_triggerdef(oid, bool) text > pg_absent_text
pg_get_functiondef(oid) text > pg_absent_text
pg_get_function_arguments(oid) text > @read_catalog
pg_get_function_identity_arguments(oid) text > @read_catalog
pg_get_function_result(oid) text > @read_catalog
pg_get_function_sqlbody(oid) text > pg_absent_text
pg_get_partkeydef(oid) text > pg_absent_text
pg_get_partition_constraintdef(oid) text > pg_absent_text
pg_get_statisticsobjdef(oid) text > pg_absent_text
pg_get_statisticsobjdef_columns(oid) text > pg_absent_text
pg_partition_ancestors(regclass) setof regclass > pg_no_objects
pg_relation_is_publishable(regclass) bool > pg_never
pg_relation_size(regclass) int8 > @read_catalog
pg_relation_size(regclass, text) int8 > @read_catalog
pg_table_size(regclass) int8 > @read_catalog
pg_total_relation_size(regclass) int8 > @read_catalog
pg_indexes_size(regclass) int8 > @read_catalog
pg_database_size(oid) int8 > @read_catalog
pg_database_size(name) int8 > @read_catalog
pg_column_size(any) int4 > @read_types
pg_collation_for(any) text > @read_types
pg_size_pretty(int8) text > pg_size_pretty
pg_size_pretty(numeric) text > kpg_numeric_size_pretty
pg_tablespace_location(oid) text > pg_empty_text
current_schemas(bool) name[] > @read_catalog
_pg_expandarray(anyarray) setof record > pg_expand_array
pg_get_keywords word() text[] > pg_keyword_words
pg_get_keywords catcode() char[] > pg_keyword_codes
pg_get_keywords barelabel() bool[] > pg_keyword_labels
pg_get_keywords catdesc() text[] > pg_keyword_descriptions
pg_get_keywords baredesc() text[] > pg_keyword_label_descriptions
pg_postmaster_start_time() timestamptz > $server_started
pg_conf_load_time() timestamptz > $server_started
pg_export_snapshot() text > @session_values
pg_current_xact_id() int8 > $txid_current
inet_client_addr() text > $client_host
inet_client_port() int4 > $client_port
inet_server_addr() text > $server_host
inet_server_port() int4 > $server_port
set_config(text, text, bool) text > @session_values
pg_is_other_temp_schema(oid) bool > pg_never
pg_is_in_recovery() bool > pg_is_in_recovery
pg_jit_available() bool > pg_jit_available
pg_advisory_unlock_all() void > pg_advisory_unlock_all
getdatabaseencoding() name > pg_encoding_name
pg_client_encoding() name > pg_encoding_name
pg_encoding_to_char(int4) name > pg_encoding_to_char
pg_char_to_encoding(name) int4 > pg_char_to_encoding
"""

"""Every function of this package that DuckDB knows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from kalampg.builtins import (
    array_shapes,
    binary_functions,
    float_functions,
    format_function,
    hash_functions,
    interval_functions,
    json_access,
    json_edit,
    jsonpath_run,
    moment_from_text,
    moment_to_text,
    number_from_text,
    number_to_text,
    procedure_names,
    similar_pattern,
    sizes,
    styled_text,
    text_functions,
)
from kalampg.builtins import numeric_functions as numeric
from kalampg.builtins import numeric_powers as powers
from kalampg.builtins import regex_functions as regex
from kalampg.builtins.builtin import Builtin
from kalampg.pgtypes.json_text import parse_json, parse_jsonb
from kalampg.pgtypes.timetz import format_timetz

_TEXT: Final = "VARCHAR"
_TEXTS: Final = "VARCHAR[]"
_BYTES: Final = "BLOB"
_INTERVAL: Final = ("BIGINT", "BIGINT", "BIGINT", "DOUBLE")


def _texts(name: str, count: int, run: Callable[..., Any], result: str = _TEXT) -> Builtin:
    """A function whose arguments are texts."""
    return Builtin(name, (_TEXT,) * count, result, run)


def _spread(*, is_sample: bool, is_root: bool) -> Callable[[str, str, str], str | None]:
    return partial(numeric.spread, is_sample=is_sample, is_root=is_root)


_FORMATTING: Final = (
    _texts("kpg_numeric_to_char", 2, number_to_text.numeric_to_char),
    Builtin("kpg_float4_to_char", ("FLOAT", _TEXT), _TEXT, number_to_text.float4_to_char),
    Builtin("kpg_float8_to_char", ("DOUBLE", _TEXT), _TEXT, number_to_text.float8_to_char),
    Builtin("kpg_timestamp_to_char", ("BIGINT", _TEXT), _TEXT, moment_to_text.timestamp_to_char),
    Builtin(
        "kpg_timestamptz_to_char",
        ("BIGINT", _TEXT, _TEXT),
        _TEXT,
        moment_to_text.timestamptz_to_char,
    ),
    Builtin(
        "kpg_interval_to_char",
        ("BIGINT", "BIGINT", "BIGINT", _TEXT),
        _TEXT,
        moment_to_text.interval_to_char,
    ),
    _texts("kpg_to_date", 2, moment_from_text.to_date, "INTEGER"),
    _texts("kpg_to_timestamp", 3, moment_from_text.to_timestamp, "BIGINT"),
    _texts("kpg_to_number", 2, number_from_text.to_number),
)
_NUMERIC: Final = (
    _texts("kpg_numeric_add", 2, numeric.add),
    _texts("kpg_numeric_subtract", 2, numeric.subtract),
    _texts("kpg_numeric_multiply", 2, numeric.multiply),
    _texts("kpg_numeric_divide", 2, numeric.divide),
    _texts("kpg_numeric_average", 2, numeric.quotient_or_null),
    _texts("kpg_numeric_remainder", 2, numeric.remainder),
    _texts("kpg_numeric_negate", 1, numeric.negate),
    _texts("kpg_numeric_div", 2, numeric.divide_whole),
    _texts("kpg_numeric_power", 2, powers.power),
    _texts("kpg_numeric_sqrt", 1, powers.square_root),
    _texts("kpg_numeric_exp", 1, powers.exponential),
    _texts("kpg_numeric_ln", 1, powers.natural_logarithm),
    _texts("kpg_numeric_log10", 1, powers.common_logarithm),
    _texts("kpg_numeric_log", 2, powers.logarithm),
    Builtin("kpg_numeric_round", (_TEXT, "INTEGER"), _TEXT, numeric.round_to),
    Builtin("kpg_numeric_trunc", (_TEXT, "INTEGER"), _TEXT, numeric.truncate_to),
    _texts("kpg_numeric_gcd", 2, numeric.greatest_common_divisor),
    _texts("kpg_numeric_lcm", 2, numeric.least_common_multiple),
    _texts("kpg_numeric_scale", 1, numeric.scale, "INTEGER"),
    _texts("kpg_numeric_min_scale", 1, numeric.min_scale, "INTEGER"),
    _texts("kpg_numeric_trim_scale", 1, numeric.trim_scale),
    _texts("kpg_numeric_factorial", 1, numeric.factorial),
    Builtin("kpg_float4_numeric", ("FLOAT",), _TEXT, numeric.from_float4),
    Builtin("kpg_float8_numeric", ("DOUBLE",), _TEXT, numeric.from_float8),
    _texts("kpg_numeric_stddev_samp", 3, _spread(is_sample=True, is_root=True)),
    _texts("kpg_numeric_stddev_pop", 3, _spread(is_sample=False, is_root=True)),
    _texts("kpg_numeric_var_samp", 3, _spread(is_sample=True, is_root=False)),
    _texts("kpg_numeric_var_pop", 3, _spread(is_sample=False, is_root=False)),
)
_REGEX: Final = (
    _texts("kpg_regex_like", 3, regex.like, "BOOLEAN"),
    Builtin("kpg_regex_like_any", (_TEXT, _TEXTS, _TEXT, "BOOLEAN"), "BOOLEAN", regex.like_any),
    Builtin("kpg_regex_like_all", (_TEXT, _TEXTS, _TEXT, "BOOLEAN"), "BOOLEAN", regex.like_all),
    _texts("kpg_regex_match", 3, regex.match, _TEXTS),
    _texts("kpg_regex_matches", 3, regex.matches, "VARCHAR[][]"),
    _texts("kpg_regex_substring", 2, regex.substring),
    _texts("kpg_regex_replace", 4, regex.replace),
    Builtin(
        "kpg_regex_replace_nth",
        (_TEXT, _TEXT, _TEXT, "INTEGER", "INTEGER", _TEXT),
        _TEXT,
        regex.replace_nth,
    ),
    _texts("kpg_regex_split", 3, regex.split, _TEXTS),
    Builtin("kpg_regex_count", (_TEXT, _TEXT, "INTEGER", _TEXT), "INTEGER", regex.count),
    Builtin(
        "kpg_regex_instr",
        (_TEXT, _TEXT, "INTEGER", "INTEGER", "INTEGER", _TEXT, "INTEGER"),
        "INTEGER",
        regex.instr,
    ),
    Builtin(
        "kpg_regex_substr",
        (_TEXT, _TEXT, "INTEGER", "INTEGER", _TEXT, "INTEGER"),
        _TEXT,
        regex.substr,
    ),
    _texts("kpg_similar_to", 3, similar_pattern.similar_to, "BOOLEAN"),
    _texts("kpg_substring_similar", 3, similar_pattern.substring_similar),
)
_JSON: Final = (
    _texts("kpg_json_input", 1, parse_json),
    _texts("kpg_jsonb_normal", 1, parse_jsonb),
    Builtin("kpg_json_element", (_TEXT, "BIGINT"), _TEXT, json_access.json_element),
    Builtin("kpg_json_element_text", (_TEXT, "BIGINT"), _TEXT, json_access.json_element_text),
    _texts("kpg_json_member", 2, json_access.json_member),
    _texts("kpg_json_member_text", 2, json_access.json_member_text),
    Builtin("kpg_json_path", (_TEXT, _TEXTS), _TEXT, json_access.json_path),
    Builtin("kpg_json_path_text", (_TEXT, _TEXTS), _TEXT, json_access.json_path_text),
    Builtin("kpg_jsonb_element", (_TEXT, "BIGINT"), _TEXT, json_access.jsonb_element),
    Builtin("kpg_jsonb_element_text", (_TEXT, "BIGINT"), _TEXT, json_access.jsonb_element_text),
    _texts("kpg_jsonb_member", 2, json_access.jsonb_member),
    _texts("kpg_jsonb_member_text", 2, json_access.jsonb_member_text),
    Builtin("kpg_jsonb_path", (_TEXT, _TEXTS), _TEXT, json_access.jsonb_path),
    Builtin("kpg_jsonb_path_text", (_TEXT, _TEXTS), _TEXT, json_access.jsonb_path_text),
    _texts("kpg_json_elements", 1, partial(json_access.elements, is_jsonb=False), _TEXTS),
    _texts("kpg_jsonb_elements", 1, partial(json_access.elements, is_jsonb=True), _TEXTS),
    _texts("kpg_json_elements_text", 1, partial(json_access.elements_text, is_jsonb=False), _TEXTS),
    _texts("kpg_jsonb_elements_text", 1, partial(json_access.elements_text, is_jsonb=True), _TEXTS),
    _texts("kpg_json_keys", 1, partial(json_access.keys, is_jsonb=False), _TEXTS),
    _texts("kpg_jsonb_keys", 1, partial(json_access.keys, is_jsonb=True), _TEXTS),
    *(
        _texts(f"kpg_{kind}_each_{what}", 1, partial(run, is_jsonb=kind == "jsonb"), _TEXTS)
        for kind in ("json", "jsonb")
        for what, run in (
            ("keys", json_access.each_keys),
            ("values", json_access.each_values),
            ("texts", json_access.each_texts),
        )
    ),
    _texts("kpg_jsonb_contains", 2, json_access.contains, "BOOLEAN"),
    _texts("kpg_jsonb_sort_key", 1, json_access.sort_key, "BLOB"),
    _texts("kpg_jsonb_concat", 2, json_edit.concatenate),
    Builtin("kpg_jsonb_delete_keys", (_TEXT, _TEXTS), _TEXT, json_edit.delete_keys),
    Builtin("kpg_jsonb_delete_index", (_TEXT, "INTEGER"), _TEXT, json_edit.delete_index),
    Builtin("kpg_jsonb_delete_path", (_TEXT, _TEXTS), _TEXT, json_edit.delete_path),
    Builtin("kpg_jsonb_set", (_TEXT, _TEXTS, _TEXT, "BOOLEAN"), _TEXT, json_edit.set_path),
    Builtin(
        "kpg_jsonb_set_lax",
        (_TEXT, _TEXTS, _TEXT, "BOOLEAN", _TEXT),
        _TEXT,
        json_edit.set_lax,
        is_strict=False,
    ),
    Builtin("kpg_jsonb_insert", (_TEXT, _TEXTS, _TEXT, "BOOLEAN"), _TEXT, json_edit.insert),
    _texts("kpg_json_strip_nulls", 1, json_edit.strip_nulls_json),
    _texts("kpg_jsonb_strip_nulls", 1, json_edit.strip_nulls_jsonb),
    _texts("kpg_jsonb_pretty", 1, json_edit.pretty),
    Builtin("kpg_json_object_of_pairs", (_TEXTS, "BOOLEAN"), _TEXT, json_edit.object_of_pairs),
    Builtin(
        "kpg_json_object_of_lists", (_TEXTS, _TEXTS, "BOOLEAN"), _TEXT, json_edit.object_of_lists
    ),
)
_PATH: Final = (_TEXT, _TEXT, _TEXT, "BOOLEAN")
_JSONPATH: Final = (
    Builtin("kpg_jsonb_path_query", _PATH, _TEXTS, jsonpath_run.query),
    Builtin("kpg_jsonb_path_query_array", _PATH, _TEXT, jsonpath_run.query_array),
    Builtin("kpg_jsonb_path_query_first", _PATH, _TEXT, jsonpath_run.query_first),
    Builtin("kpg_jsonb_path_exists", _PATH, "BOOLEAN", jsonpath_run.exists),
    Builtin("kpg_jsonb_path_match", _PATH, "BOOLEAN", jsonpath_run.match),
)
_FLOATS: Final = (
    *(
        Builtin(f"kpg_{name}", ("DOUBLE",), "DOUBLE", function)
        for name, function in float_functions.FUNCTIONS.items()
    ),
    Builtin("kpg_atan2d", ("DOUBLE", "DOUBLE"), "DOUBLE", float_functions.arctangent_2),
)
_BINARY: Final = (
    Builtin("kpg_convert_from", (_BYTES, _TEXT), _TEXT, binary_functions.decoded_text),
    Builtin("kpg_convert_to", (_TEXT, _TEXT), _BYTES, binary_functions.encoded_text),
    Builtin("kpg_length_in", (_BYTES, _TEXT), "INTEGER", binary_functions.length_in),
    Builtin("kpg_encode", (_BYTES, _TEXT), _TEXT, binary_functions.encode),
    Builtin("kpg_decode", (_TEXT, _TEXT), _BYTES, binary_functions.decode),
    Builtin("kpg_get_byte", (_BYTES, "INTEGER"), "INTEGER", binary_functions.get_byte),
    Builtin("kpg_set_byte", (_BYTES, "INTEGER", "INTEGER"), _BYTES, binary_functions.set_byte),
    Builtin("kpg_get_bit", (_BYTES, "BIGINT"), "INTEGER", binary_functions.get_bit),
    Builtin("kpg_set_bit", (_BYTES, "BIGINT", "INTEGER"), _BYTES, binary_functions.set_bit),
    Builtin("kpg_bit_count", (_BYTES,), "BIGINT", binary_functions.bit_count),
    Builtin("kpg_bytes_position", (_BYTES, _BYTES), "INTEGER", binary_functions.position),
    Builtin("kpg_bytes_like", (_BYTES, _BYTES), "BOOLEAN", binary_functions.like),
    Builtin("kpg_bytes_btrim", (_BYTES, _BYTES), _BYTES, binary_functions.trim),
    Builtin("kpg_bytes_ltrim", (_BYTES, _BYTES), _BYTES, binary_functions.trim_left),
    Builtin("kpg_bytes_rtrim", (_BYTES, _BYTES), _BYTES, binary_functions.trim_right),
    Builtin(
        "kpg_bytes_overlay",
        (_BYTES, _BYTES, "INTEGER", "INTEGER"),
        _BYTES,
        binary_functions.overlay,
    ),
    Builtin("kpg_sha224", (_BYTES,), _BYTES, binary_functions.sha224),
    Builtin("kpg_sha384", (_BYTES,), _BYTES, binary_functions.sha384),
    Builtin("kpg_sha512", (_BYTES,), _BYTES, binary_functions.sha512),
)
_STYLED: Final = (
    Builtin("kpg_date_text", ("BIGINT", _TEXT), _TEXT, styled_text.date_text),
    Builtin("kpg_timetz_text", ("BIGINT",), _TEXT, format_timetz),
    Builtin("kpg_timestamp_text", ("BIGINT", _TEXT), _TEXT, styled_text.timestamp_text),
    Builtin("kpg_timestamptz_text", ("BIGINT", _TEXT, _TEXT), _TEXT, styled_text.timestamptz_text),
    Builtin(
        "kpg_interval_text", ("BIGINT", "BIGINT", "BIGINT", _TEXT), _TEXT, styled_text.interval_text
    ),
    *(
        Builtin(f"kpg_{name}_input", (_TEXT, _TEXT, _TEXT, "BIGINT"), "BIGINT", read)
        for name, read in (
            ("date", styled_text.date_input),
            ("time", styled_text.time_input),
            ("timetz", styled_text.timetz_input),
            ("timestamp", styled_text.timestamp_input),
            ("timestamptz", styled_text.timestamptz_input),
        )
    ),
    Builtin("kpg_interval_input", (_TEXT, _TEXT), "BIGINT[]", styled_text.interval_input),
)
_INTERVALS: Final = (
    Builtin("kpg_interval_mul", _INTERVAL, "BIGINT[]", interval_functions.multiply),
    Builtin("kpg_interval_div", _INTERVAL, "BIGINT[]", interval_functions.divide),
)
_TEXT_FUNCTIONS: Final = (
    Builtin("kpg_chr", ("INTEGER",), _TEXT, text_functions.character),
    _texts("kpg_normalize", 2, text_functions.normalized),
    _texts("kpg_is_normalized", 2, text_functions.is_normalized, "BOOLEAN"),
    Builtin("kpg_format", (_TEXT, _TEXTS), _TEXT, format_function.format_text, is_strict=False),
    _texts("kpg_hash_text", 1, hash_functions.hash_text, "INTEGER"),
    Builtin(
        "kpg_hash_text_extended", (_TEXT, "BIGINT"), "BIGINT", hash_functions.hash_text_extended
    ),
    _texts("kpg_size_bytes", 1, sizes.size_bytes, "BIGINT"),
    _texts("kpg_numeric_size_pretty", 1, sizes.size_pretty),
    _texts("kpg_unistr", 1, text_functions.unistr),
    _texts("kpg_procedure_key", 1, procedure_names.procedure_key),
    Builtin("kpg_parse_ident", (_TEXT, "BOOLEAN"), _TEXTS, text_functions.parse_ident),
)

_NUMBERS: Final = "BIGINT[]"
_ARRAYS: Final = (
    Builtin("kpg_array_text", (_TEXTS, _NUMBERS, _NUMBERS), _TEXT, array_shapes.array_text),
    Builtin("kpg_array_dims", (_NUMBERS, _NUMBERS), _TEXT, array_shapes.array_dims),
    Builtin("kpg_array_json", (_TEXTS, _NUMBERS), _TEXT, array_shapes.array_json),
    Builtin("kpg_element_position", (_NUMBERS,) * 3, "BIGINT", array_shapes.element_position),
    Builtin("kpg_slice_positions", (_NUMBERS,) * 4, _NUMBERS, array_shapes.slice_positions),
    Builtin("kpg_slice_sizes", (_NUMBERS,) * 4, _NUMBERS, array_shapes.slice_sizes),
    Builtin("kpg_nested_sizes", ("BIGINT[][]",), _NUMBERS, array_shapes.nested_sizes),
    Builtin("kpg_gathered_sizes", ("BIGINT[][]",), _NUMBERS, array_shapes.gathered_sizes),
    Builtin("kpg_joined_sizes", (_NUMBERS,) * 2, _NUMBERS, array_shapes.joined_sizes),
)

BUILTINS: Final[tuple[Builtin, ...]] = (
    *_ARRAYS,
    *_FORMATTING,
    *_NUMERIC,
    *_REGEX,
    *_JSON,
    *_JSONPATH,
    *_FLOATS,
    *_BINARY,
    *_STYLED,
    *_INTERVALS,
    *_TEXT_FUNCTIONS,
)

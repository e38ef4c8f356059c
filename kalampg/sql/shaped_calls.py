"""Calls that take arrays of any shape as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# By the macro that runs them (``engine/macros_shapes.py``); empty: on the elements alone.
SHAPED_CALLS: Final[Mapping[str, str]] = {
    "array_dims": "pg_shape_dims",
    "array_ndims": "pg_shape_ndims",
    "array_length": "pg_shape_length",
    "array_lower": "pg_shape_lower",
    "array_upper": "pg_shape_upper",
    "generate_subscripts": "pg_shape_subscripts",
    "array_cat": "pg_shape_cat",
    "array_fill": "pg_shape_fill",
    "array_agg": "pg_shape_gather",
    "cardinality": "",
    "unnest": "",
    "array_to_string": "",
    # These print the whole value.
    "to_json": "",
    "to_jsonb": "",
    "array_to_json": "",
    "json_agg": "",
    "jsonb_agg": "",
}

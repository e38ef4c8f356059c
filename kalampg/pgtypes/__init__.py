"""PostgreSQL's values: to and from text, binary and Arrow columns. PURE.

A value in memory is a ``kalampg.relation.Datum``. Which Python type that is for each PostgreSQL
type, and what stands for infinity, the modules say that convert it.
"""

from kalampg.pgtypes.arrow_columns import arrow_array, arrow_type, datums_from_arrow
from kalampg.pgtypes.batches import encode_batch
from kalampg.pgtypes.registry import PgType, format_type, type_named, type_of
from kalampg.pgtypes.rows import row_encoder
from kalampg.pgtypes.settings import DEFAULT_SETTINGS, OutputSettings
from kalampg.pgtypes.typmods import apply_typmod
from kalampg.pgtypes.values import from_binary, from_text, to_binary, to_text

__all__ = [
    "DEFAULT_SETTINGS",
    "OutputSettings",
    "PgType",
    "apply_typmod",
    "arrow_array",
    "arrow_type",
    "datums_from_arrow",
    "encode_batch",
    "format_type",
    "from_binary",
    "from_text",
    "row_encoder",
    "to_binary",
    "to_text",
    "type_named",
    "type_of",
]

"""Columns of regclass and its kin: OIDs with the names that a catalog knows for them.

Such a column is a struct of ``oid`` and ``name``. Its text form is the name, its binary form the
OID; what is left after taking it apart is a column that the other encoders know.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.pgtypes import oids
from kalampg.pgtypes.registry import type_of
from kalampg.pgtypes.rows import BINARY_FORMAT


def taken_apart(
    batch: pa.RecordBatch, type_oids: Sequence[int], formats: Sequence[int]
) -> tuple[pa.RecordBatch, Sequence[int]]:
    """The batch with such columns in the form that the client asked for, and the columns' types."""
    if not any(_is_named(column.type) for column in batch.columns):
        return batch, type_oids
    columns: list[pa.Array] = []
    plain_oids: list[int] = []
    for column, oid, format_code in zip(batch.columns, type_oids, formats, strict=True):
        if _is_named(column.type):
            is_binary = format_code == BINARY_FORMAT
            column = _field(column, "oid" if is_binary else "name")  # noqa: PLW2901
            oid = _plain_type(oid, is_binary=is_binary)  # noqa: PLW2901
        columns.append(column)
        plain_oids.append(oid)
    return pa.RecordBatch.from_arrays(columns, names=[str(n) for n in range(len(columns))]), (
        plain_oids
    )


def _plain_type(oid: int, *, is_binary: bool) -> int:
    """What is left of the type; an array in binary says of what type its elements are."""
    if type_of(oid).is_array:
        return oid if is_binary else type_of(oids.TEXT).array_oid
    return oids.OID if is_binary else oids.TEXT


def _is_named(kind: pa.DataType) -> bool:
    inner = kind.value_type if pa.types.is_list(kind) else kind
    return pa.types.is_struct(inner) and [field.name for field in inner] == ["oid", "name"]


def _field(column: pa.Array, name: str) -> pa.Array:
    if pa.types.is_list(column.type):
        items = column.to_pylist()
        kind = column.type.value_type.field(name).type
        return pa.array(
            [
                None if item is None else [None if each is None else each[name] for each in item]
                for item in items
            ],
            pa.list_(kind),
        )
    return pc.struct_field(column, name)

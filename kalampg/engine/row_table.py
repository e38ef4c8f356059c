"""Row tables: decoded rows as an Arrow table that a scan can read.

Shape: the relation's columns in order, then ``_updated``, ``_deleted``, ``_seq``, ``_user_id``.
Arrow types are those of segments. A numeric column without typmod has the largest scale of its
values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from kalampg.pgtypes.oids import OID, OID_LIKE
from kalampg.pgtypes.registry import type_of
from kalampg.relation import SYSTEM_COLUMNS, Datum, Relation
from kalampg.storage.rows import StoredRow
from kalampg.storage.segment_columns import (
    column_type,
    declared_scale,
    display_scales,
    greatest_scale,
    is_numeric,
    to_array,
)

USER_ID: Final = "_user_id"
_TEXT: Final = 25


@dataclass(frozen=True, slots=True)
class RowTable:
    """``scales`` holds the scale of each numeric column without typmod, by position."""

    table: pa.Table
    scales: Mapping[int, int]


def row_table(relation: Relation, scopes: Iterable[tuple[Iterable[StoredRow], str]]) -> RowTable:
    """Make the table of some users' rows; the user of shared rows is ""."""
    rows: list[StoredRow] = []
    users: list[str] = []
    for scope_rows, user_id in scopes:
        rows.extend(scope_rows)
        users.extend([user_id] * (len(rows) - len(users)))
    arrays, scales = _columns(relation, [row.values for row in rows])
    names = [column.name for column in relation.columns]
    systems: tuple[list[Datum], ...] = (
        [row.updated_us for row in rows],
        [row.deleted for row in rows],
        [row.seq for row in rows],
    )
    for (name, _, oid), datums in zip(SYSTEM_COLUMNS, systems, strict=True):
        names.append(name)
        arrays.append(to_array(oid, datums))
    names.append(USER_ID)
    arrays.append(to_array(_TEXT, users))
    return RowTable(pa.Table.from_arrays(arrays, names=names), scales)


def value_table(relation: Relation, values: Sequence[Sequence[Datum]]) -> RowTable:
    """Rows without system columns: those of a computed relation."""
    arrays, scales = _columns(relation, values)
    names = [column.name for column in relation.columns]
    return RowTable(pa.Table.from_arrays(arrays, names=names), scales)


def rescaled(relation: Relation, rows: RowTable, scales: Mapping[int, int]) -> pa.Table:
    """The table under larger scales, so that it can be one with others."""
    table = rows.table
    for position, scale in scales.items():
        if scale != rows.scales[position]:
            kind = column_type(relation.columns[position].type_oid, scale)
            name = table.schema.field(position).name
            table = table.set_column(position, name, table.column(position).cast(kind))
    return table


def _columns(
    relation: Relation, values: Sequence[Sequence[Datum]]
) -> tuple[list[pa.Array], dict[int, int]]:
    scales: dict[int, int] = {}
    arrays = []
    for position, column in enumerate(relation.columns):
        datums = [row[position] for row in values]
        scale = 0
        if is_numeric(column.type_oid):
            declared = declared_scale(column)
            if declared is None:
                scale = greatest_scale(display_scales(column.type_oid, datums))
                scales[position] = scale
            else:
                scale = declared
        arrays.append(to_array(_held_type(column.type_oid), datums, scale))
    return arrays, scales


def _held_type(type_oid: int) -> int:
    """The columns of pg_catalog that name objects hold their numbers."""
    if type_of(type_oid).element_oid in OID_LIKE:
        return type_of(OID).array_oid
    return OID if type_oid in OID_LIKE else type_oid

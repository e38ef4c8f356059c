"""Scans as SQL: what stands in a DuckDB query where the statement named a relation.

Three branches under UNION ALL: the Arrow table of hot rows, the Parquet segments without the rows
that were superseded, and the transaction's own rows. The rewriter's predicate ``_user_id =
$kalam_user`` comes on top. For it, a user table's ``_user_id`` is taken from the data (the rows'
scope, the files' column); shared and computed relations, which belong to nobody, answer the
effective user's id.

Shape: every declared column by name, then ``_updated``, ``_deleted``, ``_seq``, ``_user_id``.

The text is made of quoted names and our own words; values are parameters (hence S608 below).

Names: tables are ``k_<kind>_<scan>``, parameters ``$k_<kind>_<scan>``; the files' columns are read
as ``c<position>``, so that no name of a client's column can meet one of DuckDB's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from kalampg import errors
from kalampg.engine.bound_scan import BoundScan
from kalampg.engine.row_table import USER_ID, RowTable, rescaled, row_table
from kalampg.engine.scan_read import ScanRead, ScopeRead, make_hot
from kalampg.pgtypes.enumerations import element_of, enumeration_of, is_enumeration
from kalampg.pgtypes.registry import type_of
from kalampg.relation import (
    SEQ_COLUMN_ID,
    SYSTEM_COLUMNS,
    UPDATED_COLUMN_ID,
    USER_ID_COLUMN_ID,
    Column,
    TableType,
)
from kalampg.sql.rewrite.duck_types import duck_type
from kalampg.sql.rewrite.parameters import duck_parameter
from kalampg.storage.segment import Segment
from kalampg.storage.segment_columns import (
    NUMERIC_DIGITS_MAX,
    declared_scale,
    display_scales,
    greatest_scale,
    is_numeric,
)
from kalampg.storage.segments import unfixed_numeric_columns
from kalampg.storage.snapshot import Snapshot

_INTERVAL: Final = 1186
_INTERVAL_STRUCT: Final = "STRUCT(months INTEGER, days INTEGER, microseconds BIGINT)"
_NULLS: Final = 'CAST(NULL AS TIMESTAMPTZ) AS "_updated", false AS "_deleted", 0::BIGINT AS "_seq"'
_THE_USER: Final = 'CAST($kalam_user AS VARCHAR) AS "_user_id"'


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _own(name: str) -> str:
    """A registered table; its schema keeps a client's WITH query of that name out of its way."""
    return f"temp.{name}"


def bind_scans(
    reads: Sequence[ScanRead], snapshot: Snapshot | None, path_of: Callable[[Segment], str]
) -> list[BoundScan]:
    """Decode what is not decoded yet, and write the scans. Any thread.

    ``snapshot`` may be None for reads without scopes.
    """
    scans = []
    for number, read in enumerate(reads):
        for scope in read.scopes:
            if scope.hot is None:
                assert snapshot is not None
                scope.hot = make_hot(read.use.relation, scope, snapshot)
        if read.compute is not None:
            read.computed, read.compute = read.compute(), None
        if read.computed is not None:
            scans.append(_computed_scan(number, read, read.computed))
        else:
            scans.append(_StoredScan(number, read, path_of).bound())
    return scans


def _computed_scan(number: int, read: ScanRead, rows: RowTable) -> BoundScan:
    name = f"k_rows_{number}"
    declared = read.use.relation.columns
    used = [position for position in read.use.columns if position < len(declared)]
    columns = ", ".join(
        _typed_column(declared[place], f"s.{quoted(declared[place].name)}", rows.scales.get(place))
        for place in used
    )
    text = f"(SELECT {columns}, {_NULLS}, {_THE_USER} FROM {_own(name)} AS s)"  # noqa: S608
    return BoundScan(text, {name: rows.table.select(used)})


def _decimal_scale(column: Column, common: int | None) -> int:
    declared = declared_scale(column)
    return declared if declared is not None else common or 0


def _stored_type(column: Column, scale: int | None) -> str:
    """The DuckDB type of a column as segments and row tables hold it."""
    element_oid = type_of(column.type_oid).element_oid
    suffix = "[]" if element_oid else ""
    oid = element_oid or column.type_oid
    if oid == _INTERVAL:
        return _INTERVAL_STRUCT + suffix
    if is_numeric(oid):
        return f"DECIMAL({NUMERIC_DIGITS_MAX}, {_decimal_scale(column, scale)}){suffix}"
    return ("BIGINT" if is_enumeration(oid) else duck_type(oid)) + suffix


def _interval_of(struct: str) -> str:
    return (
        f"to_months({struct}.months) + to_days({struct}.days) "
        f"+ to_microseconds({struct}.microseconds)"
    )


def _label_of_key(oid: int, reference: str) -> str:
    """DuckDB's own ENUM compares by position, as PostgreSQL does."""
    enumeration = enumeration_of(oid)
    assert enumeration is not None, "the column's type is declared"
    labels = ((label.key, label.text.replace("'", "''")) for label in enumeration.labels)
    cases = " ".join(f"WHEN {key} THEN '{text}'" for key, text in labels)
    return f"CAST(CASE {reference} {cases} END AS {duck_type(oid)})" if cases else "NULL"


def _typed_column(column: Column, reference: str, scale: int | None) -> str:
    """A stored column as a value of the column's own type, under its name."""
    element_oid = type_of(column.type_oid).element_oid
    if column.type_oid == _INTERVAL:
        text = _interval_of(reference)
    elif element_oid == _INTERVAL:
        text = f"list_transform({reference}, lambda e: {_interval_of('e')})"
    elif (labelled := element_of(column.type_oid)) is not None:
        text = f"list_transform({reference}, lambda e: {_label_of_key(labelled, 'e')})"
    elif is_numeric(column.type_oid):
        text = f"CAST({reference} AS {_stored_type(column, scale)})"
    elif is_enumeration(column.type_oid):
        text = _label_of_key(column.type_oid, reference)
    else:
        text = reference
    return f"{text} AS {quoted(column.name)}"


class _StoredScan:
    """The text, tables and parameters of one scan of stored rows."""

    def __init__(self, number: int, read: ScanRead, path_of: Callable[[Segment], str]) -> None:
        self._number = number
        self._read = read
        self._path_of = path_of
        self._relation = read.use.relation
        self._is_shared = self._relation.table_type is TableType.SHARED
        self._tables: dict[str, pa.Table] = {}
        self._params: dict[str, Any] = {}
        self._scales = self._common_scales()

    def bound(self) -> BoundScan:
        branches = [self._hot(), *self._own(), *self._cold()]
        return BoundScan(f"({' UNION ALL '.join(branches)})", self._tables, self._params)

    def _common_scales(self) -> dict[int, int]:
        """One scale for each numeric column without typmod, enough for every row of the scan."""
        tables = [scope.hot.live for scope in self._read.scopes if scope.hot is not None]
        if self._read.own is not None:
            tables.append(self._read.own)
        scales = {}
        for position in unfixed_numeric_columns(self._relation):
            column_id = self._relation.columns[position].column_id
            missing = self._relation.columns[position].missing
            found = [table.scales.get(position, 0) for table in tables]
            found += [
                segment.scales.get(column_id, 0)
                for scope in self._read.scopes
                for segment in scope.segments
            ]
            if missing is not None:
                found.append(
                    greatest_scale(
                        display_scales(self._relation.columns[position].type_oid, [missing])
                    )
                )
            scales[position] = max(found, default=0)
        return scales

    def _hot(self) -> str:
        name = f"k_hot_{self._number}"
        rows = [scope.hot.live for scope in self._read.scopes if scope.hot is not None]
        if len(rows) == 1:
            self._tables[name] = rows[0].table
        elif rows:
            tables = [rescaled(self._relation, part, self._scales) for part in rows]
            self._tables[name] = pa.concat_tables(tables)
        else:
            self._tables[name] = row_table(self._relation, []).table
        return f"SELECT {self._arrow_columns()} FROM {_own(name)} AS s{self._without_own('name')}"  # noqa: S608

    def _own(self) -> Iterator[str]:
        if self._read.own is not None:
            name = f"k_own_{self._number}"
            self._tables[name] = self._read.own.table
            yield f"SELECT {self._arrow_columns()} FROM {_own(name)} AS s"  # noqa: S608

    def _cold(self) -> Iterator[str]:
        """One branch for each set of columns that were added after the segments were written."""
        groups: dict[frozenset[int], list[tuple[ScopeRead, Segment]]] = {}
        for scope in self._read.scopes:
            for segment in scope.segments:
                groups.setdefault(self._added_after(segment), []).append((scope, segment))
        for place, (added, members) in enumerate(groups.items()):
            yield self._cold_branch(f"{self._number}_{place}", added, members)

    def _added_after(self, segment: Segment) -> frozenset[int]:
        """Positions of columns that the segment lacks and its rows have a value in all the same."""
        if segment.schema_version == self._relation.schema_version:
            return frozenset()
        layout = self._relation.layouts.get(segment.schema_version)
        if layout is None:
            raise errors.table_altered(self._relation.name)
        return frozenset(
            position
            for position, column in enumerate(self._relation.columns)
            if column.missing is not None and column.column_id not in layout
        )

    def _cold_branch(
        self, suffix: str, added: frozenset[int], members: Sequence[tuple[ScopeRead, Segment]]
    ) -> str:
        paths = [(self._path_of(segment), scope, segment) for scope, segment in members]
        self._params[f"k_files_{suffix}"] = [path for path, _, _ in paths]
        superseded = [
            (path, row)
            for path, scope, segment in paths
            for row in scope.manifest.marks_of(segment.segment_id)
        ]
        marks = ""
        if superseded:
            name = f"k_marks_{suffix}"
            self._tables[name] = pa.table(
                {
                    "path": pa.array([path for path, _ in superseded], pa.string()),
                    "place": pa.array([row for _, row in superseded], pa.int64()),
                }
            )
            marks = (
                f" ANTI JOIN {_own(name)} AS m"
                " ON s.filename = m.path AND s.file_row_number = m.place"
            )
        columns = self._file_columns(suffix, added)
        files = (
            f"read_parquet($k_files_{suffix}, schema = MAP {{{self._file_schema()}}}, "
            "file_row_number = true, filename = true)"
        )
        return f"SELECT {columns} FROM {files} AS s{marks}{self._without_own('place')}"  # noqa: S608

    def _without_own(self, by: str) -> str:
        """Rows that the transaction has written itself hide the committed ones."""
        if self._read.own is None:
            return ""
        columns = self._relation.columns
        pairs = []
        for position in self._relation.primary_key:
            name = quoted(columns[position].name)
            pairs.append((name if by == "name" else f"c{position}", name))
        if not self._is_shared:
            pairs.append((quoted(USER_ID) if by == "name" else "c_user_id", quoted(USER_ID)))
        matches = " AND ".join(f"s.{left} = o.{right}" for left, right in pairs)
        return f" ANTI JOIN {_own(f'k_own_{self._number}')} AS o ON {matches}"

    def _arrow_columns(self) -> str:
        columns = [
            _typed_column(column, f"s.{quoted(column.name)}", self._scales.get(position))
            for position, column in enumerate(self._relation.columns)
        ]
        columns += [f"s.{quoted(name)}" for name, _, _ in SYSTEM_COLUMNS]
        columns.append(_THE_USER if self._is_shared else f"s.{quoted(USER_ID)}")
        return ", ".join(columns)

    def _file_columns(self, suffix: str, added: frozenset[int]) -> str:
        columns = []
        for position, column in enumerate(self._relation.columns):
            scale = self._scales.get(position)
            if position in added:
                name = f"k_missing_{suffix}_{position}"
                self._params[name] = duck_parameter(column.type_oid, column.missing)
                kind = duck_type(column.type_oid)
                if is_numeric(column.type_oid):
                    kind = _stored_type(column, scale)
                columns.append(f"CAST(${name} AS {kind}) AS {quoted(column.name)}")
            else:
                columns.append(_typed_column(column, f"s.c{position}", scale))
        columns += ['s.c_updated AS "_updated"', 'false AS "_deleted"', 's.c_seq AS "_seq"']
        columns.append(_THE_USER if self._is_shared else f"s.c_user_id AS {quoted(USER_ID)}")
        return ", ".join(columns)

    def _file_schema(self) -> str:
        fields = [
            (column.column_id, f"c{position}", _stored_type(column, self._scales.get(position)))
            for position, column in enumerate(self._relation.columns)
        ]
        fields += [
            (UPDATED_COLUMN_ID, "c_updated", "TIMESTAMPTZ"),
            (SEQ_COLUMN_ID, "c_seq", "BIGINT"),
            (USER_ID_COLUMN_ID, "c_user_id", "VARCHAR"),
        ]
        return ", ".join(
            f"{column_id}: {{name: '{name}', type: '{kind}', default_value: NULL}}"
            for column_id, name, kind in fields
        )

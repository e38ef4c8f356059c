"""manifest.json: a copy of a scope's manifest beside its segments, for other engines to read. PURE.

The row store is the authority; the copy can be rebuilt from it. It lies in the folder of the newest
segment, and with the objects that it names it is all that a reader of flushed rows needs.

Layout, a JSON object; values of columns are PostgreSQL's text of them:
    ``format``: 2. ``storage_id``, ``path``: where this copy lies; like every path below, relative
    to the root of its storage.
    ``table_id``, ``schema``, ``table``, ``user_id`` ("" in shared tables), ``schema_version``.
    ``written_at``: of two copies the later one is right.
    ``complete_to_seq``: of the rows of then, all whose ``_seq`` is not greater are in the segments;
    the others are hot. null: not known, because very many rows were hot.
    ``columns``: the table's columns as they are called now, each with the Parquet field id under
    which every segment has it, and ``missing``, the value of rows whose segment does not have it.
    What else is in the segments has been dropped. ``system_columns``: the same of the server's own.
    ``layouts``: the field ids of the declared columns that segments of a schema version have.
    ``primary_key``: field ids. ``min_key``, ``max_key`` of a segment: values of those columns.
    ``superseded``: ranges [first, last] of row numbers, from 0, of a segment's rows that are not
    the table's any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kalampg.pgtypes import oids, to_text
from kalampg.pgtypes.enumerations import labels_shown
from kalampg.pgtypes.registry import format_type
from kalampg.relation import SEQ_COLUMN_ID, UPDATED_COLUMN_ID, USER_ID_COLUMN_ID, Relation
from kalampg.storage.keys import Scope, decode_key
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.segment import Segment
from kalampg.storage.storage_paths import MANIFEST_COPY

COPY_FORMAT: Final = 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SYSTEM_COLUMNS: Final = (
    (USER_ID_COLUMN_ID, "_user_id", oids.TEXT),
    (SEQ_COLUMN_ID, "_seq", oids.INT8),
    (UPDATED_COLUMN_ID, "_updated", oids.TIMESTAMPTZ),
)


@dataclass(frozen=True, slots=True)
class CopySubject:
    """What a copy is written of, all of one instant; the manifest has segments.

    ``first_hot_seq`` is the smallest of the scope's live hot rows; None: none is hot.
    """

    scope: Scope
    relation: Relation
    manifest: ScopeManifest
    first_hot_seq: int | None
    is_hot_known: bool
    now_us: int


def copy_path(manifest: ScopeManifest) -> str:
    """Return where the copy of a manifest lies, relative to the storage's root."""
    folder = manifest.segments[-1].path.rpartition("/")[0]
    return f"{folder}/{MANIFEST_COPY}"


def copy_text(subject: CopySubject) -> str:
    """Return what a copy says."""
    scope, relation, manifest = subject.scope, subject.relation, subject.manifest
    document = {
        "format": COPY_FORMAT,
        "storage_id": manifest.segments[-1].storage_id,
        "path": copy_path(manifest),
        "table_id": scope.table_id,
        **table_description(relation),
        "user_id": scope.user_id,
        "written_at": (_EPOCH + timedelta(microseconds=subject.now_us)).isoformat(),
        "complete_to_seq": _complete_to_seq(subject),
        "layouts": {
            str(version): list(relation.layouts.get(version, ()))
            for version in sorted({segment.schema_version for segment in manifest.segments})
        },
        "segments": [_segment_entry(relation, manifest, one) for one in manifest.segments],
    }
    return _readable(document)


def table_description(relation: Relation) -> dict[str, object]:
    """Return what copies say about the table itself."""
    return {
        "schema": relation.schema_name,
        "table": relation.name,
        "schema_version": relation.schema_version,
        "columns": [
            {
                "field_id": column.column_id,
                "name": column.name,
                "type": format_type(column.type_oid, column.typmod),
                "missing": (
                    None if column.missing is None else to_text(column.type_oid, column.missing)
                ),
                "is_hidden": column.is_hidden,
                **labels_shown(column.type_oid),
            }
            for column in relation.columns
        ],
        "system_columns": [
            {"field_id": field_id, "name": name, "type": format_type(oid)}
            for field_id, name, oid in _SYSTEM_COLUMNS
        ],
        "primary_key": [relation.columns[position].column_id for position in relation.primary_key],
    }


def is_current_copy(text: bytes, manifest: ScopeManifest) -> bool:
    """Tell whether a copy lists the manifest's segments and as many superseded rows of each.

    The marks of a segment only become more, so that their number tells them apart.
    """
    try:
        document = json.loads(text)
        if document["format"] != COPY_FORMAT:
            return False
        listed = [
            (
                segment["segment_id"],
                segment["storage_id"],
                segment["path"],
                sum(last - first + 1 for first, last in segment["superseded"]),
            )
            for segment in document["segments"]
        ]
    except (ValueError, KeyError, TypeError):
        return False
    return listed == [
        (one.segment_id, one.storage_id, one.path, len(manifest.marks_of(one.segment_id)))
        for one in manifest.segments
    ]


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return numbers as ranges [first, last], ascending."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] + 1 == number:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def _complete_to_seq(subject: CopySubject) -> int | None:
    if not subject.is_hot_known:
        return None
    if subject.first_hot_seq is not None:
        return subject.first_hot_seq - 1
    return max(segment.max_seq for segment in subject.manifest.segments)


def _segment_entry(
    relation: Relation, manifest: ScopeManifest, segment: Segment
) -> dict[str, object]:
    return {
        "segment_id": segment.segment_id,
        "storage_id": segment.storage_id,
        "path": segment.path,
        "rows": segment.rows,
        "bytes": segment.size_bytes,
        "crc32": segment.crc32,
        "schema_version": segment.schema_version,
        "min_key": _key_texts(relation, segment.min_key),
        "max_key": _key_texts(relation, segment.max_key),
        "min_seq": segment.min_seq,
        "max_seq": segment.max_seq,
        "superseded": ranges(manifest.marks_of(segment.segment_id)),
    }


def _key_texts(relation: Relation, key: bytes) -> list[str]:
    type_oids = [relation.columns[position].type_oid for position in relation.primary_key]
    datums = decode_key(type_oids, key)
    return [to_text(oid, datum) for oid, datum in zip(type_oids, datums, strict=True)]


def _readable(document: dict[str, object]) -> str:
    """JSON with one line for each entry, and for each column and segment."""
    lines = []
    for name, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            entries = ",\n  ".join(json.dumps(entry, ensure_ascii=False) for entry in value)
            lines.append(f'"{name}": [\n  {entries}\n ]')
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"

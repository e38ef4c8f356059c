"""The durable form of a view: an entry of the store's ``catalog`` family."""

from __future__ import annotations

from typing import Final

import msgspec

from kalampg.ids import ColumnId, Oid, TableId
from kalampg.relation import Column, Relation, TableType
from kalampg.view import ViewQuery


class ViewRecord(msgspec.Struct, frozen=True):
    """One view; columns as name, type OID and modifier."""

    oid: int
    schema: str
    name: str
    owner: str
    columns: tuple[tuple[str, int, int], ...]
    query: ViewQuery
    created_at_us: int
    comment: str | None = None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(ViewRecord)


def encode_view(view: Relation) -> bytes:
    assert view.view is not None, "views have a query"
    return _ENCODER.encode(
        ViewRecord(
            view.table_id,
            view.schema_name,
            view.name,
            view.owner,
            tuple((column.name, column.type_oid, column.typmod) for column in view.columns),
            view.view,
            view.created_at_us,
            view.comment,
        )
    )


def decode_view(data: bytes) -> Relation:
    record = _DECODER.decode(data)
    return Relation(
        table_id=TableId(record.oid),
        schema_name=record.schema,
        name=record.name,
        table_type=TableType.SYSTEM,
        columns=tuple(
            Column(ColumnId(number), name, Oid(type_oid), typmod)
            for number, (name, type_oid, typmod) in enumerate(record.columns, start=1)
        ),
        owner=record.owner,
        created_at_us=record.created_at_us,
        next_column_id=len(record.columns) + 1,
        comment=record.comment,
        view=record.query,
    )

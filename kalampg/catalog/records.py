"""The durable form of catalog objects: entries of the store's ``catalog`` family.

Layout (values are MessagePack maps keyed by field name, so a later version may add fields):

    key                          value
    n<name>                      NamespaceRecord
    s<storage id>                StorageRecord
    r<name>                      RoleRecord
    d<name>                      Departure: ``departure_records.py``
    t<table id, 4 bytes BE>      TableRecord
    c<three numbers>             a comment: see ``comments``
    q<sequence id, 4 bytes BE>   Sequence, as it is
    v<view id, 4 bytes BE>       ViewRecord
    e, o<type id, 4 bytes BE>    declared types: ``type_records.py``
    m<name>                      ``next_oid``: integer; ``server_secret``: bytes
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from kalampg.catalog.datum_record import pack_datum, unpack_datum
from kalampg.catalog.objects import Namespace, Role, RoleClass, StorageMode
from kalampg.constraint import CheckConstraint, ForeignKey, Index
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.relation import (
    AccessLevel,
    Column,
    Relation,
    TableOptions,
    TableType,
)
from kalampg.sequence import Sequence
from kalampg.storage.storage_definition import Storage, StorageType

FAMILY: Final = "catalog"
NAMESPACE_KIND: Final = b"n"
ROLE_KIND: Final = b"r"
STORAGE_KIND: Final = b"s"
TABLE_KIND: Final = b"t"
SEQUENCE_KIND: Final = b"q"
VIEW_KIND: Final = b"v"
META_KIND: Final = b"m"
NEXT_OID_KEY: Final = b"mnext_oid"
SERVER_SECRET_KEY: Final = b"mserver_secret"


class NamespaceRecord(msgspec.Struct, frozen=True):
    """One namespace."""

    oid: int
    name: str
    owner: str
    created_at_us: int
    comment: str | None = None


class RoleRecord(msgspec.Struct, frozen=True):
    """One role."""

    oid: int
    name: str
    role_class: str
    verifier: str | None
    can_login: bool
    email: str | None
    connection_limit: int
    created_at_us: int
    storage_mode: str = "table"
    storage_id: str | None = None


class ColumnRecord(msgspec.Struct, frozen=True):
    """One column of a table."""

    id: int
    name: str
    type_oid: int
    typmod: int
    not_null: bool
    default: str | None
    missing: Any
    hidden: bool
    identity: str = ""
    generated: str | None = None
    domain: int | None = None


class TableRecord(msgspec.Struct, frozen=True):
    """One table in its current version, with the layouts of all versions."""

    oid: int
    schema: str
    name: str
    type: str
    columns: tuple[ColumnRecord, ...]
    primary_key: tuple[int, ...]
    primary_key_name: str
    schema_version: int
    layouts: dict[int, tuple[int, ...]]
    owner: str
    storage_id: str
    use_user_storage: bool
    flush_row_threshold: int | None
    flush_interval_seconds: int | None
    deleted_retention_hours: int | None
    access_level: str
    created_at_us: int
    next_column_id: int
    comment: str | None
    flush_off: bool = False
    sharding: str = ""
    retention: tuple[int, int, int] | None = None
    checks: tuple[CheckConstraint, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    referenced_by: tuple[int, ...] = ()


class StorageRecord(msgspec.Struct, frozen=True):
    """One storage; its credentials are sealed."""

    id: str
    type: str
    name: str
    base: str
    description: str | None
    config: str
    credentials: bytes | None
    shared_template: str
    user_template: str
    created_at_us: int
    updated_at_us: int


_ENCODER: Final = msgspec.msgpack.Encoder()
_NAMESPACE_DECODER: Final = msgspec.msgpack.Decoder(NamespaceRecord)
_STORAGE_DECODER: Final = msgspec.msgpack.Decoder(StorageRecord)
_ROLE_DECODER: Final = msgspec.msgpack.Decoder(RoleRecord)
# Integer map keys (layouts) are MessagePack integers, so no ``strict=False`` is needed.
_TABLE_DECODER: Final = msgspec.msgpack.Decoder(TableRecord)
_SEQUENCE_DECODER: Final = msgspec.msgpack.Decoder(Sequence)
_INT_DECODER: Final = msgspec.msgpack.Decoder(int)


def namespace_key(name: str) -> bytes:
    return NAMESPACE_KIND + name.encode()


def role_key(name: str) -> bytes:
    return ROLE_KIND + name.encode()


def storage_key(storage_id: str) -> bytes:
    return STORAGE_KIND + storage_id.encode()


def table_key(table_id: TableId) -> bytes:
    return TABLE_KIND + table_id.to_bytes(4, "big")


def sequence_key(sequence_id: Oid) -> bytes:
    return SEQUENCE_KIND + sequence_id.to_bytes(4, "big")


def view_key(view_id: TableId) -> bytes:
    return VIEW_KIND + view_id.to_bytes(4, "big")


def table_id_of(key: bytes) -> TableId | None:
    """The table whose entry has this key; None for the key of something else."""
    return TableId(int.from_bytes(key[1:])) if key[:1] == TABLE_KIND else None


def encode_int(value: int) -> bytes:
    return _ENCODER.encode(value)


def decode_int(data: bytes) -> int:
    return _INT_DECODER.decode(data)


def encode_namespace(namespace: Namespace) -> bytes:
    return _ENCODER.encode(
        NamespaceRecord(
            namespace.oid,
            namespace.name,
            namespace.owner,
            namespace.created_at_us,
            namespace.comment,
        )
    )


def decode_namespace(data: bytes) -> Namespace:
    record = _NAMESPACE_DECODER.decode(data)
    return Namespace(
        Oid(record.oid), record.name, record.owner, record.created_at_us, record.comment
    )


def encode_role(role: Role) -> bytes:
    return _ENCODER.encode(
        RoleRecord(
            role.oid,
            role.name,
            role.role_class,
            role.verifier,
            role.can_login,
            role.email,
            role.connection_limit,
            role.created_at_us,
            role.storage_mode,
            role.storage_id,
        )
    )


def decode_role(data: bytes) -> Role:
    record = _ROLE_DECODER.decode(data)
    return Role(
        Oid(record.oid),
        record.name,
        RoleClass(record.role_class),
        record.verifier,
        record.can_login,
        record.email,
        record.connection_limit,
        record.created_at_us,
        StorageMode(record.storage_mode),
        record.storage_id,
    )


def encode_storage(storage: Storage) -> bytes:
    return _ENCODER.encode(
        StorageRecord(
            storage.storage_id,
            storage.storage_type,
            storage.name,
            storage.base,
            storage.description,
            storage.config,
            storage.credentials,
            storage.shared_template,
            storage.user_template,
            storage.created_at_us,
            storage.updated_at_us,
        )
    )


def decode_storage(data: bytes) -> Storage:
    record = _STORAGE_DECODER.decode(data)
    return Storage(
        record.id,
        StorageType(record.type),
        record.name,
        record.base,
        record.description,
        record.config,
        record.credentials,
        record.shared_template,
        record.user_template,
        record.created_at_us,
        record.updated_at_us,
    )


def encode_sequence(sequence: Sequence) -> bytes:
    return _ENCODER.encode(sequence)


def decode_sequence(data: bytes) -> Sequence:
    return _SEQUENCE_DECODER.decode(data)


def encode_table(relation: Relation) -> bytes:
    options = relation.options
    return _ENCODER.encode(
        TableRecord(
            oid=relation.table_id,
            schema=relation.schema_name,
            name=relation.name,
            type=relation.table_type,
            columns=tuple(_column_record(column) for column in relation.columns),
            primary_key=relation.primary_key,
            primary_key_name=relation.primary_key_name,
            schema_version=relation.schema_version,
            layouts={version: tuple(ids) for version, ids in relation.layouts.items()},
            owner=relation.owner,
            storage_id=options.storage_id,
            use_user_storage=options.use_user_storage,
            flush_row_threshold=options.flush_row_threshold,
            flush_interval_seconds=options.flush_interval_seconds,
            deleted_retention_hours=options.deleted_retention_hours,
            access_level=options.access_level,
            created_at_us=relation.created_at_us,
            next_column_id=relation.next_column_id,
            comment=relation.comment,
            flush_off=options.flush_off,
            sharding=options.sharding,
            retention=options.retention,
            checks=tuple(one for one in relation.constraints if isinstance(one, CheckConstraint)),
            foreign_keys=tuple(one for one in relation.constraints if isinstance(one, ForeignKey)),
            indexes=relation.indexes,
            referenced_by=relation.referenced_by,
        )
    )


def decode_table(data: bytes) -> Relation:
    record = _TABLE_DECODER.decode(data)
    return Relation(
        table_id=TableId(record.oid),
        schema_name=record.schema,
        name=record.name,
        table_type=TableType(record.type),
        columns=tuple(_column(column) for column in record.columns),
        primary_key=record.primary_key,
        primary_key_name=record.primary_key_name,
        schema_version=record.schema_version,
        layouts=_layouts(record.layouts),
        owner=record.owner,
        options=TableOptions(
            storage_id=record.storage_id,
            use_user_storage=record.use_user_storage,
            flush_row_threshold=record.flush_row_threshold,
            flush_interval_seconds=record.flush_interval_seconds,
            deleted_retention_hours=record.deleted_retention_hours,
            access_level=AccessLevel(record.access_level),
            flush_off=record.flush_off,
            sharding=record.sharding,
            retention=record.retention,
        ),
        created_at_us=record.created_at_us,
        next_column_id=record.next_column_id,
        comment=record.comment,
        constraints=(*record.checks, *record.foreign_keys),
        indexes=record.indexes,
        referenced_by=tuple(TableId(table_id) for table_id in record.referenced_by),
    )


def _layouts(record: Mapping[int, tuple[int, ...]]) -> Mapping[int, tuple[ColumnId, ...]]:
    return MappingProxyType(
        {version: tuple(ColumnId(i) for i in ids) for version, ids in record.items()}
    )


def _column_record(column: Column) -> ColumnRecord:
    return ColumnRecord(
        column.column_id,
        column.name,
        column.type_oid,
        column.typmod,
        column.not_null,
        column.default,
        pack_datum(column.missing),
        column.is_hidden,
        column.identity,
        column.generated,
        column.domain,
    )


def _column(record: ColumnRecord) -> Column:
    return Column(
        ColumnId(record.id),
        record.name,
        Oid(record.type_oid),
        record.typmod,
        record.not_null,
        record.default,
        unpack_datum(record.missing),
        record.hidden,
        record.identity,
        record.generated,
        None if record.domain is None else Oid(record.domain),
    )

"""CREATE, ALTER and DROP SEQUENCE as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.ids import Oid
from kalampg.sql.table_name import TableName


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """OWNED BY table.column; without a table, OWNED BY NONE."""

    table: TableName | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class SequenceOptions:
    """What a statement says of a sequence; None leaves a property as it is, or to its default.

    ``no_minimum`` and ``no_maximum`` are NO MINVALUE and NO MAXVALUE; ``restarts`` without
    ``restart`` begins again with the start value.
    """

    type_oid: Oid | None = None
    increment: int | None = None
    minimum: int | None = None
    no_minimum: bool = False
    maximum: int | None = None
    no_maximum: bool = False
    start: int | None = None
    restarts: bool = False
    restart: int | None = None
    cache: int | None = None
    cycles: bool | None = None
    owned_by: OwnedBy | None = None


@dataclass(frozen=True, slots=True)
class CreateSequence:
    """CREATE SEQUENCE."""

    sequence: TableName
    options: SequenceOptions
    if_not_exists: bool = False
    is_temporary: bool = False


@dataclass(frozen=True, slots=True)
class AlterSequence:
    """ALTER SEQUENCE: options, or a new name, schema or owner."""

    sequence: TableName
    options: SequenceOptions = SequenceOptions()
    new_name: str | None = None
    new_schema: str | None = None
    new_owner: str | None = None
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropSequence:
    """DROP SEQUENCE."""

    sequences: tuple[TableName, ...]
    if_exists: bool = False
    cascade: bool = False

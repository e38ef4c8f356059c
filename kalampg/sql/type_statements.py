"""CREATE, ALTER and DROP TYPE as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.sql.table_name import TableName


@dataclass(frozen=True, slots=True)
class CreateEnum:
    """CREATE TYPE ... AS ENUM."""

    name: TableName
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddEnumValue:
    """ALTER TYPE ... ADD VALUE; ``neighbour`` is the label of BEFORE or AFTER."""

    name: TableName
    label: str
    if_not_exists: bool = False
    neighbour: str | None = None
    is_before: bool = False


@dataclass(frozen=True, slots=True)
class RenameEnumValue:
    """ALTER TYPE ... RENAME VALUE."""

    name: TableName
    label: str
    new_label: str


@dataclass(frozen=True, slots=True)
class RenameType:
    """ALTER TYPE ... RENAME TO."""

    name: TableName
    new_name: str


@dataclass(frozen=True, slots=True)
class DropType:
    """DROP TYPE."""

    names: tuple[TableName, ...]
    if_exists: bool = False
    cascade: bool = False

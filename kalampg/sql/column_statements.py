"""ALTER TABLE ... ALTER COLUMN, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kalampg.ids import Oid
from kalampg.sql.sequence_statements import SequenceOptions
from kalampg.sql.table_name import TableName


@dataclass(frozen=True, slots=True)
class SetDefault:
    """ALTER COLUMN ... SET DEFAULT; None is DROP DEFAULT."""

    name: str
    default: str | None


@dataclass(frozen=True, slots=True)
class SetNotNull:
    """ALTER COLUMN ... SET NOT NULL or DROP NOT NULL."""

    name: str
    not_null: bool


@dataclass(frozen=True, slots=True)
class SetType:
    """ALTER COLUMN ... TYPE; ``using`` is the text of an expression over the old row.

    ``type_name`` is set, and ``type_oid`` 0, where the type is not a built-in one.
    """

    name: str
    type_oid: Oid
    typmod: int = -1
    using: str | None = None
    type_name: TableName | None = None


@dataclass(frozen=True, slots=True)
class DropExpression:
    """ALTER COLUMN ... DROP EXPRESSION."""

    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AddIdentity:
    """ALTER COLUMN ... ADD GENERATED ... AS IDENTITY; ``identity`` is "a" or "d"."""

    name: str
    identity: str
    options: SequenceOptions


@dataclass(frozen=True, slots=True)
class SetIdentity:
    """ALTER COLUMN ... SET GENERATED, SET <sequence option> and RESTART, in one action.

    ``identity`` is None where it stays what it is.
    """

    name: str
    identity: str | None
    options: SequenceOptions


@dataclass(frozen=True, slots=True)
class DropIdentity:
    """ALTER COLUMN ... DROP IDENTITY."""

    name: str
    if_exists: bool = False


IdentityAction: TypeAlias = AddIdentity | SetIdentity | DropIdentity

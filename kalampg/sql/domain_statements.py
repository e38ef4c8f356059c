"""CREATE, ALTER and DROP DOMAIN as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kalampg.ids import Oid
from kalampg.sql.constraint_statements import CheckDefinition
from kalampg.sql.table_name import TableName


@dataclass(frozen=True, slots=True)
class CreateDomain:
    """CREATE DOMAIN. ``over`` is set, and ``type_oid`` 0, where the type is not a built-in one."""

    name: TableName
    type_oid: Oid
    typmod: int
    over: TableName | None = None
    type_position: int = 1
    default: str | None = None
    not_null: bool = False
    checks: tuple[CheckDefinition, ...] = ()


@dataclass(frozen=True, slots=True)
class SetDomainDefault:
    """SET DEFAULT; None drops it."""

    default: str | None


@dataclass(frozen=True, slots=True)
class SetDomainNotNull:
    """SET or DROP NOT NULL."""

    not_null: bool


@dataclass(frozen=True, slots=True)
class AddDomainCheck:
    """ADD [CONSTRAINT name] CHECK (...) [NOT VALID]."""

    check: CheckDefinition


@dataclass(frozen=True, slots=True)
class DropDomainCheck:
    """DROP CONSTRAINT."""

    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class ValidateDomainCheck:
    """VALIDATE CONSTRAINT."""

    name: str


@dataclass(frozen=True, slots=True)
class RenameDomainCheck:
    """RENAME CONSTRAINT."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class MoveDomain:
    """RENAME TO, SET SCHEMA or OWNER TO: one of them is set."""

    new_name: str | None = None
    new_schema: str | None = None
    new_owner: str | None = None


DomainAction: TypeAlias = (
    SetDomainDefault
    | SetDomainNotNull
    | AddDomainCheck
    | DropDomainCheck
    | ValidateDomainCheck
    | RenameDomainCheck
    | MoveDomain
)


@dataclass(frozen=True, slots=True)
class AlterDomain:
    """ALTER DOMAIN."""

    name: TableName
    action: DomainAction


@dataclass(frozen=True, slots=True)
class DropDomain:
    """DROP DOMAIN."""

    names: tuple[TableName, ...]
    if_exists: bool = False
    cascade: bool = False

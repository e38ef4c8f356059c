"""Constraints and indexes as statements define them, before they have names, ids and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kalampg.constraint import MatchType, ReferenceAction

if TYPE_CHECKING:
    from kalampg.sql.statements import TableName


@dataclass(frozen=True, slots=True)
class CheckDefinition:
    """CHECK (expression); ``position`` is where the expression begins, from 1."""

    name: str | None
    expression: str
    position: int
    is_validated: bool = True
    no_inherit: bool = False


@dataclass(frozen=True, slots=True)
class UniqueDefinition:
    """UNIQUE (columns)."""

    name: str | None
    columns: tuple[str, ...]
    nulls_not_distinct: bool = False
    included: tuple[str, ...] = ()
    is_deferrable: bool = False
    is_deferred: bool = False


@dataclass(frozen=True, slots=True)
class IndexConstraintDefinition:
    """UNIQUE USING INDEX: an index that there is becomes a constraint's."""

    name: str | None
    index: str
    is_deferrable: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKeyDefinition:
    """FOREIGN KEY (columns) REFERENCES table (referenced): the key where none are named."""

    name: str | None
    columns: tuple[str, ...]
    table: TableName
    referenced: tuple[str, ...] = ()
    match: MatchType = MatchType.SIMPLE
    on_delete: ReferenceAction = ReferenceAction.NO_ACTION
    on_update: ReferenceAction = ReferenceAction.NO_ACTION
    set_columns: tuple[str, ...] = ()
    is_deferrable: bool = False
    is_deferred: bool = False
    is_validated: bool = True


ConstraintDefinition: TypeAlias = (
    CheckDefinition | UniqueDefinition | IndexConstraintDefinition | ForeignKeyDefinition
)


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """One column of CREATE INDEX, or an expression, with its order.

    ``name`` of an expression is what a name of the index has of it; its ``position`` is from 1.
    """

    name: str
    is_descending: bool = False
    nulls_first: bool = False
    expression: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """CREATE [UNIQUE] INDEX."""

    name: str | None
    table: TableName
    columns: tuple[IndexColumn, ...]
    is_unique: bool = False
    nulls_not_distinct: bool = False
    if_not_exists: bool = False
    is_concurrent: bool = False
    included: tuple[str, ...] = ()
    predicate: str | None = None
    predicate_position: int = 0


@dataclass(frozen=True, slots=True)
class DropIndex:
    """DROP INDEX."""

    indexes: tuple[TableName, ...]
    if_exists: bool = False
    cascade: bool = False
    is_concurrent: bool = False


@dataclass(frozen=True, slots=True)
class RenameIndex:
    """ALTER INDEX ... RENAME TO."""

    index: TableName
    new_name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class SetConstraints:
    """SET CONSTRAINTS; no names are ALL."""

    names: tuple[TableName, ...]
    is_deferred: bool


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """ALTER TABLE ... ADD CONSTRAINT."""

    constraint: ConstraintDefinition


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """ALTER TABLE ... DROP CONSTRAINT."""

    name: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameConstraint:
    """ALTER TABLE ... RENAME CONSTRAINT."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class AlterConstraint:
    """ALTER TABLE ... ALTER CONSTRAINT: when a foreign key is checked."""

    name: str
    is_deferrable: bool
    is_deferred: bool


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    """ALTER TABLE ... VALIDATE CONSTRAINT."""

    name: str

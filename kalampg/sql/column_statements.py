"""ALTER TABLE ... ALTER COLUMN, as values."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.ids import Oid


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
    """ALTER COLUMN ... TYPE; ``using`` is the text of an expression over the old row."""

    name: str
    type_oid: Oid
    typmod: int = -1
    using: str | None = None


@dataclass(frozen=True, slots=True)
class DropExpression:
    """ALTER COLUMN ... DROP EXPRESSION."""

    name: str
    if_exists: bool = False

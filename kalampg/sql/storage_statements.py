"""Statements about storages, as frozen values; see ``statements.py``."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StorageProperties:
    """What CREATE or ALTER STORAGE says; None leaves a property as it is.

    ``base`` is a path or a URI. ``credentials`` and ``config`` are JSON texts.
    """

    name: str | None = None
    description: str | None = None
    base: str | None = None
    bucket: str | None = None
    region: str | None = None
    credentials: str | None = field(default=None, repr=False)
    config: str | None = None
    shared_template: str | None = None
    user_template: str | None = None


@dataclass(frozen=True, slots=True)
class SetStorage:
    """ALTER TABLE ... SET STORAGE id [MOVE]: where new segments go, and with MOVE old ones too."""

    storage_id: str
    is_move: bool = False


@dataclass(frozen=True, slots=True)
class SetSharding:
    """ALTER TABLE ... SET TBLPROPERTIES (SHARDING='x'): which folders new segments go to."""

    strategy: str


@dataclass(frozen=True, slots=True)
class CreateStorage:
    """CREATE STORAGE; ``storage_type`` is as it was written, in lower case."""

    storage_id: str
    storage_type: str | None
    properties: StorageProperties
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterStorage:
    """ALTER STORAGE."""

    storage_id: str
    properties: StorageProperties


@dataclass(frozen=True, slots=True)
class DropStorage:
    """DROP STORAGE."""

    storage_id: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CheckStorage:
    """STORAGE CHECK id [EXTENDED]."""

    storage_id: str
    is_extended: bool = False


@dataclass(frozen=True, slots=True)
class ShowStorages:
    """SHOW STORAGES."""


@dataclass(frozen=True, slots=True)
class SetRetention:
    """ALTER TABLE ... SET RETENTION: the age as months, days, microseconds; None resets it."""

    age: tuple[int, int, int] | None

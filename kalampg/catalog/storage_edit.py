"""Storages as catalog edits, and the storage that a user's rows go to.

They leave the catalog's version alone: no plan depends on a storage.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.catalog import records
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.edit import CatalogEdit
from kalampg.catalog.objects import StorageMode
from kalampg.relation import Relation, TableType
from kalampg.storage.storage_definition import LOCAL_STORAGE, Storage

_NAMES_SHOWN_MAX: Final = 10


def create_storage(catalog: Catalog, storage: Storage) -> CatalogEdit:
    """Raises DuplicateObject (42710)."""
    if catalog.storage(storage.storage_id) is not None:
        raise errors.DuplicateObject(f"Storage '{storage.storage_id}' already exists")
    return _put(catalog, storage)


def alter_storage(catalog: Catalog, storage: Storage) -> CatalogEdit:
    """Put the new version of a storage that exists."""
    return _put(catalog, storage)


def drop_storage(
    catalog: Catalog, storage_id: str, tables_with_objects: Collection[str]
) -> CatalogEdit:
    """Forget a storage that nothing uses; ``tables_with_objects`` have segments there.

    Raises:
        DependentObjectsStillExist: 2BP01, tables or users refer to it, or it is ``local``.
    """
    named = {table.qualified_name for table in catalog.tables_of_storage(storage_id)}
    tables = sorted(named.union(tables_with_objects))
    if tables:
        shown = ", ".join(tables[:_NAMES_SHOWN_MAX])
        more = ", ..." if len(tables) > _NAMES_SHOWN_MAX else ""
        raise errors.DependentObjectsStillExist(
            f"Cannot delete storage '{storage_id}': {len(tables)} table(s) still reference it."
            f" Tables: {shown}{more}",
            hint="Drop the tables first.",
        )
    users = sorted(role.name for role in catalog.roles.values() if role.storage_id == storage_id)
    if users:
        raise errors.DependentObjectsStillExist(
            f"Cannot delete storage '{storage_id}': {len(users)} user(s) still reference it."
            f" Users: {', '.join(users[:_NAMES_SHOWN_MAX])}"
            + (", ..." if len(users) > _NAMES_SHOWN_MAX else ""),
            hint="ALTER USER ... SET STORAGE_ID NULL first.",
        )
    if storage_id == LOCAL_STORAGE:
        raise errors.DependentObjectsStillExist("Cannot delete 'local' storage (protected)")
    storages = {key: value for key, value in catalog.storages.items() if key != storage_id}
    return CatalogEdit(
        _with_storages(catalog, storages), ((records.storage_key(storage_id), None),)
    )


def required_storage(catalog: Catalog, storage_id: str) -> Storage:
    """Raises UndefinedObject (42704)."""
    storage = catalog.storage(storage_id)
    if storage is None:
        raise errors.UndefinedObject(f"Storage '{storage_id}' does not exist")
    return storage


def storage_for(catalog: Catalog, relation: Relation, user_id: str) -> Storage:
    """Where a flush puts a user's rows of a table, now.

    A table that does not leave it to its users decides; else a user of mode ``region`` with a
    storage decides for itself; else the table. Rows of a role that was dropped go where the
    table says.

    Raises:
        UndefinedObject: 42704, that storage does not exist.
    """
    storage_id = relation.options.storage_id
    if relation.table_type is TableType.USER and relation.options.use_user_storage:
        role = catalog.role(user_id)
        if role is not None and role.storage_mode is StorageMode.REGION and role.storage_id:
            storage_id = role.storage_id
    return required_storage(catalog, storage_id)


def _put(catalog: Catalog, storage: Storage) -> CatalogEdit:
    storages = {**catalog.storages, storage.storage_id: storage}
    write = (records.storage_key(storage.storage_id), records.encode_storage(storage))
    return CatalogEdit(_with_storages(catalog, storages), (write,))


def _with_storages(catalog: Catalog, storages: Mapping[str, Storage]) -> Catalog:
    return replace(catalog, storages=storages)

"""CREATE, ALTER, DROP, CHECK and SHOW of storages. Credentials are sealed here, shown nowhere."""

from __future__ import annotations

from dataclasses import replace

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.catalog import storage_edit
from kalampg.commands.session_seam import CommandSession
from kalampg.commands.storage_properties import base_of, checked_config, checked_credentials
from kalampg.engine.result import ExecutionResult
from kalampg.sql.command_columns import columns_of
from kalampg.sql.storage_statements import (
    AlterStorage,
    CheckStorage,
    CreateStorage,
    DropStorage,
    ShowStorages,
    StorageProperties,
)
from kalampg.storage.credentials import MASKED
from kalampg.storage.storage_definition import Storage, StorageType
from kalampg.storage.templates import check_shared_template, check_user_template


async def create_storage(statement: CreateStorage, session: CommandSession) -> ExecutionResult:
    """Nothing is sent to the storage: STORAGE CHECK says whether it works."""
    check(session.role, Action.MANAGE_STORAGES)
    storage_type = _type_of(statement)
    catalog = await session.lock_catalog()
    storage_id, properties = statement.storage_id, statement.properties
    result = ExecutionResult("CREATE STORAGE")
    if catalog.storage(storage_id) is not None and statement.if_not_exists:
        session.notice(
            f"Storage '{storage_id}' already exists (skipped)",
            sqlstate=errors.DuplicateObject.sqlstate,
        )
        return result
    if catalog.storage(storage_id) is not None:
        raise errors.DuplicateObject(f"Storage '{storage_id}' already exists")
    now_us = session.clock.now_us()
    base = base_of(storage_type, properties)
    if storage_type is StorageType.FILESYSTEM:
        base = await session.storages.safe_folder(base)
    storage = Storage(
        storage_id, storage_type, storage_id, base, created_at_us=now_us, updated_at_us=now_us
    )
    storage = await _with_properties(storage, properties, session)
    await session.storages.check_openable(storage)
    session.apply(storage_edit.create_storage(catalog, storage))
    return result


async def alter_storage(statement: AlterStorage, session: CommandSession) -> ExecutionResult:
    """What is not named stays as it is. Old segments stay where they are and readable."""
    check(session.role, Action.MANAGE_STORAGES)
    catalog = await session.lock_catalog()
    before = catalog.storage(statement.storage_id)
    if before is None:
        raise errors.UndefinedObject(f"Storage '{statement.storage_id}' not found")
    properties = statement.properties
    after = before
    names_place = properties.base is not None or properties.bucket is not None
    if before.is_local and (names_place or properties.credentials or properties.config):
        raise errors.ObjectNotInPrerequisiteState(
            "the place of storage 'local' cannot be changed",
            hint="It lies in the data directory. Its name, description and templates can be set.",
        )
    if names_place:
        base = base_of(before.storage_type, properties)
        if before.storage_type is StorageType.FILESYSTEM:
            base = await session.storages.safe_folder(base)
        if base != before.base and await session.storages.tables_with_objects(before.storage_id):
            raise errors.ObjectInUse(
                f"storage '{before.storage_id}' has segments, so its place cannot be changed",
                hint="Create another storage there.",
            )
        after = replace(after, base=base)
    after = await _with_properties(after, properties, session)
    if not after.is_local:
        await session.storages.check_openable(after)
    after = replace(after, updated_at_us=session.clock.now_us())
    session.apply(storage_edit.alter_storage(catalog, after))
    return ExecutionResult("ALTER STORAGE")


async def drop_storage(statement: DropStorage, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.MANAGE_STORAGES)
    catalog = await session.lock_catalog()
    result = ExecutionResult("DROP STORAGE")
    storage_id = statement.storage_id
    if catalog.storage(storage_id) is None:
        if not statement.if_exists:
            raise errors.UndefinedObject(
                f"Storage '{storage_id}' does not exist and cannot be dropped"
            )
        session.notice(f"Storage '{storage_id}' does not exist (skipped)")
        return result
    with_objects = await session.storages.tables_with_objects(storage_id)
    tables = (catalog.table_by_id(table_id) for table_id in with_objects)
    names = {table.qualified_name for table in tables if table is not None}
    session.apply(storage_edit.drop_storage(catalog, storage_id, names))
    return result


async def check_storage(statement: CheckStorage, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.MANAGE_STORAGES)
    storage = session.catalog.storage(statement.storage_id)
    if storage is None:
        raise errors.UndefinedObject(f"Storage '{statement.storage_id}' not found")
    health = await session.storages.check(storage, is_extended=statement.is_extended)
    total_bytes, used_bytes = health.capacity or (None, None)
    row = (
        storage.storage_id,
        "healthy" if health.is_healthy else "unhealthy",
        health.readable,
        health.writable,
        health.listable,
        health.deletable,
        health.latency_ms,
        total_bytes,
        used_bytes,
        health.error,
        session.clock.now_us(),
    )
    return ExecutionResult("STORAGE CHECK", columns_of(statement), [row])


def show_storages(_statement: ShowStorages, session: CommandSession) -> ExecutionResult:
    """``local`` first, then by id."""
    check(session.role, Action.READ_SYSTEM)
    catalog = session.catalog
    return ExecutionResult(
        "SHOW",
        rows=[
            (
                storage.storage_id,
                storage.name,
                storage.storage_type.value,
                storage.base,
                None if storage.credentials is None else MASKED,
                storage.description,
                len(catalog.tables_of_storage(storage.storage_id)),
            )
            for storage in catalog.all_storages()
        ],
    )


def _type_of(statement: CreateStorage) -> StorageType:
    written = statement.storage_type
    if written is None:
        raise errors.InvalidParameterValue(
            f"Storage '{statement.storage_id}' needs a TYPE",
            hint="CREATE STORAGE id TYPE filesystem | s3 | gcs | azure ...",
        )
    try:
        return StorageType(written)
    except ValueError:
        raise errors.InvalidParameterValue(
            f"Invalid storage type '{written}'. Must be 'filesystem' or 's3' (or 'gcs' or 'azure')"
        ) from None


async def _with_properties(
    storage: Storage, properties: StorageProperties, session: CommandSession
) -> Storage:
    """``storage`` with everything that was written but its place."""
    if properties.shared_template:
        check_shared_template(properties.shared_template)
    if properties.user_template:
        check_user_template(properties.user_template)
    credentials = checked_credentials(storage.storage_type, properties.credentials)
    sealed = storage.credentials
    if credentials is not None:
        sealed = await session.storages.seal(storage.storage_id, credentials)
    return replace(
        storage,
        name=properties.name or storage.name,
        description=storage.description
        if properties.description is None
        else properties.description,
        config=checked_config(storage, properties),
        credentials=sealed,
        shared_template=properties.shared_template or storage.shared_template,
        user_template=properties.user_template or storage.user_template,
    )

"""Where a flush puts a user's rows: storage, template and shard become a folder."""

from __future__ import annotations

from collections.abc import Iterator

from kalampg.catalog.catalog import Catalog
from kalampg.catalog.storage_edit import storage_for
from kalampg.relation import Relation, TableType
from kalampg.storage.new_segment import SegmentPlace
from kalampg.storage.segment_files import ObjectName
from kalampg.storage.sharding import shard_of
from kalampg.storage.templates import FolderNames, folder_of, table_folder_of


def place_for(catalog: Catalog, relation: Relation, user_id: str) -> SegmentPlace:
    """The place of the next segments of a user's rows, or of a shared table's, as things are now.

    Raises:
        UndefinedObject: 42704, the storage does not exist.
    """
    storage = storage_for(catalog, relation, user_id)
    names = FolderNames(relation.schema_name, relation.name)
    if relation.table_type is TableType.SHARED:
        folder = folder_of(storage.shared_template, names, storage.user_template)
    else:
        shard = shard_of(relation.options.sharding, user_id)
        names = FolderNames(relation.schema_name, relation.name, user_id, shard)
        folder = folder_of(storage.user_template, names, storage.shared_template)
    return SegmentPlace(storage.storage_id, folder)


def table_folders(catalog: Catalog, relation: Relation) -> Iterator[ObjectName]:
    """Where objects of a table may be: its folder in each storage that its rows may go to now."""
    storage_ids = {relation.options.storage_id}
    if relation.options.use_user_storage:
        storage_ids.update(role.storage_id for role in catalog.roles.values() if role.storage_id)
    names = FolderNames(relation.schema_name, relation.name)
    for storage in filter(None, map(catalog.storage, sorted(storage_ids))):
        template, other = storage.user_template, storage.shared_template
        if relation.table_type is TableType.SHARED:
            template, other = other, template
        yield ObjectName(storage.storage_id, table_folder_of(template, names, other))

"""Verification of one table beside a running server, and of a whole directory without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from kalampg.ids import TableId
from kalampg.relation import Relation
from kalampg.storage import remote_objects
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.keys import split_row_key
from kalampg.storage.recovery import stored_objects
from kalampg.storage.remote_objects import RECORDS
from kalampg.storage.segment_files import ObjectName
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.storage_definition import LOCAL_STORAGE
from kalampg.storage.storage_paths import scope_folder
from kalampg.storage.store import Store
from kalampg.storage.verify import Finding, TableVerification


async def verify_table(
    store: Store,
    relation: Relation,
    *,
    in_worker: InWorker,
    folders: Iterable[ObjectName] = (),
) -> list[Finding]:
    """Check one table. Flushes, changes and other work may go on.

    ``folders`` are where its next objects may go, beside the default one of ``local``.

    Raises:
        IoError: 58030, a folder of a storage cannot be read.

    Cancellation: waits for the worker, which ends at the next segment.
    """
    with store.snapshot() as snapshot, closing(store.entries()) as entries:
        verification = TableVerification(snapshot, entries, store, relation)

        def work() -> set[ObjectName]:
            verification.run()
            return _unnamed(store, relation, snapshot, folders)

        unnamed = await finish(verification, in_worker(work))
    # On this thread no commit comes between the questions: what is moving is in one of these.
    moving = {*store.in_flight, *store.garbage.paths()}
    moving.update(name.path for name in remote_objects.names_in(store.read_all("meta", RECORDS)))
    unnamed = {name for name in unnamed if name.path not in moving}
    if unnamed:
        named = set(store.object_paths())
        unnamed = {name for name in unnamed if name.path not in named}
    if unnamed:
        # What was garbage when it was listed may be gone now.
        left = await in_worker(lambda: [name for name in unnamed if store.files.exists(name)])
        verification.add_orphans(_written(left))
    return verification.report()


@dataclass(frozen=True, slots=True)
class TableReport:
    """What was found in one table; ``table_name`` None: in no table of the catalog."""

    table_name: str | None
    findings: list[Finding]


def verify_directory(
    store: Store,
    relations: Iterable[Relation],
    folders_of: Callable[[Relation], Iterable[ObjectName]] = lambda _: (),
) -> Iterator[TableReport]:
    """Check every table of a store that nobody else uses; blocks. Orphans in ``local`` come last.

    Raises:
        IoError: 58030, a folder of a storage cannot be read.
    """
    known: set[TableId] = set()
    with store.snapshot() as snapshot, closing(store.entries()) as entries:
        for relation in relations:
            known.add(relation.table_id)
            verification = TableVerification(snapshot, entries, store, relation)
            verification.run()
            unnamed = _unnamed(store, relation, snapshot, folders_of(relation))
            going = set(store.garbage.paths())
            verification.add_orphans(
                _written(name for name in unnamed if not name.is_local and name.path not in going)
            )
            yield TableReport(relation.qualified_name, verification.report())
    orphans = set(stored_objects(store.root)) - set(store.object_paths())
    tables = {split_row_key(key)[0].table_id for key, _ in store.read_all("segments")}
    findings = [
        *(Finding.orphan(path) for path in sorted(orphans)),
        *(Finding.orphan(f"segments of table {number}") for number in sorted(tables - known)),
    ]
    if findings:
        yield TableReport(None, findings)


def _unnamed(
    store: Store, relation: Relation, snapshot: Snapshot, folders: Iterable[ObjectName]
) -> set[ObjectName]:
    """The objects in the table's folders that no table's manifest names; blocks."""
    places = {ObjectName(LOCAL_STORAGE, scope_folder(relation.schema_name, relation.name, ""))}
    places.update(folders)
    for scope in snapshot.cold_scopes(relation.table_id):
        # A table that was renamed, or whose template was, has some in other folders.
        for segment in snapshot.manifest(scope).segments:
            folder = ObjectName(segment.storage_id, segment.path.rpartition("/")[0])
            if not any(_is_below(folder, place) for place in places):
                places.add(folder)
    found = {name for place in places for name in _objects_below(store, place)}
    named = set(store.object_paths())
    return {name for name in found if name.path not in named}


def _objects_below(store: Store, folder: ObjectName) -> Iterable[ObjectName]:
    if not folder.is_local:
        return store.files.objects_below(folder)
    paths = stored_objects(store.root, folder.path)
    return (ObjectName(folder.storage_id, path) for path in paths)


def _is_below(folder: ObjectName, place: ObjectName) -> bool:
    return folder.storage_id == place.storage_id and f"{folder.path}/".startswith(f"{place.path}/")


def _written(names: Iterable[ObjectName]) -> list[str]:
    return sorted(name.path if name.is_local else name.cache_name for name in names)

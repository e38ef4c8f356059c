"""Verification of one table beside a running server, and of a whole directory without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from kalampg.ids import TableId
from kalampg.relation import Relation
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.keys import split_row_key
from kalampg.storage.recovery import stored_objects
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.storage_paths import scope_folder
from kalampg.storage.store import Store
from kalampg.storage.verify import Finding, TableVerification


async def verify_table(store: Store, relation: Relation, *, in_worker: InWorker) -> list[Finding]:
    """Check one table. Flushes, changes and other work may go on.

    Raises:
        IoError: 58030, a folder of the storage cannot be read.

    Cancellation: waits for the worker, which ends at the next segment.
    """
    with store.snapshot() as snapshot, closing(store.entries()) as entries:
        verification = TableVerification(snapshot, entries, store.files, relation)

        def work() -> set[str]:
            verification.run()
            return _unnamed(store, relation, snapshot)

        unnamed = await finish(verification, in_worker(work))
    # On this thread no commit comes between the questions: what is moving is in one of these.
    unnamed -= {*store.in_flight, *store.garbage.paths()}
    if unnamed:
        unnamed -= set(store.object_paths())
    verification.add_orphans(sorted(path for path in unnamed if (store.root / path).exists()))
    return verification.report()


@dataclass(frozen=True, slots=True)
class TableReport:
    """What was found in one table; ``table_name`` None: in no table of the catalog."""

    table_name: str | None
    findings: list[Finding]


def verify_directory(store: Store, relations: Iterable[Relation]) -> Iterator[TableReport]:
    """Check every table of a store that nobody else uses; blocks. Orphans come last.

    Raises:
        IoError: 58030, a folder of the storage cannot be read.
    """
    known: set[TableId] = set()
    with store.snapshot() as snapshot, closing(store.entries()) as entries:
        for relation in relations:
            known.add(relation.table_id)
            verification = TableVerification(snapshot, entries, store.files, relation)
            verification.run()
            yield TableReport(relation.qualified_name, verification.report())
    orphans = set(stored_objects(store.root)) - set(store.object_paths())
    tables = {split_row_key(key)[0].table_id for key, _ in store.read_all("segments")}
    findings = [
        *(Finding.orphan(path) for path in sorted(orphans)),
        *(Finding.orphan(f"segments of table {number}") for number in sorted(tables - known)),
    ]
    if findings:
        yield TableReport(None, findings)


def _unnamed(store: Store, relation: Relation, snapshot: Snapshot) -> set[str]:
    """Return the objects in the table's folders that no table's manifest names; blocks."""
    folders = {scope_folder(relation.schema_name, relation.name, "")}
    for scope in snapshot.cold_scopes(relation.table_id):
        # A table that was renamed has some in folders of its older names.
        folders.update(
            segment.path.rpartition("/")[0] for segment in snapshot.manifest(scope).segments
        )
    found = {path for folder in folders for path in stored_objects(store.root, folder)}
    return found - set(store.object_paths())

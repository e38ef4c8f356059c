"""What the storage tests share: stores, relations of given types, and a table's writer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from kalampg.clock import ManualClock
from kalampg.ids import ColumnId, Oid, SegmentId, TableId, UserId
from kalampg.relation import Column, Datum, Relation, TableType
from kalampg.storage import (
    Finding,
    FlushResult,
    FlushSettings,
    RowCodec,
    Scope,
    ScopeManifest,
    Snapshot,
    Store,
    WriteBatch,
    flush_scope,
    key_encoder,
    verify_table,
)
from kalampg.storage.compaction import ChooseGroups, CompactionResult, Removal, compact_scope

T = TypeVar("T")


def make_relation(
    *type_oids: int,
    table_id: int = 1,
    typmods: dict[int, int] | None = None,
    key: tuple[int, ...] = (0,),
) -> Relation:
    """Return a relation with columns c0, c1, ... of these types; ``typmods`` by position."""
    columns = tuple(
        Column(ColumnId(place + 1), f"c{place}", Oid(oid), (typmods or {}).get(place, -1))
        for place, oid in enumerate(type_oids)
    )
    return Relation(
        table_id=TableId(table_id),
        schema_name="public",
        name="t",
        table_type=TableType.USER,
        columns=columns,
        primary_key=key,
        layouts={1: tuple(column.column_id for column in columns)},
    )


def scope_of(user_id: str = "alice", table_id: int = 1) -> Scope:
    return Scope(TableId(table_id), UserId(user_id))


class Table:
    """Writes and reads rows of one relation, as the engine does."""

    def __init__(self, store: Store, relation: Relation) -> None:
        self.store = store
        self.relation = relation
        self.codec = RowCodec.for_relation(relation)
        store.copies.relation_of = {relation.table_id: relation}.get
        key_columns = [relation.columns[position] for position in relation.primary_key]
        self._encode_key = key_encoder(tuple(column.type_oid for column in key_columns))

    def key(self, *datums: Datum) -> bytes:
        return self._encode_key(datums)

    def key_of(self, values: Sequence[Datum]) -> bytes:
        return self._encode_key([values[position] for position in self.relation.primary_key])

    def put(self, scope: Scope, *rows: Sequence[Datum], deleted: bool = False) -> int:
        """Commit rows, superseding cold ones of the same keys."""
        batch = WriteBatch()
        for values in rows:
            key = self.key_of(values)
            seq = self.store.seq_source.next()
            batch.put_row(scope, key, self.codec.encode(seq, 0, deleted, values))
            manifest = self.store.manifest(scope)
            cold = self.store.cold.find_loading(self.relation, manifest, key)
            if cold is not None and self.store.get(scope, key) is None:
                batch.mark(scope, cold.segment_id, cold.row_number, seq)
        return self.store.commit(batch)

    def live(self, scope: Scope, snapshot: Snapshot | None = None) -> list[tuple[Datum, ...]]:
        """Return every live row, hot or cold, each as often as it is there, by key."""
        with contextlib.ExitStack() as stack:
            view = snapshot or stack.enter_context(self.store.snapshot())
            found = []
            for key, value in view.scan(scope):
                row = self.codec.decode(value)
                if not row.deleted:
                    found.append((key, tuple(row.values)))
            manifest = view.manifest(scope)
            for segment in manifest.segments:
                loaded = self.store.cold.load(self.relation, segment)
                marks = manifest.marks_of(segment.segment_id)
                found += [
                    (key, tuple(loaded.row(number).values))
                    for number, key in enumerate(loaded.keys)
                    if number not in marks
                ]
        return [values for _, values in sorted(found, key=lambda entry: entry[0])]

    def flush(
        self,
        scope: Scope,
        settings: FlushSettings | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> FlushResult:
        async def run() -> FlushResult:
            loop = asyncio.get_running_loop()

            def in_worker(work: Callable[[], T], /) -> asyncio.Future[T]:
                return loop.run_in_executor(None, work)

            return await flush_scope(
                self.store,
                self.relation,
                scope,
                in_worker=in_worker,
                settings=settings,
                is_stopped=is_stopped,
            )

        return asyncio.run(run())

    def compact(
        self,
        scope: Scope,
        choose: ChooseGroups,
        *,
        settings: FlushSettings | None = None,
        removal: Removal | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> CompactionResult:
        async def run() -> CompactionResult:
            loop = asyncio.get_running_loop()

            def in_worker(work: Callable[[], T], /) -> asyncio.Future[T]:
                return loop.run_in_executor(None, work)

            return await compact_scope(
                self.store,
                self.relation,
                scope,
                choose,
                in_worker=in_worker,
                settings=settings,
                removal=removal,
                is_stopped=is_stopped,
            )

        return asyncio.run(run())

    def write_copies(self) -> None:
        """Bring stale manifest copies up to date, as the server does after its start."""

        async def run() -> None:
            loop = asyncio.get_running_loop()

            def in_worker(work: Callable[[], T], /) -> asyncio.Future[T]:
                return loop.run_in_executor(None, work)

            for scope in list(self.store.copies.stale):
                assert await self.store.copies.refresh(scope, in_worker)

        asyncio.run(run())

    def verify(self) -> list[Finding]:
        """Return what is not as it should be."""

        async def run() -> list[Finding]:
            loop = asyncio.get_running_loop()

            def in_worker(work: Callable[[], T], /) -> asyncio.Future[T]:
                return loop.run_in_executor(None, work)

            return await verify_table(self.store, self.relation, in_worker=in_worker)

        return [finding for finding in asyncio.run(run()) if not finding.is_ok]


def everything(manifest: ScopeManifest) -> list[tuple[SegmentId, ...]]:
    """One group of all segments: a compaction that always has something to do."""
    return [tuple(segment.segment_id for segment in manifest.segments)]


def objects(store_root: Path) -> set[str]:
    """Return the paths of all Parquet objects below a storage's root."""
    return {str(path.relative_to(store_root)) for path in store_root.rglob("*.parquet")}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    opened = Store.open(tmp_path / "data", clock=clock)
    yield opened
    opened.close()

"""Verify: does what the storage holds agree with what the manifest says, object by object?

Everything blocks, and reads through a snapshot, so that it can run beside anything else. Memory is
that of a piece of each segment of one scope.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from kalampg import errors
from kalampg.ids import SegmentId, UserId
from kalampg.relation import Relation
from kalampg.storage.checksummed_file import crc32_of
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import Marks
from kalampg.storage.rocks import View
from kalampg.storage.row_groups import read_row_groups
from kalampg.storage.segment import Segment
from kalampg.storage.segments import read_footer
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.store import Store
from kalampg.storage.verify_entries import EntryVerification

# A report is for people; a storage that is gone would make one line for each object.
FAILURES_MAX: Final = 1_000


class Check(StrEnum):
    """What is checked, in this order."""

    OBJECT = "object"  # it exists, with its size
    CHECKSUM = "checksum"
    FOOTER = "footer"  # table, user, segment, schema version and number of rows
    KEYS = "keys"  # ascending, from the first to the last, all known to the bloom filter
    MARKS = "marks"  # each names a row
    UNIQUE = "unique"  # no key is in two places
    ENTRIES = "entries"  # each live row has its index entries, and nothing else has any
    ORPHAN = "orphan"  # nothing is in the storage that nobody names


_COUNTED: Final = {Check.UNIQUE: "keys", Check.ENTRIES: "entries"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report: all is well with a check, or one thing is not."""

    check: Check
    is_ok: bool
    detail: str
    user_id: UserId | None = None
    segment_id: SegmentId | None = None

    @classmethod
    def orphan(cls, detail: str) -> Finding:
        return cls(Check.ORPHAN, is_ok=False, detail=detail)


class TableVerification:
    """Verifies the scopes of one table and collects what it finds."""

    def __init__(self, snapshot: Snapshot, entries: View, store: Store, relation: Relation) -> None:
        """``entries`` shows the ``unique`` family at the snapshot's instant."""
        files = store.files
        self._entries = EntryVerification(
            snapshot, entries, files, relation, store.compile_function
        )
        self._snapshot = snapshot
        self._files = files
        self._relation = relation
        self._failures: list[Finding] = []
        self._failed: set[Check] = set()
        self._done: Counter[Check] = Counter()
        self._is_stopped = False

    def run(self) -> None:
        """Check every scope; blocks."""
        for scope in self._snapshot.cold_scopes(self._relation.table_id):
            self._verify_scope(scope)
        if self._entries.has_indexes:
            for scope in self._snapshot.scopes(self._relation.table_id):
                self._verify_entries(scope)

    def stop(self) -> None:
        """Let a ``run`` in another thread end early; there is no report then."""
        self._is_stopped = True

    def add_orphans(self, paths: Iterable[str]) -> None:
        """Report objects that nobody names."""
        for path in paths:
            self._failed.add(Check.ORPHAN)
            self._failures.append(Finding.orphan(path))

    def report(self) -> list[Finding]:
        """Return a line for each failure, and one for each check without any."""
        self._done[Check.ENTRIES] = self._entries.verified
        counts = {
            check: f"{self._done[check]} {_COUNTED.get(check, 'segments')}" for check in Check
        }
        counts[Check.ORPHAN] = "none"
        passed = [
            Finding(check, is_ok=True, detail=counts[check])
            for check in Check
            if check not in self._failed
        ]
        order = list(Check)
        return sorted([*passed, *self._failures], key=lambda finding: order.index(finding.check))

    def _verify_entries(self, scope: Scope) -> None:
        if self._is_stopped:
            raise errors.QueryCanceled("canceling verification")
        try:
            problem = self._entries.problem(scope)
        except (OSError, errors.PgError) as failure:
            problem = str(failure)
        if problem is not None:
            self._fail(Check.ENTRIES, scope, None, problem)

    def _verify_scope(self, scope: Scope) -> None:
        manifest = self._snapshot.manifest(scope)
        places = [self._hot_keys(scope)]
        for segment in manifest.segments:
            if self._is_stopped:
                raise errors.QueryCanceled("canceling verification")
            marks = manifest.marks_of(segment.segment_id)
            if self._verify_object(scope, segment, marks):
                places.append(self._live_keys(scope, segment, marks))
        previous: tuple[bytes, SegmentId | None] | None = None
        for key, segment_id in heapq.merge(*places, key=lambda place: place[0]):
            self._done[Check.UNIQUE] += 1
            if previous is not None and previous[0] == key:
                where = "hot too" if previous[1] is None else f"in segment {previous[1]} too"
                detail = f"key {key.hex()} is {where}"
                self._fail(Check.UNIQUE, scope, segment_id, detail)
            previous = key, segment_id

    def _verify_object(self, scope: Scope, segment: Segment, marks: Marks) -> bool:
        """Check an object as a whole; tell whether its rows can be read."""
        try:
            with self._files.as_stored(segment) as root:
                self._verify_file(scope, segment, root)
        except FileNotFoundError:
            self._fail(Check.OBJECT, scope, segment.segment_id, f"{segment.path} does not exist")
            return False
        except errors.DataCorrupted as failure:
            self._fail(Check.FOOTER, scope, segment.segment_id, str(failure))
            return False
        except (OSError, errors.PgError) as failure:
            self._fail(Check.OBJECT, scope, segment.segment_id, str(failure))
            return False
        beyond = sorted(number for number in marks if not 0 <= number < segment.rows)
        self._expect(Check.MARKS, scope, segment, "marks beyond the last row", beyond, [])
        return True

    def _verify_file(self, scope: Scope, segment: Segment, root: Path) -> None:
        path = root / segment.path
        size_bytes = path.stat().st_size
        self._expect(Check.OBJECT, scope, segment, "size", size_bytes, segment.size_bytes)
        if segment.crc32 is not None:
            self._expect(Check.CHECKSUM, scope, segment, "CRC-32", crc32_of(path), segment.crc32)
        footer = read_footer(root, segment)
        expected = {
            "table_id": scope.table_id,
            "user_id": scope.user_id,
            "segment_id": segment.segment_id,
            "schema_version": segment.schema_version,
        }
        found = {name: footer.names.get(f"kalampg.{name}") for name in expected}
        found["rows"] = str(footer.rows)
        wanted = {name: str(value) for name, value in (*expected.items(), ("rows", segment.rows))}
        self._expect(Check.FOOTER, scope, segment, "footer", found, wanted)

    def _hot_keys(self, scope: Scope) -> Iterator[tuple[bytes, SegmentId | None]]:
        for key, _ in self._snapshot.scan(scope):
            yield key, None

    def _live_keys(
        self, scope: Scope, segment: Segment, marks: Marks
    ) -> Iterator[tuple[bytes, SegmentId | None]]:
        """Yield the keys that no mark supersedes, and check all of them on the way."""
        first = last = None
        row_number = 0
        is_sound = True
        try:
            for columns in read_row_groups(self._files, segment, self._relation):
                for key in columns.keys():  # noqa: SIM118 - not a mapping
                    first = key if first is None else first
                    is_sound &= (last is None or last < key) and segment.may_contain(key)
                    last = key
                    if row_number not in marks:
                        yield key, segment.segment_id
                    row_number += 1
        except errors.PgError as failure:
            self._fail(Check.KEYS, scope, segment.segment_id, str(failure))
            return
        found = (is_sound, first, last)
        wanted = (True, segment.min_key, segment.max_key)
        self._expect(Check.KEYS, scope, segment, "order and range", found, wanted)

    def _expect(
        self, check: Check, scope: Scope, segment: Segment, what: str, found: object, wanted: object
    ) -> None:
        self._done[check] += 1
        if found != wanted:
            detail = f"{segment.path}: {what} is {found}, not {wanted}"
            self._fail(check, scope, segment.segment_id, detail)

    def _fail(self, check: Check, scope: Scope, segment_id: SegmentId | None, detail: str) -> None:
        self._failed.add(check)
        if len(self._failures) < FAILURES_MAX:
            self._failures.append(
                Finding(
                    check,
                    is_ok=False,
                    detail=detail,
                    user_id=scope.user_id,
                    segment_id=segment_id,
                )
            )

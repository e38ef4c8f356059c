"""The crash matrix: what root does until the server reaches a fail point, and where segments lie.

``REACHED_BY`` names every fail point of a running server; ``test_server_crash.py`` runs each of
them on each place. A new fail point is entered here with the statements that lead to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from conformance.server_process import Connection
from kalampg.failpoints import FAILPOINTS
from tests.fix_jobs import run_job
from tests.fix_object_store import ACCESS_KEY, SECRET_KEY, ObjectStoreServer

TABLE = "notes"
PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of root's, after its flush of the users' table."""

    root: Connection
    number: int
    storage_id: str


def nothing(_turn: Round) -> None:
    """The flush of each round is enough."""


def compact(turn: Round) -> None:
    turn.root.execute(f"COMPACT TABLE {TABLE}".encode())


def export(turn: Round) -> None:
    target = f"{turn.storage_id}:exports/{turn.number}"
    turn.root.execute(f"EXPORT USER 'alice' TO '{target}'".encode())


def drop_user(turn: Round) -> None:
    """A user of the application with a segment, a hot row and a tombstone comes and goes."""
    name = f"visitor_{turn.number}"
    act = f"EXECUTE AS USER '{name}'"
    turn.root.execute(f"{act} (INSERT INTO {TABLE} VALUES (1, 'a'), (2, 'b'))".encode())
    turn.root.execute(f"FLUSH TABLE {TABLE}".encode())
    turn.root.execute(f"{act} (INSERT INTO {TABLE} VALUES (3, 'c'))".encode())
    turn.root.execute(f"{act} (DELETE FROM {TABLE} WHERE id = 1)".encode())
    turn.root.execute(f"DROP USER {name} CASCADE".encode())


def copy(turn: Round) -> None:
    """More than ``copy.direct_bytes`` at once, into a table of its own; all of it or nothing."""
    root, rows, body = turn.root, 4_000, "x" * 300
    storage = f"STORAGE {turn.storage_id}"
    create = f"CREATE USER TABLE IF NOT EXISTS copied (id int PRIMARY KEY, body text) {storage}"
    root.execute(create.encode())
    before = root.execute("SELECT count(*) FROM copied").fetchone()
    assert before is not None
    assert before[0] % rows == 0, "part of a COPY is there"
    with root.cursor().copy("COPY copied FROM STDIN") as data:
        for number in range(rows):
            data.write_row((before[0] + number, body))


def make_and_drop(turn: Round) -> None:
    """A table with a segment comes and goes."""
    root, name = turn.root, f"scratch_{turn.number}"
    storage = f"STORAGE {turn.storage_id}"
    root.execute(f"CREATE SHARED TABLE {name} (id int PRIMARY KEY) {storage}".encode())
    root.execute(f"INSERT INTO {name} VALUES (1)".encode())
    run_job(root, f"FLUSH TABLE {name}")
    root.execute(f"DROP TABLE {name}".encode())


REACHED_BY: dict[str, Callable[[Round], None]] = {
    "commit-before-write": nothing,
    "commit-before-sync": nothing,
    "commit-after-sync": nothing,
    "flush-before-object": nothing,
    "segment-before-upload": nothing,
    "flush-after-object": nothing,
    "flush-before-publish": nothing,
    "flush-after-publish": nothing,
    "flush-before-manifest-copy": nothing,
    "compaction-before-object": compact,
    "compaction-after-object": compact,
    "compaction-before-publish": compact,
    "compaction-after-publish": compact,
    "export-before-object": export,
    "export-after-object": export,
    "export-before-manifest": export,
    "export-after-manifest": export,
    "cleanup-before-scope": drop_user,
    "cleanup-after-scope": drop_user,
    "cleanup-before-finish": drop_user,
    "cleanup-after-finish": drop_user,
    "copy-before-object": copy,
    "copy-after-object": copy,
    "copy-before-commit": copy,
    "drop-before-objects": make_and_drop,
}
# Reached before the server serves: it has a test of its own.
IN_RECOVERY = "recovery-before-orphans"
# Reached by what has a matrix of its own: ``test_move_crash.py``, ``test_backup_crash.py``.
OF_THEIR_OWN = frozenset(
    name for name in FAILPOINTS if name.startswith(("move-", "backup-", "restore-"))
)


class Place(Protocol):
    """A storage, and the same objects seen without kalampg."""

    @property
    def storage_id(self) -> str: ...

    @property
    def definition(self) -> str:
        """What follows the name in CREATE STORAGE; empty for ``local``."""

    def objects(self) -> list[str]:
        """The paths of all objects: segments, manifest copies, exports."""

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """``local``: two folders of the data directory."""

    data_dir: Path
    storage_id: str = "local"
    definition: str = ""

    def objects(self) -> list[str]:
        exports = [f"exports/{path}" for path in _files(self.data_dir / "exports")]
        return sorted([*exports, *_files(self.data_dir / "storage")])

    def read(self, path: str) -> bytes:
        folder = self.data_dir if path.startswith("exports/") else self.data_dir / "storage"
        return (folder / path).read_bytes()


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A storage in a folder of its own."""

    folder: Path
    storage_id: str = "objects"

    @property
    def definition(self) -> str:
        return f"TYPE filesystem PATH '{self.folder}'"

    def objects(self) -> list[str]:
        return sorted(_files(self.folder))

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()


def _files(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.relative_to(folder).as_posix() for path in files]


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """A bucket of an S3 server that outlives kalampg."""

    server: ObjectStoreServer
    bucket: str
    storage_id: str = "objects"

    @property
    def definition(self) -> str:
        credentials = json.dumps(
            {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "endpoint": self.server.endpoint}
        )
        return (
            f"TYPE s3 URI 's3://{self.bucket}/{PREFIX}' REGION 'us-east-1'"
            f" CREDENTIALS '{credentials}'"
        )

    def objects(self) -> list[str]:
        return [path.removeprefix(f"{PREFIX}/") for path in self.server.objects(self.bucket)]

    def read(self, path: str) -> bytes:
        data = self.server.client().cat_file(f"{self.bucket}/{PREFIX}/{path}")
        assert isinstance(data, bytes)
        return data


PLACES = ("local", "filesystem", "s3")


def place_named(name: str, data_dir: Path, object_store: ObjectStoreServer, bucket: str) -> Place:
    """A place of this kind that nobody has used."""
    match name:
        case "local":
            return LocalPlace(data_dir)
        case "filesystem":
            return FolderPlace(data_dir.with_name("elsewhere"))
        case _:
            object_store.client().mkdir(bucket)
            return BucketPlace(object_store, bucket)


def amiss(place: Place, root: Connection) -> list[str]:
    """The objects that are missing, that nobody names, or that do not say what they should."""
    objects = place.objects()
    exports = [path for path in objects if path.startswith("exports/")]
    stored = sorted(set(objects) - set(exports))
    return [*_amiss_of_segments(place, root, stored), *_amiss_of_exports(place, exports)]


def _amiss_of_segments(place: Place, root: Connection, stored: list[str]) -> list[str]:
    query = b"SELECT coalesce(user_id, ''), path FROM system.segments ORDER BY segment_id"
    by_user: dict[str, list[str]] = {}
    for user, path in root.execute(query).fetchall():
        by_user.setdefault(user, []).append(path)
    copies = {f"{paths[-1].rpartition('/')[0]}/manifest.json": paths for paths in by_user.values()}
    named = {path for paths in by_user.values() for path in paths}
    wrong = sorted(set(stored) ^ (named | copies.keys()))
    for copy in sorted(copies.keys() & set(stored)):
        listed = json.loads(place.read(copy))["segments"]
        if [segment["path"] for segment in listed] != copies[copy]:
            wrong.append(copy)
    return wrong


def _amiss_of_exports(place: Place, stored: list[str]) -> list[str]:
    """An export has a manifest and its files, and nothing else."""
    named: set[str] = set()
    folders = {path.rpartition("/")[0] for path in stored}
    for folder in folders:
        manifest = f"{folder}/manifest.json"
        named.add(manifest)
        if manifest in stored:
            for table in json.loads(place.read(manifest))["tables"]:
                for file in table["files"]:
                    named.add(f"{folder}/{file['path']}")
                    data = place.read(f"{folder}/{file['path']}")
                    assert hashlib.sha256(data).hexdigest() == file["sha256"]
    return sorted(set(stored) ^ named)

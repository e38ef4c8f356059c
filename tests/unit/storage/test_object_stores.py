"""Object stores, credentials and the cache of remote objects.

Goal: every store keeps the same promises, secrets stay sealed, and copies are whole and bounded.
Method: the same test over files and fsspec's memory; faults from a store that fails by plan.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.memory import MemoryFileSystem

from kalampg import errors
from kalampg.clock import ManualClock
from kalampg.storage.credentials import KEY_FILE, CredentialVault
from kalampg.storage.fsspec_store import FsspecStore
from kalampg.storage.object_cache import ObjectCache
from kalampg.storage.object_store import FilesystemStore, ObjectStore
from kalampg.storage.storage_check import check_storage


@pytest.fixture(params=["filesystem", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    if request.param == "filesystem":
        yield FilesystemStore(tmp_path / "root")
        return
    prefix = f"bucket-{secrets.token_hex(4)}/prefix"
    yield FsspecStore(AsyncFileSystemWrapper(MemoryFileSystem()), prefix, ManualClock())


def test_objects_are_created_once_read_listed_and_deleted(
    store: ObjectStore, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"one")
    store.create("a/b/one", source)
    source.write_bytes(b"other")
    with pytest.raises(FileExistsError):
        store.create("a/b/one", source)
    assert store.read("a/b/one") == b"one"
    assert store.read("a/b/one", 1) == b"ne"
    assert store.size("a/b/one") == 3
    store.fetch("a/b/one", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"one"
    store.replace("a/manifest.json", b"1")
    store.replace("a/manifest.json", b"2")
    assert store.read("a/manifest.json") == b"2"
    assert sorted(store.list_objects("a")) == ["a/b/one", "a/manifest.json"]
    store.delete("a/b/one")
    store.delete("a/b/one")
    with pytest.raises(FileNotFoundError):
        store.read("a/b/one")


def test_a_sound_store_passes_the_check_and_keeps_nothing(store: ObjectStore) -> None:
    health = check_storage(store, "probe", ManualClock(), is_extended=True)
    assert health.is_healthy
    assert (health.writable, health.readable, health.listable, health.deletable) == (True,) * 4
    assert list(store.list_objects("")) == []


def test_failures_do_not_quote_credentials(tmp_path: Path) -> None:
    class Failing:
        def put_file(self, *_: object, **__: object) -> None:
            raise RuntimeError("the key top-secret is wrong")

    store = FsspecStore(Failing(), "bucket", ManualClock(), secrets=["top-secret"])
    with pytest.raises(OSError, match="the key \\*\\*\\*\\* is wrong") as failure:
        store.create("x", tmp_path)
    assert failure.value.__cause__ is None
    health = check_storage(store, "probe", ManualClock())
    assert not health.is_healthy
    assert health.error == "write: the key **** is wrong"


def test_credentials_are_sealed_for_one_storage_under_a_private_key(tmp_path: Path) -> None:
    vault = CredentialVault(tmp_path)
    sealed = vault.seal("s3", "top secret")
    assert b"secret" not in sealed
    assert sealed != vault.seal("s3", "top secret"), "a nonce is used once"
    assert CredentialVault(tmp_path).open("s3", sealed) == "top secret"
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    with pytest.raises(errors.DataCorrupted):
        vault.open("another", sealed)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(errors.IoError):
        vault.open("s3", sealed)


def test_copies_are_fetched_once_and_bounded(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path, 10)
    fetched: list[str] = []

    def have(name: str) -> None:
        def fetch(target: Path) -> None:
            fetched.append(name)
            target.write_bytes(b"12345678")

        cache.acquire(name, 8, fetch)

    have("s/a")
    have("s/a")
    assert fetched == ["s/a"]
    have("s/b")
    assert cache.size_bytes == 16, "what is in use stays"
    cache.release("s/a")
    cache.release("s/a")
    assert not (tmp_path / "s" / "a").exists()
    assert (tmp_path / "s" / "b").exists()
    again = ObjectCache(tmp_path, 10)
    again.acquire("s/b", 8, lambda _: pytest.fail("it is there already"))


def test_a_failed_fetch_leaves_nothing(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path, 100)

    def fetch(target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        cache.acquire("s/a", 8, fetch)
    assert list(tmp_path.rglob("*")) == []
    assert cache.size_bytes == 0

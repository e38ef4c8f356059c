"""FaultyFileSystem: an object store behind fsspec's interface that fails as a test tells it to.

Layout, below ``Faults.root``:
    objects/<bucket>/<path>    the objects
    faults/<operation>         the fault of an operation, and how often it happens
    calls                      the operations that were begun, one a line

``python -m tests.faulty_filesystem serve ...`` is a
kalampg whose storages of type s3 are of this kind; the test holds the other end, ``Faults``.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import fsspec
from fsspec.asyn import AsyncFileSystem

from kalampg.cli import main

ROOT_VARIABLE = "KALAMPG_TEST_FAULTY_STORE"
# Seconds between two looks whether a call that hangs may go on.
_HANG_SECONDS = 0.01

Operation = Literal["create", "replace", "fetch", "read", "info", "delete", "list"]
Fault = Literal["unavailable", "refused", "full", "hang", "torn", "short", "lost", "stale"]


@dataclass(frozen=True, slots=True)
class Faults:
    """Both ends of the folder that says what fails."""

    root: Path

    def set(self, operation: Operation, fault: Fault, times: int = 1_000_000) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self.root / f"{operation}.new"
        fresh.write_text(f"{fault} {times}")
        fresh.replace(self._folder / operation)

    def heal(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def of(self, operation: str) -> tuple[str, int, int] | None:
        """The fault, how often it happens, and which setting of it this is."""
        file = self._folder / operation
        with contextlib.suppress(FileNotFoundError):
            fault, times = file.read_text().split()
            return fault, int(times), file.stat().st_mtime_ns
        return None

    def note(self, operation: str) -> None:
        with (self.root / "calls").open("a") as file:
            file.write(f"{operation}\n")

    def calls(self) -> Counter[str]:
        """How often each operation was begun since the start."""
        with contextlib.suppress(FileNotFoundError):
            return Counter((self.root / "calls").read_text().split())
        return Counter()

    def objects(self) -> list[str]:
        """The paths of all objects, without their bucket."""
        folder = self.root / "objects"
        return sorted(
            path.relative_to(folder).as_posix().partition("/")[2]
            for path in folder.rglob("*")
            if path.is_file()
        )

    @property
    def _folder(self) -> Path:
        return self.root / "faults"


class FaultyFileSystem(AsyncFileSystem):  # type: ignore[misc] # fsspec has no types
    """Objects as files. Takes the options of any other file system and forgets them but one."""

    protocol = "s3"
    cachable = False
    # Shared by all instances of a process: a test counts faults of the store.
    _happened: ClassVar[Counter[tuple[str, int]]] = Counter()
    _listed: ClassVar[dict[str, list[str]]] = {}

    def __init__(self, *, secret: str = "", **options: Any) -> None:
        super().__init__(asynchronous=options.get("asynchronous", False), loop=options.get("loop"))
        self._secret = secret
        self._faults = Faults(Path(os.environ[ROOT_VARIABLE]))
        self._objects = self._faults.root / "objects"
        self._objects.mkdir(parents=True, exist_ok=True)

    async def _put_file(self, lpath: str, rpath: str, mode: str = "", **_: Any) -> None:
        assert mode == "create", "objects are never replaced"
        data = Path(lpath).read_bytes()
        target = self._objects / rpath
        fault = await self._begin("create")
        if target.exists():
            raise FileExistsError(rpath)
        if fault != "lost":
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data[: len(data) // 2] if fault == "torn" else data)
        if fault == "torn":
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    async def _pipe_file(self, path: str, value: bytes, **_: Any) -> None:
        await self._begin("replace")
        target = self._objects / path
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._faults.root / "replacing"
        fresh.write_bytes(value)
        fresh.replace(target)  # a store never shows half an object

    async def _get_file(self, rpath: str, lpath: str, **_: Any) -> None:
        data = self._data(rpath)
        fault = await self._begin("fetch")
        is_half = fault in {"torn", "short"}
        Path(lpath).write_bytes(data[: len(data) // 2] if is_half else data)
        if fault == "torn":
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    async def _cat_file(self, path: str, start: int | None = None, **_: Any) -> bytes:
        await self._begin("read")
        return self._data(path)[start or 0 :]

    async def _info(self, path: str, **_: Any) -> dict[str, Any]:
        await self._begin("info")
        return {"name": path, "size": len(self._data(path)), "type": "file"}

    async def _rm_file(self, path: str, **_: Any) -> None:
        await self._begin("delete")
        (self._objects / path).unlink()

    async def _find(self, path: str, **_: Any) -> list[str]:
        fault = await self._begin("list")
        files = (file for file in (self._objects / path).rglob("*") if file.is_file())
        found = sorted(file.relative_to(self._objects).as_posix() for file in files)
        earlier = self._listed.get(path, [])
        self._listed[path] = found
        return earlier if fault == "stale" else found

    def _data(self, path: str) -> bytes:
        return (self._objects / path).read_bytes()

    async def _begin(self, operation: str) -> str:
        """Fail, or return the fault that is for the caller to play."""
        self._faults.note(operation)
        found = self._faults.of(operation)
        if found is None:
            return ""
        fault, times, setting = found
        self._happened[operation, setting] += 1
        if self._happened[operation, setting] > times:
            return ""
        match fault:
            case "unavailable":
                raise OSError(errno.EBUSY, "503 Please reduce your request rate")
            case "refused":
                raise PermissionError(f"403 Access Denied for key {self._secret}")
            case "full":
                raise OSError(errno.ENOSPC, "No space left on device")
            case "hang":
                while self._faults.of(operation) == found:
                    await asyncio.sleep(_HANG_SECONDS)
                return ""
            case _:
                return fault


if __name__ == "__main__":
    fsspec.register_implementation("s3", FaultyFileSystem, clobber=True)
    main()

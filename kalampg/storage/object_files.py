"""Files that hold objects: created durably with their folders, and deleted with the empty ones."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

from kalampg.storage.data_directory import sync_directory

# Another thread may remove an empty folder between our making it and our writing into it.
_CREATE_ATTEMPTS: Final = 5


def create_file(root: Path, path: str) -> BinaryIO:
    """Create a new file, and its folders durably.

    Raises:
        OSError: it exists or cannot be created.
    """
    target = root / path
    for attempt in range(_CREATE_ATTEMPTS):
        try:
            _make_folders(root, target.parent)
            return target.open("xb")
        except FileNotFoundError:
            if attempt + 1 == _CREATE_ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


def _make_folders(root: Path, folder: Path) -> None:
    if folder.is_dir():
        return
    if folder == root:
        root.mkdir(parents=True, exist_ok=True)
        return
    _make_folders(root, folder.parent)
    folder.mkdir(exist_ok=True)
    sync_directory(folder.parent)


def delete_object(root: Path, path: str) -> None:
    """Delete one object and the folders that it leaves empty. Deleting it twice is no error."""
    target = root / path
    target.unlink(missing_ok=True)
    for folder in target.parents:
        if folder == root or not _remove_if_done(folder):
            return


def _remove_if_done(folder: Path) -> bool:
    """Remove a folder that holds nothing, or nothing but the copy of an empty manifest."""
    try:
        names = {entry.name for entry in folder.iterdir()}
        if names == {"manifest.json"}:
            (folder / "manifest.json").unlink()
        elif names:
            return False
        folder.rmdir()
    except OSError:
        return False  # another thread is faster, or writes its next segment here
    return True

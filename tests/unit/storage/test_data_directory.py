"""DataDirectory: one process, one format.

Goal: a second server, a newer format, a foreign directory: one clear error, nothing changed.
Method: real directories; the second process is a second open file, which flock tells apart.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kalampg import errors
from kalampg.clock import ManualClock
from kalampg.storage import Store
from kalampg.storage.data_directory import DataDirectory


def test_a_directory_serves_one_at_a_time(tmp_path: Path) -> None:
    first = DataDirectory.open(tmp_path / "d")
    with pytest.raises(errors.ObjectInUse, match="in use by another process") as raised:
        DataDirectory.open(tmp_path / "d")
    assert raised.value.detail == f"The process id is {os.getpid()}."
    first.close()
    first.close()
    DataDirectory.open(tmp_path / "d").close()


def test_a_new_directory_is_private_and_has_a_format(tmp_path: Path) -> None:
    directory = DataDirectory.open(tmp_path / "a" / "b")
    assert (directory.path / "kalampg.format").read_text() == "1\n"
    assert directory.path.stat().st_mode & 0o777 == 0o700
    assert directory.storage.is_dir()
    directory.close()


@pytest.mark.parametrize("text", ["2\n", "999", "pg15", ""], ids=["next", "far", "text", "empty"])
def test_another_format_is_refused_untouched(tmp_path: Path, text: str) -> None:
    (tmp_path / "kalampg.format").write_text(text)
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        Store.open(tmp_path, clock=ManualClock())
    assert {entry.name for entry in tmp_path.iterdir()} == {"kalampg.format", "kalampg.lock"}


def test_rows_without_a_format_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rocksdb").mkdir()
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        DataDirectory.open(tmp_path)


def test_a_path_that_cannot_be_a_directory_is_an_io_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.IoError):
        DataDirectory.open(tmp_path / "file")


def test_a_damaged_row_store_lets_go_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "kalampg.format").write_text("1\n")
    (tmp_path / "rocksdb").write_text("not a directory")
    for _ in range(2):
        with pytest.raises(errors.IoError):
            Store.open(tmp_path, clock=ManualClock())

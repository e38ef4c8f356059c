"""Disk space: how a full disk is told from a broken one, and how much of it is free."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from kalampg import errors

# A quota is a full disk to whoever has it.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_TEXTS: Final = tuple(os.strerror(number) for number in sorted(_FULL))


def is_out_of_space(failure: BaseException) -> bool:
    """Whether a write failed because no space was left; libraries tell it in words only."""
    if isinstance(failure, errors.DiskFull):
        return True
    if isinstance(failure, OSError) and failure.errno is not None:
        return failure.errno in _FULL
    return any(text in str(failure) for text in _FULL_TEXTS)


def storage_error(message: str, failure: BaseException) -> errors.PgError:
    """The SQLSTATE of what a disk or storage refused: 53100 where it is full, else 58030."""
    if is_out_of_space(failure):
        return errors.DiskFull(f"{message}: {failure}", hint="Check free disk space.")
    return errors.IoError(f"{message}: {failure}")


def free_bytes(path: Path) -> int:
    """The space that this process may still use on the path's file system. Blocks."""
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize

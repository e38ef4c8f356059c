"""ChecksummedFile: a file that is only appended to, and the CRC-32 of what was."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO, Final

_READ_BYTES: Final = 1024 * 1024


class ChecksummedFile:
    """Passes on what is written, and keeps account of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.crc32 = 0

    @property
    def closed(self) -> bool:
        return self._file.closed

    def write(self, data: bytes) -> int:
        self.crc32 = zlib.crc32(data, self.crc32)
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """The segment's writer closes the file itself, after making it durable."""


def crc32_of(path: Path) -> int:
    """Return the CRC-32 of a whole file; blocks.

    Raises:
        OSError: it cannot be read.
    """
    crc32 = 0
    with path.open("rb") as file:
        while data := file.read(_READ_BYTES):
            crc32 = zlib.crc32(data, crc32)
    return crc32

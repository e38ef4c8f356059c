"""CopyFormat: how the rows of a COPY are written, once its options have been checked.

Source:
    PostgreSQL documentation, "sql-copy"; ``ProcessCopyOptions`` in ``copy.c``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from kalampg import errors


class CopyKind(Enum):
    """The three formats."""

    TEXT = "text"
    CSV = "csv"
    BINARY = "binary"


class Header(Enum):
    """Whether the first line has the columns' names, and whether they must be right."""

    NONE = "none"
    PRESENT = "present"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """Strings are ASCII characters; ``quote`` and ``escape`` are CSV's. Defaults are text's."""

    kind: CopyKind = CopyKind.TEXT
    delimiter: str = "\t"
    null: str = "\\N"
    header: Header = Header.NONE
    quote: str = '"'
    escape: str = '"'


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it was sent. ``fields`` are None where NULL; ``text`` is the line, for messages.

    ``quoted`` tells which CSV fields had quotes. Fields and ``text`` are not UTF-8 yet.
    """

    line: int
    text: bytes
    fields: list[bytes | None]
    quoted: list[bool] | None = None


# A row that never ends must not fill the memory. As much as a message may have.
ROW_BYTES_MAX: Final = 16 * 1024 * 1024


def check_row_bytes(size: int) -> None:
    """Raise 53200 for an unfinished row that has grown too long."""
    if size > ROW_BYTES_MAX:
        raise errors.OutOfMemory(
            "a row of the COPY data is too long", detail=f"The limit is {ROW_BYTES_MAX} bytes."
        )


def bad_format(message: str, hint: str | None = None) -> errors.BadCopyFileFormat:
    """The 22P04 for data that is not of the format."""
    return errors.BadCopyFileFormat(message, hint=hint)

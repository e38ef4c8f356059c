"""Reading the fields of date and time input in all their orders and spellings.

Source: PostgreSQL 15, ``DecodeDateTime`` and ``DecodeTimeOnly`` in ``datetime.c``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from kalampg.pgtypes.datetime_tokens import bad_format
from kalampg.pgtypes.settings import OutputSettings


@dataclass(slots=True)
class BrokenDown:
    """What date and time input says.

    Either an infinity (its sign), or an instant (epoch, now, today...), or wall-clock fields, with
    an offset or a zone where one was written.
    """

    days: int = 0
    time_us: int = 0
    offset_s: int | None = None
    zone: tzinfo | None = None
    infinity: int = 0
    instant_us: int | None = None
    is_epoch: bool = False


def decode_datetime(text: str, type_name: str, settings: OutputSettings) -> BrokenDown:
    word = text.strip().lower()
    if word in ("infinity", "-infinity"):
        return BrokenDown(infinity=-1 if word[0] == "-" else 1)
    if word == "epoch":
        return BrokenDown(instant_us=0, is_epoch=True)
    raise bad_format(text, type_name)


def decode_time(text: str, settings: OutputSettings) -> BrokenDown:
    raise bad_format(text, "time")

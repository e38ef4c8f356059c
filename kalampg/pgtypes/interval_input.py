"""Text → interval."""

from __future__ import annotations

from kalampg.pgtypes.datetime_tokens import bad_format
from kalampg.pgtypes.intervals import Interval
from kalampg.pgtypes.settings import OutputSettings


def parse_interval(text: str, settings: OutputSettings) -> Interval:
    raise bad_format(text, "interval")

"""What PostgreSQL 15 says of the run-time parameters that it shares with kalampg.

The file beside this module is written by ``conformance/record_settings.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SettingFacts:
    """A row of ``pg_settings`` as far as it is the same for all servers; empty texts are NULL."""

    name: str
    unit: str
    category: str
    short_desc: str
    extra_desc: str
    context: str
    vartype: str
    min_val: str
    max_val: str
    enumvals: str


@cache
def setting_facts() -> Mapping[str, SettingFacts]:
    """By name, in PostgreSQL's spelling."""
    text = Path(__file__).with_name("pg_settings.tsv").read_text()
    found = [SettingFacts(*line.split("\t")) for line in text.splitlines()]
    return MappingProxyType({facts.name: facts for facts in found})

"""Enumeration: an enumerated type, as all layers share it.

A value is kept as its label's ``key``: keys are in the order of declaration and never change, so
that rows and their order survive new labels and new names of labels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kalampg.ids import Oid

# Between two keys in a row: how often a label can be put between two others is its logarithm.
KEY_STEP: Final = 1 << 32
_NO_OID: Final = Oid(0)
_PLAIN_NAME: Final = re.compile(r"[a-z_][a-z0-9_$]*")


def spelled(name: str) -> str:
    """The name of a declared type as SQL and messages spell it."""
    doubled = name.replace('"', '""')
    return name if _PLAIN_NAME.fullmatch(name) else f'"{doubled}"'


@dataclass(frozen=True, slots=True)
class EnumLabel:
    """One label. ``key`` is its ``enumsortorder`` in steps of ``KEY_STEP``."""

    oid: Oid
    key: int
    text: str

    @property
    def sort_order(self) -> float:
        return self.key / KEY_STEP


@dataclass(frozen=True, slots=True)
class Enumeration:
    """One enumerated type; ``labels`` in their order.

    ``array_oid`` is the type of its arrays; 0 for a type that was made before there were any.
    """

    oid: Oid
    schema_name: str
    name: str
    owner: str
    labels: tuple[EnumLabel, ...]
    array_oid: Oid = _NO_OID

    @property
    def qualified_name(self) -> str:
        return f"{self.schema_name}.{self.name}"

    @property
    def sql_name(self) -> str:
        """The name as SQL and messages spell it: in quotes where it needs them."""
        return spelled(self.name)

    def place_of(self, text: str) -> int | None:
        """Where the label is, from 0."""
        for place, label in enumerate(self.labels):
            if label.text == text:
                return place
        return None

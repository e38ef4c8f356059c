"""Domain: a type with a default and constraints over another type, as all layers share it.

A column of a domain is kept as one of the base type: what is stored, sent and compared knows
nothing of domains. Only whoever writes a value, or casts one, looks at what the domain wants.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.constraint import CheckConstraint
from kalampg.enumeration import spelled
from kalampg.ids import Oid


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain. ``base_oid`` and ``typmod`` are of the type below all domains.

    ``parent`` is the domain that it was made over, if it was: its constraints hold too. ``default``
    is the text of an expression; ``checks`` are in the order in which they were added.
    """

    oid: Oid
    schema_name: str
    name: str
    owner: str
    base_oid: Oid
    typmod: int = -1
    parent: Oid | None = None
    not_null: bool = False
    default: str | None = None
    checks: tuple[CheckConstraint, ...] = ()

    @property
    def qualified_name(self) -> str:
        return f"{self.schema_name}.{self.name}"

    @property
    def sql_name(self) -> str:
        """The name as SQL and messages spell it: in quotes where it needs them."""
        return spelled(self.name)

    def check_named(self, name: str) -> CheckConstraint | None:
        return next((check for check in self.checks if check.name == name), None)

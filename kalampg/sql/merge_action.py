"""What the WHEN clauses of MERGE do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kalampg.sql.expression import Expression


class MergeVerb(Enum):
    """What a WHEN clause of MERGE does."""

    UPDATE = "UPDATE"
    DELETE = "DELETE"
    INSERT = "INSERT"
    NOTHING = "DO NOTHING"


@dataclass(frozen=True, slots=True)
class MergeAction:
    """A WHEN clause. ``values`` of ``targets`` are expressions over the query's row.

    None stands for DEFAULT where the column has none.
    """

    verb: MergeVerb
    targets: tuple[int, ...] = ()
    values: tuple[Expression | None, ...] = ()

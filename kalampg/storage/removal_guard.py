"""RemovalGuard: what is asked before a row goes for good, in the same turn as its batch.

Rows that are to go are found some time before. Since then a transaction may have locked one, and
leaves its index entries as they are because it takes the row for live; or a new index may have got
entries that the finder does not know of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kalampg import errors
from kalampg.relation import Relation
from kalampg.storage.keys import Scope

# Whether a transaction has locked the row with this key.
IsLocked: TypeAlias = Callable[[Scope, bytes], bool]


@dataclass(frozen=True, slots=True)
class RemovalGuard:
    """Asks. ``relation_now`` is the table as it is, None when it was dropped."""

    relation_now: Callable[[], Relation | None]
    is_locked: IsLocked

    def check_table(self, relation: Relation) -> None:
        """Raise ObjectInUse (55006) if rows have other entries than those of ``relation``."""
        now = self.relation_now()
        if now is None:
            return
        if (
            now.indexes != relation.indexes
            or now.constraints != relation.constraints
            or now.referenced_by != relation.referenced_by
        ):
            raise errors.ObjectInUse(
                f'the constraints or indexes of "{relation.name}" were altered meanwhile'
            )

    def check_row(self, relation: Relation, scope: Scope, key: bytes) -> None:
        """Raise ObjectInUse (55006) if a transaction has locked the row."""
        if self.is_locked(scope, key):
            raise errors.ObjectInUse(f'a row of "{relation.name}" is locked by a transaction')

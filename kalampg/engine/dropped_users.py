"""DroppedUsers: which transactions may not write a user's rows, for it was dropped since.

A transaction may have begun to write before the user was dropped, or may wait for a lock meanwhile;
what it wrote then must not come back when everything of the user is gone, nor belong to the next
user of that name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kalampg import errors

# Names that are remembered; beyond that, transactions from before the last of them are too old.
_NAMES_MAX: Final = 10_000


class DroppedUsers:
    """Counts drops. Used on the event loop only.

    Invariants:
        - A transaction that began at ``count`` c is refused for every user dropped after that.
    """

    def __init__(self) -> None:
        self.count = 0
        self._forgotten_at = 0
        self._dropped_at: dict[str, int] = {}

    def note(self, names: Iterable[str]) -> None:
        """These users are dropped now."""
        for name in names:
            self.count += 1
            if len(self._dropped_at) >= _NAMES_MAX:
                self._dropped_at.clear()
                self._forgotten_at = self.count
            self._dropped_at[name] = self.count

    def check(self, began_at: int, users: Iterable[str]) -> None:
        """Refuse rows of users that were dropped after a transaction began.

        Raises:
            SerializationFailure: 40001.
        """
        for user_id in users:
            if user_id and self._dropped_at.get(user_id, self._forgotten_at) > began_at:
                raise errors.SerializationFailure(
                    "could not serialize access due to concurrent drop of a user",
                    detail=f'Role "{user_id}" was dropped while the transaction ran.',
                )

"""TransactionMemory: the bound of what open transactions hold before they are committed."""

from __future__ import annotations

from kalampg import errors


class TransactionMemory:
    """What the pending rows of all transactions take together, and may take."""

    __slots__ = ("bytes_max", "bytes_total_max", "used_bytes")

    def __init__(self, bytes_max: int, bytes_total_max: int) -> None:
        self.bytes_max = bytes_max
        self.bytes_total_max = bytes_total_max
        self.used_bytes = 0

    def refusal(self, transaction_bytes: int) -> errors.OutOfMemory | None:
        """The 53200 for a transaction that would have grown to that size, if it may not."""
        if transaction_bytes > self.bytes_max:
            return errors.OutOfMemory(
                "transaction holds too many uncommitted changes",
                detail=f"The limit is {self.bytes_max} bytes.",
                hint="Commit in smaller portions.",
            )
        if self.used_bytes > self.bytes_total_max:
            return errors.OutOfMemory(
                "open transactions hold too many uncommitted changes",
                detail=f"The limit for all of them is {self.bytes_total_max} bytes.",
                hint="Commit in smaller portions, or try again when others have ended.",
            )
        return None

    def check(self, transaction_bytes: int) -> None:
        """Raise ``refusal``'s 53200. Any thread."""
        refusal = self.refusal(transaction_bytes)
        if refusal is not None:
            raise refusal

"""BEGIN, COMMIT, ROLLBACK and savepoints as plans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TransactionVerb(Enum):
    """What a transaction statement does."""

    BEGIN = "BEGIN"
    START = "START TRANSACTION"
    COMMIT = "COMMIT"
    ROLLBACK = "ROLLBACK"
    SAVEPOINT = "SAVEPOINT"
    ROLLBACK_TO = "ROLLBACK TO"
    RELEASE = "RELEASE"


@dataclass(frozen=True, slots=True)
class TransactionPlan:
    """BEGIN, COMMIT, ... ``modes`` are lower-case: ``("isolation level", "repeatable read")``."""

    verb: TransactionVerb
    savepoint: str = ""
    modes: tuple[tuple[str, str], ...] = ()
    and_chain: bool = False

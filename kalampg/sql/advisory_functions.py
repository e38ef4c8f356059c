"""The advisory lock functions by name: what each does, how strongly, and how long it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from kalampg.sql.lock_modes import LockMode


class AdvisoryVerb(Enum):
    """What an advisory lock function does."""

    LOCK = "lock"
    TRY_LOCK = "try_lock"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class AdvisoryFunction:
    """One function. ``is_of_transaction``: the lock ends with the transaction."""

    verb: AdvisoryVerb
    mode: LockMode = LockMode.UPDATE
    is_of_transaction: bool = False


def _functions() -> dict[str, AdvisoryFunction]:
    functions = {}
    for suffix, mode in (("", LockMode.UPDATE), ("_shared", LockMode.SHARE)):
        for is_of_transaction, scope in ((False, ""), (True, "xact_")):
            lock = AdvisoryFunction(AdvisoryVerb.LOCK, mode, is_of_transaction)
            functions[f"pg_advisory_{scope}lock{suffix}"] = lock
            attempt = AdvisoryFunction(AdvisoryVerb.TRY_LOCK, mode, is_of_transaction)
            functions[f"pg_try_advisory_{scope}lock{suffix}"] = attempt
        functions[f"pg_advisory_unlock{suffix}"] = AdvisoryFunction(AdvisoryVerb.UNLOCK, mode)
    return functions


ADVISORY: Final[Mapping[str, AdvisoryFunction]] = _functions()
UNLOCK_ALL: Final = "pg_advisory_unlock_all"
ADVISORY_NAMES: Final = frozenset({*ADVISORY, UNLOCK_ALL})


def _signatures() -> str:
    lines = [f"{UNLOCK_ALL}() void > @session_values"]
    for name, function in ADVISORY.items():
        result = "void" if function.verb is AdvisoryVerb.LOCK else "bool"
        lines += [f"{name}({keys}) {result} > @session_values" for keys in ("int8", "int4, int4")]
    return "\n".join(lines)


# In the notation of ``function_table``.
SIGNATURES: Final = _signatures()

"""ExecutorSettings: sizes of the engine's caches and limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kalampg.engine.copy_segments import CopySettings

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    """Sizes of the engine's caches and limits."""

    transaction_bytes_max: int = 512 * _MIB
    transactions_bytes_max: int = 2048 * _MIB
    locks_max: int = 1_000_000
    recent_writes_max: int = 100_000
    hot_cache_bytes: int = 64 * _MIB
    load_threads: int = 2
    copies: CopySettings = field(default_factory=CopySettings)

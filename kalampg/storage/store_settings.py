"""StoreSettings: sizes and policies of one data directory."""

from __future__ import annotations

from dataclasses import dataclass, field

from kalampg.storage.durability import DurabilitySettings


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Sizes and policies of a store. ``node_id`` is part of every snowflake number."""

    node_id: int = 0
    block_cache_bytes: int = 64 * 1024 * 1024
    manifest_cache_bytes: int = 64 * 1024 * 1024
    cold_cache_bytes: int = 128 * 1024 * 1024
    object_cache_bytes: int = 1024 * 1024 * 1024
    stale_copies_max: int = 10_000
    durability: DurabilitySettings = field(default_factory=DurabilitySettings)

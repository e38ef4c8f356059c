"""The configuration keys: one frozen dataclass a section, with defaults and bounds.

``config/kalampg.toml`` lists the same keys with the same defaults, and says what each is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from kalampg.config.kinds import Choice, Flag, Integer, Kind, Number, Schedule, Text

Value: TypeAlias = bool | int | float | str


def _key(default: Value, kind: Kind) -> Any:
    """A dataclass field that is a configuration key."""
    return field(default=default, metadata={"kind": kind})


def _integer(default: int, low: int, high: int) -> Any:
    return _key(default, Integer(low, high))


def _seconds(default: float, low: float, high: float) -> Any:
    return _key(default, Number(low, high))


_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
_GIB: Final = 1024 * _MIB
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """[server]: the listener and its limits."""

    host: str = _key("127.0.0.1", Text())
    port: int = _integer(5433, 0, 65_535)
    max_connections: int = _integer(500, 1, 100_000)
    max_connections_per_role: int = _integer(0, 0, 100_000)
    authentication: Literal["scram-sha-256", "trust"] = _key(
        "scram-sha-256", Choice(("scram-sha-256", "trust"))
    )
    authentication_timeout_seconds: float = _seconds(60.0, 1, 600)
    shutdown_grace_seconds: float = _seconds(30.0, 0, _DAY_SECONDS)
    message_bytes_max: int = _integer(256 * _MIB, 64 * _KIB, _GIB)
    statements_max: int = _integer(10_000, 1, 1_000_000)
    portals_max: int = _integer(1_000, 1, 1_000_000)
    temporary_tables_max: int = _integer(1_000, 1, 1_000_000)
    custom_parameters_max: int = _integer(1_000, 1, 100_000)
    cursor_bytes_max: int = _integer(64 * _MIB, _MIB, 1 << 50)


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """[tls]: encryption of connections."""

    enabled: bool = _key(True, Flag())
    certificate_file: str = _key("", Text(may_be_empty=True))
    key_file: str = _key("", Text(may_be_empty=True))


@dataclass(frozen=True, slots=True)
class StorageConfig:
    """[storage]: where data lives."""

    data_dir: str = _key("./data", Text())
    restore_root: str = _key("", Text(may_be_empty=True))
    request_timeout_seconds: float = _seconds(60.0, 0.1, 3_600)
    timeout_pause_seconds: float = _seconds(10.0, 0, 3_600)
    min_free_bytes: int = _integer(256 * _MIB, 0, 1 << 50)
    space_check_interval_seconds: float = _seconds(1.0, 0.01, 3_600)
    manifest_copy_interval_seconds: float = _seconds(5.0, 0.01, 3_600)
    manifest_copies_pending_max: int = _integer(10_000, 1, 1_000_000)


@dataclass(frozen=True, slots=True)
class RocksdbConfig:
    """[rocksdb]: the row store."""

    block_cache_bytes: int = _integer(64 * _MIB, _MIB, 1024 * _GIB)
    sync: Literal["auto", "inline", "thread"] = _key("auto", Choice(("auto", "inline", "thread")))
    inline_sync_microseconds_max: int = _integer(1_000, 0, 1_000_000)
    level0_files_slow: int = _integer(12, 1, 19)


@dataclass(frozen=True, slots=True)
class DuckdbConfig:
    """[duckdb]: queries that are not key operations."""

    threads: int = _integer(0, 0, 1024)
    memory_limit_bytes: int = _integer(_GIB, 64 * _MIB, 1 << 50)
    connections: int = _integer(4, 1, 256)


@dataclass(frozen=True, slots=True)
class CacheConfig:
    """[cache]: what is kept in memory, at most."""

    plan_entries: int = _integer(1_000, 1, 1_000_000)
    hot_bytes: int = _integer(128 * _MIB, 0, 1 << 50)
    cold_bytes: int = _integer(128 * _MIB, 0, 1 << 50)
    manifest_bytes: int = _integer(64 * _MIB, 0, 1 << 50)
    object_bytes: int = _integer(_GIB, 0, 1 << 50)


@dataclass(frozen=True, slots=True)
class FlushConfig:
    """[flush]: hot rows to Parquet segments."""

    default_row_threshold: int = _integer(10_000, 1, 999_999)
    default_interval_seconds: int = _integer(300, 1, _DAY_SECONDS - 1)
    hot_bytes_per_table_max: int = _integer(128 * _MIB, _MIB, 1 << 50)
    hot_bytes_total_max: int = _integer(_GIB, _MIB, 1 << 50)
    hot_bytes_slow: int = _integer(2 * _GIB, _MIB, 1 << 50)
    hot_bytes_refused: int = _integer(4 * _GIB, _MIB, 1 << 50)
    write_delay_seconds_max: float = _seconds(1.0, 0, 60)
    alert_after_failures: int = _integer(3, 1, 1_000_000)
    job_shutdown_timeout_seconds: float = _seconds(300.0, 0, _DAY_SECONDS)
    segment_rows_max: int = _integer(100_000, 1_000, 100_000_000)
    node_id: int = _integer(0, 0, 1022)


@dataclass(frozen=True, slots=True)
class CompactionConfig:
    """[compaction]: when segments are merged by themselves."""

    enabled: bool = _key(True, Flag())
    same_size_segments_max: int = _integer(8, 1, 10_000)
    marked_percent_max: int = _integer(25, 0, 100)
    overlap_max: int = _integer(16, 1, 10_000)


@dataclass(frozen=True, slots=True)
class RetentionConfig:
    """[retention]: how long deleted rows stay."""

    default_deleted_retention_hours: int = _integer(168, 0, 1_000_000)
    check_interval_seconds: float = _seconds(3_600.0, 1, _DAY_SECONDS)


@dataclass(frozen=True, slots=True)
class JobsConfig:
    """[jobs]: background work."""

    retention_days: int = _integer(30, 1, 3_650)
    cleanup_schedule: str = _key("0 0 * * *", Schedule())
    ended_rows_max: int = _integer(100_000, 100, 10_000_000)


@dataclass(frozen=True, slots=True)
class TransactionConfig:
    """[transaction]: limits of a transaction block."""

    bytes_max: int = _integer(512 * _MIB, _MIB, 1 << 50)
    bytes_total_max: int = _integer(2 * _GIB, _MIB, 1 << 50)
    locks_max: int = _integer(1_000_000, 1_000, 1_000_000_000)
    recent_writes_max: int = _integer(100_000, 1_000, 1_000_000_000)


@dataclass(frozen=True, slots=True)
class CopyConfig:
    """[copy]: COPY FROM."""

    direct_bytes: int = _integer(_MIB, 0, _GIB)
    threads: int = _integer(2, 1, 64)


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """[metrics]: figures for Prometheus."""

    host: str = _key("127.0.0.1", Text())
    port: int = _integer(0, 0, 65_535)
    tables_max: int = _integer(1_000, 0, 1_000_000)


@dataclass(frozen=True, slots=True)
class LoggingConfig:
    """[logging]: the log on standard error."""

    level: Literal["debug", "info", "warning", "error"] = _key(
        "info", Choice(("debug", "info", "warning", "error"))
    )
    format: Literal["text", "json"] = _key("text", Choice(("text", "json")))


@dataclass(frozen=True, slots=True)
class Config:
    """All start-up settings of one server."""

    server: ServerConfig = ServerConfig()
    tls: TlsConfig = TlsConfig()
    storage: StorageConfig = StorageConfig()
    rocksdb: RocksdbConfig = RocksdbConfig()
    duckdb: DuckdbConfig = DuckdbConfig()
    cache: CacheConfig = CacheConfig()
    flush: FlushConfig = FlushConfig()
    compaction: CompactionConfig = CompactionConfig()
    retention: RetentionConfig = RetentionConfig()
    jobs: JobsConfig = JobsConfig()
    transaction: TransactionConfig = TransactionConfig()
    copy: CopyConfig = CopyConfig()
    metrics: MetricsConfig = MetricsConfig()
    logging: LoggingConfig = LoggingConfig()

    @property
    def data_dir(self) -> Path:
        return Path(self.storage.data_dir)

"""The settings of each layer, from the configuration."""

from __future__ import annotations

import os

from kalampg.config import Config
from kalampg.engine import CopySettings, DuckSettings, ExecutorSettings
from kalampg.jobs import AutoFlushSettings, BackgroundSettings, JobRowSettings, UpkeepSettings
from kalampg.jobs.write_pressure import PressureSettings
from kalampg.metrics import MetricsSettings
from kalampg.net.listener import ListenerSettings
from kalampg.storage import (
    DurabilitySettings,
    FlushSettings,
    RequestLimits,
    Store,
    StoreSettings,
)
from kalampg.storage.compaction_policy import CompactionPolicy


def store_settings(config: Config) -> StoreSettings:
    return StoreSettings(
        node_id=config.flush.node_id,
        block_cache_bytes=config.rocksdb.block_cache_bytes,
        manifest_cache_bytes=config.cache.manifest_bytes,
        cold_cache_bytes=config.cache.cold_bytes,
        object_cache_bytes=config.cache.object_bytes,
        stale_copies_max=config.storage.manifest_copies_pending_max,
        durability=DurabilitySettings(
            mode=config.rocksdb.sync,
            inline_sync_ms_max=config.rocksdb.inline_sync_microseconds_max / 1000,
        ),
    )


def request_limits(config: Config) -> RequestLimits:
    return RequestLimits(
        request_seconds_max=config.storage.request_timeout_seconds,
        pause_seconds=config.storage.timeout_pause_seconds,
    )


def background_settings(config: Config) -> BackgroundSettings:
    flush = config.flush
    return BackgroundSettings(
        sizes=FlushSettings(segment_rows_max=flush.segment_rows_max),
        automatic=AutoFlushSettings(
            default_row_threshold=flush.default_row_threshold,
            default_interval_seconds=flush.default_interval_seconds,
            hot_bytes_per_table_max=flush.hot_bytes_per_table_max,
            hot_bytes_total_max=flush.hot_bytes_total_max,
            alert_after_failures=flush.alert_after_failures,
        ),
        upkeep=upkeep_settings(config),
        jobs=JobRowSettings(
            retention_days=config.jobs.retention_days,
            cleanup_schedule=config.jobs.cleanup_schedule,
            ended_rows_max=config.jobs.ended_rows_max,
        ),
        pressure=PressureSettings(
            hot_bytes_slow=flush.hot_bytes_slow,
            hot_bytes_refused=flush.hot_bytes_refused,
            level0_files_slow=config.rocksdb.level0_files_slow,
            free_bytes_min=config.storage.min_free_bytes,
            delay_s_max=flush.write_delay_seconds_max,
            check_interval_s=config.storage.space_check_interval_seconds,
        ),
        copy_interval_s=config.storage.manifest_copy_interval_seconds,
        shutdown_timeout_s=flush.job_shutdown_timeout_seconds,
    )


def upkeep_settings(config: Config) -> UpkeepSettings:
    compaction, retention = config.compaction, config.retention
    return UpkeepSettings(
        compacts=compaction.enabled,
        policy=CompactionPolicy(
            same_size_max=compaction.same_size_segments_max,
            marked_percent_max=compaction.marked_percent_max,
            overlap_max=compaction.overlap_max,
            segment_rows_max=config.flush.segment_rows_max,
        ),
        deleted_retention_hours=retention.default_deleted_retention_hours,
        retention_interval_s=retention.check_interval_seconds,
    )


def executor_settings(config: Config) -> ExecutorSettings:
    return ExecutorSettings(
        transaction_bytes_max=config.transaction.bytes_max,
        transactions_bytes_max=config.transaction.bytes_total_max,
        locks_max=config.transaction.locks_max,
        recent_writes_max=config.transaction.recent_writes_max,
        hot_cache_bytes=config.cache.hot_bytes,
        copies=CopySettings(config.copy.threads, config.flush.segment_rows_max),
    )


def duck_settings(config: Config, store: Store) -> DuckSettings:
    return DuckSettings(
        connections=config.duckdb.connections,
        threads=config.duckdb.threads or os.cpu_count() or 1,
        memory_limit=f"{config.duckdb.memory_limit_bytes}B",
        scan_directories=store.files.directories,
    )


def listener_settings(config: Config) -> ListenerSettings:
    server = config.server
    return ListenerSettings(
        host=server.host,
        port=server.port,
        connections_max=server.max_connections,
        connections_per_role_max=server.max_connections_per_role,
        authentication=server.authentication,
        authentication_timeout_s=server.authentication_timeout_seconds,
        message_bytes_max=server.message_bytes_max,
    )


def metrics_settings(config: Config) -> MetricsSettings:
    metrics = config.metrics
    return MetricsSettings(metrics.host, metrics.port, metrics.tables_max)

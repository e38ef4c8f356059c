"""Metric families of hand-made figures, compared with hand-written exposition lines."""

from __future__ import annotations

import pytest

from kalampg.metrics import Figures, MetricsEndpoint, MetricsSettings, TableFigures, families


def _table(name: str, hot_bytes: int) -> TableFigures:
    return TableFigures(name, 1, hot_bytes, flushes=3, failures=0, is_paused=False)


FIGURES = Figures(
    connections=4,
    log_written=10,
    log_synced=9,
    disk_free_bytes=77,
    write_delay_s=0.5,
    tables=(_table("app.small", 1), _table("app.big", 50), _table("app.middle", 7)),
    jobs={("flush", "running"): 2},
    alerts={"flush": 1},
)


def test_tables_beyond_the_limit_count_in_the_sums_only() -> None:
    samples = [sample for family in families(FIGURES, 2) for sample in family.samples]
    named = [sample for sample in samples if sample.name == "kalampg_table_hot_bytes"]
    assert [(sample.labels["table"], sample.value) for sample in named] == [
        ("app.big", 50),
        ("app.middle", 7),
    ]
    assert [sample.value for sample in samples if sample.name == "kalampg_hot_bytes"] == [58]


def test_each_figure_has_one_family_of_its_name() -> None:
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families(FIGURES, 0)
        for sample in family.samples
    }
    assert samples["kalampg_jobs", "flush", "running"] == 2
    assert samples["kalampg_alerts", "flush"] == 1
    assert samples["kalampg_connections",] == 4
    assert samples["kalampg_disk_free_bytes",] == 77
    assert samples["kalampg_write_delay_seconds",] == 0.5
    assert samples["kalampg_log_commits_written_total",] == 10


@pytest.mark.asyncio
async def test_port_zero_opens_nothing_and_closes_quietly() -> None:
    endpoint = MetricsEndpoint(MetricsSettings(port=0), lambda: FIGURES)
    endpoint.open()
    assert endpoint.port is None
    await endpoint.close()
    assert endpoint.port is None

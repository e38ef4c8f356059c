"""The Prometheus endpoint of a running server: off unless asked for, true, and silent about rows.

What it says is read with the client library's own parser and compared with SQL over the wire.
"""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fix_server import StartServer

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _scrape(port: int) -> tuple[str, Samples]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return text, samples


def test_a_scrape_says_what_the_system_relations_say(start_server: StartServer) -> None:
    port = _free_port()
    server = start_server(environment={"KALAMPG_METRICS_PORT": str(port)})
    with server.connect() as root, server.connect():
        root.execute("CREATE NAMESPACE app")
        root.execute("CREATE USER TABLE app.notes (id INT PRIMARY KEY, body TEXT) FLUSH OFF")
        root.execute("INSERT INTO app.notes VALUES (1, 'a secret'), (2, 'another')")
        hot = root.execute(
            "SELECT hot_rows, hot_bytes FROM system.flush_status WHERE table_name = 'notes'"
        ).fetchone()
        text, samples = _scrape(port)
    table = (("table", "app.notes"),)
    assert samples["kalampg_up", ()] == 1
    assert samples["kalampg_connections", ()] == 2
    assert hot == (
        samples["kalampg_table_hot_rows", table],
        samples["kalampg_table_hot_bytes", table],
    )
    assert samples["kalampg_hot_rows", ()] == 2
    assert samples["kalampg_log_commits_synced_total", ()] > 0
    assert "secret" not in text
    assert "root" not in text


def test_a_server_that_was_not_asked_for_metrics_answers_nowhere(start_server: StartServer) -> None:
    port = _free_port()
    start_server()
    with pytest.raises(urllib.error.URLError):
        _scrape(port)


def test_a_port_in_use_keeps_the_server_from_starting(start_server: StartServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError, match=f"cannot answer metrics on 127.0.0.1:{port}"):
            start_server(environment={"KALAMPG_METRICS_PORT": str(port)})

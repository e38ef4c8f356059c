"""A kalampg server in a child process, with roles to connect as.

``server`` is shared by a whole test session; ``start_server`` gives a test servers of its own.
Names of roles and namespaces come from ``fresh_name``: tests that share a server do not meet.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from conformance.server_process import Connection, ServerProcess

StartServer = Callable[..., ServerProcess]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers in this test's own directory; stops what is left of them at the end."""
    started: list[ServerProcess] = []

    def start(name: str = "data", **options: Any) -> ServerProcess:
        started.append(ServerProcess(tmp_path / name, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests that do not restart it."""
    running = ServerProcess(tmp_path_factory.mktemp("server") / "data")
    yield running
    assert running.process.poll() is None, f"the server died: {running.log()[-4000:]}"
    running.stop()


_numbers = count(1)


@pytest.fixture
def fresh_name() -> Callable[[str], str]:
    """Names that no other test of this session uses."""
    return lambda stem: f"{stem}_{next(_numbers)}"


@dataclass(frozen=True, slots=True)
class Person:
    """A role with a way to connect as it."""

    name: str
    connect: Callable[..., AbstractContextManager[Connection]]


@pytest.fixture
def alice(server: ServerProcess, fresh_name: Callable[[str], str]) -> Person:
    name = server.create_role(fresh_name("alice"))
    return Person(name, lambda **options: server.connect(name, **options))


@pytest.fixture
def bob(server: ServerProcess, fresh_name: Callable[[str], str]) -> Person:
    name = server.create_role(fresh_name("bob"))
    return Person(name, lambda **options: server.connect(name, **options))


@pytest.fixture(scope="session")
def psql() -> str:
    """The psql program; missing, it skips here and fails in CI."""
    found = shutil.which("psql")
    if found is None:
        assert "KALAMPG_TEST_REQUIRE_CLIENTS" not in os.environ, "psql is not installed"
        pytest.skip("psql is not installed")
    return found

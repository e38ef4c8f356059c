"""Client libraries on two servers: PostgreSQL 15 shows what a test expects, kalampg must agree."""

from __future__ import annotations

import os
from collections.abc import Iterator

import django
import psycopg
import pytest

from conformance.postgres import Postgres
from conformance.server_process import ServerProcess

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.clients.django_settings"
django.setup()


@pytest.fixture(scope="session")
def servers(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Connection strings of roles that may create tables, where no other test looks."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE clients")
    with ServerProcess(tmp_path_factory.mktemp("clients") / "data") as server:
        yield {"postgres": postgres.dsn("clients"), "kalampg": server.dsn()}


@pytest.fixture(params=["postgres", "kalampg"])
def server_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def dsn(server_name: str, servers: dict[str, str]) -> str:
    """A connection string of a role that may create tables."""
    return servers[server_name]

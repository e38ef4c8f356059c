"""Client libraries on two servers: PostgreSQL 15 shows what a test expects, kalampg must agree."""

from __future__ import annotations

import os

import django
import pytest

from conformance.postgres import Postgres
from conformance.server_process import ServerProcess

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.clients.django_settings"
django.setup()


@pytest.fixture(params=["postgres", "kalampg"])
def server_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def dsn(server_name: str, server: ServerProcess, postgres: Postgres) -> str:
    """A connection string of a role that may create tables."""
    return server.dsn() if server_name == "kalampg" else postgres.dsn()

"""A PostgreSQL 15 to compare with; without the package it skips here and fails in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from conformance.postgres import Postgres, is_installed


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if not is_installed():
        assert "KALAMPG_TEST_REQUIRE_CLIENTS" not in os.environ, "PostgreSQL 15 is not installed"
        pytest.skip("PostgreSQL 15 is not installed")
    with Postgres() as running:
        yield running

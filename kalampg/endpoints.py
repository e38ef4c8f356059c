"""Endpoints: the two ends of a client's connection, as their addresses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Hosts as numbers with dots or colons; None where nobody is connected."""

    client_host: str | None = None
    client_port: int | None = None
    server_host: str | None = None
    server_port: int | None = None

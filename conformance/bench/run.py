"""``make bench``: the same work on PostgreSQL 15 and on kalampg, in turn, and the ratios.

Both run on this machine with their default settings, on temporary directories, over TCP without
TLS. The rounds are interleaved, so that a slow minute of the machine hits both sides; a figure is
the median of its rounds. Only the ratios mean something on another machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from conformance.bench.measure import MEASUREMENTS
from conformance.bench.sides import Side, load
from conformance.postgres import PASSWORD, ROLE, Postgres, Unavailable, install
from conformance.server_process import ROOT_PASSWORD, ServerProcess

LATEST = Path(__file__).with_name("latest.json")


@contextmanager
def _both() -> Iterator[tuple[Side, Side]]:
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kalampg-bench-"))
        kalampg = stack.enter_context(ServerProcess(Path(folder) / "data"))
        yield (
            Side("PostgreSQL 15", postgres.port, ROLE, PASSWORD, "postgres", is_kalampg=False),
            Side("kalampg", kalampg.port, "root", ROOT_PASSWORD, "kalam", is_kalampg=True),
        )


def _measure(seconds: float, rounds: int, only: str) -> dict[str, dict[str, list[float]]]:
    figures: dict[str, dict[str, list[float]]] = {}
    with _both() as sides:
        for side in sides:
            started = time.monotonic()
            load(side)
            _say(f"loaded {side.name} in {time.monotonic() - started:.1f} s")
        for measurement in MEASUREMENTS:
            if only not in measurement.name:
                continue
            rows: dict[str, list[float]] = {side.name: [] for side in sides}
            for _ in range(rounds):
                for side in sides:
                    rows[side.name].append(measurement.measure(side, seconds))
            figures[measurement.name] = rows
            _say(f"measured {measurement.name}")
    return figures


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print(figures: dict[str, dict[str, list[float]]]) -> None:
    units = {measurement.name: measurement.unit for measurement in MEASUREMENTS}
    print(f"{'':36} {'PostgreSQL 15':>14} {'kalampg':>14} {'ratio':>7}")
    for name, rows in figures.items():
        ours, theirs = median(rows["kalampg"]), median(rows["PostgreSQL 15"])
        print(f"{name:36} {theirs:>14,.0f} {ours:>14,.0f} {ours / theirs:>7.2f}  {units[name]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="conformance.bench.run")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one measurement (5)")
    parser.add_argument("--rounds", type=int, default=2, help="measurements of each side (2)")
    parser.add_argument("--only", default="", help="measurements whose name contains this")
    parser.add_argument("--json", type=Path, default=LATEST, help="file for the figures")
    chosen = parser.parse_args()
    try:
        install()
    except Unavailable as failure:
        _say(f"bench: {failure}")
        return 1
    figures = _measure(chosen.seconds, chosen.rounds, chosen.only)
    _print(figures)
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    chosen.json.write_text(json.dumps({"machine": machine, "figures": figures}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

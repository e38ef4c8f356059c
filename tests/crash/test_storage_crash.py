"""The store is killed at every fail point, and at random, and opened again.

Goal: every acknowledged row is there exactly once, no other row is, no object outside the manifest
remains, and a second recovery changes nothing.
Method: ``storage_workload.py`` prints what it is about to commit and what was acknowledged; it dies
at an armed fail point or by SIGKILL. The oracle replays the printed lines into a dict; the commit
that was under way may have happened or not, but not by half.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kalampg.clock import SystemClock
from kalampg.failpoints import FAILPOINTS
from kalampg.storage import Store
from tests.fix_storage import Table, make_relation, objects, scope_of

pytestmark = pytest.mark.crash

ROOT = Path(__file__).parents[2]
WORKLOAD = "tests.crash.storage_workload"
ARMED_EXIT = 91
# The fail points of the layer; jobs have more (``matrix.py``).
REACHED = [
    name
    for name in FAILPOINTS
    if name.partition("-")[0] in {"commit", "flush", "segment", "compaction", "drop"}
]


def _start(directory: Path, failpoint: str, nth: int, seed: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", WORKLOAD, str(directory), failpoint, str(nth), str(seed)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _possible_states(lines: list[str]) -> list[dict[int, str]]:
    """Return what the rows may be: without and with the commit that was not acknowledged."""
    rows: dict[int, str] = {}
    pending: str | None = None
    for line in lines:
        if line.startswith("try "):
            pending = line.removeprefix("try ")
        elif line == pending:
            rows = _apply(rows, line)
            pending = None
    return [rows] if pending is None else [rows, _apply(rows, pending)]


def _apply(rows: dict[int, str], line: str) -> dict[int, str]:
    if line == "drop":
        return {}
    _, key, text = line.split()
    return {**rows, int(key): text}


def _check_recovered(directory: Path, lines: list[str]) -> None:
    tree = None
    for _ in range(2):  # the second recovery changes nothing
        store = Store.open(directory, clock=SystemClock())
        try:
            table = Table(store, make_relation(20, 25))
            table.write_copies()
            live = table.live(scope_of())
            assert live in [sorted(rows.items()) for rows in _possible_states(lines)]
            segments = store.manifest(scope_of()).segments
            assert objects(store.root) == {segment.path for segment in segments}
            assert store.recovery.missing == ()
            assert table.verify() == []
            if segments:
                copy = (store.root / segments[-1].path).with_name("manifest.json")
                listed = json.loads(copy.read_text())["segments"]
                superseded = [sum(b - a + 1 for a, b in each["superseded"]) for each in listed]
                marks = store.manifest(scope_of()).marks_of
                assert superseded == [len(marks(each.segment_id)) for each in segments]
                assert [entry["path"] for entry in listed] == [each.path for each in segments]
            found = live, sorted(path for path in store.root.rglob("*"))
            if tree is not None:
                assert (store.recovery.orphans_removed, store.recovery.stale_copies) == (0, ())
                assert found == tree
            tree = found
        finally:
            store.close()


@pytest.mark.parametrize("nth", [1, pytest.param(4, marks=pytest.mark.matrix)])
@pytest.mark.parametrize("failpoint", REACHED)
def test_nothing_is_lost_or_doubled_by_a_crash_at(tmp_path: Path, failpoint: str, nth: int) -> None:
    child = _start(tmp_path, failpoint, nth, seed=7)
    output, _ = child.communicate(timeout=60)
    assert child.returncode == ARMED_EXIT, f"the workload never reached {failpoint}"
    _check_recovered(tmp_path, output.splitlines())


def test_a_crash_of_the_recovery_itself_is_recovered(tmp_path: Path) -> None:
    child = _start(tmp_path, "flush-before-publish", 1, seed=7)
    lines = child.communicate(timeout=60)[0].splitlines()
    again = _start(tmp_path, "recovery-before-orphans", 1, seed=7)
    assert again.communicate(timeout=60)[0] == "", "it dies before it is open"
    assert again.returncode == ARMED_EXIT
    _check_recovered(tmp_path, lines)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_lost_or_doubled_by_sigkill(tmp_path: Path, seed: int) -> None:
    child = _start(tmp_path, "", 0, seed)
    assert child.stdout is not None
    lines = []
    for line in child.stdout:
        lines.append(line.rstrip("\n"))
        if len(lines) == 40 * seed:
            child.send_signal(signal.SIGKILL)
    child.wait(timeout=60)
    child.stdout.close()
    assert child.returncode == -signal.SIGKILL
    _check_recovered(tmp_path, lines)

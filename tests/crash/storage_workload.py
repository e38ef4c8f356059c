"""The child process of the storage crash tests: works on a store and says what was acknowledged.

Each line of its output is ``put KEY TEXT`` or ``drop``, written after the commit was synced; a line
``try ...`` before it says what is about to be committed. Usage: DIRECTORY FAILPOINT NTH SEED.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from kalampg.clock import SystemClock
from kalampg.failpoints import NO_FAILPOINTS, ArmedFailpoint, Failpoints
from kalampg.storage import FlushSettings, Store, WriteBatch
from tests.fix_storage import Table, everything, make_relation, scope_of

STEPS = 400
KEYS = 40
SIZES = FlushSettings(row_group_rows=4, segment_rows_max=8)


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main(directory: str, failpoint: str, nth: int, seed: int) -> None:
    failpoints: Failpoints = ArmedFailpoint(failpoint, nth) if failpoint else NO_FAILPOINTS
    store = Store.open(Path(directory), clock=SystemClock(), failpoints=failpoints)
    table = Table(store, make_relation(20, 25))
    scope = scope_of()
    random_source = random.Random(seed)
    say("open")
    for step in range(STEPS):
        choice = random_source.random()
        if choice < 0.06:
            table.flush(scope, SIZES)
        elif choice < 0.09:
            table.compact(scope, everything, settings=SIZES)
            store.gate.sync()
            store.remove_garbage()
        elif choice < 0.11:
            say("try drop")
            batch = WriteBatch()
            batch.drop_table(scope.table_id)
            store.commit(batch)
            store.gate.sync()
            say("drop")
            store.remove_garbage()
        else:
            key, text = random_source.randrange(KEYS), f"s{step}"
            say(f"try put {key} {text}")
            table.put(scope, (key, text))
            store.gate.sync()
            say(f"put {key} {text}")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

"""``make conformance STORE=ceph``: the tests of storages against a real object store."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from conformance import ceph
from conformance.postgres import Unavailable
from conformance.server_process import ROOT

# The tests that make an S3 storage, and of the crash matrix the cases on S3.
_SUITES = (
    ("tests/integration/test_storages.py", "tests/integration/test_storage_life.py"),
    ("tests/crash/test_server_crash.py", "-k", "s3"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", choices=["ceph"])
    store = parser.parse_args().store
    try:
        ceph.install()
    except Unavailable as failure:
        print(failure, file=sys.stderr)
        return 2
    environment = {**os.environ, "KALAMPG_TEST_OBJECT_STORE": store}
    codes = [
        subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "", *suite],
            cwd=ROOT,
            env=environment,
            check=False,
        ).returncode
        for suite in _SUITES
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())

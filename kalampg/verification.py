"""``kalampg verify``: checks a data directory that no server uses, and reports.

The directory is opened as the server opens it, so that what a crash has left behind is cleared away
first; a directory that a server holds is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from kalampg import errors
from kalampg.catalog import load
from kalampg.catalog.segment_places import table_folders
from kalampg.clock import SystemClock
from kalampg.engine.row_functions import RowFunctions
from kalampg.storage import Finding, Store, verify_directory
from kalampg.storage.credentials import CredentialVault
from kalampg.storage.object_stores import ObjectStores

_OK: Final = 0
_FAILED: Final = 1


def verify(data_dir: Path, write_line: Callable[[str], None]) -> int:
    """Check every table, write a line for each finding, and return the exit code.

    Raises:
        PgError: the directory cannot be opened or read.
    """
    if not data_dir.is_dir():
        raise errors.IoError(f'data directory "{data_dir}" does not exist')
    clock = SystemClock()
    store = Store.open(data_dir, clock=clock)
    store.compile_function = RowFunctions().compile
    try:
        catalog = load(store.read_all("catalog"))
        store.files.connect(ObjectStores(CredentialVault(data_dir), catalog.storage, clock))
        relations = catalog.tables.values()
        if store.recovery.orphans_removed:
            write_line(f"removed {store.recovery.orphans_removed} object(s) that nobody names")
        failures = 0
        folders_of = partial(table_folders, catalog)
        for report in verify_directory(store, list(relations), folders_of):
            write_line(f"{report.table_name or 'no table'}:")
            for finding in report.findings:
                failures += not finding.is_ok
                write_line(_line(finding))
    finally:
        store.close()
    write_line("all is well" if not failures else f"{failures} failure(s)")
    return _FAILED if failures else _OK


def _line(finding: Finding) -> str:
    status = "ok    " if finding.is_ok else "FAILED"
    user = f' user "{finding.user_id}"' if finding.user_id else ""
    segment = f" segment {finding.segment_id}" if finding.segment_id is not None else ""
    return f"  {status} {finding.check.value}{user}{segment}: {finding.detail}"

"""``pg_locks``: rows, whole tables and advisory numbers that sessions hold or wait for.

The source gives ``(pid, table OID or None, is whole table, advisory key or None, lock mode, is
granted)``; the advisory key is ``(classid, objid, objsubid)``, the mode is PostgreSQL's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.fixed_oids import DATABASE_OID
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for pid, table_id, is_whole, advisory, mode, is_granted in view.locks():
        classid, objid, objsubid = (None, None, None) if advisory is None else advisory
        kind = "advisory" if advisory is not None else "relation" if is_whole else "tuple"
        yield {
            "locktype": kind,
            "database": DATABASE_OID,
            "relation": table_id,
            "classid": classid,
            "objid": objid,
            "objsubid": objsubid,
            "pid": pid,
            "mode": mode,
            "granted": is_granted,
            "fastpath": False,
        }


PG_LOCKS: Final = shaped(
    "pg_catalog",
    "pg_locks",
    12073,
    """
    locktype:text database:oid relation:oid page:int4 tuple:int2 virtualxid:text
    transactionid:oid classid:oid objid:oid objsubid:int2 virtualtransaction:text pid:int4
    mode:text granted:bool fastpath:bool waitstart:timestamptz
    """,
    _rows,
    is_null_by_default=True,
)

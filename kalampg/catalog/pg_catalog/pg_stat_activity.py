"""``pg_stat_activity``: sessions.

The source gives ``(pid, role name, application name, client address, client port, backend start,
transaction start, query start, state, query)``; other roles' queries are only for dba and system.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import RoleClass
from kalampg.catalog.pg_catalog.fixed_oids import DATABASE_OID
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    is_dba = view.role_class in {RoleClass.DBA, RoleClass.SYSTEM}
    for session in view.activity():
        pid, role_name, application, address, port, start, in_transaction, since, state, text = (
            session
        )
        role = view.catalog.role(role_name)
        is_visible = is_dba or role_name == view.role_name
        yield {
            "datid": DATABASE_OID,
            "datname": view.database,
            "pid": pid,
            "leader_pid": None,
            "usesysid": None if role is None else role.oid,
            "usename": role_name,
            "application_name": application if is_visible else None,
            "client_addr": address if is_visible else None,
            "client_port": port if is_visible else None,
            "backend_start": start if is_visible else None,
            "xact_start": in_transaction if is_visible else None,
            "query_start": since if is_visible else None,
            "state": state if is_visible else None,
            "query_id": None,
            "query": text if is_visible else "<insufficient privilege>",
            "backend_type": "client backend",
        }


PG_STAT_ACTIVITY: Final = shaped(
    "pg_catalog",
    "pg_stat_activity",
    12222,
    """
    datid:oid datname:name pid:int4 leader_pid:int4 usesysid:oid usename:name
    application_name:text client_addr:text client_hostname:text client_port:int4
    backend_start:timestamptz xact_start:timestamptz query_start:timestamptz
    state_change:timestamptz wait_event_type:text wait_event:text state:text backend_xid:oid
    backend_xmin:oid query_id:int8 query:text backend_type:text
    """,
    _rows,
)

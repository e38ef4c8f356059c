"""Identities that several layers share, as types that cannot be mixed up."""

from __future__ import annotations

from typing import NewType

Oid = NewType("Oid", int)
TableId = NewType("TableId", int)  # never reused; also the table's OID
ColumnId = NewType("ColumnId", int)  # stable inside one table, never reused; the Parquet field id
UserId = NewType("UserId", str)  # a role name; empty for the one scope of a shared table
SegmentId = NewType("SegmentId", int)
JobId = NewType("JobId", str)
BackendPid = NewType("BackendPid", int)

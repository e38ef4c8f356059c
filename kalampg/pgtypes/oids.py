"""OIDs of PostgreSQL's built-in types, as its catalog assigns them.

Source: PostgreSQL 15, ``pg_type.dat``.
"""

from __future__ import annotations

from typing import Final

BOOL: Final = 16
BYTEA: Final = 17
CHAR: Final = 18  # The one-byte type "char", not character(n).
NAME: Final = 19
INT8: Final = 20
INT2: Final = 21
INT2VECTOR: Final = 22
INT4: Final = 23
REGPROC: Final = 24
TEXT: Final = 25
OID: Final = 26
XID: Final = 28
OIDVECTOR: Final = 30
JSON: Final = 114
FLOAT4: Final = 700
FLOAT8: Final = 701
UNKNOWN: Final = 705
BPCHAR: Final = 1042
VARCHAR: Final = 1043
DATE: Final = 1082
TIME: Final = 1083
TIMESTAMP: Final = 1114
TIMESTAMPTZ: Final = 1184
INTERVAL: Final = 1186
TIMETZ: Final = 1266
NUMERIC: Final = 1700
REGPROCEDURE: Final = 2202
REGCLASS: Final = 2205
REGTYPE: Final = 2206
RECORD: Final = 2249
RECORD_ARRAY: Final = 2287
VOID: Final = 2278
UUID: Final = 2950
JSONB: Final = 3802
REGNAMESPACE: Final = 4089
REGROLE: Final = 4096

INT_LIKE: Final = frozenset({INT2, INT4, INT8})
OID_LIKE: Final = frozenset(
    {OID, XID, REGPROC, REGPROCEDURE, REGCLASS, REGTYPE, REGNAMESPACE, REGROLE}
)
TEXT_LIKE: Final = frozenset({TEXT, VARCHAR, BPCHAR, NAME, UNKNOWN})

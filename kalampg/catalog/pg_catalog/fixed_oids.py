"""OIDs that PostgreSQL 15 gives to objects which every database has."""

from __future__ import annotations

from typing import Final

PG_CLASS_OID: Final = 1259
PG_ATTRDEF_OID: Final = 2604
HEAP_OID: Final = 2
BTREE_OID: Final = 403
INTERNAL_LANGUAGE_OID: Final = 12
DATABASE_OID: Final = 5
DEFAULT_TABLESPACE_OID: Final = 1663
GLOBAL_TABLESPACE_OID: Final = 1664
# OID, name, provider (default or libc), locale.
COLLATIONS: Final = (
    (100, "default", "d", None),
    (950, "C", "c", "C"),
    (951, "POSIX", "c", "POSIX"),
)

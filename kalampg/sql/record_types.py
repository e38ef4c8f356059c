"""Row types of anonymous records: the type modifier of a record says which one it has.

PostgreSQL numbers the row types that a session meets in the same way. Here only
``information_schema._pg_expandarray`` gives records, of the fields ``x`` (an element) and ``n``
(its number), so the number of a row type is the OID of its ``x``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kalampg.sql.operators import INT4

RECORD_FUNCTION: Final = "_pg_expandarray"
RECORD_SCHEMA: Final = "information_schema"


def fields_of(typmod: int) -> Mapping[str, int]:
    """The fields of a record with that modifier, by name; none if its row type is not known.

    >>> fields_of(21)
    {'x': 21, 'n': 23}
    """
    return {"x": typmod, "n": INT4} if typmod > 0 else {}

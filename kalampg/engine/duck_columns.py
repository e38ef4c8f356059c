"""Result columns of DuckDB queries: which PostgreSQL type a DuckDB type is shown as.

The binder knows most of them (``column_hints``); DuckDB is asked for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes import type_of
from kalampg.sql.plan import ResultColumn

# int128 comes from sums of integers, which the rewriter casts where PostgreSQL says numeric.
_OIDS: Final[Mapping[str, int]] = {
    "BOOLEAN": 16, "TINYINT": 21, "SMALLINT": 21, "INTEGER": 23, "BIGINT": 20, "HUGEINT": 20,
    "UTINYINT": 21, "USMALLINT": 23, "UINTEGER": 20, "UBIGINT": 1700, "UHUGEINT": 1700,
    "FLOAT": 700, "DOUBLE": 701, "VARCHAR": 25, "BLOB": 17, "BIT": 25, "DATE": 1082, "TIME": 1083,
    "TIMESTAMP": 1114, "TIMESTAMP_S": 1114, "TIMESTAMP_MS": 1114, "TIMESTAMP_NS": 1114,
    "TIMESTAMP WITH TIME ZONE": 1184, "INTERVAL": 1186, "UUID": 2950, "JSON": 114, "NULL": 25,
    '"NULL"': 25, "VARIANT": 114,
}  # fmt: skip
_DECIMAL: Final = re.compile(r"DECIMAL\(\d+,\s*\d+\)")


def oid_of_duck_type(name: str) -> Oid:
    """The PostgreSQL type of a DuckDB type.

    Raises:
        FeatureNotSupported: 0A000, PostgreSQL has no such type.
    """
    if name.endswith("[]"):
        element = type_of(oid_of_duck_type(name[:-2]))
        if element.array_oid:
            return Oid(element.array_oid)
    elif _DECIMAL.fullmatch(name):
        return Oid(1700)
    elif name in _OIDS:
        return Oid(_OIDS[name])
    raise errors.FeatureNotSupported(
        f"a result column of DuckDB's type {name} cannot be sent",
        hint="Cast it to text, or select its parts.",
    )


def result_columns(
    hints: Sequence[ResultColumn | None], described: Sequence[tuple[str, str]]
) -> tuple[ResultColumn, ...]:
    """What the client is told, the binder's knowledge first."""
    return tuple(
        hint if hint is not None else ResultColumn(name, oid_of_duck_type(kind))
        for hint, (name, kind) in zip(hints, described, strict=True)
    )


def known_columns(hints: Sequence[ResultColumn | None]) -> tuple[ResultColumn, ...] | None:
    """The columns, if the binder knows all of them."""
    columns = tuple(hint for hint in hints if hint is not None)
    return columns if len(columns) == len(hints) else None

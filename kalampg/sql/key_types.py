"""Types whose values have an order-preserving key, as primary keys and indexes need it."""

from __future__ import annotations

from typing import Final

from kalampg import errors
from kalampg.pgtypes.enumerations import is_enumeration
from kalampg.pgtypes.registry import type_of

KEY_TYPES: Final = frozenset(
    {
        16, 17, 18, 19, 20, 21, 23, 25, 26, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1266,
        1700, 2950,
    }
)  # fmt: skip
_JSON: Final = 114


def check_key_type(column_name: str, type_oid: int, what: str) -> None:
    """Raise where a column of this type cannot be in ``what`` ("primary key", "index", ...)."""
    if type_oid in KEY_TYPES or is_enumeration(type_oid):
        return
    name = type_of(type_oid).sql_name
    if type_oid == _JSON:
        raise errors.UndefinedObject(
            f'data type {name} has no default operator class for access method "btree"',
            hint="You must specify an operator class for the index "
            "or define a default operator class for the data type.",
        )
    article = "an" if what == "index" else "a"
    raise errors.FeatureNotSupported(
        f'column "{column_name}" of type {name} cannot be in {article} {what}',
        hint="Use a number, text, boolean, date, time, timestamp, uuid or bytea column.",
    )

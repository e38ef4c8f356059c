"""``pg_enum``: the labels of enumerated types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for enumeration in view.catalog.enumerations.values():
        for label in enumeration.labels:
            yield {
                "oid": label.oid,
                "enumtypid": enumeration.oid,
                "enumsortorder": label.sort_order,
                "enumlabel": label.text,
            }


PG_ENUM: Final = shaped(
    "pg_catalog",
    "pg_enum",
    3501,
    """
    oid:oid enumtypid:oid enumsortorder:float4 enumlabel:name
    """,
    _rows,
)

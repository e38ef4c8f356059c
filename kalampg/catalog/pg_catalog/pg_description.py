"""``pg_description`` and ``pg_shdescription``: comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.comments import DATABASE, living
from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for (class_oid, oid, sub_id), text in living(view.catalog):
        if class_oid != DATABASE:
            yield {
                "objoid": oid,
                "classoid": class_oid,
                "objsubid": sub_id,
                "description": text,
            }


def _shared_rows(view: CatalogView) -> Iterator[NamedRow]:
    for (class_oid, oid, _), text in living(view.catalog):
        if class_oid == DATABASE:
            yield {"objoid": oid, "classoid": class_oid, "description": text}


PG_DESCRIPTION: Final = shaped(
    "pg_catalog",
    "pg_description",
    2609,
    """
    objoid:oid classoid:oid objsubid:int4 description:text
    """,
    _rows,
)

PG_SHDESCRIPTION: Final = shaped(
    "pg_catalog",
    "pg_shdescription",
    2396,
    """
    objoid:oid classoid:oid description:text
    """,
    _shared_rows,
)

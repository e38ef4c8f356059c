"""``pg_cast``: the conversions between types of different kinds that there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.supported import supported_casts
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    for each in supported_casts():
        yield {
            "oid": each.oid,
            "castsource": each.source_oid,
            "casttarget": each.target_oid,
            "castfunc": each.function_oid,
            "castcontext": each.context,
            "castmethod": each.method,
        }


PG_CAST: Final = shaped(
    "pg_catalog",
    "pg_cast",
    2605,
    "oid:oid castsource:oid casttarget:oid castfunc:oid castcontext:char castmethod:char",
    _rows,
)

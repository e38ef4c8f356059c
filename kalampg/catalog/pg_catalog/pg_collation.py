"""``pg_collation``: text is ordered by its bytes, whatever the collation is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import PG_CATALOG_OID, ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.fixed_oids import COLLATIONS
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    for oid, name, provider, locale in COLLATIONS:
        yield {
            "oid": oid,
            "collname": name,
            "collnamespace": PG_CATALOG_OID,
            "collowner": ROOT_ROLE_OID,
            "collprovider": provider,
            "collisdeterministic": True,
            "collencoding": -1,
            "collcollate": locale,
            "collctype": locale,
        }


PG_COLLATION: Final = shaped(
    "pg_catalog",
    "pg_collation",
    3456,
    """
    oid:oid collname:name collnamespace:oid collowner:oid collprovider:char
    collisdeterministic:bool collencoding:int4 collcollate:text collctype:text
    colliculocale:text collversion:text
    """,
    _rows,
)

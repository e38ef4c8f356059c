"""``pg_opclass``: what indexes order their columns by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import PG_CATALOG_OID, ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.fixed_oids import BTREE_OID
from kalampg.catalog.pg_catalog.operator_classes import OPERATOR_CLASSES
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    for each in OPERATOR_CLASSES:
        yield {
            "oid": each.oid,
            "opcmethod": BTREE_OID,
            "opcname": each.name,
            "opcnamespace": PG_CATALOG_OID,
            "opcowner": ROOT_ROLE_OID,
            "opcfamily": each.family_oid,
            "opcintype": each.type_oid,
            "opcdefault": True,
        }


PG_OPCLASS: Final = shaped(
    "pg_catalog",
    "pg_opclass",
    2616,
    """
    oid:oid opcmethod:oid opcname:name opcnamespace:oid opcowner:oid opcfamily:oid
    opcintype:oid opcdefault:bool opckeytype:oid
    """,
    _rows,
)

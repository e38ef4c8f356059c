"""``pg_opfamily``: the families of the operator classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import PG_CATALOG_OID, ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.fixed_oids import BTREE_OID
from kalampg.catalog.pg_catalog.operator_classes import OPERATOR_CLASSES
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    families = {each.family_oid: each.family_name for each in OPERATOR_CLASSES}
    for oid, name in families.items():
        yield {
            "oid": oid,
            "opfmethod": BTREE_OID,
            "opfname": name,
            "opfnamespace": PG_CATALOG_OID,
            "opfowner": ROOT_ROLE_OID,
        }


PG_OPFAMILY: Final = shaped(
    "pg_catalog",
    "pg_opfamily",
    2753,
    """
    oid:oid opfmethod:oid opfname:name opfnamespace:oid opfowner:oid
    """,
    _rows,
)

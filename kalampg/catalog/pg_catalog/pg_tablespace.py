"""``pg_tablespace``: the two that every PostgreSQL has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.fixed_oids import DEFAULT_TABLESPACE_OID, GLOBAL_TABLESPACE_OID
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    yield {"oid": DEFAULT_TABLESPACE_OID, "spcname": "pg_default", "spcowner": ROOT_ROLE_OID}
    yield {"oid": GLOBAL_TABLESPACE_OID, "spcname": "pg_global", "spcowner": ROOT_ROLE_OID}


PG_TABLESPACE: Final = shaped(
    "pg_catalog",
    "pg_tablespace",
    1213,
    """
    oid:oid spcname:name spcowner:oid spcacl:text[] spcoptions:text[]
    """,
    _rows,
)

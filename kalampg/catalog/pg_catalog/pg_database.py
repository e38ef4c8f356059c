"""``pg_database``: the one database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.fixed_oids import DATABASE_OID, DEFAULT_TABLESPACE_OID
from kalampg.catalog.shape import NamedRow, shaped

_ENCODING_UTF8: Final = 6  # PostgreSQL's pg_enc


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    yield {
        "oid": DATABASE_OID,
        "datname": view.database,
        "datdba": ROOT_ROLE_OID,
        "encoding": _ENCODING_UTF8,
        "datlocprovider": "c",
        "datallowconn": True,
        "datconnlimit": -1,
        "dattablespace": DEFAULT_TABLESPACE_OID,
        "datcollate": "C.UTF-8",
        "datctype": "C.UTF-8",
    }


PG_DATABASE: Final = shaped(
    "pg_catalog",
    "pg_database",
    1262,
    """
    oid:oid datname:name datdba:oid encoding:int4 datlocprovider:char datistemplate:bool
    datallowconn:bool datconnlimit:int4 datfrozenxid:oid datminmxid:oid dattablespace:oid
    datcollate:text datctype:text daticulocale:text datcollversion:text datacl:text[]
    """,
    _rows,
)

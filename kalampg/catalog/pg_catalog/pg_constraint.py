"""``pg_constraint``: declared primary keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.numbers import PRIMARY_KEY_CONSTRAINT_OFFSET, PRIMARY_KEY_INDEX_OFFSET
from kalampg.catalog.pg_catalog.declared import declared_key
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        key = declared_key(table)
        if key:
            yield {
                "oid": table.table_id + PRIMARY_KEY_CONSTRAINT_OFFSET,
                "conname": table.primary_key_name,
                "connamespace": view.catalog.namespaces[table.schema_name].oid,
                "contype": "p",
                "convalidated": True,
                "conrelid": table.table_id,
                "conindid": table.table_id + PRIMARY_KEY_INDEX_OFFSET,
                "confupdtype": " ",
                "confdeltype": " ",
                "confmatchtype": " ",
                "conislocal": True,
                "connoinherit": True,
                "conkey": [column.column_id for column in key],
            }


PG_CONSTRAINT: Final = shaped(
    "pg_catalog",
    "pg_constraint",
    2606,
    """
    oid:oid conname:name connamespace:oid contype:char condeferrable:bool condeferred:bool
    convalidated:bool conrelid:oid contypid:oid conindid:oid conparentid:oid confrelid:oid
    confupdtype:char confdeltype:char confmatchtype:char conislocal:bool coninhcount:int4
    connoinherit:bool conkey:int2[] confkey:int2[] conpfeqop:oid[] conppeqop:oid[]
    conffeqop:oid[] confdelsetcols:int2[] conexclop:oid[] conbin:text
    """,
    _rows,
)

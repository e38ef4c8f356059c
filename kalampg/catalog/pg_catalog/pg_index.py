"""``pg_index``: the indexes of declared primary keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.numbers import PRIMARY_KEY_INDEX_OFFSET
from kalampg.catalog.pg_catalog.declared import declared_key
from kalampg.catalog.pg_catalog.operator_classes import operator_class_of
from kalampg.catalog.pg_catalog.type_facts import TYPE_FACTS
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        key = declared_key(table)
        if key:
            yield {
                "indexrelid": table.table_id + PRIMARY_KEY_INDEX_OFFSET,
                "indrelid": table.table_id,
                "indnatts": len(key),
                "indnkeyatts": len(key),
                "indisunique": True,
                "indisprimary": True,
                "indimmediate": True,
                "indisvalid": True,
                "indisready": True,
                "indislive": True,
                "indkey": [column.column_id for column in key],
                "indcollation": [TYPE_FACTS[column.type_oid].collation for column in key],
                "indclass": [operator_class_of(column.type_oid) for column in key],
                "indoption": [0] * len(key),
            }


PG_INDEX: Final = shaped(
    "pg_catalog",
    "pg_index",
    2610,
    """
    indexrelid:oid indrelid:oid indnatts:int2 indnkeyatts:int2 indisunique:bool
    indnullsnotdistinct:bool indisprimary:bool indisexclusion:bool indimmediate:bool
    indisclustered:bool indisvalid:bool indcheckxmin:bool indisready:bool indislive:bool
    indisreplident:bool indkey:int2[] indcollation:oid[] indclass:oid[] indoption:int2[]
    indexprs:text indpred:text
    """,
    _rows,
)

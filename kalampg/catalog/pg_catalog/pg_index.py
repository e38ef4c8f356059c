"""``pg_index``: the indexes of tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.catalog.pg_catalog.operator_classes import operator_class_of
from kalampg.catalog.pg_catalog.type_facts import TYPE_FACTS
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        for index in declared_indexes(table):
            keys, every = index.keys, (*index.keys, *index.included)
            computed = [key.text for key in keys if key.column is None]
            yield {
                "indexrelid": index.oid,
                "indrelid": table.table_id,
                "indnatts": len(every),
                "indnkeyatts": len(keys),
                "indisunique": index.is_unique,
                "indnullsnotdistinct": index.nulls_not_distinct,
                "indisprimary": index.is_primary,
                "indimmediate": not index.is_deferrable,
                "indisvalid": True,
                "indisready": True,
                "indislive": True,
                "indkey": [0 if key.column is None else key.column.column_id for key in every],
                "indcollation": [TYPE_FACTS[key.type_oid].collation for key in keys],
                "indclass": [operator_class_of(key.type_oid) for key in keys],
                "indoption": list(index.options),
                "indexprs": ", ".join(computed) or None,
                "indpred": index.predicate,
            }


PG_INDEX: Final = shaped(
    "pg_catalog",
    "pg_index",
    2610,
    """
    indexrelid:oid indrelid:oid indnatts:int2 indnkeyatts:int2 indisunique:bool
    indnullsnotdistinct:bool indisprimary:bool indisexclusion:bool indimmediate:bool
    indisclustered:bool indisvalid:bool indcheckxmin:bool indisready:bool indislive:bool
    indisreplident:bool indkey:int2[] indcollation:oid[] indclass:oid[] indoption:int2vector
    indexprs:text indpred:text
    """,
    _rows,
)

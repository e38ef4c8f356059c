"""``pg_prepared_statements``: what the session that asks has prepared, by SQL or by the protocol.

The source gives ``(name, text, when in microseconds, OIDs of the parameters' types, whether by
SQL)``. How often which kind of plan ran is not counted: those columns are NULL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for name, text, prepared_us, type_oids, from_sql in view.prepared_statements():
        yield {
            "name": name,
            "statement": text,
            "prepare_time": prepared_us,
            "parameter_types": type_oids,
            "from_sql": from_sql,
        }


PG_PREPARED_STATEMENTS: Final = shaped(
    "pg_catalog",
    "pg_prepared_statements",
    12095,
    """
    name:text statement:text prepare_time:timestamptz parameter_types:regtype[] from_sql:bool
    generic_plans:int8 custom_plans:int8
    """,
    _rows,
    is_null_by_default=True,
)

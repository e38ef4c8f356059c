"""``pg_depend``: which column a sequence goes with, and which defaults take its values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.fixed_oids import PG_ATTRDEF_OID, PG_CLASS_OID
from kalampg.catalog.pg_catalog.pg_attrdef import default_oid
from kalampg.catalog.sequence_references import dependents
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for sequence in view.catalog.sequences.values():
        owner = sequence.owned_by
        if owner is not None:
            yield {
                "classid": PG_CLASS_OID,
                "objid": sequence.sequence_id,
                "refclassid": PG_CLASS_OID,
                "refobjid": owner.table_id,
                "refobjsubid": owner.column_id,
                "deptype": "i" if owner.is_identity else "a",
            }
        if owner is not None and owner.is_identity:
            continue
        for dependent in dependents(view.catalog, sequence):
            yield {
                "classid": PG_ATTRDEF_OID,
                "objid": default_oid(dependent.relation.table_id, dependent.column.column_id),
                "refclassid": PG_CLASS_OID,
                "refobjid": sequence.sequence_id,
                "deptype": "n",
            }


PG_DEPEND: Final = shaped(
    "pg_catalog",
    "pg_depend",
    2608,
    """
    classid:oid objid:oid objsubid:int4 refclassid:oid refobjid:oid refobjsubid:int4
    deptype:char
    """,
    _rows,
)

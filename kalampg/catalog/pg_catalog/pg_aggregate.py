"""``pg_aggregate``: the aggregates among the functions. They run in one piece, without parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.supported import supported_functions
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    for function in supported_functions():
        if function.aggregate_kind:
            yield {
                "aggfnoid": function.oid,
                "aggkind": function.aggregate_kind,
                "aggnumdirectargs": function.direct_arg_count,
                "aggfinalmodify": "r",
                "aggmfinalmodify": "r",
            }


PG_AGGREGATE: Final = shaped(
    "pg_catalog",
    "pg_aggregate",
    2600,
    """
    aggfnoid:regproc aggkind:char aggnumdirectargs:int2 aggtransfn:regproc aggfinalfn:regproc
    aggcombinefn:regproc aggserialfn:regproc aggdeserialfn:regproc aggmtransfn:regproc
    aggminvtransfn:regproc aggmfinalfn:regproc aggfinalextra:bool aggmfinalextra:bool
    aggfinalmodify:char aggmfinalmodify:char aggsortop:oid aggtranstype:oid
    aggtransspace:int4 aggmtranstype:oid aggmtransspace:int4 agginitval:text
    aggminitval:text
    """,
    _rows,
)

"""``pg_proc``: the functions that a client may call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import PG_CATALOG_OID, ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.fixed_oids import INTERNAL_LANGUAGE_OID
from kalampg.catalog.pg_catalog.supported import supported_functions
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    for function in supported_functions():
        yield {
            "oid": function.oid,
            "proname": function.name,
            "pronamespace": PG_CATALOG_OID,
            "proowner": ROOT_ROLE_OID,
            "prolang": INTERNAL_LANGUAGE_OID,
            "procost": function.cost,
            "prorows": function.rows,
            "provariadic": function.variadic_oid,
            "prokind": function.kind,
            "proleakproof": function.is_leakproof,
            "proisstrict": function.is_strict,
            "proretset": function.returns_set,
            "provolatile": function.volatility,
            "proparallel": function.parallel,
            "pronargs": len(function.arg_oids),
            "pronargdefaults": function.default_count,
            "prorettype": function.result_oid,
            "proargtypes": list(function.arg_oids),
            "proallargtypes": function.all_arg_oids,
            "proargmodes": function.arg_modes,
            "proargnames": function.arg_names,
            "prosrc": function.source,
        }


PG_PROC: Final = shaped(
    "pg_catalog",
    "pg_proc",
    1255,
    """
    oid:oid proname:name pronamespace:oid proowner:oid prolang:oid procost:float4
    prorows:float4 provariadic:oid prosupport:regproc prokind:char prosecdef:bool
    proleakproof:bool proisstrict:bool proretset:bool provolatile:char
    proparallel:char pronargs:int2 pronargdefaults:int2 prorettype:oid
    proargtypes:oidvector proallargtypes:oid[] proargmodes:text[] proargnames:text[]
    proargdefaults:text protrftypes:oid[] prosrc:text probin:text prosqlbody:text
    proconfig:text[] proacl:text[]
    """,
    _rows,
)

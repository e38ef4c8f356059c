"""``pg_type``: the types that there are, and the row types of tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import PG_CATALOG_OID, ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.recorded import function_oids
from kalampg.catalog.pg_catalog.type_facts import TYPE_FACTS, TypeFacts, facts_of
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.shown_defaults import shown_default
from kalampg.domain import Domain
from kalampg.ids import Oid
from kalampg.relation import Relation
from kalampg.sql.domain_checks import value_column


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for oid, facts in TYPE_FACTS.items():
        yield _builtin(oid, facts)
    for table in (*view.catalog.tables.values(), *view.catalog.views.values()):
        namespace = view.catalog.namespaces[table.schema_name]
        owner = view.catalog.roles[table.owner]
        yield from _row_types(table, namespace.oid, owner.oid)
    for enumeration in view.catalog.enumerations.values():
        namespace = view.catalog.namespaces[enumeration.schema_name]
        owner = view.catalog.roles[enumeration.owner]
        for oid in filter(None, (enumeration.oid, enumeration.array_oid)):
            yield {
                **_builtin(oid, facts_of(oid)),
                "typnamespace": namespace.oid,
                "typowner": owner.oid,
            }
    for domain in view.catalog.domains.values():
        yield _domain(view, domain)


def _domain(view: CatalogView, domain: Domain) -> NamedRow:
    """As the base type, but for what PostgreSQL never takes from it."""
    parent = domain.base_oid if domain.parent is None else domain.parent
    return {
        **_builtin(domain.base_oid, facts_of(domain.base_oid)),
        "oid": domain.oid,
        "typname": domain.name,
        "typnamespace": view.catalog.namespaces[domain.schema_name].oid,
        "typowner": view.catalog.roles[domain.owner].oid,
        "typtype": "d",
        "typispreferred": False,
        "typsubscript": 0,
        "typelem": 0,
        "typarray": 0,
        "typinput": _function("domain_in"),
        "typreceive": _function("domain_recv"),
        "typmodin": 0,
        "typmodout": 0,
        "typnotnull": domain.not_null,
        "typbasetype": parent,
        "typtypmod": -1 if domain.parent is not None else domain.typmod,
        "typdefault": None
        if domain.default is None
        else shown_default(view.catalog, value_column(domain), view.search_path),
    }


def _function(name: str) -> int:
    return function_oids().get(name, 0)


def _builtin(oid: Oid, facts: TypeFacts) -> NamedRow:
    return {
        "oid": oid,
        "typname": facts.name,
        "typnamespace": PG_CATALOG_OID,
        "typowner": ROOT_ROLE_OID,
        "typlen": facts.length,
        "typbyval": facts.is_by_value,
        "typtype": facts.kind,
        "typcategory": facts.category,
        "typispreferred": facts.is_preferred,
        "typisdefined": True,
        "typdelim": ",",
        "typsubscript": _function(facts.subscript),
        "typelem": facts.element_oid,
        "typarray": facts.array_oid,
        "typinput": _function(f"{facts.prefix}in"),
        "typoutput": _function(f"{facts.prefix}out"),
        "typreceive": _function(f"{facts.prefix}recv"),
        "typsend": _function(f"{facts.prefix}send"),
        "typmodin": _function(facts.typmod_in),
        "typmodout": _function(facts.typmod_out),
        "typalign": facts.align,
        "typstorage": facts.storage,
        "typtypmod": -1,
        "typcollation": facts.collation,
    }


def _row_types(table: Relation, namespace_oid: Oid, owner_oid: Oid) -> Iterator[NamedRow]:
    row_oid, array_oid = table.row_type_oid, table.row_array_oid
    both: NamedRow = {
        "typnamespace": namespace_oid,
        "typowner": owner_oid,
        "typlen": -1,
        "typisdefined": True,
        "typdelim": ",",
        "typalign": "d",
        "typstorage": "x",
        "typtypmod": -1,
    }
    yield {
        **both,
        "oid": row_oid,
        "typname": table.name,
        "typtype": "c",
        "typcategory": "C",
        "typrelid": table.table_id,
        "typarray": array_oid,
        "typinput": _function("record_in"),
        "typoutput": _function("record_out"),
        "typreceive": _function("record_recv"),
        "typsend": _function("record_send"),
    }
    yield {
        **both,
        "oid": array_oid,
        "typname": f"_{table.name}",
        "typtype": "b",
        "typcategory": "A",
        "typsubscript": _function("array_subscript_handler"),
        "typelem": row_oid,
        "typinput": _function("array_in"),
        "typoutput": _function("array_out"),
        "typreceive": _function("array_recv"),
        "typsend": _function("array_send"),
    }


PG_TYPE: Final = shaped(
    "pg_catalog",
    "pg_type",
    1247,
    """
    oid:oid typname:name typnamespace:oid typowner:oid typlen:int2 typbyval:bool
    typtype:char typcategory:char typispreferred:bool typisdefined:bool typdelim:char
    typrelid:oid typsubscript:regproc typelem:oid typarray:oid typinput:regproc
    typoutput:regproc typreceive:regproc typsend:regproc typmodin:regproc typmodout:regproc
    typanalyze:regproc typalign:char typstorage:char typnotnull:bool typbasetype:oid
    typtypmod:int4 typndims:int4 typcollation:oid typdefaultbin:text typdefault:text typacl:text[]
    """,
    _rows,
)

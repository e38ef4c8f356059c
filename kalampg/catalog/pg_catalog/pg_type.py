"""``pg_type``: the types that there are, and the row types of tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import PG_CATALOG_OID, ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.type_facts import TYPE_FACTS, TypeFacts, facts_of
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.ids import Oid
from kalampg.relation import Relation


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
        facts = facts_of(enumeration.oid)
        yield {
            **_builtin(enumeration.oid, facts),
            "typnamespace": namespace.oid,
            "typowner": owner.oid,
        }


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
        "typsubscript": facts.subscript,
        "typelem": facts.element_oid,
        "typarray": facts.array_oid,
        "typinput": f"{facts.prefix}in",
        "typoutput": f"{facts.prefix}out",
        "typreceive": f"{facts.prefix}recv",
        "typsend": f"{facts.prefix}send",
        "typmodin": facts.typmod_in,
        "typmodout": facts.typmod_out,
        "typanalyze": "-",
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
        "typmodin": "-",
        "typmodout": "-",
        "typanalyze": "-",
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
        "typsubscript": "-",
        "typarray": array_oid,
        "typinput": "record_in",
        "typoutput": "record_out",
        "typreceive": "record_recv",
        "typsend": "record_send",
    }
    yield {
        **both,
        "oid": array_oid,
        "typname": f"_{table.name}",
        "typtype": "b",
        "typcategory": "A",
        "typsubscript": "array_subscript_handler",
        "typelem": row_oid,
        "typinput": "array_in",
        "typoutput": "array_out",
        "typreceive": "array_recv",
        "typsend": "array_send",
    }


PG_TYPE: Final = shaped(
    "pg_catalog",
    "pg_type",
    1247,
    """
    oid:oid typname:name typnamespace:oid typowner:oid typlen:int2 typbyval:bool
    typtype:char typcategory:char typispreferred:bool typisdefined:bool typdelim:char
    typrelid:oid typsubscript:text typelem:oid typarray:oid typinput:text typoutput:text
    typreceive:text typsend:text typmodin:text typmodout:text typanalyze:text typalign:char
    typstorage:char typnotnull:bool typbasetype:oid typtypmod:int4 typndims:int4
    typcollation:oid typdefaultbin:text typdefault:text typacl:text[]
    """,
    _rows,
)

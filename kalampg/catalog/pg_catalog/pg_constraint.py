"""``pg_constraint``: declared primary keys, UNIQUE, CHECK and FOREIGN KEY constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.constraint_definitions import check_clause, domain_check_clause
from kalampg.catalog.numbers import PRIMARY_KEY_INDEX_OFFSET
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.constraint import CheckConstraint, ForeignKey
from kalampg.ids import ColumnId
from kalampg.relation import Relation

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    catalog = view.catalog
    for table in catalog.tables.values():
        common = {
            "connamespace": catalog.namespaces[table.schema_name].oid,
            "convalidated": True,
            "conrelid": table.table_id,
            "confupdtype": " ",
            "confdeltype": " ",
            "confmatchtype": " ",
            "conislocal": True,
            "connoinherit": True,
        }
        for index in declared_indexes(table):
            if index.constraint_oid is not None:
                yield {
                    **common,
                    "oid": index.constraint_oid,
                    "conname": index.name,
                    "contype": "p" if index.is_primary else "u",
                    "conindid": index.oid,
                    "condeferrable": index.is_deferrable,
                    "condeferred": index.is_deferred,
                    "conkey": [column.column_id for column in index.columns],
                }
        for constraint in table.constraints:
            own = (
                _check(table, constraint)
                if isinstance(constraint, CheckConstraint)
                else (_foreign_key(catalog, constraint))
            )
            yield {
                **common,
                "oid": constraint.oid,
                "conname": constraint.name,
                "convalidated": constraint.is_validated,
                "conkey": list(constraint.columns),
                **own,
            }
    for domain in catalog.domains.values():
        for check in domain.checks:
            yield {
                "oid": check.oid,
                "conname": check.name,
                "connamespace": catalog.namespaces[domain.schema_name].oid,
                "contype": "c",
                "contypid": domain.oid,
                "convalidated": check.is_validated,
                "confupdtype": " ",
                "confdeltype": " ",
                "confmatchtype": " ",
                "conislocal": True,
                "connoinherit": False,
                "conbin": domain_check_clause(domain, check, is_pretty=False),
            }


def _check(table: Relation, check: CheckConstraint) -> NamedRow:
    clause = check_clause(table, check, is_pretty=False)
    return {"contype": "c", "connoinherit": check.no_inherit, "conbin": clause}


def _foreign_key(catalog: Catalog, key: ForeignKey) -> NamedRow:
    referenced = catalog.table_by_id(key.referenced_table)
    assert referenced is not None, "a table that is referred to is not dropped"
    return {
        "contype": "f",
        "condeferrable": key.is_deferrable,
        "condeferred": key.is_deferred,
        "conindid": _index_of(referenced, key.referenced_columns),
        "confrelid": key.referenced_table,
        "confupdtype": key.on_update.value,
        "confdeltype": key.on_delete.value,
        "confmatchtype": key.match.value,
        "confkey": list(key.referenced_columns),
        "confdelsetcols": list(key.set_columns) or None,
    }


def _index_of(table: Relation, columns: tuple[ColumnId, ...]) -> int:
    """The unique index that a foreign key depends on."""
    for index in declared_indexes(table):
        found = {one.column_id for one in index.columns}
        if index.is_unique and index.is_plain and found == set(columns):
            return index.oid
    return table.table_id + PRIMARY_KEY_INDEX_OFFSET


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

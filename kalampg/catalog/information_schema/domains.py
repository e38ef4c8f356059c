"""``information_schema.domains`` and ``domain_constraints``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.information_schema.type_columns import domain_type_columns
from kalampg.catalog.pg_catalog.type_facts import facts_of
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.shown_defaults import shown_default
from kalampg.domain import Domain
from kalampg.pgtypes import format_type
from kalampg.sql.domain_checks import value_column


def _domains(view: CatalogView) -> Iterator[NamedRow]:
    for domain in view.catalog.domains.values():
        yield {
            **domain_type_columns(view.catalog, view.database, domain),
            **_array(domain),
            "domain_catalog": view.database,
            "domain_schema": domain.schema_name,
            "domain_name": domain.name,
            "domain_default": None
            if domain.default is None
            else shown_default(view.catalog, value_column(domain), view.search_path),
            "dtd_identifier": "1",
        }


def _array(domain: Domain) -> NamedRow:
    """Here an array type is spelled out."""
    is_array = domain.parent is None and facts_of(domain.base_oid).category == "A"
    return {"data_type": format_type(domain.base_oid)} if is_array else {}


def _constraints(view: CatalogView) -> Iterator[NamedRow]:
    for domain in view.catalog.domains.values():
        for check in domain.checks:
            yield {
                "constraint_catalog": view.database,
                "constraint_schema": domain.schema_name,
                "constraint_name": check.name,
                "domain_catalog": view.database,
                "domain_schema": domain.schema_name,
                "domain_name": domain.name,
                "is_deferrable": "NO",
                "initially_deferred": "NO",
            }


DOMAINS: Final = shaped(
    "information_schema",
    "domains",
    13320,
    """
    domain_catalog:name domain_schema:name domain_name:name data_type:varchar
    character_maximum_length:int4 character_octet_length:int4 character_set_catalog:name
    character_set_schema:name character_set_name:name collation_catalog:name
    collation_schema:name collation_name:name numeric_precision:int4
    numeric_precision_radix:int4 numeric_scale:int4 datetime_precision:int4
    interval_type:varchar interval_precision:int4 domain_default:varchar udt_catalog:name
    udt_schema:name udt_name:name scope_catalog:name scope_schema:name scope_name:name
    maximum_cardinality:int4 dtd_identifier:name
    """,
    _domains,
    is_null_by_default=True,
)
DOMAIN_CONSTRAINTS: Final = shaped(
    "information_schema",
    "domain_constraints",
    13310,
    """
    constraint_catalog:name constraint_schema:name constraint_name:name domain_catalog:name
    domain_schema:name domain_name:name is_deferrable:varchar initially_deferred:varchar
    """,
    _constraints,
    is_null_by_default=True,
)

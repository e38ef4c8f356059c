"""CREATE, ALTER and DROP DOMAIN as catalog edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from kalampg import errors
from kalampg.catalog import comments, names, type_records
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.constraint_names import chosen_name
from kalampg.catalog.edit import CatalogEdit, changed, next_oid_write, without_comments
from kalampg.constraint import CheckConstraint
from kalampg.domain import Domain
from kalampg.ids import Oid
from kalampg.relation import Column, Relation
from kalampg.sql.domain_checks import VALUE_COLUMN
from kalampg.sql.domains import lineage


def create_domain(catalog: Catalog, new: Domain) -> CatalogEdit:
    """Add a domain, which has its OID already.

    Raises:
        DuplicateObject: 42710, there is a type, table or view of that name.
    """
    check_type_place(catalog, new.schema_name, new.name)
    return put_domain(catalog, new)


def check_type_place(catalog: Catalog, schema_name: str, name: str) -> None:
    """Raise DuplicateObject (42710) where a type of that name cannot be made."""
    names.check_name(name)
    if catalog.has_type(schema_name, name) or catalog.relation(schema_name, name):
        raise errors.DuplicateObject(f'type "{name}" already exists')


def put_domain(catalog: Catalog, domain: Domain, before: Domain | None = None) -> CatalogEdit:
    """The catalog with the domain, in the place of ``before``."""
    domains = dict(catalog.domains)
    if before is not None:
        del domains[before.schema_name, before.name]
    domains[domain.schema_name, domain.name] = domain
    write = (type_records.domain_key(domain.oid), type_records.encode_domain(domain))
    return CatalogEdit(changed(catalog, domains=domains), (write, next_oid_write(catalog)))


def with_check(
    catalog: Catalog,
    domain: Domain,
    name: str | None,
    expression: str,
    time_zone: str,
    *,
    is_validated: bool,
) -> Domain:
    """The domain with one more CHECK. Raises DuplicateObject (42710)."""
    taken = [check.name for check in domain.checks]
    if name is None:
        name = chosen_name(domain.name, (), "check", taken)
    elif name in taken:
        raise errors.DuplicateObject(
            f'constraint "{name}" for domain "{domain.name}" already exists'
        )
    names.check_name(name)
    oid = Oid(catalog.numbers.allocate_oid())
    check = CheckConstraint(oid, name, expression, (VALUE_COLUMN,), time_zone, is_validated)
    return replace(domain, checks=(*domain.checks, check))


def without_check(catalog: Catalog, before: Domain, check: CheckConstraint) -> CatalogEdit:
    """Drop one CHECK, and what was said about it."""
    after = replace(before, checks=tuple(one for one in before.checks if one is not check))
    gone = partial(without_comments, class_oid=comments.CONSTRAINT, oids={int(check.oid)})
    return put_domain(catalog, after, before).then(gone)


def columns_of_domain(
    catalog: Catalog, domain: Domain, *, and_derived: bool = False
) -> Iterator[tuple[Relation, Column]]:
    """Every column of tables that has the domain, or one that was made over it."""
    oids = {domain.oid}
    if and_derived:
        oids = {
            one.oid
            for one in catalog.domains.values()
            if any(each.oid == domain.oid for each in lineage(catalog, one))
        }
    for table in sorted(catalog.tables.values(), key=lambda each: each.table_id):
        for column in table.columns:
            if column.domain in oids:
                yield table, column


def derived(catalog: Catalog, domain: Domain) -> list[Domain]:
    """The domains that were made over this one."""
    return [one for one in catalog.domains.values() if one.parent == domain.oid]

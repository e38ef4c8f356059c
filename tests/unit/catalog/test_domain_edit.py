"""Edits of domains: names, durable form, who is made over whom.

Method: expectations by hand, messages as PostgreSQL 15's.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from kalampg import errors
from kalampg.catalog import Catalog, load, records
from kalampg.catalog.domain_edit import create_domain, derived, with_check, without_check
from kalampg.catalog.edit import drop_domain
from kalampg.catalog.type_records import decode_domain, domain_key, encode_domain
from kalampg.domain import Domain
from kalampg.ids import Oid
from kalampg.sql.domains import lineage

POSITIVE = Domain(Oid(20_000), "public", "positive", "root", Oid(23), default="1")


def _catalog() -> Catalog:
    return load(
        [
            (records.NEXT_OID_KEY, records.encode_int(700_000)),
            (records.SERVER_SECRET_KEY, b"s" * 32),
        ]
    )


def _checked(catalog: Catalog, domain: Domain, name: str | None, text: str) -> Domain:
    return with_check(catalog, domain, name, text, "UTC", is_validated=True)


def test_checks_get_postgresqls_names() -> None:
    catalog = _catalog()
    domain = POSITIVE
    for text in ("VALUE > 0", "VALUE < 9", "VALUE <> 5"):
        domain = _checked(catalog, domain, None, text)
    assert [one.name for one in domain.checks] == [
        "positive_check",
        "positive_check1",
        "positive_check2",
    ]
    with pytest.raises(errors.DuplicateObject) as refused:
        _checked(catalog, domain, "positive_check1", "VALUE > 1")
    assert refused.value.message == (
        'constraint "positive_check1" for domain "positive" already exists'
    )


def test_what_is_written_is_what_is_read() -> None:
    domain = _checked(_catalog(), replace(POSITIVE, not_null=True, parent=Oid(7)), "a", "VALUE > 0")
    assert decode_domain(encode_domain(domain)) == domain


def test_a_domain_is_behind_those_that_it_is_made_over() -> None:
    catalog = create_domain(_catalog(), POSITIVE).catalog
    small = replace(POSITIVE, oid=Oid(20_001), name="small", parent=POSITIVE.oid)
    catalog = create_domain(catalog, small).catalog
    assert lineage(catalog, small) == [POSITIVE, small]
    assert derived(catalog, POSITIVE) == [small]
    with pytest.raises(errors.DuplicateObject, match='type "small" already exists'):
        create_domain(catalog, replace(small, oid=Oid(20_002)))


def test_a_dropped_domain_and_a_dropped_check_leave_nothing() -> None:
    catalog = _catalog()
    domain = _checked(catalog, POSITIVE, "a", "VALUE > 0")
    catalog = create_domain(catalog, domain).catalog
    without = without_check(catalog, domain, domain.checks[0]).catalog
    assert without.domains["public", "positive"].checks == ()
    edit = drop_domain(catalog, domain)
    assert not edit.catalog.domains
    assert (domain_key(domain.oid), None) in edit.writes

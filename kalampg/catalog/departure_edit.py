"""Departures as catalog edits: users that are dropped with all their rows.

A name is taken from the moment of the drop until the job has removed the last row: whoever gets it
next must not meet what the one before has left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from kalampg.catalog import records, type_records
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.departure_records import departure_key, encode_departure
from kalampg.catalog.edit import CatalogEdit, changed, no_change
from kalampg.catalog.objects import Departure, Namespace
from kalampg.catalog.role_edit import drop_role
from kalampg.catalog.view_record import encode_view
from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.relation import Relation
from kalampg.sequence import Sequence

K = TypeVar("K")
V = TypeVar("V")
Owned = TypeVar("Owned", Namespace, Relation, Sequence, Enumeration, Domain)


def begin_departure(catalog: Catalog, departure: Departure, heir: str) -> CatalogEdit:
    """Forget the role, if there is one, and take its name until its rows are gone.

    What it owns becomes ``heir``'s: others have rows in its tables.

    Raises:
        ObjectNotInPrerequisiteState: 55000, it is the last system role that can log in.
    """
    name = departure.name
    edit = _with_owned_by(catalog, name, heir)
    if catalog.role(name) is not None:
        edit = edit.then(lambda current: drop_role(current, name, ()))
    departures = {**catalog.departures, name: departure}
    write = (departure_key(name), encode_departure(departure))
    return edit.then(lambda current: CatalogEdit(replace(current, departures=departures), (write,)))


def end_departure(catalog: Catalog, departure: Departure) -> CatalogEdit:
    """Give the name back, unless it has been dropped again since."""
    name = departure.name
    if catalog.departures.get(name) != departure:
        return no_change(catalog)
    departures = {key: value for key, value in catalog.departures.items() if key != name}
    return CatalogEdit(replace(catalog, departures=departures), ((departure_key(name), None),))


def _with_owned_by(catalog: Catalog, name: str, heir: str) -> CatalogEdit:
    namespaces = _inherited(catalog.namespaces, name, heir)
    tables = _inherited(catalog.tables, name, heir)
    sequences = _inherited(catalog.sequences, name, heir)
    views = _inherited(catalog.views, name, heir)
    enumerations = _inherited(catalog.enumerations, name, heir)
    domains = _inherited(catalog.domains, name, heir)
    writes = [
        *(
            (records.namespace_key(namespace.name), records.encode_namespace(namespace))
            for namespace in _changed(catalog.namespaces, namespaces)
        ),
        *(
            (records.table_key(table.table_id), records.encode_table(table))
            for table in _changed(catalog.tables, tables)
        ),
        *(
            (records.sequence_key(sequence.sequence_id), records.encode_sequence(sequence))
            for sequence in _changed(catalog.sequences, sequences)
        ),
        *(
            (records.view_key(view.table_id), encode_view(view))
            for view in _changed(catalog.views, views)
        ),
        *(
            (type_records.enumeration_key(one.oid), type_records.encode_enumeration(one))
            for one in _changed(catalog.enumerations, enumerations)
        ),
        *(
            (type_records.domain_key(one.oid), type_records.encode_domain(one))
            for one in _changed(catalog.domains, domains)
        ),
    ]
    if not writes:
        return no_change(catalog)
    after = changed(
        catalog,
        namespaces=namespaces,
        tables=tables,
        sequences=sequences,
        views=views,
        enumerations=enumerations,
        domains=domains,
    )
    return CatalogEdit(after, tuple(writes))


def _inherited(objects: Mapping[K, Owned], name: str, heir: str) -> dict[K, Owned]:
    return {
        key: replace(one, owner=heir) if one.owner == name else one for key, one in objects.items()
    }


def _changed(before: Mapping[K, V], after: Mapping[K, V]) -> Iterator[V]:
    return (value for key, value in after.items() if value is not before[key])

"""CREATE, ALTER and DROP TYPE as catalog edits; what PostgreSQL's ``pg_enum.c`` checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from kalampg import errors
from kalampg.catalog import type_records
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.domain_edit import check_type_place
from kalampg.catalog.edit import CatalogEdit, changed, next_oid_write
from kalampg.enumeration import KEY_STEP, Enumeration, EnumLabel
from kalampg.ids import Oid
from kalampg.pgtypes.enumerations import declare

_LABEL_BYTES_MAX: Final = 63  # PostgreSQL's NAMEDATALEN - 1


def create_enumeration(
    catalog: Catalog, schema_name: str, name: str, owner: str, labels: Sequence[str]
) -> CatalogEdit:
    """Add a type.

    Raises:
        DuplicateObject: 42710, there is a type, table or view of that name.
        UniqueViolation: 23505, a label is there twice.
        InvalidName: 42602, a label is too long.
    """
    check_type_place(catalog, schema_name, name)
    for place, label in enumerate(labels):
        _check_label(label)
        if label in labels[:place]:
            raise errors.UniqueViolation(
                'duplicate key value violates unique constraint "pg_enum_typid_label_index"'
            )
    oid = catalog.numbers.allocate_oids(2 + len(labels))
    enumeration = Enumeration(
        Oid(oid),
        schema_name,
        name,
        owner,
        tuple(
            EnumLabel(Oid(oid + place), place * KEY_STEP, label)
            for place, label in enumerate(labels, start=1)
        ),
        array_oid=Oid(oid + 1 + len(labels)),
    )
    # At once: the transaction that makes the type may use it, and nobody else knows its OID.
    declare(enumeration)
    return _put(catalog, enumeration)


def add_label(
    catalog: Catalog, before: Enumeration, label: str, neighbour: str | None, *, is_before: bool
) -> CatalogEdit:
    """Add a label, at the end or beside another one. The caller has checked that it is new.

    Raises:
        InvalidParameterValue: 22023, there is no such neighbour.
        InvalidName: 42602, the label is too long.
        ProgramLimitExceeded: 54000, there is no room between the neighbours any more.
    """
    _check_label(label)
    place = len(before.labels)
    if neighbour is not None:
        place = _required_place(before, neighbour) + (0 if is_before else 1)
    new = EnumLabel(catalog.numbers.allocate_oid(), _key_at(before, place), label)
    labels = (*before.labels[:place], new, *before.labels[place:])
    return _altered(catalog, replace(before, labels=labels))


def rename_label(catalog: Catalog, before: Enumeration, label: str, new: str) -> CatalogEdit:
    """Give a label another name.

    Raises:
        InvalidParameterValue: 22023, there is no such label.
        DuplicateObject: 42710, there is one of the new name.
    """
    _check_label(new)
    place = _required_place(before, label)
    if before.place_of(new) is not None:
        raise errors.DuplicateObject(f'enum label "{new}" already exists')
    labels = list(before.labels)
    labels[place] = replace(labels[place], text=new)
    return _altered(catalog, replace(before, labels=tuple(labels)))


def rename_enumeration(catalog: Catalog, before: Enumeration, new_name: str) -> CatalogEdit:
    """Give a type another name.

    Raises:
        DuplicateObject: 42710, there is a type, table or view of that name.
    """
    check_type_place(catalog, before.schema_name, new_name)
    others = dict(catalog.enumerations)
    del others[before.schema_name, before.name]
    return _altered(changed(catalog, enumerations=others), replace(before, name=new_name))


def _put(catalog: Catalog, enumeration: Enumeration) -> CatalogEdit:
    place = (enumeration.schema_name, enumeration.name)
    write = (
        type_records.enumeration_key(enumeration.oid),
        type_records.encode_enumeration(enumeration),
    )
    return CatalogEdit(
        changed(catalog, enumerations={**catalog.enumerations, place: enumeration}),
        (write, next_oid_write(catalog)),
    )


def _altered(catalog: Catalog, enumeration: Enumeration) -> CatalogEdit:
    return replace(_put(catalog, enumeration), afterwards=(partial(declare, enumeration),))


def _key_at(enumeration: Enumeration, place: int) -> int:
    labels = enumeration.labels
    if not labels:
        return KEY_STEP
    if place == 0:
        return labels[0].key - KEY_STEP
    if place == len(labels):
        return labels[-1].key + KEY_STEP
    low, high = labels[place - 1].key, labels[place].key
    if high - low < 2:
        raise errors.ProgramLimitExceeded(
            f'there is no room for another label of enum "{enumeration.name}" there',
            hint="Add it elsewhere, or create a new type.",
        )
    return (low + high) // 2


def _required_place(enumeration: Enumeration, label: str) -> int:
    place = enumeration.place_of(label)
    if place is None:
        raise errors.InvalidParameterValue(f'"{label}" is not an existing enum label')
    return place


def _check_label(label: str) -> None:
    if len(label.encode()) > _LABEL_BYTES_MAX:
        raise errors.InvalidName(
            f'invalid enum label "{label}"',
            detail=f"Labels must be {_LABEL_BYTES_MAX} bytes or less.",
        )

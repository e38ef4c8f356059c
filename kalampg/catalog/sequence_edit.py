"""CREATE, ALTER and DROP SEQUENCE as catalog edits; what PostgreSQL's ``sequence.c`` checks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from kalampg import errors
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.edit import CatalogEdit, drop_sequence, put_sequence
from kalampg.catalog.sequence_references import Dependent, dependents
from kalampg.ids import Oid
from kalampg.pgtypes import format_type
from kalampg.relation import Column, Relation
from kalampg.sequence import RANGES, OwningColumn, Sequence
from kalampg.sql.sequence_statements import SequenceOptions

_INT8: Final = Oid(20)


def new_sequence(
    catalog: Catalog,
    schema_name: str,
    name: str,
    owner: str,
    options: SequenceOptions,
    *,
    of_identity: bool = False,
) -> Sequence:
    """The definition that CREATE SEQUENCE asks for. Takes OIDs; the caller adds it.

    Raises:
        InvalidParameterValue: 22023
    """
    blank = Sequence(Oid(0), schema_name, name, owner, Oid(0), 0)
    defined = _defined(blank, options, is_new=True, of_identity=of_identity)
    sequence_id = catalog.numbers.allocate_oids(2)
    return replace(
        defined, sequence_id=sequence_id, value_id=Oid(sequence_id + 1), first=defined.start
    )


def altered(catalog: Catalog, sequence: Sequence, options: SequenceOptions, last: int) -> Sequence:
    """The definition that ALTER SEQUENCE asks for; ``last`` is the newest value.

    Raises:
        InvalidParameterValue: 22023
    """
    after = _defined(sequence, options, is_new=False, of_identity=False)
    if options.restarts:
        first = after.start if options.restart is None else options.restart
        _check_within("RESTART", first, after)
        return restarted(catalog, after, first)
    _check_within("RESTART", last, after)
    return after


def restarted(catalog: Catalog, sequence: Sequence, first: int | None = None) -> Sequence:
    """The sequence with a counter that begins at ``first``, or at its start value."""
    value_id = catalog.numbers.allocate_oid()
    return replace(sequence, value_id=value_id, first=sequence.start if first is None else first)


def check_droppable(catalog: Catalog, sequence: Sequence, *, cascade: bool) -> list[Dependent]:
    """The defaults that go with the sequence.

    Raises:
        DependentObjectsStillExist: 2BP01, there are any and ``cascade`` is not set; or the
            sequence is an identity column's, which never goes alone.
    """
    owner = sequence.owned_by
    if owner is not None and owner.is_identity:
        table = catalog.table_by_id(owner.table_id)
        assert table is not None, "a table takes its sequences with it"
        column = table.columns[table.position_of_id(owner.column_id)]
        raise errors.DependentObjectsStillExist(
            f"cannot drop sequence {sequence.name} because column {column.name} of table "
            f"{table.name} requires it",
            hint=f"You can drop column {column.name} of table {table.name} instead.",
        )
    found = list(dependents(catalog, sequence))
    if found and not cascade:
        lines = (f"{each.described} depends on sequence {sequence.name}" for each in found)
        raise errors.DependentObjectsStillExist(
            f"cannot drop sequence {sequence.name} because other objects depend on it",
            detail="\n".join(lines),
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    return found


def drop_sequences_of_column(catalog: Catalog, relation: Relation, column: Column) -> CatalogEdit:
    """Forget the sequences that go with a column which is dropped."""
    edit = CatalogEdit(catalog)
    for sequence in catalog.sequences_of(relation.table_id):
        if sequence.owned_by is not None and sequence.owned_by.column_id == column.column_id:
            edit = edit.then(partial(drop_sequence, sequence=sequence))
    return edit


def add_sequence(catalog: Catalog, sequence: Sequence, owner: OwningColumn | None) -> CatalogEdit:
    """Add a new sequence, of a column if ``owner`` says so."""
    return put_sequence(catalog, replace(sequence, owned_by=owner))


# --- options ---


def check_type(type_oid: int, *, of_identity: bool) -> None:
    """Raise InvalidParameterValue (22023) for a type that no sequence can have."""
    if type_oid not in RANGES:
        what = "identity column type" if of_identity else "sequence type"
        raise errors.InvalidParameterValue(f"{what} must be smallint, integer, or bigint")


def _defined(
    before: Sequence, options: SequenceOptions, *, is_new: bool, of_identity: bool
) -> Sequence:
    type_oid = before.type_oid if options.type_oid is None else options.type_oid
    check_type(type_oid, of_identity=of_identity)
    increment = before.increment if options.increment is None else options.increment
    if increment == 0:
        raise errors.InvalidParameterValue("INCREMENT must not be zero")
    minimum, maximum = _bounds(before, options, type_oid, increment, is_new=is_new)
    start = options.start
    if start is None:
        start = before.start
        if is_new:
            start = minimum if increment > 0 else maximum
    cache = before.cache if options.cache is None else options.cache
    if cache < 1:
        raise errors.InvalidParameterValue(f"CACHE ({cache}) must be greater than zero")
    after = replace(
        before,
        type_oid=type_oid,
        increment=increment,
        minimum=minimum,
        maximum=maximum,
        start=start,
        cache=cache,
        cycles=before.cycles if options.cycles is None else options.cycles,
    )
    _check_within("START", start, after)
    return after


def _bounds(
    before: Sequence, options: SequenceOptions, type_oid: Oid, increment: int, *, is_new: bool
) -> tuple[int, int]:
    low, high = RANGES[type_oid]
    # A bound that was the old type's becomes the new type's.
    old_low, old_high = RANGES[before.type_oid]
    changes_type = type_oid != before.type_oid
    takes_minimum = options.no_minimum or is_new or (changes_type and before.minimum == old_low)
    takes_maximum = options.no_maximum or is_new or (changes_type and before.maximum == old_high)
    minimum, maximum = options.minimum, options.maximum
    if maximum is None:
        maximum = (high if increment > 0 else -1) if takes_maximum else before.maximum
    if minimum is None:
        minimum = (1 if increment > 0 else low) if takes_minimum else before.minimum
    for word, bound in (("MAXVALUE", maximum), ("MINVALUE", minimum)):
        if not low <= bound <= high:
            raise errors.InvalidParameterValue(
                f"{word} ({bound}) is out of range for sequence data type {format_type(type_oid)}"
            )
    if minimum >= maximum:
        raise errors.InvalidParameterValue(
            f"MINVALUE ({minimum}) must be less than MAXVALUE ({maximum})"
        )
    return minimum, maximum


def _check_within(word: str, value: int, sequence: Sequence) -> None:
    if value < sequence.minimum:
        raise errors.InvalidParameterValue(
            f"{word} value ({value}) cannot be less than MINVALUE ({sequence.minimum})"
        )
    if value > sequence.maximum:
        raise errors.InvalidParameterValue(
            f"{word} value ({value}) cannot be greater than MAXVALUE ({sequence.maximum})"
        )

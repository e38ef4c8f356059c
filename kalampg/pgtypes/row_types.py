"""Row types of composite values: what the table of built-in types has not, by number.

A composite value is a tuple of its fields' datums. PostgreSQL gives out a type modifier for each
anonymous row type that a session meets; here each row type has a number, which stands wherever the
OID of another type does. Clients never see the number: ``wire_oid`` is RECORD for an anonymous row
type and the OID in ``pg_type`` for a table's. Numbers are above all OIDs, which have 32 bits.

Invariants:
    - Row types that are equal are one object, and no number is given out twice.
    - A row type is forgotten when nothing holds it. Whoever keeps a number keeps the row type too:
      the binder while it works, then the plan (``DuckQuery.row_types``).
    - Row types are made on the event loop alone; other threads only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final
from weakref import WeakValueDictionary

from kalampg.ids import Oid
from kalampg.pgtypes import oids
from kalampg.pgtypes.shaped_arrays import FIRST_SHAPED, plain_of

_FIRST_NUMBER: Final = 2**32
_END: Final = FIRST_SHAPED
_ARRAY_STEP: Final = 1


@dataclass(frozen=True, slots=True)
class RowField:
    """One field; ``type_oid`` is a number again where the field is a row itself."""

    name: str
    type_oid: Oid
    typmod: int = -1


@dataclass(frozen=True, slots=True, weakref_slot=True)
class RowType:
    """One row type. ``name`` is the table's; empty for an anonymous one.

    ``parts`` are the row types of fields that are rows: held, so that their numbers stay.
    """

    number: Oid
    fields: tuple[RowField, ...]
    name: str
    wire_oid: Oid
    wire_array_oid: Oid
    parts: tuple[RowType, ...]

    @property
    def array_number(self) -> Oid:
        """What stands for arrays of these rows."""
        return Oid(self.number + _ARRAY_STEP)

    @property
    def sql_name(self) -> str:
        return self.name or "record"

    def position_of(self, field_name: str) -> int | None:
        """Where the first field of that name is, counted from 0."""
        for position, field in enumerate(self.fields):
            if field.name == field_name:
                return position
        return None


_numbers = count(_FIRST_NUMBER, 1 + _ARRAY_STEP)
_by_number: WeakValueDictionary[int, RowType] = WeakValueDictionary()
_by_shape: WeakValueDictionary[tuple[Oid, tuple[RowField, ...]], RowType] = WeakValueDictionary()


def anonymous_row_type(fields: Sequence[RowField]) -> RowType:
    """The row type of these fields that belongs to no table."""
    return _row_type(tuple(fields), "", Oid(oids.RECORD), Oid(oids.RECORD_ARRAY))


def table_row_type(name: str, row_oid: Oid, array_oid: Oid, fields: Sequence[RowField]) -> RowType:
    """The row type of a table as it is now; ``row_oid`` and ``array_oid`` are in ``pg_type``."""
    return _row_type(tuple(fields), name, row_oid, array_oid)


def _row_type(
    fields: tuple[RowField, ...], name: str, wire_oid: Oid, wire_array_oid: Oid
) -> RowType:
    known = _by_shape.get((wire_oid, fields))
    if known is not None and known.name == name:
        return known
    found = (row_type_of(field.type_oid) for field in fields)
    parts = tuple(part for part in found if part is not None)
    made = RowType(Oid(next(_numbers)), fields, name, wire_oid, wire_array_oid, parts)
    _by_number[made.number] = _by_shape[wire_oid, fields] = made
    return made


def row_type_of(number: int) -> RowType | None:
    """The row type with that number, or whose arrays have it; None if it is another type's."""
    if not _FIRST_NUMBER <= number < _END:
        return None
    return _by_number.get(number - number % (1 + _ARRAY_STEP))


def is_row_type(oid: int) -> bool:
    """Whether values of the type are rows; arrays of rows are not."""
    return _FIRST_NUMBER <= oid < _END and oid % (1 + _ARRAY_STEP) == 0


def is_row_array(oid: int) -> bool:
    """Whether values of the type are arrays of rows."""
    return _FIRST_NUMBER <= oid < _END and not is_row_type(oid)


def wire_oid_of(oid: int) -> Oid:
    """The type as clients know it: the OID itself, unless it is a number of ours."""
    oid = plain_of(oid)
    found = row_type_of(oid)
    if found is None:
        return Oid(oid)
    return found.wire_oid if is_row_type(oid) else found.wire_array_oid

"""The enumerated types that were declared, by OID: what the table of built-in types has not.

Values of an enumerated type are read, written and compared far from any catalog, by the type's OID
alone; here is what that OID means. The catalog declares a type when it is created or loaded, and
again when a change of its labels has been committed.

Invariants:
    - An OID is given out once: what it means changes only by new labels and by new names of labels.
    - A type that was dropped, or whose creation was rolled back, may stay: nothing names its OID.
"""

from __future__ import annotations

from kalampg import errors
from kalampg.enumeration import Enumeration
from kalampg.ids import Oid
from kalampg.relation import Datum

_declared: dict[int, Enumeration] = {}
# By the OIDs of the types of their arrays.
_elements: dict[int, Oid] = {}


def declare(enumeration: Enumeration) -> None:
    """Make the OID mean this from now on."""
    if enumeration.array_oid:
        _elements[enumeration.array_oid] = enumeration.oid
    _declared[enumeration.oid] = enumeration


def enumeration_of(oid: int) -> Enumeration | None:
    """The enumerated type with that OID; None if it is another type's."""
    return _declared.get(oid)


def is_enumeration(oid: int) -> bool:
    return oid in _declared


def element_of(array_oid: int) -> Oid | None:
    """The enumerated type that an array type is of; None if it is no such type."""
    return _elements.get(array_oid)


def array_of(oid: int) -> Oid | None:
    """The type of arrays of an enumerated type; None if there is none, or it is another type's."""
    enumeration = _declared.get(oid)
    return (enumeration.array_oid or None) if enumeration is not None else None


def array_required(enumeration: Enumeration) -> Oid:
    """The type of arrays of the enumerated type.

    Raises:
        FeatureNotSupported: 0A000, it was made by a version that had no such arrays.
    """
    if not enumeration.array_oid:
        raise errors.FeatureNotSupported(
            f"type {enumeration.sql_name} was made before its arrays were supported",
            hint="Create a new type, and change the columns to it.",
        )
    return enumeration.array_oid


def labels_of(oid: int) -> tuple[str, ...]:
    """The labels of an enumerated type in their order."""
    return tuple(label.text for label in _declared[oid].labels)


def labels_shown(oid: int) -> dict[str, dict[int, str]]:
    """``labels`` by the keys that files have for them, for documents about a column of the type.

    Arrays have those of their elements. Empty for other types.
    """
    enumeration = _declared.get(_elements.get(oid, oid))
    if enumeration is None:
        return {}
    return {"labels": {label.key: label.text for label in enumeration.labels}}


def key_of(oid: int, text: str) -> Datum:
    """The datum of a label.

    Raises:
        InvalidTextRepresentation: 22P02, the type has no such label.
    """
    enumeration = _declared[oid]
    for label in enumeration.labels:
        if label.text == text:
            return label.key
    raise errors.InvalidTextRepresentation(
        f'invalid input value for enum {enumeration.sql_name}: "{text}"'
    )


def label_of(oid: int, key: Datum) -> str:
    """The label of a datum; it must be there."""
    for label in _declared[oid].labels:
        if label.key == key:
            return label.text
    raise LookupError(f"type {oid} has no label with the key {key}")

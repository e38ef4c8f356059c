"""The columns of ``information_schema.columns`` that say a type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kalampg.catalog.pg_catalog.type_facts import TYPE_FACTS
from kalampg.catalog.shape import NamedRow
from kalampg.domain import Domain
from kalampg.ids import Oid
from kalampg.pgtypes import format_type
from kalampg.pgtypes.enumerations import element_of, enumeration_of

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog

_CHARACTER: Final = frozenset({1042, 1043})
_BYTES_PER_CHARACTER_MAX: Final = 4  # UTF-8
_TEXT_OCTETS: Final = 1 << 30  # what PostgreSQL says of text
_TYPMOD_OFFSET: Final = 4
_NUMERIC: Final = 1700
# Type: precision in bits.
_BINARY_NUMBERS: Final = {21: 16, 23: 32, 20: 64, 700: 24, 701: 53}
_INTEGERS: Final = frozenset({20, 21, 23})
_DATE: Final = 1082
_TIMES: Final = frozenset({1083, 1114, 1184, 1186, 1266})
_MICROSECOND_DIGITS: Final = 6


def type_columns(database: str, type_oid: Oid, typmod: int) -> NamedRow:
    """``data_type`` and its parameters, as PostgreSQL fills them."""
    element_oid = element_of(type_oid)
    enumeration = enumeration_of(type_oid if element_oid is None else element_oid)
    if enumeration is not None:
        is_array = element_oid is not None
        return {
            "data_type": "ARRAY" if is_array else "USER-DEFINED",
            "udt_catalog": database,
            "udt_schema": enumeration.schema_name,
            "udt_name": f"_{enumeration.name}" if is_array else enumeration.name,
        }
    facts = TYPE_FACTS[type_oid]
    columns = {
        "data_type": "ARRAY" if facts.category == "A" else format_type(type_oid),
        "udt_catalog": database,
        "udt_schema": "pg_catalog",
        "udt_name": facts.name,
    }
    return {**columns, **_parameters(type_oid, typmod)}


def domain_type_columns(catalog: Catalog, database: str, domain: Domain) -> NamedRow:
    """The same of what a domain is made over; of another domain nothing but the name is said."""
    above = None if domain.parent is None else catalog.domain_by_oid(domain.parent)
    if above is None:
        return type_columns(database, domain.base_oid, domain.typmod)
    return {
        "data_type": "USER-DEFINED",
        "udt_catalog": database,
        "udt_schema": above.schema_name,
        "udt_name": above.name,
    }


def _parameters(type_oid: Oid, typmod: int) -> NamedRow:
    if type_oid in _CHARACTER and typmod >= 0:
        length = typmod - _TYPMOD_OFFSET
        return {
            "character_maximum_length": length,
            "character_octet_length": length * _BYTES_PER_CHARACTER_MAX,
        }
    if type_oid in _CHARACTER or TYPE_FACTS[type_oid].name == "text":
        return {"character_octet_length": _TEXT_OCTETS}
    if type_oid in _BINARY_NUMBERS:
        return {
            "numeric_precision": _BINARY_NUMBERS[type_oid],
            "numeric_precision_radix": 2,
            "numeric_scale": 0 if type_oid in _INTEGERS else None,
        }
    if type_oid == _NUMERIC:
        packed = typmod - _TYPMOD_OFFSET
        return {
            "numeric_precision": packed >> 16 & 0xFFFF if typmod >= 0 else None,
            "numeric_precision_radix": 10,
            "numeric_scale": packed & 0x7FF if typmod >= 0 else None,
        }
    if type_oid == _DATE:
        return {"datetime_precision": 0}
    if type_oid in _TIMES:
        return {"datetime_precision": typmod if typmod >= 0 else _MICROSECOND_DIGITS}
    return {}

"""PgType and the table of the types there are: OIDs, names, sizes, categories.

Source: PostgreSQL 15, ``pg_type.dat``, ``format_type.c``. The further names are KalamDB's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes import oids
from kalampg.pgtypes.enumerations import element_of, enumeration_of
from kalampg.pgtypes.row_types import RowType, is_row_type, row_type_of
from kalampg.pgtypes.shaped_arrays import is_shaped, plain_of


@dataclass(frozen=True, slots=True)
class PgType:
    """One type. ``name`` is ``pg_type.typname``, ``sql_name`` is how SQL spells it.

    ``length`` is ``typlen`` (-1 varlena, -2 C string), ``category`` is ``typcategory``.
    ``array_oid`` and ``element_oid`` are 0 where there is none.
    """

    oid: Oid
    name: str
    sql_name: str
    length: int
    array_oid: Oid
    element_oid: Oid
    category: str
    is_preferred: bool = False

    @property
    def is_array(self) -> bool:
        return self.category == "A" and self.name.startswith("_")


# oid, typname, SQL's spelling, typlen, array's oid, category, preferred in its category.
_SCALARS: Final = (
    (oids.BOOL, "bool", "boolean", 1, 1000, "B", True),
    (oids.BYTEA, "bytea", "bytea", -1, 1001, "U", False),
    (oids.CHAR, "char", '"char"', 1, 1002, "Z", False),
    (oids.NAME, "name", "name", 64, 1003, "S", False),
    (oids.INT8, "int8", "bigint", 8, 1016, "N", False),
    (oids.INT2, "int2", "smallint", 2, 1005, "N", False),
    (oids.INT4, "int4", "integer", 4, 1007, "N", False),
    (oids.REGPROC, "regproc", "regproc", 4, 1008, "N", False),
    (oids.TEXT, "text", "text", -1, 1009, "S", True),
    (oids.OID, "oid", "oid", 4, 1028, "N", True),
    (oids.XID, "xid", "xid", 4, 1011, "U", False),
    (oids.JSON, "json", "json", -1, 199, "U", False),
    (oids.FLOAT4, "float4", "real", 4, 1021, "N", False),
    (oids.FLOAT8, "float8", "double precision", 8, 1022, "N", True),
    (oids.UNKNOWN, "unknown", "unknown", -2, 0, "X", False),
    (oids.BPCHAR, "bpchar", "character", -1, 1014, "S", False),
    (oids.VARCHAR, "varchar", "character varying", -1, 1015, "S", False),
    (oids.DATE, "date", "date", 4, 1182, "D", False),
    (oids.TIME, "time", "time without time zone", 8, 1183, "D", False),
    (oids.TIMESTAMP, "timestamp", "timestamp without time zone", 8, 1115, "D", False),
    (oids.TIMESTAMPTZ, "timestamptz", "timestamp with time zone", 8, 1185, "D", True),
    (oids.TIMETZ, "timetz", "time with time zone", 12, 1270, "D", False),
    (oids.INTERVAL, "interval", "interval", 16, 1187, "T", True),
    (oids.NUMERIC, "numeric", "numeric", -1, 1231, "N", False),
    (oids.REGPROCEDURE, "regprocedure", "regprocedure", 4, 2207, "N", False),
    (oids.REGCLASS, "regclass", "regclass", 4, 2210, "N", False),
    (oids.REGTYPE, "regtype", "regtype", 4, 2211, "N", False),
    (oids.RECORD, "record", "record", -1, 0, "P", False),
    (oids.VOID, "void", "void", 4, 0, "P", False),
    (oids.UUID, "uuid", "uuid", 16, 2951, "U", False),
    (oids.JSONB, "jsonb", "jsonb", -1, 3807, "U", False),
    (oids.REGNAMESPACE, "regnamespace", "regnamespace", 4, 4090, "N", False),
    (oids.REGROLE, "regrole", "regrole", 4, 4097, "N", False),
)

# The two legacy vectors of the system catalogs: a list of numbers, written with blanks between.
_VECTORS: Final = (
    PgType(Oid(oids.INT2VECTOR), "int2vector", "int2vector", -1, Oid(1006), Oid(oids.INT2), "A"),
    PgType(Oid(oids.OIDVECTOR), "oidvector", "oidvector", -1, Oid(1013), Oid(oids.OID), "A"),
)


def _every_type() -> Iterator[PgType]:
    for oid, name, sql_name, length, array_oid, category, is_preferred in _SCALARS:
        scalar = PgType(
            Oid(oid), name, sql_name, length, Oid(array_oid), Oid(0), category, is_preferred
        )
        yield scalar
        if array_oid:
            yield replace(
                scalar,
                oid=Oid(array_oid),
                name=f"_{name}",
                sql_name=f"{sql_name}[]",
                length=-1,
                array_oid=Oid(0),
                element_oid=scalar.oid,
                category="A",
                is_preferred=False,
            )
    for vector in _VECTORS:
        yield replace(vector, array_oid=Oid(0))


TYPES: Final[Mapping[int, PgType]] = MappingProxyType({each.oid: each for each in _every_type()})

# Spellings beside typname and SQL's own. ``char`` in SQL is character(n); the one-byte type is
# only reached by its quoted name.
_ALIASES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "int": oids.INT4,
        "float": oids.FLOAT8,
        "double": oids.FLOAT8,
        "dec": oids.NUMERIC,
        "decimal": oids.NUMERIC,
        "char": oids.BPCHAR,
        "char varying": oids.VARCHAR,
        "national character": oids.BPCHAR,
        "national char": oids.BPCHAR,
        "nchar": oids.BPCHAR,
        "national character varying": oids.VARCHAR,
        "national char varying": oids.VARCHAR,
        "timestamp": oids.TIMESTAMP,
        "time": oids.TIME,
        "string": oids.TEXT,
        "datetime": oids.TIMESTAMP,
        "bytes": oids.BYTEA,
        "binary": oids.BYTEA,
        "varbinary": oids.BYTEA,
        "blob": oids.BYTEA,
        "object": oids.JSON,
    }
)


def _names() -> Mapping[str, PgType]:
    by_name = {each.sql_name: each for each in TYPES.values()}
    by_name.update({each.name: each for each in TYPES.values() if each.oid != oids.CHAR})
    by_name.update({alias: TYPES[oid] for alias, oid in _ALIASES.items()})
    return MappingProxyType(by_name)


_BY_NAME: Final = _names()
_ARRAY_SUFFIX: Final = re.compile(r"(?:\s*\[\s*\d*\s*\])+$|\s+array(?:\s*\[\s*\d+\s*\])?$")


def type_of(oid: int) -> PgType:
    """The type with that OID.

    Raises:
        UndefinedObject: 42704, there is none.
    """
    found = TYPES.get(oid)
    if found is not None:
        return found
    enumeration = enumeration_of(oid)
    if enumeration is not None:
        name, array_oid = enumeration.name, enumeration.array_oid
        return PgType(enumeration.oid, name, enumeration.sql_name, 4, array_oid, Oid(0), "E")
    element_oid = element_of(oid)
    if element_oid is not None:
        element = type_of(element_oid)
        name, sql_name = f"_{element.name}", f"{element.sql_name}[]"
        return PgType(element.array_oid, name, sql_name, -1, Oid(0), element_oid, "A")
    if is_shaped(oid):
        return replace(type_of(plain_of(oid)), oid=Oid(oid))
    row_type = row_type_of(oid)
    if row_type is None:
        raise errors.UndefinedObject(f"type with OID {oid} does not exist")
    return _row(row_type) if is_row_type(oid) else _rows(row_type)


def _row(row_type: RowType) -> PgType:
    name, category = row_type.sql_name, "C" if row_type.name else "P"
    return PgType(row_type.number, name, name, -1, row_type.array_number, Oid(0), category)


def _rows(row_type: RowType) -> PgType:
    name = row_type.sql_name
    return PgType(row_type.array_number, f"_{name}", f"{name}[]", -1, Oid(0), row_type.number, "A")


def type_named(name: str) -> PgType | None:
    """The type that SQL calls ``name`` (no type modifier), in any case; None if there is none."""
    words = " ".join(name.lower().split())
    found = _BY_NAME.get(words)
    if found is not None:
        return found
    suffix = _ARRAY_SUFFIX.search(words)
    if suffix is None:
        return None
    element = _BY_NAME.get(words[: suffix.start()])
    return TYPES.get(element.array_oid) if element is not None else None


def type_names() -> dict[str, int]:
    """Every spelling of a type, in lower case and without modifier, with its OID."""
    names = {name: int(each.oid) for name, each in _BY_NAME.items()}
    for name, each in _BY_NAME.items():
        if each.array_oid:
            names[f"{name}[]"] = int(each.array_oid)
    return names


def format_type(oid: int, typmod: int | None = None) -> str:
    """The type as SQL spells it. Without a type modifier (None) ``bpchar`` is ``character``."""
    if oid == 0:
        return "-"
    oid = plain_of(oid)
    found = TYPES.get(oid)
    if found is None:
        enumeration, row_type = enumeration_of(oid), row_type_of(oid)
        if enumeration is not None:
            return enumeration.sql_name
        if element_of(oid) is not None:
            return type_of(oid).sql_name
        if row_type is not None:
            return row_type.sql_name if is_row_type(oid) else f"{row_type.sql_name}[]"
        return "???"
    if found.is_array:
        return f"{format_type(found.element_oid, typmod)}[]"
    if typmod is None:
        return found.sql_name
    if typmod < 0:
        return "bpchar" if oid == oids.BPCHAR else found.sql_name
    modified = _WITH_TYPMOD.get(oid)
    return found.sql_name if modified is None else modified(typmod)


def numeric_typmod(typmod: int) -> tuple[int, int]:
    """Precision and scale; the scale is an 11-bit number with a sign."""
    packed = typmod - 4
    return packed >> 16 & 0xFFFF, (packed & 0x7FF ^ 0x400) - 0x400


_INTERVAL_FIELDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x7FFF: "",
        1 << 2: " year",
        1 << 1: " month",
        1 << 3: " day",
        1 << 10: " hour",
        1 << 11: " minute",
        1 << 12: " second",
        1 << 2 | 1 << 1: " year to month",
        1 << 3 | 1 << 10: " day to hour",
        1 << 3 | 1 << 10 | 1 << 11: " day to minute",
        1 << 3 | 1 << 10 | 1 << 11 | 1 << 12: " day to second",
        1 << 10 | 1 << 11: " hour to minute",
        1 << 10 | 1 << 11 | 1 << 12: " hour to second",
        1 << 11 | 1 << 12: " minute to second",
    }
)


# The fields that an interval may begin with, and those that may stand behind TO.
INTERVAL_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "year": ("month",), "month": (), "day": ("hour", "minute", "second"),
        "hour": ("minute", "second"), "minute": ("second",), "second": (),
    }
)  # fmt: skip
_FIELDS_OF_NAME: Final = {name.strip(): fields for fields, name in _INTERVAL_FIELDS.items()}
PRECISION_MAX: Final = 6


def interval_typmod(fields: str, precision: int | None) -> int:
    """The modifier of ``interval day to second(2)``; no fields are all of them.

    >>> format_type(oids.INTERVAL, interval_typmod("day to second", 2))
    'interval day to second(2)'
    """
    return _FIELDS_OF_NAME[fields] << 16 | (
        0xFFFF if precision is None else min(precision, PRECISION_MAX)
    )


def _interval_name(typmod: int) -> str:
    fields = _INTERVAL_FIELDS.get(typmod >> 16 & 0x7FFF)
    if fields is None:
        raise errors.InvalidParameterValue(f"invalid INTERVAL typmod: 0x{typmod:x}")
    precision = typmod & 0xFFFF
    return f"interval{fields}" + ("" if precision == 0xFFFF else f"({precision})")


def _numeric_name(typmod: int) -> str:
    precision, scale = numeric_typmod(typmod)
    return f"numeric({precision},{scale})"


_WITH_TYPMOD: Final[Mapping[int, Callable[[int], str]]] = MappingProxyType(
    {
        oids.BPCHAR: lambda typmod: f"character({typmod - 4})",
        oids.VARCHAR: lambda typmod: f"character varying({typmod - 4})",
        oids.NUMERIC: _numeric_name,
        oids.TIME: lambda typmod: f"time({typmod}) without time zone",
        oids.TIMETZ: lambda typmod: f"time({typmod}) with time zone",
        oids.TIMESTAMP: lambda typmod: f"timestamp({typmod}) without time zone",
        oids.TIMESTAMPTZ: lambda typmod: f"timestamp({typmod}) with time zone",
        oids.INTERVAL: _interval_name,
    }
)

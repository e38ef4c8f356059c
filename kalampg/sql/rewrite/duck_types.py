"""PostgreSQL's types and the DuckDB types that hold their values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes.enumerations import is_enumeration, labels_of
from kalampg.pgtypes.row_types import RowType, row_type_of
from kalampg.pgtypes.shaped_arrays import is_shaped, plain_of
from kalampg.sql.functions import ARRAY_OIDS, OBJECT_IDENTIFIERS, VECTOR_ELEMENTS, element_type

BOOL: Final = 16
BYTEA: Final = 17
NAME: Final = 19
INT8: Final = 20
INT2: Final = 21
INT4: Final = 23
TEXT: Final = 25
OID: Final = 26
JSON: Final = 114
FLOAT4: Final = 700
FLOAT8: Final = 701
UNKNOWN: Final = 705
BPCHAR: Final = 1042
VARCHAR: Final = 1043
DATE: Final = 1082
TIME: Final = 1083
TIMETZ: Final = 1266
TIMESTAMP: Final = 1114
TIMESTAMPTZ: Final = 1184
INTERVAL: Final = 1186
NUMERIC: Final = 1700
UUID: Final = 2950
JSONB: Final = 3802
REGPROC: Final = 24
REGPROCEDURE: Final = 2202
REGCLASS: Final = 2205
REGTYPE: Final = 2206
VOID: Final = 2278
REGNAMESPACE: Final = 4089
REGROLE: Final = 4096

INTEGERS: Final = frozenset({INT2, INT4, INT8, OID})
FLOATS: Final = frozenset({FLOAT4, FLOAT8})
NUMBERS: Final = INTEGERS | FLOATS | {NUMERIC}
STRINGS: Final = frozenset({TEXT, VARCHAR, BPCHAR, NAME, 18})
JSONS: Final = frozenset({JSON, JSONB})

NUMERIC_DIGITS_MAX: Final = 38  # DuckDB's DECIMAL; PostgreSQL's numeric has no practical limit.

_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {
        BOOL: "BOOLEAN", BYTEA: "BLOB", 18: "VARCHAR", NAME: "VARCHAR", INT8: "BIGINT",
        INT2: "SMALLINT", INT4: "INTEGER", TEXT: "VARCHAR", OID: "UINTEGER", JSON: "VARCHAR",
        FLOAT4: "FLOAT", FLOAT8: "DOUBLE", UNKNOWN: "VARCHAR", BPCHAR: "VARCHAR",
        VARCHAR: "VARCHAR", DATE: "DATE", TIME: "TIME", TIMESTAMP: "TIMESTAMP",
        TIMESTAMPTZ: "TIMESTAMPTZ", INTERVAL: "INTERVAL", UUID: "UUID", JSONB: "VARCHAR",
        VOID: "VARCHAR", TIMETZ: "BIGINT",
        **dict.fromkeys(OBJECT_IDENTIFIERS, "UINTEGER"),
    }
)  # fmt: skip

# sqlglot's names of types that a cast may name; anything else is 42704 in the binder.
_BY_KIND: Final[Mapping[exp.DType, int]] = MappingProxyType(
    {
        exp.DType.BOOLEAN: BOOL, exp.DType.SMALLINT: INT2, exp.DType.INT: INT4,
        exp.DType.BIGINT: INT8, exp.DType.FLOAT: FLOAT4, exp.DType.DOUBLE: FLOAT8,
        exp.DType.DECIMAL: NUMERIC, exp.DType.TEXT: TEXT, exp.DType.VARCHAR: VARCHAR,
        exp.DType.CHAR: BPCHAR, exp.DType.BPCHAR: BPCHAR, exp.DType.NAME: NAME,
        exp.DType.VARBINARY: BYTEA, exp.DType.DATE: DATE, exp.DType.TIME: TIME,
        exp.DType.TIMETZ: TIMETZ,
        exp.DType.TIMESTAMP: TIMESTAMP, exp.DType.TIMESTAMPTZ: TIMESTAMPTZ,
        exp.DType.INTERVAL: INTERVAL, exp.DType.UUID: UUID, exp.DType.JSON: JSON,
        exp.DType.JSONB: JSONB,
    }
)  # fmt: skip


def duck_type(oid: int, typmod: int = -1) -> str:
    """The DuckDB type for a PostgreSQL type.

    numeric without precision has no fixed scale in PostgreSQL; here it is DECIMAL(38, 10) where a
    scale must be named at all.
    """
    if is_shaped(oid):
        plain = duck_type(plain_of(oid), typmod)
        return f"STRUCT(elements {plain}, dims INTEGER, sizes INTEGER[], lowers INTEGER[])"
    element = element_type(oid) or VECTOR_ELEMENTS.get(oid)
    if element is not None:
        return duck_type(element, typmod) + "[]"
    row_type = row_type_of(oid)
    if row_type is not None:
        return _tuple(row_type)
    if oid == NUMERIC:
        precision, scale = numeric_shape(typmod)
        return f"DECIMAL({precision}, {scale})"
    if is_enumeration(oid):
        labels = (label.replace("'", "''") for label in labels_of(oid))
        members = ", ".join(f"'{label}'" for label in labels)
        # DuckDB has no ENUM without labels; all values of such a type are NULL.
        return f"ENUM({members})" if members else _NAMES[TEXT]
    try:
        return _NAMES[oid]
    except KeyError:
        raise errors.FeatureNotSupported(
            f"type with OID {oid} is not supported in queries"
        ) from None


def _tuple(row_type: RowType) -> str:
    """DuckDB has no tuple of nothing: ``ROW()`` has a field that no one reads."""
    fields = [duck_type(field.type_oid, field.typmod) for field in row_type.fields]
    return f"TUPLE({', '.join(fields or ['BOOLEAN'])})"


def numeric_shape(typmod: int) -> tuple[int, int]:
    """Precision and scale of numeric(p, s)."""
    if typmod < 0:
        return NUMERIC_DIGITS_MAX, 10
    precision, scale = (typmod - 4) >> 16 & 0xFFFF, (typmod - 4) & 0x7FF
    if precision > NUMERIC_DIGITS_MAX:
        raise errors.FeatureNotSupported(
            f"numeric({precision}, {scale}) is not supported in queries",
            hint=f"At most {NUMERIC_DIGITS_MAX} digits are.",
        )
    return precision, scale


def type_of_cast(target: exp.DataType) -> tuple[int, int] | None:
    """OID and typmod of a cast's target as sqlglot parsed it, if it is one of ours."""
    if target.this == exp.DType.ARRAY:
        [element] = target.expressions
        inner = type_of_cast(element)
        return None if inner is None else (ARRAY_OIDS[inner[0]], inner[1])
    oid = _BY_KIND.get(target.this)
    if oid is None:
        return None
    sizes = [int(part.this.this) for part in target.expressions if part.this.this.isdigit()]
    return oid, _typmod(oid, sizes)


def _typmod(oid: int, sizes: list[int]) -> int:
    if oid == NUMERIC and sizes:
        return (sizes[0] << 16 | (sizes[1] if len(sizes) > 1 else 0)) + 4
    if oid in {VARCHAR, BPCHAR}:
        return sizes[0] + 4 if sizes else (5 if oid == BPCHAR else -1)
    return sizes[0] if sizes else -1

"""Datums as DuckDB literals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes.row_types import is_row_type, row_type_of
from kalampg.pgtypes.shaped_arrays import is_shaped, plain_of
from kalampg.relation import Datum
from kalampg.sql.functions import VECTOR_ELEMENTS, element_type
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, number, text, typed
from kalampg.sql.rewrite.parameters import duck_parameter


def constant(oid: int, datum: Datum, typmod: int = -1) -> exp.Expr:
    """An expression whose value is ``datum``.

    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(constant(1082, 18262))
    "CAST('2020-01-01' AS DATE)"
    """
    if datum is None:
        return cast(exp.Null(), t.duck_type(oid, typmod), oid)
    row_type = row_type_of(oid)
    if row_type is not None and is_row_type(oid):
        fields = zip(row_type.fields, datum, strict=True)
        values = [constant(field.type_oid, value, field.typmod) for field, value in fields]
        return typed(exp.Struct(expressions=values), oid)
    if is_shaped(oid):
        numbers = (_numbers(part) for part in (datum.sizes, datum.lowers))
        return call("pg_shape", constant(plain_of(oid), datum.elements, typmod), *numbers, oid=oid)
    element = element_type(oid) or VECTOR_ELEMENTS.get(oid)
    if element is not None:
        items = [constant(element, item) for item in datum]
        array = exp.Array(expressions=items)
        return typed(array, oid) if items else cast(array, t.duck_type(oid), oid)
    make = _MAKERS.get(oid)
    if make is not None:
        return typed(make(datum, oid), oid)
    if isinstance(datum, str):
        return text(datum, oid)
    form = duck_parameter(oid, datum)
    return cast(text(str(form)), t.duck_type(oid, typmod), oid)


def _numbers(values: Sequence[int]) -> exp.Expr:
    return exp.Array(expressions=[number(value) for value in values])


def _bool(datum: Datum, _: int) -> exp.Expr:
    return exp.Boolean(this=datum)


def _integer(datum: Datum, oid: int) -> exp.Expr:
    literal: exp.Expr = exp.Literal.number(abs(datum))
    if datum < 0:
        literal = exp.Neg(this=literal)
    # A literal by itself adapts to its neighbours in DuckDB; an int4 must not.
    return literal if oid == t.INT4 and abs(datum) < 2**31 else cast(literal, t.duck_type(oid))


def _float(datum: Datum, oid: int) -> exp.Expr:
    return cast(text(repr(float(datum))), t.duck_type(oid))


def _numeric(datum: Datum, _: int) -> exp.Expr:
    value = duck_parameter(t.NUMERIC, datum)
    assert isinstance(value, Decimal)
    digits = f"{value:f}"
    scale = len(digits.partition(".")[2])
    unsigned = digits.lstrip("-").replace(".", "").lstrip("0")
    if len(unsigned) > t.NUMERIC_DIGITS_MAX:
        raise errors.FeatureNotSupported(
            "numeric values of more than 38 digits are not supported in this query"
        )
    return cast(text(digits), f"DECIMAL({t.NUMERIC_DIGITS_MAX if scale else 38}, {scale})")


def _bytea(datum: Datum, _: int) -> exp.Expr:
    return call("unhex", text(bytes(datum).hex()))


_MAKERS: Final[Mapping[int, Callable[[Datum, int], exp.Expr]]] = {
    t.BOOL: _bool,
    t.BYTEA: _bytea,
    t.INT2: _integer,
    t.INT4: _integer,
    t.INT8: _integer,
    t.OID: _integer,
    t.FLOAT4: _float,
    t.FLOAT8: _float,
    t.NUMERIC: _numeric,
}

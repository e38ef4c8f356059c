"""Values of one PostgreSQL type as another: explicit casts, and what PostgreSQL prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sqlglot import exp

from kalampg.pgtypes import OutputSettings, format_type, from_text
from kalampg.pgtypes.enumerations import is_enumeration, labels_of
from kalampg.pgtypes.row_types import is_row_type
from kalampg.pgtypes.shaped_arrays import is_shaped, plain_of
from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import (
    ELEMENT_OIDS,
    OBJECT_IDENTIFIERS,
    VECTOR_ELEMENTS,
    element_type,
)
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, number, text, typed
from kalampg.sql.rewrite.constants import constant
from kalampg.sql.rewrite.exact_numbers import numeric_from_text
from kalampg.sql.rewrite.object_names import object_name, object_of
from kalampg.sql.rewrite.read_fields import row_fields, with_value
from kalampg.sql.rewrite.session_parameters import session_setting, session_value

_Convert: TypeAlias = Callable[[exp.Expr, int], exp.Expr]

# No macro may use this name: DuckDB's macros are not hygienic.
_ITEM: Final = "kalam item"
_INT8_DIGITS: Final = 19
_TEXT_ARRAYS: Final = frozenset({1009, 1014, 1015})


def converted(value: exp.Expr, oid: int, typmod: int = -1) -> exp.Expr:
    """``value`` as an explicit cast to a PostgreSQL type gives it."""
    if isinstance(value, exp.Paren) and isinstance(value.this, exp.Literal):
        value = value.this
    source = int(oid_of(value) or t.UNKNOWN)
    if isinstance(value, exp.Null):
        return cast(value, t.duck_type(oid, typmod), oid)
    if oid in OBJECT_IDENTIFIERS:
        return object_of(value, source, oid)
    if isinstance(value, exp.Literal) and _is_constant(value, source, oid):
        return _constant(value, oid, typmod)
    if oid in t.STRINGS:
        has_no_cast = source == oid == t.BPCHAR or (source, oid) == (t.BOOL, t.NAME)
        printed = output_text(value) if has_no_cast else to_text(value)
        return typed(_sized(printed, oid, typmod), oid, typmod)
    if plain_of(oid) in ELEMENT_OIDS:
        return typed(_to_array(value, source, oid, typmod), oid)
    if source == oid and typmod < 0:
        return value
    if is_enumeration(oid) and (source in t.STRINGS or source == t.UNKNOWN):
        checked = call("pg_enum_input", value, text(format_type(oid)), _labels(oid))
        return cast(checked, t.duck_type(oid), oid)
    convert = _CONVERSIONS.get((_family(source), oid)) or _CONVERSIONS.get(
        (_family(source), _family(oid))
    )
    if convert is None or (oid == t.NUMERIC and typmod >= 0 and _family(source) != "json"):
        result = cast(value, t.duck_type(oid, typmod))
    else:
        result = convert(value, oid)
    return typed(_rounded(result, oid, typmod), oid, typmod)


def elements_of(value: exp.Expr) -> exp.Expr:
    """The elements of an array of any shape, as a plain array."""
    plain = plain_of(int(oid_of(value) or t.UNKNOWN))
    return call("struct_extract", value, text("elements"), oid=plain)


def _to_shaped(value: exp.Expr, source: int, oid: int, typmod: int) -> exp.Expr:
    plain = plain_of(oid)
    if not is_shaped(source):
        return call("pg_shaped", converted(value, plain, typmod))
    if source == oid:
        return value
    return with_value(
        value,
        lambda array: call(
            "pg_shape", converted(elements_of(array.copy()), plain, typmod), *shape_of(array)
        ),
    )


def shape_of(value: exp.Expr) -> list[exp.Expr]:
    """Sizes and first subscripts of an array of any shape."""
    return [call("struct_extract", value.copy(), text(name)) for name in ("sizes", "lowers")]


def _shaped_text(value: exp.Expr) -> exp.Expr:
    def printed(array: exp.Expr) -> exp.Expr:
        texts = element_texts(elements_of(array.copy()))
        return call("kpg_array_text", texts, *shape_of(array))

    return typed(with_value(value, printed), t.TEXT)


def to_text(value: exp.Expr) -> exp.Expr:
    """``value`` as PostgreSQL prints it."""
    oid = oid_of(value)
    if oid is None:
        return cast(value, "VARCHAR", t.TEXT)
    if is_shaped(oid):
        return _shaped_text(value)
    if oid == t.BPCHAR:
        # The padding of char(n) is not part of the value.
        return call("rtrim", value, text(" "), oid=t.TEXT)
    if oid in t.STRINGS or oid in t.JSONS or oid == t.UNKNOWN:
        return value
    if element_type(oid) is not None:
        return call("pg_array_text", element_texts(value), oid=t.TEXT)
    if is_row_type(oid):
        return _row_text(value)
    if oid in OBJECT_IDENTIFIERS:
        return object_name(value, int(oid))
    printer = _PRINTERS.get(int(oid))
    if printer is not None:
        return call(printer, value, oid=t.TEXT)
    styled = _STYLED_PRINTERS.get(int(oid))
    if styled is not None:
        printer, setting = styled
        return call(printer, value, session_setting(setting), oid=t.TEXT)
    return cast(value, "VARCHAR", t.TEXT)


def element_texts(value: exp.Expr) -> exp.Expr:
    """An array as the list of its elements' texts."""
    element = element_type(oid_of(value))
    if element is None or element in t.STRINGS or element in t.JSONS:
        return value
    if element == t.NUMERIC and isinstance(value, exp.Array):
        # Inside the array they have one scale.
        return exp.Array(expressions=[to_text(item) for item in list(value.expressions)])
    return each_element(value, element, output_text)


def _row_text(value: exp.Expr) -> exp.Expr:
    def printed(row: exp.Expr) -> exp.Expr:
        texts = exp.Array(expressions=[output_text(field) for field in row_fields(row)])
        made = call("pg_row_text", texts, oid=t.TEXT)
        return made if isinstance(row, exp.Struct) else call("pg_null_with", row.copy(), made)

    return typed(with_value(value, printed), t.TEXT)


def output_text(value: exp.Expr) -> exp.Expr:
    """``value`` as the output function of its type prints it; a cast to text may differ."""
    oid = oid_of(value)
    if oid == t.BOOL:
        return call("pg_bool_letter", value, oid=t.TEXT)
    return value if oid == t.BPCHAR else to_text(value)


def each_element(value: exp.Expr, element: int, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """``value`` with every element changed; NULL elements too."""
    item = typed(exp.Column(this=exp.to_identifier(_ITEM, quoted=True)), element)
    change_one = exp.Lambda(this=change(item), expressions=[exp.to_identifier(_ITEM, quoted=True)])
    return call("list_transform", value, change_one)


_PRINTERS: Final[Mapping[int, str]] = {
    t.BOOL: "pg_bool_text",
    t.FLOAT4: "pg_float_text",
    t.FLOAT8: "pg_float_text",
    t.BYTEA: "pg_bytea_text",
    t.TIMETZ: "kpg_timetz_text",
}
# The macro, and the setting that it follows.
_STYLED_PRINTERS: Final[Mapping[int, tuple[str, str]]] = {
    t.INTERVAL: ("pg_interval_styled", "IntervalStyle"),
    t.DATE: ("pg_date_styled", "DateStyle"),
    t.TIMESTAMP: ("pg_timestamp_styled", "DateStyle"),
    t.TIMESTAMPTZ: ("pg_timestamptz_styled", "DateStyle"),
}


def _is_constant(value: exp.Expr, source: int, oid: int) -> bool:
    """An untyped string; and a number that becomes a float, since no numeric may hold it."""
    if value.args["is_string"]:
        return source == t.UNKNOWN
    is_small = value.name.isdigit() and len(value.name) < _INT8_DIGITS
    return oid in t.FLOATS and not is_small


def _constant(value: exp.Expr, oid: int, typmod: int) -> exp.Expr:
    if oid in {t.VARCHAR, t.BPCHAR} and typmod > 0:
        return typed(_sized(text(value.this), oid, typmod), oid, typmod)
    datum = from_text(oid, value.this, typmod, OutputSettings())
    return typed(constant(oid, datum, typmod), oid, typmod)


def _labels(oid: int) -> exp.Expr:
    return exp.Array(expressions=[text(label) for label in labels_of(oid)])


def _sized(value: exp.Expr, oid: int, typmod: int) -> exp.Expr:
    if oid == t.NAME:
        return call("left", value, number(63))
    if typmod < 0 or oid not in {t.VARCHAR, t.BPCHAR}:
        return value
    if oid == t.VARCHAR:
        return call("left", value, number(typmod - 4))
    return call("rpad", value, number(typmod - 4), text(" "))


def _to_array(value: exp.Expr, source: int, oid: int, typmod: int) -> exp.Expr:
    if is_shaped(oid):
        return _to_shaped(value, source, oid, typmod)
    if is_shaped(source):
        source = plain_of(source)
        value = call("pg_plain", value, oid=source)
    if isinstance(value, exp.Array) and value.expressions:
        element = ELEMENT_OIDS[oid]
        return exp.Array(
            expressions=[converted(item, element, typmod) for item in list(value.expressions)]
        )
    if source in t.STRINGS:
        items = call("pg_array_items", value)
        return each_element(items, t.TEXT, lambda item: converted(item, ELEMENT_OIDS[oid], typmod))
    if source in VECTOR_ELEMENTS:
        return cast(value, t.duck_type(oid, typmod))
    if oid in _TEXT_ARRAYS:
        return element_texts(value)
    if ELEMENT_OIDS.get(source) in t.STRINGS:
        return each_element(value, t.TEXT, lambda item: converted(item, ELEMENT_OIDS[oid], typmod))
    return cast(value, t.duck_type(oid, typmod))


def _rounded(value: exp.Expr, oid: int, typmod: int) -> exp.Expr:
    """timestamp(p) and time(p) round to p digits of a second."""
    if oid in {t.TIMESTAMP, t.TIMESTAMPTZ, t.TIME, t.TIMETZ} and 0 <= typmod < 6:
        return rounded(typed(value, oid), typmod)
    return value


def rounded(value: exp.Expr, digits: int) -> exp.Expr:
    """A time, timestamp or timestamptz to so many digits of a second."""
    oid = int(oid_of(value) or t.TIMESTAMPTZ)
    return call(_ROUNDINGS[oid], value, number(10 ** (6 - digits)), oid=oid)


_ROUNDINGS: Final[Mapping[int, str]] = {
    t.TIME: "pg_time_rounded",
    t.TIMETZ: "pg_timetz_rounded",
    t.TIMESTAMP: "pg_timestamp_rounded",
    t.TIMESTAMPTZ: "pg_timestamptz_rounded",
}


def _family(oid: int) -> str | int:
    if oid in t.INTEGERS:
        return "integer"
    if oid in t.FLOATS:
        return "float"
    if oid in t.JSONS:
        return "json"
    return "text" if oid in t.STRINGS or oid == t.UNKNOWN else oid


def _macro(name: str) -> _Convert:
    return lambda value, oid: call(name, value, oid=oid)


_INTEGER_NAMES: Final = {t.INT2: "smallint", t.INT4: "integer", t.INT8: "bigint", t.OID: "oid"}


def _text_to_integer(value: exp.Expr, oid: int) -> exp.Expr:
    checked = call("pg_integer_input", value, text(_INTEGER_NAMES[oid]))
    return cast(checked, t.duck_type(oid), oid)


def _reading(macro: str) -> _Convert:
    """Text as PostgreSQL reads dates and times: by the session's settings, at its time."""

    def convert(value: exp.Expr, oid: int) -> exp.Expr:
        now = session_value("now", t.TIMESTAMPTZ)
        return call(macro, value, session_setting("DateStyle"), now, oid=oid)

    return convert


def _time_to_timetz(value: exp.Expr, oid: int) -> exp.Expr:
    return call("pg_timetz_today", value, session_value("now", t.TIMESTAMPTZ), oid=oid)


def _text_to_interval(value: exp.Expr, oid: int) -> exp.Expr:
    return call("pg_interval_input", value, session_setting("IntervalStyle"), oid=oid)


def _float_to_integer(value: exp.Expr, oid: int) -> exp.Expr:
    return cast(call("round_even", value, number(0)), t.duck_type(oid), oid)


def _float_to_numeric(value: exp.Expr, oid: int) -> exp.Expr:
    name = "kpg_float4_numeric" if oid_of(value) == t.FLOAT4 else "kpg_float8_numeric"
    return numeric_from_text(call(name, value, oid=oid))


def _integer_to_numeric(value: exp.Expr, oid: int) -> exp.Expr:
    return cast(value, "DECIMAL(38, 0)", oid)


def _not_zero(value: exp.Expr, _: int) -> exp.Expr:
    return exp.Paren(this=exp.NEQ(this=value, expression=number(0)))


def _json_to_scalar(value: exp.Expr, oid: int) -> exp.Expr:
    if oid == t.NUMERIC:
        return numeric_from_text(call("pg_jsonb_scalar", value, text("numeric"), oid=t.NUMERIC))
    kind = "boolean" if oid == t.BOOL else "numeric"
    scalar = call("pg_jsonb_scalar", value, text(kind))
    if oid in t.INTEGERS:
        scalar = cast(scalar, "DECIMAL(38, 10)")
    return cast(scalar, t.duck_type(oid), oid)


def _instant_to_time(value: exp.Expr, oid: int) -> exp.Expr:
    return call("pg_timestamp_time", cast(value, "TIMESTAMP", t.TIMESTAMP), oid=oid)


def _keep(value: exp.Expr, _: int) -> exp.Expr:
    return value


# By (family or type of the source, type or family of the target); the rest is DuckDB's own cast.
_CONVERSIONS: Final[Mapping[tuple[str | int, str | int], _Convert]] = {
    ("text", t.BOOL): _macro("pg_bool_input"),
    ("text", "integer"): _text_to_integer,
    ("text", t.BYTEA): _macro("pg_bytea_input"),
    ("text", t.DATE): _reading("pg_date_input"),
    ("text", t.TIME): _reading("pg_time_input"),
    ("text", t.TIMETZ): _reading("pg_timetz_input"),
    ("text", t.TIMESTAMP): _reading("pg_timestamp_input"),
    ("text", t.TIMESTAMPTZ): _reading("pg_timestamptz_input"),
    ("text", t.INTERVAL): _text_to_interval,
    ("text", t.JSON): _macro("kpg_json_input"),
    ("text", t.JSONB): _macro("kpg_jsonb_normal"),
    ("integer", t.BOOL): _not_zero,
    ("integer", t.NUMERIC): _integer_to_numeric,
    ("float", t.NUMERIC): _float_to_numeric,
    ("float", "integer"): _float_to_integer,
    ("json", t.JSONB): _macro("kpg_jsonb_normal"),
    ("json", t.JSON): _keep,
    ("json", "integer"): _json_to_scalar,
    ("json", "float"): _json_to_scalar,
    ("json", t.NUMERIC): _json_to_scalar,
    ("json", t.BOOL): _json_to_scalar,
    (t.NUMERIC, t.NUMERIC): _keep,
    (t.TIME, t.INTERVAL): _macro("pg_time_interval"),
    (t.TIMESTAMPTZ, t.TIME): _instant_to_time,
    (t.TIMESTAMP, t.TIME): _macro("pg_timestamp_time"),
    (t.INTERVAL, t.TIME): _macro("pg_interval_time"),
    (t.TIMESTAMPTZ, t.TIMETZ): _macro("pg_timetz_at"),
    (t.TIMETZ, t.TIME): _macro("pg_timetz_time"),
    (t.TIME, t.TIMETZ): _time_to_timetz,
}

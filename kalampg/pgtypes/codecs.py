"""Codec: the four functions of a type, and which type has which.

Array codecs are derived from their element's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final, NoReturn

from kalampg import errors
from kalampg.pgtypes import (
    arrays,
    composites,
    date_styles,
    datetime_input,
    datetimes,
    floats,
    integers,
    interval_input,
    intervals,
    json_text,
    numeric,
    oids,
    strings,
    timetz,
)
from kalampg.pgtypes.enumerations import is_enumeration, key_of, label_of
from kalampg.pgtypes.registry import format_type, type_of
from kalampg.pgtypes.row_types import (
    RowField,
    RowType,
    is_row_array,
    is_row_type,
    row_type_of,
    wire_oid_of,
)
from kalampg.pgtypes.settings import OutputSettings
from kalampg.pgtypes.shaped_arrays import is_shaped
from kalampg.pgtypes.typmods import apply_typmod
from kalampg.relation import Datum


@dataclass(frozen=True, slots=True)
class Codec:
    """How one type is read and written.

    ``formatter`` answers a function for given settings, so that a column decides only once how it
    is written. None of the functions sees NULL.
    """

    parse: Callable[[str, OutputSettings], Datum]
    formatter: Callable[[OutputSettings], Callable[[Any], str]]
    receive: Callable[[bytes], Datum]
    send: Callable[[Any], bytes]


def _plain(
    parse: Callable[[str], Datum],
    format_: Callable[[Any], str],
    receive: Callable[[bytes], Datum],
    send: Callable[[Any], bytes],
) -> Codec:
    """A type whose text does not depend on settings."""
    return Codec(lambda text, settings: parse(text), lambda settings: format_, receive, send)


def _integer(oid: int, parse: Callable[[str], int], layout: str) -> Codec:
    return _plain(
        parse,
        str,
        integers.integer_receiver(layout),
        integers.integer_sender(layout, format_type(oid)),
    )


_TEXT: Final = _plain(
    strings.parse_text, strings.format_text, strings.receive_text, strings.send_text
)


def _void_text(value: Datum) -> str:
    return ""


def _anonymous_record(value: object) -> NoReturn:
    raise errors.FeatureNotSupported("input of anonymous composite types is not implemented")


_Formatter = Callable[[OutputSettings], Callable[[Any], str]]


def _styled(iso: _Formatter, other: _Formatter) -> _Formatter:
    """The formatter of a type whose text follows DateStyle."""
    return lambda settings: iso(settings) if settings.style == "ISO" else other(settings)


_SCALARS: Final[Mapping[int, Codec]] = MappingProxyType(
    {
        oids.BOOL: _plain(
            integers.parse_bool, integers.format_bool, integers.receive_bool, integers.send_bool
        ),
        oids.INT2: _integer(oids.INT2, integers.parse_int2, "!h"),
        oids.INT4: _integer(oids.INT4, integers.parse_int4, "!i"),
        oids.INT8: _integer(oids.INT8, integers.parse_int8, "!q"),
        **{oid: _integer(oid, integers.parse_oid, "!I") for oid in oids.OID_LIKE},
        oids.FLOAT4: Codec(
            lambda text, settings: floats.parse_float4(text),
            floats.float4_formatter,
            floats.float_receiver("!f"),
            floats.send_float4,
        ),
        oids.FLOAT8: Codec(
            lambda text, settings: floats.parse_float8(text),
            floats.float8_formatter,
            floats.float_receiver("!d"),
            floats.send_float8,
        ),
        oids.NUMERIC: _plain(
            numeric.parse_numeric,
            numeric.format_numeric,
            numeric.receive_numeric,
            numeric.send_numeric,
        ),
        oids.TEXT: _TEXT,
        oids.VARCHAR: _TEXT,
        oids.BPCHAR: _TEXT,
        oids.UNKNOWN: _TEXT,
        oids.NAME: _plain(
            strings.parse_name, strings.format_text, strings.receive_name, strings.send_text
        ),
        oids.CHAR: _plain(
            strings.parse_char, strings.format_text, strings.receive_char, strings.send_char
        ),
        oids.BYTEA: Codec(
            lambda text, settings: strings.parse_bytea(text),
            strings.bytea_formatter,
            strings.receive_bytea,
            strings.send_bytea,
        ),
        oids.UUID: _plain(
            strings.parse_uuid, strings.format_uuid, strings.receive_uuid, strings.send_bytea
        ),
        oids.DATE: Codec(
            datetime_input.parse_date,
            _styled(lambda _: datetimes.format_date, date_styles.styled_date),
            datetimes.receive_date,
            datetimes.send_date,
        ),
        oids.TIME: Codec(
            datetime_input.parse_time,
            lambda settings: datetimes.format_time,
            datetimes.receive_time,
            datetimes.send_time,
        ),
        oids.TIMETZ: Codec(
            timetz.parse_timetz,
            lambda settings: timetz.format_timetz,
            timetz.receive_timetz,
            timetz.send_timetz,
        ),
        oids.TIMESTAMP: Codec(
            datetime_input.parse_timestamp,
            _styled(lambda _: datetimes.format_timestamp, date_styles.styled_timestamp),
            datetimes.receive_timestamp,
            datetimes.send_timestamp,
        ),
        oids.TIMESTAMPTZ: Codec(
            datetime_input.parse_timestamptz,
            _styled(datetimes.timestamptz_formatter, date_styles.styled_timestamptz),
            datetimes.receive_timestamp,
            datetimes.send_timestamp,
        ),
        oids.INTERVAL: Codec(
            interval_input.parse_interval,
            intervals.interval_formatter,
            intervals.receive_interval,
            intervals.send_interval,
        ),
        oids.JSON: _plain(
            json_text.parse_json, strings.format_text, json_text.receive_json, strings.send_text
        ),
        oids.JSONB: _plain(
            json_text.parse_jsonb,
            strings.format_text,
            json_text.receive_jsonb,
            json_text.send_jsonb,
        ),
        oids.VOID: _plain(_void_text, _void_text, lambda data: None, lambda value: b""),
        # A row that has been made has a row type of its own.
        oids.RECORD: _plain(*(_anonymous_record,) * 4),
    }
)
# Row types come and go with the plans that name them.
_ROW_CODECS_MAX: Final = 1024


def codec_of(oid: int) -> Codec:
    """The functions of a type.

    Raises:
        UndefinedObject: 42704, there is no such type.
    """
    if is_row_type(oid) or is_row_array(oid):
        return _nested_codec(oid)
    return _lasting_codec(oid)


@lru_cache(maxsize=_ROW_CODECS_MAX)
def _nested_codec(number: int) -> Codec:
    row_type = row_type_of(number)
    if row_type is None:
        raise errors.UndefinedObject(f"type with OID {number} does not exist")
    return _row_codec(row_type) if is_row_type(number) else _array_codec(row_type.number)


@cache
def _lasting_codec(oid: int) -> Codec:
    if is_shaped(oid):
        return _shaped_codec(type_of(oid).element_oid)
    scalar = _SCALARS.get(oid)
    if scalar is not None:
        return scalar
    array = type_of(oid)
    if is_enumeration(oid):
        return _enumeration_codec(oid)
    return (
        _vector_codec(array.element_oid) if not array.is_array else _array_codec(array.element_oid)
    )


def _enumeration_codec(oid: int) -> Codec:
    """Labels, in text and in binary."""
    return _plain(
        lambda text: key_of(oid, text),
        lambda key: label_of(oid, key),
        lambda data: key_of(oid, strings.receive_text(data)),
        lambda key: label_of(oid, key).encode(),
    )


def _row_codec(row_type: RowType) -> Codec:
    """A row's codec is made of its fields'; only a table's rows can be read."""
    codecs = [codec_of(field.type_oid) for field in row_type.fields]
    wire_oids = [wire_oid_of(field.type_oid) for field in row_type.fields]
    receive = composites.record_receiver(wire_oids, [codec.receive for codec in codecs])

    def parse(text: str, settings: OutputSettings) -> Datum:
        if not row_type.name:
            _anonymous_record(text)
        return composites.parse_record(
            text, [_field_parser(field, settings) for field in row_type.fields]
        )

    return Codec(
        parse,
        lambda settings: composites.record_formatter([c.formatter(settings) for c in codecs]),
        receive if row_type.name else _anonymous_record,
        composites.record_sender(wire_oids, [codec.send for codec in codecs]),
    )


def _field_parser(field: RowField, settings: OutputSettings) -> Callable[[str], Datum]:
    codec = codec_of(field.type_oid)

    def parse(text: str) -> Datum:
        value = codec.parse(text, settings)
        return apply_typmod(field.type_oid, field.typmod, value, explicit=False)

    return parse


def _array_codec(element_oid: int) -> Codec:
    element = codec_of(element_oid)
    wire_oid = wire_oid_of(element_oid)
    return Codec(
        lambda text, settings: arrays.parse_array(text, lambda part: element.parse(part, settings)),
        lambda settings: arrays.array_formatter(element.formatter(settings)),
        arrays.array_receiver(wire_oid, element.receive),
        arrays.array_sender(wire_oid, element.send),
    )


def _shaped_codec(element_oid: int) -> Codec:
    element = codec_of(element_oid)
    return Codec(
        lambda text, settings: arrays.parse_shaped(
            text, lambda part: element.parse(part, settings)
        ),
        lambda settings: arrays.shaped_formatter(element.formatter(settings)),
        arrays.shaped_receiver(element_oid, element.receive),
        arrays.shaped_sender(element_oid, element.send),
    )


def _vector_codec(element_oid: int) -> Codec:
    """int2vector and oidvector: numbers with blanks between; arrays from 0 on the wire."""
    element = codec_of(element_oid)
    return Codec(
        lambda text, settings: [element.parse(part, settings) for part in text.split()],
        lambda settings: lambda value: " ".join(map(str, value)),
        arrays.array_receiver(element_oid, element.receive, lower_bound=0),
        arrays.array_sender(element_oid, element.send, lower_bound=0),
    )


@lru_cache(maxsize=1024)
def formatter_of(oid: int, settings: OutputSettings) -> Callable[[Any], str]:
    return codec_of(oid).formatter(settings)

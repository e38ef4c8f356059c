"""Codec: the four functions of a type, and which type has which.

Array codecs are derived from their element's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final

from kalampg import errors
from kalampg.pgtypes import (
    arrays,
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
)
from kalampg.pgtypes.enumerations import is_enumeration, key_of, label_of
from kalampg.pgtypes.registry import format_type, type_of
from kalampg.pgtypes.settings import OutputSettings
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


def _no_record_input(text: str) -> Datum:
    raise errors.FeatureNotSupported("input of anonymous composite types is not implemented")


def _no_record_output(value: Datum) -> bytes:
    raise errors.FeatureNotSupported("values of anonymous composite types are not supported")


def _no_record_text(value: Datum) -> str:
    raise errors.FeatureNotSupported("values of anonymous composite types are not supported")


def _no_record_receive(data: bytes) -> Datum:
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
        oids.RECORD: _plain(
            _no_record_input, _no_record_text, _no_record_receive, _no_record_output
        ),
    }
)


@cache
def codec_of(oid: int) -> Codec:
    """The functions of a type.

    Raises:
        UndefinedObject: 42704, there is no such type.
    """
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


def _array_codec(element_oid: int) -> Codec:
    element = codec_of(element_oid)
    return Codec(
        lambda text, settings: arrays.parse_array(text, lambda part: element.parse(part, settings)),
        lambda settings: arrays.array_formatter(element.formatter(settings)),
        arrays.array_receiver(element_oid, element.receive),
        arrays.array_sender(element_oid, element.send),
    )


def _vector_codec(element_oid: int) -> Codec:
    """int2vector and oidvector: numbers with blanks between; arrays from 0 on the wire."""
    element = codec_of(element_oid)
    return Codec(
        lambda text, settings: [element.parse(part, settings) for part in text.split()],
        lambda settings: lambda value: " ".join(map(str, value)),
        arrays.array_receiver(element_oid, element.receive),
        arrays.array_sender(element_oid, element.send, lower_bound=0),
    )


@lru_cache(maxsize=1024)
def formatter_of(oid: int, settings: OutputSettings) -> Callable[[Any], str]:
    return codec_of(oid).formatter(settings)

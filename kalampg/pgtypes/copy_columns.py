r"""ColumnDecoder: whole portions of COPY data, text and CSV, to Arrow columns.

Takes only what can have one meaning: plain values without escapes, in the form that PostgreSQL
itself writes. Everything else, errors included, is for ``CopyReader``, which reads value by value
and says what is wrong; so the answer is None and never a guess.

Shape:
    One array for each column, of the portion's rows; types as in ``_CONVERTERS``, strings for text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from kalampg import errors
from kalampg.pgtypes import oids
from kalampg.pgtypes.codecs import codec_of
from kalampg.pgtypes.copy_format import CopyFormat, CopyKind
from kalampg.pgtypes.copy_reader import CopyColumn
from kalampg.pgtypes.registry import numeric_typmod
from kalampg.pgtypes.settings import OutputSettings

Convert: TypeAlias = Callable[[pa.Array], pa.Array | None]

_NUMERIC_DIGITS_MAX: Final = 38
# varchar(n) has the type modifier n + 4.
_LENGTH_TYPMOD_OFFSET: Final = 4
_FLOAT: Final = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?$"
_DATE: Final = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_TIMESTAMP: Final = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?$"
_TIMESTAMPTZ: Final = _TIMESTAMP[:-1] + r"[-+](0[0-9]|1[0-4])(:?[0-5][0-9])?$"
_UTC: Final = pa.timestamp("us", tz="UTC")
_BOOLEANS: Final = pa.array(["t", "true", "f", "false"])
_TRUE: Final = pa.array(["t", "true"])


class ColumnDecoder:
    """Decodes portions of one COPY FROM. Any thread, one at a time."""

    def __init__(
        self, format_: CopyFormat, columns: Sequence[CopyColumn], settings: OutputSettings
    ) -> None:
        self._is_csv = format_.kind is CopyKind.CSV
        converters = [_converter(column, settings) for column in columns]
        self._converters = [each for each in converters if each is not None]
        self.is_able = (
            format_.kind is not CopyKind.BINARY
            and bool(columns)
            and len(self._converters) == len(columns)
            and not any(each.is_null_forced or each.is_null_refused for each in columns)
            and (format_.quote, format_.escape) == ('"', '"')
            and format_.delimiter not in '"\\'
            and (self._is_csv or format_.null == "\\N")
        )
        names = [str(place) for place in range(len(columns))]
        self._names = names
        self._parse_options = csv.ParseOptions(
            delimiter=format_.delimiter,
            quote_char='"' if self._is_csv else False,
            double_quote=self._is_csv,
            escape_char=False,
            newlines_in_values=False,
            ignore_empty_lines=False,
        )
        self._convert_options = csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[format_.null],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        delimiter = re.escape(format_.delimiter.encode())
        # Possessive: a portion that does not fit is left after one pass.
        field = rb'(?:"(?:[^"\n]++|"")*+"|[^"\n' + delimiter + rb"]*+)"
        self._rows = re.compile(rb"(?:" + field + rb"(?:" + delimiter + field + rb")*+\n)*+")

    def decode(self, portion: bytes) -> list[pa.Array] | None:
        """The columns of whole lines, each a row; None: read them one by one."""
        if not self._is_plain(portion):
            return None
        try:
            table = csv.read_csv(
                pa.BufferReader(portion),
                csv.ReadOptions(
                    use_threads=False, block_size=len(portion) + 1, column_names=self._names
                ),
                self._parse_options,
                self._convert_options,
            )
            if table.num_rows != portion.count(b"\n"):
                return None
            columns = []
            for place, convert in enumerate(self._converters):
                texts = table.column(place).combine_chunks()
                column = convert(texts)
                if column is None or (not self._is_csv and _has_backslash(portion, texts)):
                    return None
                columns.append(column)
        except (pa.ArrowException, errors.PgError):
            return None
        return columns

    def _is_plain(self, portion: bytes) -> bool:
        if b"\r" in portion or b"\0" in portion or not portion.endswith(b"\n"):
            return False
        if not self._is_csv:
            return portion.count(b"\\") == portion.count(b"\\N")
        if b"\\." in portion:
            return False
        return b'"' not in portion or self._rows.fullmatch(portion) is not None


def _has_backslash(portion: bytes, texts: pa.Array) -> bool:
    r"""Whether a ``\N`` of the portion is part of a longer value, where it means an N."""
    return b"\\" in portion and bool(pc.any(pc.match_substring(texts, "\\")).as_py())


def _converter(column: CopyColumn, settings: OutputSettings) -> Convert | None:
    oid, typmod = column.type_oid, column.typmod
    if oid == oids.NUMERIC:
        return None if typmod < 0 else _numerics(typmod)
    if oid in (oids.TEXT, oids.VARCHAR):
        return _texts(typmod)
    if oid in (oids.JSON, oids.JSONB):
        return _one_by_one(oid, settings)
    if typmod >= 0:
        return None
    if oid == oids.TIMESTAMPTZ:
        return _timestamptz(is_utc=settings.timezone == "UTC")
    return _CONVERTERS.get(oid)


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return pc.all(pc.match_substring_regex(texts, pattern)).as_py() is not False


def _integers(kind: pa.DataType) -> Convert:
    def convert(texts: pa.Array) -> pa.Array | None:
        # Arrow reads hexadecimal numbers too; PostgreSQL 15 does not.
        if pc.any(pc.match_substring(texts, "x", ignore_case=True)).as_py():
            return None
        return pc.cast(texts, kind)

    return convert


def _floats(kind: pa.DataType) -> Convert:
    def convert(texts: pa.Array) -> pa.Array | None:
        if not _all_match(texts, _FLOAT):
            return None
        values = pc.cast(texts, kind)
        return values if pc.all(pc.is_finite(values)).as_py() is not False else None

    return convert


def _matching(pattern: str, kind: pa.DataType) -> Convert:
    def convert(texts: pa.Array) -> pa.Array | None:
        return pc.cast(texts, kind) if _all_match(texts, pattern) else None

    return convert


def _timestamptz(*, is_utc: bool) -> Convert:
    def convert(texts: pa.Array) -> pa.Array | None:
        if _all_match(texts, _TIMESTAMPTZ):
            return pc.cast(texts, _UTC)
        if is_utc and _all_match(texts, _TIMESTAMP):
            return pc.cast(pc.cast(texts, pa.timestamp("us")), _UTC)
        return None

    return convert


def _numerics(typmod: int) -> Convert:
    precision, scale = numeric_typmod(typmod)
    if not 0 <= scale < precision:
        return lambda _: None
    pattern = rf"^-?[0-9]{{1,{precision - scale}}}(\.[0-9]{{1,{scale}}})?$"
    if scale == 0:
        pattern = rf"^-?[0-9]{{1,{precision}}}$"
    return _matching(pattern, pa.decimal128(_NUMERIC_DIGITS_MAX, scale))


def _texts(typmod: int) -> Convert:
    def convert(texts: pa.Array) -> pa.Array | None:
        if typmod >= 0:
            longest = pc.max(pc.utf8_length(texts)).as_py() or 0
            if longest > typmod - _LENGTH_TYPMOD_OFFSET:
                return None
        return texts

    return convert


def _booleans(texts: pa.Array) -> pa.Array | None:
    if pc.all(pc.is_in(texts.drop_null(), _BOOLEANS)).as_py() is False:
        return None
    return pc.if_else(texts.is_null(), pa.scalar(None, pa.bool_()), pc.is_in(texts, _TRUE))


def _one_by_one(oid: int, settings: OutputSettings) -> Convert:
    parse = codec_of(oid).parse

    def convert(texts: pa.Array) -> pa.Array | None:
        values = [None if text is None else parse(text, settings) for text in texts.to_pylist()]
        return pa.array(values, pa.string())

    return convert


_CONVERTERS: Final[dict[int, Convert]] = {
    oids.BOOL: _booleans,
    oids.INT2: _integers(pa.int16()),
    oids.INT4: _integers(pa.int32()),
    oids.INT8: _integers(pa.int64()),
    oids.FLOAT4: _floats(pa.float32()),
    oids.FLOAT8: _floats(pa.float64()),
    oids.DATE: _matching(_DATE, pa.date32()),
    oids.TIMESTAMP: _matching(_TIMESTAMP, pa.timestamp("us")),
}

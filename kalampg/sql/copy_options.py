"""The options of COPY: each at most once, each with its meaning, and whether they go together.

Source:
    ``ProcessCopyOptions`` in ``copy.c`` of PostgreSQL 15, with its messages.
"""

from __future__ import annotations

from typing import Final

from kalampg import errors
from kalampg.pgtypes.copy_format import CopyFormat, CopyKind, Header

_KNOWN: Final = frozenset(
    {
        "format", "freeze", "delimiter", "null", "header", "quote", "escape", "force_quote",
        "force_not_null", "force_null", "encoding",
    }
)  # fmt: skip
_TRUE: Final = frozenset({"true", "on", "1"})
_FALSE: Final = frozenset({"false", "off", "0"})
# Characters that mean something else at the place of a delimiter.
_NO_DELIMITERS: Final = frozenset("\\.abcdefghijklmnopqrstuvwxyz0123456789")
_NEWLINES: Final = frozenset("\r\n")
_CSV_ONLY: Final = {
    "quote": None, "escape": None,
    "force_quote": False, "force_not_null": True, "force_null": True,
}  # fmt: skip


class CopyOptions:
    """Collects the options of one COPY, then checks them."""

    def __init__(self, *, is_from: bool) -> None:
        self._is_from = is_from
        self._values: dict[str, str | tuple[str, ...]] = {}
        self._positions: dict[str, int | None] = {}

    def set(self, name: str, value: str | tuple[str, ...], position: int | None = None) -> None:
        """Take an option.

        Raises:
            SyntaxError: 42601, there is none of that name, or it was set before.
        """
        if name not in _KNOWN:
            raise errors.SyntaxError(f'option "{name}" not recognized', position=position)
        if name in self._values:
            raise errors.SyntaxError("conflicting or redundant options", position=position)
        self._values[name] = value
        self._positions[name] = position

    def columns(self, name: str) -> tuple[str, ...]:
        """The columns of FORCE_...; ``*`` alone means all."""
        value = self._values.get(name, ())
        assert isinstance(value, tuple), "the grammar gives a list"
        return value

    def format(self) -> CopyFormat:
        """What the options come to.

        Raises:
            PgError: 22023, 0A000, 42601: an option's value, or options that do not go together.
        """
        kind = self._kind()
        self._check_encoding()
        self._check_freeze()
        is_csv = kind is CopyKind.CSV
        if kind is CopyKind.BINARY:
            for name in ("delimiter", "null"):
                if name in self._values:
                    raise errors.SyntaxError(f"cannot specify {name.upper()} in BINARY mode")
        delimiter = self._text("delimiter", "," if is_csv else "\t")
        null = self._text("null", "" if is_csv else "\\N")
        quote = self._text("quote", '"')
        made = CopyFormat(
            kind, delimiter, null, self._header(kind), quote, self._text("escape", quote)
        )
        _check_separators(made)
        self._check_csv_only(made)
        if delimiter in null:
            raise errors.FeatureNotSupported("COPY delimiter must not appear in the NULL "
                                             "specification")  # fmt: skip
        if is_csv and quote in null:
            raise errors.FeatureNotSupported("CSV quote character must not appear in the NULL "
                                             "specification")  # fmt: skip
        return made

    def _text(self, name: str, default: str) -> str:
        value = self._values.get(name, default)
        assert isinstance(value, str), "the grammar gives a string"
        return value

    def _kind(self) -> CopyKind:
        name = self._text("format", "text")
        try:
            return CopyKind(name)
        except ValueError:
            raise errors.InvalidParameterValue(
                f'COPY format "{name}" not recognized', position=self._positions["format"]
            ) from None

    def _check_encoding(self) -> None:
        encoding = self._text("encoding", "utf8")
        if encoding.lower().replace("-", "").replace("_", "") not in {"utf8", "unicode"}:
            raise errors.FeatureNotSupported(
                f'COPY with encoding "{encoding}" is not supported', hint="Use UTF8."
            )

    def _check_freeze(self) -> None:
        if _boolean("freeze", self._text("freeze", "false")):
            raise errors.FeatureNotSupported(
                "COPY FREEZE is not supported", hint="Leave it out: it would change nothing."
            )

    def _header(self, kind: CopyKind) -> Header:
        text = self._text("header", "false")
        if text.lower() == "match":
            if not self._is_from:
                raise errors.FeatureNotSupported('cannot use "match" with HEADER in COPY TO')
            header = Header.MATCH
        elif text.lower() in _TRUE | _FALSE:
            header = Header.PRESENT if text.lower() in _TRUE else Header.NONE
        else:
            raise errors.SyntaxError('header requires a Boolean value or "match"')
        if header is not Header.NONE and kind is CopyKind.BINARY:
            raise errors.FeatureNotSupported("cannot specify HEADER in BINARY mode")
        return header

    def _check_csv_only(self, made: CopyFormat) -> None:
        for name, needs_from in _CSV_ONLY.items():
            if name not in self._values:
                continue
            words = name.replace("_", " ")
            if made.kind is not CopyKind.CSV:
                raise errors.FeatureNotSupported(f"COPY {words} available only in CSV mode")
            if needs_from is not None and needs_from is not self._is_from:
                way = "FROM" if needs_from else "TO"
                raise errors.FeatureNotSupported(f"COPY {words} only available using COPY {way}")
            if needs_from is None and not _is_one_byte(getattr(made, name)):
                raise errors.FeatureNotSupported(
                    f"COPY {words} must be a single one-byte character"
                )


def _check_separators(made: CopyFormat) -> None:
    if not _is_one_byte(made.delimiter):
        raise errors.FeatureNotSupported("COPY delimiter must be a single one-byte character")
    if made.delimiter in _NEWLINES:
        raise errors.InvalidParameterValue("COPY delimiter cannot be newline or carriage return")
    if _NEWLINES & set(made.null):
        raise errors.InvalidParameterValue(
            "COPY null representation cannot use newline or carriage return"
        )
    is_csv = made.kind is CopyKind.CSV
    if not is_csv and made.delimiter in _NO_DELIMITERS:
        raise errors.InvalidParameterValue(f'COPY delimiter cannot be "{made.delimiter}"')
    if is_csv and made.delimiter == made.quote:
        raise errors.InvalidParameterValue("COPY delimiter and quote must be different")


def _is_one_byte(text: str) -> bool:
    return len(text) == 1 and text.isascii()


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise errors.SyntaxError(f"{name} requires a Boolean value")
    return text.lower() in _TRUE

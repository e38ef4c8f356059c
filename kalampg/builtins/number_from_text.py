"""to_number(): the number that a text spells under a template. PURE."""

from __future__ import annotations

from decimal import Decimal

from kalampg import errors
from kalampg.builtins.number_template import NumberTemplate, parse_number_template
from kalampg.pgtypes import apply_typmod, from_text

_NUMERIC = 1700
_DATA = "0123456789.,+-"


def to_number(text: str, template_text: str) -> str | None:
    """The text of a numeric; None where text or template is empty.

    Raises:
        InvalidTextRepresentation: 22P02, no digits
        NumericValueOutOfRange: 22003, more digits than the template has
    """
    template = parse_number_template(template_text)
    if not template.words:
        return None
    if template.is_scientific:
        raise errors.FeatureNotSupported('"EEEE" not supported for input')
    if template.is_roman:
        raise errors.FeatureNotSupported('"RN" not supported for input')
    digits = _Reading(template, text).number()
    value = from_text(_NUMERIC, digits)
    precision = template.whole + template.power + template.fraction
    typmod = (max(1, precision) << 16 | template.fraction) + 4
    value = apply_typmod(_NUMERIC, typmod, value, explicit=True)
    if template.has_power:
        value = value / (Decimal(10) ** template.power)
        return format(value.quantize(Decimal(1).scaleb(-16)), "f")
    return format(value, "f")


class _Reading:
    """Reads a text word by word of the template."""

    def __init__(self, template: NumberTemplate, text: str) -> None:
        self._template = template
        self._text = text
        self._at = 0
        self._sign = ""
        self._number = ""
        self._whole = 0
        self._fraction = 0
        self._has_point = False

    def _here(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def number(self) -> str:
        for word in self._template.words:
            if not self._here():
                break
            if word.is_text:
                self._at += 1
            elif word.text in {"9", "0", ".", "D"}:
                self._digit(word.text)
                self._at += 1
            else:
                self._other(word.text)
        sign = "-" if self._sign == "-" else ""
        return f"{sign}{self._number.removesuffix('.')}" if self._number else " "

    def _other(self, word: str) -> None:
        here = self._here()
        if word in {",", "G"}:
            self._at += here == ","
        elif word in {"MI", "PL", "SG"}:
            wanted = {"MI": "-", "PL": "+", "SG": "+-"}[word]
            if here and here in wanted:
                self._sign = here
                self._at += 1
            else:
                self._skip(1)
        elif word == "L":
            self._skip(1)
        elif word == "TH":
            self._skip(2)

    def _skip(self, count: int) -> None:
        """Pass over up to ``count`` characters that are no part of a number."""
        while count and self._here() and self._here() not in _DATA:
            self._at += 1
            count -= 1

    def _digit(self, word: str) -> None:
        if self._here() == " ":
            self._at += 1
        template = self._template
        if not self._sign and word in {"9", "0"} and not (self._whole or self._fraction):
            here = self._here()
            if here == "-" or (here == "<" and "PR" in template.signs):
                self._sign = "-"
                self._at += 1
            elif here == "+":
                self._sign = "+"
                self._at += 1
        here = self._here()
        if not here:
            return
        was_read = False
        if here.isdigit() and here.isascii():
            if self._has_point and self._fraction == template.fraction:
                return
            self._number += here
            if self._has_point:
                self._fraction += 1
            else:
                self._whole += 1
            was_read = True
        elif template.has_point and not self._has_point and here == ".":
            self._number += "."
            self._has_point = True
            was_read = True
        self._sign_behind(was_read)

    def _sign_behind(self, was_read: bool) -> None:
        """A sign after the last digit."""
        if self._sign or not (self._whole or self._fraction):
            return
        following = self._text[self._at + 1 : self._at + 2]
        if self._template.anchor:
            if was_read and following and not following.isdigit() and following in "+-":
                self._sign = following
                self._at += 1
        elif (
            not was_read
            and not self._template.signs & {"MI", "PL", "SG"}
            and self._here() in {"-", "+"}
        ):
            self._sign = self._here()

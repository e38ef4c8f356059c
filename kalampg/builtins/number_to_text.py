"""to_char() of numbers: the digits of a rounded value laid over a template. PURE."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Final

from kalampg.builtins.number_template import NumberTemplate, Word, parse_number_template

_EXACT: Final = Context(prec=1000, rounding=ROUND_HALF_UP)
_BINARY: Final = Context(prec=1000, rounding=ROUND_HALF_EVEN)
_FLOAT_DIGITS: Final = {"float4": 6, "float8": 15}
_ROMAN_WIDTH: Final = 15
_ROMAN: Final = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def numeric_to_char(value: str, template_text: str) -> str:
    """``value`` is the text of a numeric or an integer."""
    return _formatted(Decimal(value), parse_number_template(template_text), _EXACT, None)


def float8_to_char(value: float, template_text: str) -> str:
    return _float_to_char(value, template_text, _FLOAT_DIGITS["float8"])


def float4_to_char(value: float, template_text: str) -> str:
    return _float_to_char(value, template_text, _FLOAT_DIGITS["float4"])


def _float_to_char(value: float, template_text: str, digits: int) -> str:
    return _formatted(Decimal(value), parse_number_template(template_text), _BINARY, digits)


def _formatted(
    value: Decimal, template: NumberTemplate, context: Context, float_digits: int | None
) -> str:
    if not template.words:
        return ""
    if template.is_roman:
        return _roman(value, template)
    if template.is_scientific:
        return _scientific(value, template, context)
    fraction = template.fraction
    if template.has_power and value.is_finite():
        value = value.scaleb(template.power, context)
    if float_digits is not None and value.is_finite():
        whole_digits = len(str(value.copy_abs().quantize(Decimal(1), context=context)))
        fraction = max(0, min(fraction, float_digits - whole_digits))
    whole_positions = template.whole + template.power
    if value.is_finite():
        rounded = value.quantize(Decimal(1).scaleb(-fraction), context=context)
        digits = format(rounded.copy_abs(), "f")
        is_negative = rounded.is_signed() and rounded != 0
    else:
        digits = "NaN" if value.is_nan() else "Infinity"
        is_negative = not value.is_nan() and value < 0
    whole_length = len(digits.partition(".")[0])
    if whole_length > whole_positions:
        digits = "#" * whole_positions + "." + "#" * template.fraction
        whole_length = whole_positions
    return _Layout(template, digits, is_negative, whole_positions - whole_length).text()


def _roman(value: Decimal, template: NumberTemplate) -> str:
    number = 0
    if value.is_finite():
        number = int(value.quantize(Decimal(1), context=_EXACT))
    if not 1 <= number <= 3999:
        roman = "#" * _ROMAN_WIDTH
    else:
        roman = ""
        for size, letters in _ROMAN:
            count, number = divmod(number, size)
            roman += letters * count
    is_lower = any(word.text == "RN" and word.is_lower for word in template.words)
    roman = roman.lower() if is_lower else roman
    return roman.rjust(_ROMAN_WIDTH) if template.is_filled else roman


def _scientific(value: Decimal, template: NumberTemplate, context: Context) -> str:
    if not value.is_finite():
        filled = "#" * (template.whole + template.fraction + 6)
        return " " + filled[1 : template.whole + 1] + "." + filled[template.whole + 2 :]
    exponent = value.adjusted() if value else 0
    scaled = value.scaleb(-exponent, context)
    digits = scaled.quantize(Decimal(1).scaleb(-template.fraction), context=context)
    sign = "-" if exponent < 0 else "+"
    text = f"{digits:f}e{sign}{abs(exponent):02d}"
    return text if text.startswith("-") else f" {text}"


class _Layout:
    """Lays digits over a template, word by word.

    Invariants:
        - ``_position`` is the digit position of the template, ``_next`` the next digit to print.
        - ``_kept`` is the last digit that FM keeps after the point (the point itself if it keeps
          none), or None where every digit is printed.
    """

    def __init__(
        self, template: NumberTemplate, digits: str, is_negative: bool, spaces: int
    ) -> None:
        self._template = template
        self._digits = digits
        self._is_negative = is_negative
        self._spaces = spaces
        self._position = 0
        self._next = 0
        self._is_inside = False
        self._out: list[str] = []
        signs = template.signs
        self._has_brackets = "PR" in signs
        has_sign_word = bool(signs & {"MI", "SG", "PL"})
        if has_sign_word:
            self._sign_done = signs != {"PL"}
        else:
            if not is_negative and not template.is_filled:
                self._has_brackets = False
            self._sign_done = not is_negative and not template.is_filled and not template.anchor
        self._kept = self._last_kept()
        self._last = template.fraction + template.whole + template.power - 1
        if not self._sign_done and spaces == 0:
            self._last += 1

    def _last_kept(self) -> int | None:
        template, digits = self._template, self._digits
        if template.is_filled or not template.has_point:
            return None
        point = digits.find(".")
        if point < 0:
            return None
        kept = max([point, *(n for n in range(point + 1, len(digits)) if digits[n] != "0")])
        if template.last_zero > self._spaces:
            kept = max(kept, min(len(digits) - 1, template.last_zero - self._spaces))
        return kept

    def text(self) -> str:
        for word in self._template.words:
            if word.is_text:
                self._out.append(word.text)
            elif word.text in {"9", "0", ".", "D"}:
                self._digit(word)
            else:
                self._other(word)
        return "".join(self._out)

    @property
    def _sign(self) -> str:
        return "-" if self._is_negative else "+"

    def _other(self, word: Word) -> None:
        fill = " " if self._template.is_filled else ""
        if word.text in {",", "G"}:
            self._out.append("," if self._is_inside else fill)
        elif word.text == "L":
            self._out.append(" ")
        elif word.text == "MI":
            self._out.append("-" if self._is_negative else fill)
        elif word.text == "PL":
            self._out.append("+" if not self._is_negative else fill)
        elif word.text == "SG":
            self._out.append(self._sign)
        elif word.text == "TH" and not (
            self._digits.startswith("#") or self._is_negative or self._template.has_point
        ):
            suffix = ordinal_suffix(self._digits)
            self._out.append(suffix.lower() if word.is_lower else suffix)

    def _is_before_point(self) -> bool:
        """0 before the point is not printed unless the template has a 0 there."""
        return (
            not self._template.has_zero
            and self._next == 0
            and self._digits.startswith("0")
            and self._template.fraction != 0
        )

    def _keeps_point_only(self) -> bool:
        return self._kept is not None and self._digits[self._kept] == "."

    def _write_sign(self) -> None:
        template = self._template
        at_zero = template.has_zero and template.first_zero == self._position
        if self._sign_done or not (self._position >= self._spaces or at_zero):
            return
        if self._is_before_point() and not self._keeps_point_only():
            return
        if template.anchor:
            if template.anchor == "before":
                self._out.append(self._sign)
                self._sign_done = True
        elif self._has_brackets:
            self._out.append("<" if self._is_negative else " ")
            self._sign_done = True
        else:
            if self._is_negative:
                self._out.append("-")
            elif template.is_filled:
                self._out.append(" ")
            self._sign_done = True

    def _digit(self, word: Word) -> None:
        template = self._template
        self._is_inside = False
        self._write_sign()
        first_zero = template.first_zero
        if self._position < self._spaces and (first_zero is None or first_zero > self._position):
            if template.is_filled:
                self._out.append(" ")
        elif self._position < self._spaces:
            self._out.append("0")
            self._is_inside = True
        else:
            self._number(word)
        self._write_end()
        self._position += 1

    def _number(self, word: Word) -> None:
        character = self._digits[self._next] if self._next < len(self._digits) else ""
        if character == ".":
            self._out.append(".")
        elif self._kept is not None and self._next > self._kept and word.text != "0":
            pass
        elif self._is_before_point():
            if self._template.is_filled:
                self._out.append(" ")
            elif self._keeps_point_only():
                self._out.append("0")
        else:
            self._out.append(character)
            self._is_inside = True
        if character:
            self._next += 1

    def _write_end(self) -> None:
        """What follows the last digit: the closing bracket, or a sign anchored there."""
        end = self._last + (self._spaces > 0) + self._template.has_point
        if self._kept is not None and self._kept == self._next:
            end = self._position
        if self._position + 1 != end:
            return
        if self._sign_done and self._has_brackets:
            self._out.append(">" if self._is_negative else " ")
        elif self._template.anchor == "after":
            self._out.append(self._sign)


def ordinal_suffix(digits: str) -> str:
    """ST, ND, RD or TH for a number that is written with these digits."""
    if not digits or not digits[-1].isdigit() or (len(digits) > 1 and digits[-2] == "1"):
        return "TH"
    return {"1": "ST", "2": "ND", "3": "RD"}.get(digits[-1], "TH")

"""The template of to_char(number, ...) and to_number(), parsed into words and options. PURE."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from kalampg import errors

_WORDS: Final = re.compile(
    r'"((?:[^"\\]|\\.)*)"?|(FM|EEEE|MI|PL|SG|PR|RN|TH|th|rn|[90.,BCDGLSV])|(.)',
    re.DOTALL | re.IGNORECASE,
)
_SIGN_WORDS: Final = frozenset({"MI", "PL", "SG", "PR"})


@dataclass(frozen=True, slots=True)
class Word:
    """A template word in upper case, or text that is printed as it stands (``is_text``)."""

    text: str
    is_text: bool = False
    is_lower: bool = False


@dataclass(slots=True)
class NumberTemplate:
    """A parsed template.

    ``whole`` and ``fraction`` count the digit positions before and after the point; the first 0
    among the whole ones stands at ``first_zero`` (or it is None), the last 0 of all at
    ``last_zero`` (1-based, 0 for none). ``power`` is the number of digits after V.
    """

    words: list[Word] = field(default_factory=list)
    whole: int = 0
    fraction: int = 0
    power: int = 0
    first_zero: int | None = None
    last_zero: int = 0
    has_point: bool = False
    has_power: bool = False
    is_filled: bool = True
    is_roman: bool = False
    is_scientific: bool = False
    # S: "before" or "after" the digits; the sign words MI, PL, SG and PR by name.
    anchor: str = ""
    signs: set[str] = field(default_factory=set)

    @property
    def has_zero(self) -> bool:
        return self.first_zero is not None


@lru_cache(maxsize=256)
def parse_number_template(text: str) -> NumberTemplate:
    """Read a template.

    Raises:
        SyntaxError: 42601, words that exclude each other.
    """
    template = NumberTemplate()
    whole_at_sign = 0
    for match in _WORDS.finditer(text):
        if template.is_scientific and match[2] is not None:
            raise errors.SyntaxError('"EEEE" must be the last pattern used')
        if match[2] is None:
            quoted = match[1]
            shown = match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            template.words += [Word(character, is_text=True) for character in shown]
            continue
        word = match[2].upper()
        if word == "S":
            whole_at_sign = template.whole
        _note(template, word)
        if word != "FM":
            template.words.append(Word(word, is_lower=match[2].islower()))
    if template.anchor == "before" and template.whole == whole_at_sign:
        template.anchor = "after" if template.whole else "before"
    return template


def _note(template: NumberTemplate, word: str) -> None:
    """Put what a word says into the template."""
    if word in {"9", "0"}:
        _digit(template, word)
    elif word in {".", "D"}:
        if template.has_point:
            raise errors.SyntaxError("multiple decimal points")
        if template.has_power:
            raise errors.SyntaxError('cannot use "V" and decimal point together')
        template.has_point = True
    elif word == "S":
        _anchored_sign(template)
    elif word in _SIGN_WORDS:
        _sign_word(template, word)
    else:
        _note_shape(template, word)


def _note_shape(template: NumberTemplate, word: str) -> None:
    """Words about the number as a whole."""
    if word == "FM":
        template.is_filled = False
    elif word == "V":
        if template.has_point:
            raise errors.SyntaxError('cannot use "V" and decimal point together')
        template.has_power = True
    elif word == "RN":
        template.is_roman = True
    elif word == "EEEE":
        if template.has_zero or template.anchor or template.signs or not template.is_filled:
            raise errors.SyntaxError('"EEEE" is incompatible with other formats')
        template.is_scientific = True


def _digit(template: NumberTemplate, word: str) -> None:
    if "PR" in template.signs:
        raise errors.SyntaxError(f'"{word}" must be ahead of "PR"')
    if template.has_power and word == "9":
        template.power += 1
        return
    if word == "0" and not template.has_point and template.first_zero is None:
        template.first_zero = template.whole
    if template.has_point:
        template.fraction += 1
    else:
        template.whole += 1
    if word == "0":
        template.last_zero = template.whole + template.fraction


def _anchored_sign(template: NumberTemplate) -> None:
    if template.anchor:
        raise errors.SyntaxError('cannot use "S" twice')
    if template.signs:
        raise errors.SyntaxError('cannot use "S" and "PL"/"MI"/"SG"/"PR" together')
    template.anchor = "after" if template.has_point else "before"


def _sign_word(template: NumberTemplate, word: str) -> None:
    if template.anchor:
        both = f'"S" and "{word}"' if word != "PR" else '"PR" and "S"/"PL"/"MI"/"SG"'
        raise errors.SyntaxError(f"cannot use {both} together")
    if word == "PR" and template.signs:
        raise errors.SyntaxError('cannot use "PR" and "S"/"PL"/"MI"/"SG" together')
    template.signs.add(word)

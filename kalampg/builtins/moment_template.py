"""The template of to_char(moment, ...), to_date() and to_timestamp(), cut into words. PURE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
ROMAN_MONTHS: Final = (
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
)  # fmt: skip

# Words whose case says how they are printed; the others mean the same in any case.
_CASED: Final = (
    "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "DAY", "DY", "MONTH", "MON", "P.M.", "PM", "RM",
    "TZ",
)  # fmt: skip
_PLAIN: Final = (
    "Y,YYY", "YYYY", "YYY", "YY", "Y", "IYYY", "IYY", "IY", "I", "HH24", "HH12", "HH", "MI", "MM",
    "MS", "SSSSS", "SSSS", "SS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "CC", "DDD", "DD",
    "D", "IDDD", "ID", "IW", "WW", "W", "J", "Q", "TZH", "TZM", "OF",
)  # fmt: skip
# A word is written in capitals or in small letters throughout; names of months and days may have
# one capital. Anything else is text.
_SPELLINGS: Final = sorted(
    {
        *_CASED,
        *_PLAIN,
        *(word.lower() for word in (*_CASED, *_PLAIN)),
        *(word.capitalize() for word in ("DAY", "DY", "MONTH", "MON")),
    },
    key=lambda word: (-len(word), word),
)
_TOKEN: Final = re.compile(
    r'"((?:[^"\\]|\\.)*)"?|(FM|FX|TM|fm|fx|tm)|'
    rf"({'|'.join(map(re.escape, _SPELLINGS))})(TH|th|SP|sp)?|\\(.)|(.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Item:
    """A word in upper case with its modifiers, or text (``word`` is empty).

    ``shape`` is ``upper``, ``lower`` or ``title``: how the word was written. ``suffix`` is ``TH``
    or ``th`` or empty.
    """

    word: str
    text: str = ""
    shape: str = "upper"
    fills: bool = True
    is_localized: bool = False
    suffix: str = ""
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class MomentTemplate:
    """A cut template; ``is_exact`` says that it had FX."""

    items: tuple[Item, ...]
    is_exact: bool


@lru_cache(maxsize=256)
def parse_moment_template(text: str) -> MomentTemplate:
    """Cut a template: the longest word that fits, text where none does."""
    items: list[Item] = []
    is_exact = False
    fills, is_localized = True, False
    for quoted, modifier, word, suffix, escaped, other in _TOKEN.findall(text):
        if modifier:
            fills = fills and modifier.upper() != "FM"
            is_localized = is_localized or modifier.upper() == "TM"
            is_exact = is_exact or modifier.upper() == "FX"
            continue
        if word:
            items.append(
                Item(
                    word.upper(),
                    word,
                    _shape(word),
                    fills,
                    is_localized,
                    suffix if suffix.upper() == "TH" else "",
                )
            )
        elif quoted or not (escaped or other):
            shown = re.sub(r"\\(.)", r"\1", quoted)
            items += [Item("", character, is_quoted=True) for character in shown]
        else:
            items.append(Item("", escaped or other, is_quoted=bool(escaped)))
        fills, is_localized = True, False
    return MomentTemplate(tuple(items), is_exact)


def _shape(word: str) -> str:
    if word[0].islower():
        return "lower"
    return "title" if len(word) > 1 and word[1].islower() else "upper"


def shaped(text: str, shape: str) -> str:
    return {"upper": text.upper(), "lower": text.lower()}.get(shape, text)

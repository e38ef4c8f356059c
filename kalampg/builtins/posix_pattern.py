r"""PostgreSQL's advanced regular expressions in the spelling of the ``regex`` library. PURE.

    >>> translated(r"\mfoo\M")
    '\\mfoo\\M'
    >>> translated("***=a.b")
    'a\\.b'

Source: PostgreSQL 15, chapter "POSIX Regular Expressions".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

from kalampg import errors

_COUNT_MAX: Final = 255
_CLASSES: Final = frozenset(
    {"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
     "upper", "xdigit", "word"}
)  # fmt: skip
_COLLATING: Final = {
    "hyphen": "-", "space": " ", "period": ".", "comma": ",", "tilde": "~", "slash": "/",
    "left-square-bracket": "[", "right-square-bracket": "]", "circumflex": "^",
}  # fmt: skip
_ESCAPES: Final = {
    "a": r"\x07", "b": r"\x08", "B": r"\\", "e": r"\x1b", "f": r"\f", "n": r"\n", "r": r"\r",
    "t": r"\t", "v": r"\v", "A": r"\A", "m": r"\m", "M": r"\M", "y": r"\b", "Y": r"\B",
    "Z": r"\Z", "d": r"\d", "D": r"\D", "s": r"\s", "S": r"\S", "w": r"\w", "W": r"\W",
}  # fmt: skip
_HEX: Final = re.compile(r"x([0-9a-fA-F]+)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")
_EMBEDDED: Final = re.compile(r"\(\?([a-z]+)\)")
_BOUNDS: Final = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_GROUPS: Final = ("(?:", "(?=", "(?!", "(?<=", "(?<!")


@dataclass(frozen=True, slots=True)
class Options:
    """What flags say. ``newline``: ``s`` none, ``n`` all, ``p`` only ``.``, ``w`` only ``^ $``."""

    ignores_case: bool = False
    newline: str = "s"
    is_expanded: bool = False
    is_literal: bool = False


def read_flags(flags: str, options: Options = Options(), *, is_embedded: bool = False) -> Options:
    """The options that a string of flag letters sets, ``g`` left out.

    Raises:
        InvalidParameterValue: 22023, an unknown letter
    """
    ignores_case, newline = options.ignores_case, options.newline
    is_expanded, is_literal = options.is_expanded, options.is_literal
    for letter in flags:
        if letter in "ic":
            ignores_case = letter == "i"
        elif letter in "nmpsw":
            newline = "n" if letter == "m" else letter
        elif letter in "xt":
            is_expanded = letter == "x"
        elif letter == "q":
            is_literal = True
        elif letter not in "gbe":
            if is_embedded:
                raise invalid("invalid embedded option")
            raise errors.InvalidParameterValue(f'invalid regular expression option: "{letter}"')
    return Options(ignores_case, newline, is_expanded, is_literal)


def invalid(reason: str) -> errors.InvalidRegularExpression:
    return errors.InvalidRegularExpression(f"invalid regular expression: {reason}")


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: str = "") -> regex.Pattern[str]:
    """The pattern, ready to match.

    Raises:
        InvalidRegularExpression: 2201B
    """
    pattern, options = _director(pattern, read_flags(flags))
    bits = regex.VERSION0
    if options.ignores_case:
        bits |= regex.IGNORECASE
    if options.newline in "sw":
        bits |= regex.DOTALL
    if options.newline in "nw":
        bits |= regex.MULTILINE
    if options.is_literal:
        return regex.compile(regex.escape(pattern), bits)
    walk = _Walk(pattern, options)
    text = walk.text()
    if not walk.is_lazy:
        bits |= regex.POSIX  # The longest match, as PostgreSQL's.
    try:
        return regex.compile(text, bits)
    except regex.error as error:
        raise invalid(_reason(str(error))) from None


def translated(pattern: str) -> str:
    """The pattern as ``regex`` spells it."""
    pattern, options = _director(pattern, Options())
    return regex.escape(pattern) if options.is_literal else _Walk(pattern, options).text()


def _director(pattern: str, options: Options) -> tuple[str, Options]:
    """``***=``, ``***:`` and embedded options at the start."""
    if pattern.startswith("***="):
        return pattern[4:], Options(options.ignores_case, options.newline, is_literal=True)
    pattern = pattern.removeprefix("***:")
    embedded = _EMBEDDED.match(pattern)
    if embedded is not None:
        options = read_flags(embedded[1], options, is_embedded=True)
        pattern = pattern[embedded.end() :]
    return pattern, options


def _reason(message: str) -> str:
    for part, reason in (
        ("parenthes", "parentheses () not balanced"),
        ("missing )", "parentheses () not balanced"),
        ("unexpected )", "parentheses () not balanced"),
        ("group reference", "invalid backreference number"),
        ("unknown group", "invalid backreference number"),
        ("repeat", "quantifier operand invalid"),
        ("range", "invalid character range"),
        ("set", "brackets [] not balanced"),
    ):
        if part in message:
            return reason
    return "invalid escape \\ sequence"


class _Walk:
    """Translates a pattern from left to right."""

    def __init__(self, pattern: str, options: Options) -> None:
        self._pattern = pattern
        self._options = options
        self._at = 0
        self._out: list[str] = []
        self._may_repeat = False
        self._groups_open = 0
        self._groups = 0
        self.is_lazy = False

    def text(self) -> str:
        while self._at < len(self._pattern):
            self._step()
        if self._groups_open:
            raise invalid("parentheses () not balanced")
        return "".join(self._out)

    def _rest(self) -> str:
        return self._pattern[self._at :]

    def _put(self, text: str, length: int = 1, *, may_repeat: bool = True) -> None:
        self._out.append(text)
        self._at += length
        self._may_repeat = may_repeat

    def _step(self) -> None:
        character = self._pattern[self._at]
        if character == "\\":
            self._escape()
        elif character == "[":
            self._bracket()
        elif character in "*+?" or (character == "{" and self._rest()[1:2].isdigit()):
            self._quantifier(character)
        elif character in "()":
            self._group(character)
        elif character == "$":
            is_line = self._options.newline in "nw"
            self._put("$" if is_line else r"\Z", may_repeat=False)
        elif character in "^|":
            self._put(character, may_repeat=False)
        elif character == ".":
            self._put(".")
        elif self._options.is_expanded and (character.isspace() or character == "#"):
            self._comment(character)
        else:
            self._put(regex.escape(character))

    def _comment(self, character: str) -> None:
        end = self._rest().find("\n") if character == "#" else 0
        self._at = len(self._pattern) if end < 0 else self._at + end + 1

    def _quantifier(self, character: str) -> None:
        if not self._may_repeat:
            raise invalid("quantifier operand invalid")
        if character == "{":
            bounds = _BOUNDS.match(self._pattern, self._at)
            if bounds is None:
                raise invalid("invalid repetition count(s)")
            least, most = int(bounds[1]), int(bounds[3] or bounds[1])
            if max(least, most) > _COUNT_MAX or least > most:
                raise invalid("invalid repetition count(s)")
            shown = bounds[0]
        else:
            shown = character
        self._put(shown, len(shown), may_repeat=False)
        if self._rest().startswith("?"):
            self.is_lazy = True
            self._put("?", may_repeat=False)

    def _group(self, character: str) -> None:
        if character == ")":
            if not self._groups_open:
                raise invalid("parentheses () not balanced")
            self._groups_open -= 1
            self._put(")")
            return
        rest = self._rest()
        opening = next((each for each in _GROUPS if rest.startswith(each)), "")
        if not opening and rest.startswith("(?"):
            raise invalid("quantifier operand invalid")
        self._groups_open += 1
        self._groups += not opening
        self._put(opening or "(", len(opening or "("), may_repeat=False)

    def _escape(self) -> None:
        following = self._rest()[1:2]
        if not following:
            raise invalid("invalid escape \\ sequence")
        coded = _HEX.match(self._pattern, self._at + 1)
        if coded is not None:
            code = int(coded[1] or coded[2] or coded[3], 16)
            self._put(regex.escape(chr(code & 0x10FFFF)), 1 + len(coded[0]))
        elif following.isdigit():
            self._number()
        elif following in _ESCAPES:
            self._put(_ESCAPES[following], 2, may_repeat=following not in "AmMyYZ")
        elif following == "c" and len(self._rest()) > 2:
            self._put(regex.escape(chr(ord(self._rest()[2]) & 31)), 3)
        elif following.isalnum():
            raise invalid("invalid escape \\ sequence")
        else:
            self._put(regex.escape(following), 2)

    def _number(self) -> None:
        """A reference to a group, or a character in octal."""
        digits = re.match(r"\d+", self._rest()[1:])
        assert digits is not None
        number = digits[0]
        if number[0] != "0" and (len(number) == 1 or int(number) <= self._groups):
            if int(number) > self._groups:
                raise invalid("invalid backreference number")
            self._put(f"(?:\\{number})", 1 + len(number))
            return
        octal = re.match(r"[0-7]{1,3}", number)
        if octal is None:
            raise invalid("invalid backreference number")
        self._put(regex.escape(chr(int(octal[0], 8))), 1 + len(octal[0]))

    def _bracket(self) -> None:
        for edge, word in (("[[:<:]]", r"\m"), ("[[:>:]]", r"\M")):
            if self._rest().startswith(edge):
                self._put(word, len(edge), may_repeat=False)
                return
        pattern, position = self._pattern, self._at + 1
        out = ["["]
        if pattern[position : position + 1] == "^":
            out.append("^")
            if self._options.newline in "np":
                out.append(r"\n")
            position += 1
        start = position
        while True:
            character = pattern[position : position + 1]
            if not character:
                raise invalid("brackets [] not balanced")
            if character == "]" and position > start:
                break
            shown, length = self._member(position)
            out.append(shown)
            position += length
        out.append("]")
        self._put("".join(out), position + 1 - self._at)

    def _member(self, position: int) -> tuple[str, int]:
        """One member of a bracket expression, and how many characters it takes."""
        rest = self._pattern[position:]
        named = re.match(r"\[([:.=])(.*?)\1\]", rest)
        if named is not None:
            return self._named(named[1], named[2]), named.end()
        if rest[0] == "\\" and len(rest) > 1:
            return self._escaped_member(rest)
        if rest[0] == "-" and position + 1 < len(self._pattern):
            is_range = rest[1] != "]" and self._pattern[position - 1] not in "[^"
            return ("-" if is_range else r"\-"), 1
        return regex.escape(rest[0]), 1

    def _named(self, kind: str, name: str) -> str:
        if kind == ":":
            if name not in _CLASSES:
                raise invalid("invalid character class")
            return f"[:{name}:]"
        character = _COLLATING.get(name, name)
        if len(character) != 1:
            raise invalid("invalid collating element")
        return regex.escape(character)

    def _escaped_member(self, rest: str) -> tuple[str, int]:
        coded = _HEX.match(rest, 1)
        if coded is not None:
            code = int(coded[1] or coded[2] or coded[3], 16)
            return regex.escape(chr(code & 0x10FFFF)), 1 + len(coded[0])
        following = rest[1]
        if following in "dDsSwW" or following in "abBefnrtv":
            return _ESCAPES[following], 2
        if following.isalnum():
            raise invalid("invalid escape \\ sequence")
        return regex.escape(following), 2

"""The functions of regular expressions, for what RE2 has not or does otherwise. PURE.

A match may take ``SECONDS_MAX``, and the interpreter's lock is free meanwhile: a pattern that
backtracks without end stops its own query only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import regex

from kalampg import errors
from kalampg.builtins.posix_pattern import compiled

SECONDS_MAX: Final = 10.0
_REFERENCE: Final = re.compile(r"\\(.)?", re.DOTALL)


def _too_complex() -> errors.InvalidRegularExpression:
    return errors.InvalidRegularExpression(
        "regular expression failed: regular expression is too complex"
    )


def _first(text: str, pattern: str, flags: str, start: int = 0) -> regex.Match[str] | None:
    try:
        return compiled(pattern, flags).search(text, start, timeout=SECONDS_MAX, concurrent=True)
    except TimeoutError:
        raise _too_complex() from None


def _every(text: str, pattern: str, flags: str, start: int = 0) -> Iterator[regex.Match[str]]:
    at = start
    while at <= len(text):
        found = _first(text, pattern, flags, at)
        if found is None:
            return
        yield found
        at = found.end() + (found.end() == found.start())


def like(text: str, pattern: str, flags: str) -> bool:
    _refuse_global(flags, "regexp_like")
    return _first(text, pattern, flags) is not None


def like_any(text: str, patterns: list[str | None], flags: str, is_negated: bool) -> bool | None:
    """``~ ANY`` over an array: NULL where only a NULL pattern could make it true."""
    answer: bool | None = False
    for pattern in patterns:
        if pattern is None:
            answer = None
        elif like(text, pattern, flags) != is_negated:
            return True
    return answer


def like_all(text: str, patterns: list[str | None], flags: str, is_negated: bool) -> bool | None:
    found = like_any(text, patterns, flags, not is_negated)
    return None if found is None else not found


def match(text: str, pattern: str, flags: str) -> list[str | None] | None:
    """The groups of the first match, or the whole match where there are none."""
    if "g" in flags:
        raise errors.InvalidParameterValue(
            'regexp_match() does not support the "global" option',
            hint="Use the regexp_matches function instead.",
        )
    found = _first(text, pattern, flags)
    return None if found is None else _groups(found)


def matches(text: str, pattern: str, flags: str) -> list[list[str | None]]:
    if "g" in flags:
        return [_groups(found) for found in _every(text, pattern, flags)]
    found = _first(text, pattern, flags)
    return [] if found is None else [_groups(found)]


def _groups(found: regex.Match[str]) -> list[str | None]:
    return list(found.groups()) or [found.group()]


def substring(text: str, pattern: str) -> str | None:
    """The first group, or the whole match where there is none."""
    found = _first(text, pattern, "")
    return None if found is None else _groups(found)[0]


def replace(text: str, pattern: str, replacement: str, flags: str) -> str:
    if flags[:1].isdigit():
        raise errors.InvalidParameterValue(
            f'invalid regular expression option: "{flags[0]}"',
            hint="If you meant to use regexp_replace() with a start parameter, "
            "cast the fourth argument to integer explicitly.",
        )
    return replace_nth(text, pattern, replacement, 1, 0 if "g" in flags else 1, flags)


def replace_nth(
    text: str, pattern: str, replacement: str, start: int, number: int, flags: str
) -> str:
    """Replace the match of this number, or all for 0."""
    _check_positive("start", start)
    if number < 0:
        raise errors.InvalidParameterValue(f'invalid value for parameter "n": {number}')
    out: list[str] = []
    done = 0
    for count, found in enumerate(_every(text, pattern, flags, start - 1), 1):
        if number in {0, count}:
            out += (text[done : found.start()], _expanded(replacement, found))
            done = found.end()
        if count == number:
            break
    return "".join((*out, text[done:]))


def _expanded(replacement: str, found: regex.Match[str]) -> str:
    def expand(reference: re.Match[str]) -> str:
        which = reference[1]
        if which is None:
            return "\\"
        if which == "&" or which == "0":
            return found.group() if which == "&" else "\\0"
        if which.isdigit():
            number = int(which)
            return (found.group(number) or "") if number <= (found.re.groups) else ""
        return "\\" if which == "\\" else f"\\{which}"

    return _REFERENCE.sub(expand, replacement)


def split(text: str, pattern: str, flags: str) -> list[str]:
    if "g" in flags:
        raise errors.InvalidParameterValue(
            'regexp_split_to_array() does not support the "global" option'
        )
    out: list[str] = []
    done = 0
    for found in _every(text, pattern, flags):
        # An empty match at either end, or directly behind a match, splits nothing.
        is_empty = found.start() == found.end()
        if is_empty and (found.start() in {done, len(text)} and found.start() == done):
            continue
        if is_empty and found.start() == len(text):
            continue
        out.append(text[done : found.start()])
        done = found.end()
    return [*out, text[done:]]


def count(text: str, pattern: str, start: int, flags: str) -> int:
    _check_positive("start", start)
    _refuse_global(flags, "regexp_count")
    return sum(1 for _ in _every(text, pattern, flags, start - 1))


def instr(
    text: str, pattern: str, start: int, number: int, end_option: int, flags: str, group: int
) -> int:
    """Where the match of this number begins, or where it ends; 0 without one."""
    _check_positive("start", start)
    _check_positive("n", number)
    if end_option not in {0, 1}:
        raise errors.InvalidParameterValue(f'invalid value for parameter "endoption": {end_option}')
    _refuse_global(flags, "regexp_instr")
    found = _nth(text, pattern, start, number, flags, group)
    if found is None or found.start(group) < 0:
        return 0
    return (found.end(group) if end_option else found.start(group)) + 1


def substr(text: str, pattern: str, start: int, number: int, flags: str, group: int) -> str | None:
    _check_positive("start", start)
    _check_positive("n", number)
    _refuse_global(flags, "regexp_substr")
    found = _nth(text, pattern, start, number, flags, group)
    return None if found is None else found.group(group)


def _nth(
    text: str, pattern: str, start: int, number: int, flags: str, group: int
) -> regex.Match[str] | None:
    if group < 0:
        raise errors.InvalidParameterValue(f'invalid value for parameter "subexpr": {group}')
    for count_, found in enumerate(_every(text, pattern, flags, start - 1), 1):
        if count_ == number:
            return found if group <= found.re.groups else None
    return None


def _check_positive(name: str, value: int) -> None:
    if value < 1:
        raise errors.InvalidParameterValue(f'invalid value for parameter "{name}": {value}')


def _refuse_global(flags: str, name: str) -> None:
    if "g" in flags:
        raise errors.InvalidParameterValue(f'{name}() does not support the "global" option')

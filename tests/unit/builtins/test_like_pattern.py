"""Goal: LIKE matches what its definition says. Method: a naive matcher, and Hypothesis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg import errors
from kalampg.builtins.like_pattern import like


def matches(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first == "%":
        return any(matches(text[start:], rest) for start in range(len(text) + 1))
    if first == "\\":
        first, rest = rest[0], rest[1:]
        return text[:1] == first and matches(text[1:], rest)
    return bool(text) and (first in {"_", text[0]}) and matches(text[1:], rest)


@given(
    text=st.text("ab%\n", max_size=8),
    parts=st.lists(st.sampled_from(["a", "b", "%", "_", "\\%", "\\\\", "\n"]), max_size=7),
)
def test_as_defined(text: str, parts: list[str]) -> None:
    pattern = "".join(parts)
    assert like(text, pattern) == matches(text, pattern)


@pytest.mark.parametrize(("text", "pattern"), [("ab", "a\\"), ("abc", "%\\"), ("\\", "\\")])
def test_a_pattern_must_not_end_with_the_escape(text: str, pattern: str) -> None:
    with pytest.raises(errors.InvalidEscapeSequence):
        like(text, pattern)


@pytest.mark.parametrize(("text", "pattern"), [("a", "a\\"), ("b", "a\\"), ("", "\\")])
def test_an_escape_that_no_text_is_left_for_matches_nothing(text: str, pattern: str) -> None:
    assert not like(text, pattern)

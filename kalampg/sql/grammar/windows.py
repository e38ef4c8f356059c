"""Windows: what is behind OVER and in a WINDOW clause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kalampg.sql.grammar.grammar import Grammar

_FRAME_WORDS: Final = frozenset({"partition", "order", "range", "rows", "groups"})


def window_definition(grammar: Grammar) -> None:
    """``(name PARTITION BY ... ORDER BY ... ROWS ...)``."""
    grammar.expect_symbol("(")
    if grammar.word not in _FRAME_WORDS:
        grammar.take_name()
    if grammar.take_words("partition", "by"):
        grammar.expressions()
    if grammar.take_words("order", "by"):
        grammar.sort_keys()
    if grammar.take_word("range", "rows", "groups"):
        _frame(grammar)
    grammar.expect_symbol(")")


def _frame(grammar: Grammar) -> None:
    if grammar.take_word("between"):
        _bound(grammar)
        grammar.expect_words("and")
    _bound(grammar)
    if grammar.take_word("exclude"):
        if grammar.take_words("current", "row") or grammar.take_words("no", "others"):
            return
        grammar.expect_one_of("group", "ties")


def _bound(grammar: Grammar) -> None:
    if grammar.take_words("current", "row"):
        return
    if not grammar.take_word("unbounded"):
        grammar.expression()
    grammar.expect_one_of("preceding", "following")

"""Calls of functions, the syntax that is read as a call, and typed literals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from kalampg.sql.grammar.precedence import Binding
from kalampg.sql.grammar.types import interval_modifier, type_name
from kalampg.sql.grammar.windows import window_definition
from kalampg.sql.lexer import TokenKind

if TYPE_CHECKING:
    from kalampg.sql.grammar.grammar import Grammar


def call(grammar: Grammar) -> None:
    """The arguments of a function, and what may follow them."""
    grammar.expect_symbol("(")
    if not grammar.take_symbol("*"):
        _arguments(grammar)
    grammar.expect_symbol(")")
    if grammar.word == "within" and grammar.ahead().is_word("group"):
        grammar.advance()
        grammar.advance()
        grammar.expect_symbol("(")
        grammar.expect_words("order", "by")
        grammar.sort_keys()
        grammar.expect_symbol(")")
    if grammar.word == "filter" and grammar.ahead().is_symbol("("):
        grammar.advance()
        grammar.advance()
        grammar.expect_words("where")
        grammar.expression()
        grammar.expect_symbol(")")
    if grammar.take_word("over"):
        if grammar.symbol == "(":
            window_definition(grammar)
        else:
            grammar.expect_name()


def _arguments(grammar: Grammar) -> None:
    if grammar.symbol == ")":
        return
    grammar.take_word("all", "distinct")
    while True:
        is_last = grammar.take_word("variadic")
        _argument(grammar)
        if is_last or not grammar.take_symbol(","):
            break
    if grammar.take_words("order", "by"):
        grammar.sort_keys()


def _argument(grammar: Grammar) -> None:
    if grammar.ahead().is_symbol("=>", ":=") and grammar.is_name(grammar.current):
        grammar.advance()
        grammar.advance()
    grammar.expression()


def typed_literal(grammar: Grammar, start: int) -> None:
    """A string behind the type that began at ``start``; written as a cast for sqlglot."""
    _literal_as_cast(grammar, start, grammar.written(start, grammar.index))


def interval_literal(grammar: Grammar) -> None:
    """``INTERVAL '1' HOUR``, ``INTERVAL (3) '...'``; written as a cast for sqlglot."""
    start = grammar.index
    grammar.advance()
    if grammar.symbol == "(":
        _literal_as_cast(grammar, start, f"interval {interval_modifier(grammar)}")
        return
    literal = grammar.index
    grammar.expect_string()
    modifier = interval_modifier(grammar)
    grammar.spelling.drop(literal + 1, grammar.index)
    grammar.spelling.drop(start, literal)
    grammar.spelling.enclose(literal, literal, "CAST(", f" AS interval{modifier})")


def _literal_as_cast(grammar: Grammar, start: int, kind: str) -> None:
    literal = grammar.index
    grammar.expect_string()
    grammar.spelling.drop(start, literal)
    grammar.spelling.enclose(literal, literal, "CAST(", f" AS {kind})")


# --- syntax of its own; False where the word is a name ---


def _listed(grammar: Grammar) -> bool:
    """COALESCE, GREATEST, LEAST."""
    if not _opens(grammar):
        return False
    grammar.expressions()
    grammar.expect_symbol(")")
    return True


def _nullif(grammar: Grammar) -> bool:
    if not _opens(grammar):
        return False
    grammar.expression()
    grammar.expect_symbol(",")
    grammar.expression()
    grammar.expect_symbol(")")
    return True


def _cast(grammar: Grammar) -> bool:
    grammar.advance()
    grammar.expect_symbol("(")
    grammar.expression()
    grammar.expect_words("as")
    type_name(grammar)
    grammar.expect_symbol(")")
    return True


def _extract(grammar: Grammar) -> bool:
    if not _opens(grammar):
        return False
    if grammar.current.kind is TokenKind.STRING:
        grammar.advance()
    else:
        grammar.expect_name()
    grammar.expect_words("from")
    grammar.expression()
    grammar.expect_symbol(")")
    return True


def _overlay(grammar: Grammar) -> bool:
    if not _opens(grammar):
        return False
    grammar.expression()
    if grammar.take_word("placing"):
        grammar.expression()
        grammar.expect_words("from")
        grammar.expression()
        if grammar.take_word("for"):
            grammar.expression()
    elif grammar.take_symbol(","):
        grammar.expressions()
    grammar.expect_symbol(")")
    return True


def _position(grammar: Grammar) -> bool:
    if not _opens(grammar):
        return False
    grammar.expression(Binding.PATTERN + 1)
    grammar.expect_words("in")
    grammar.expression(Binding.PATTERN + 1)
    grammar.expect_symbol(")")
    return True


def _substring(grammar: Grammar) -> bool:
    if not _opens(grammar):
        return False
    if grammar.symbol != ")":
        # SIMILAR is an operator elsewhere; here ESCAPE or a plain expression follows it.
        grammar.expression(Binding.PATTERN + 1)
        if grammar.take_word("similar"):
            grammar.expression(Binding.PATTERN + 1)
            grammar.expect_words("escape")
            grammar.expression()
        elif grammar.take_symbol(","):
            grammar.expressions()
        else:
            first = grammar.word
            if grammar.take_word("from", "for"):
                grammar.expression()
                other = "for" if first == "from" else "from"
                if grammar.take_word(other):
                    grammar.expression()
    grammar.expect_symbol(")")
    return True


_TRIMS: Final = {"leading": "ltrim", "trailing": "rtrim"}


def _trim(grammar: Grammar) -> bool:
    """TRIM; what sqlglot does not read of it is spelled as the call that it is."""
    name = grammar.index
    if not _opens(grammar):
        return False
    side = grammar.word
    has_side = grammar.take_word("both", "leading", "trailing")
    is_all_listed = grammar.word == "from"
    if not is_all_listed:
        grammar.expressions()
    place = grammar.index
    has_from = grammar.take_word("from")
    if has_from:
        grammar.expressions()
    if is_all_listed or not has_from:
        instead = grammar.spelling.instead
        instead[name] = _TRIMS.get(side, "btrim") if has_side else "btrim"
        if has_side:
            instead[name + 2] = ""
        if has_from:
            instead[place] = ""
    grammar.expect_symbol(")")
    return True


def _normalize(grammar: Grammar) -> bool:
    if not _opens(grammar):
        return False
    grammar.expression()
    if grammar.take_symbol(","):
        grammar.spelling.instead[grammar.index] = f"'{grammar.word.upper()}'"
        grammar.expect_one_of("nfc", "nfd", "nfkc", "nfkd")
    grammar.expect_symbol(")")
    return True


def _collation_for(grammar: Grammar) -> bool:
    """``COLLATION FOR (x)``, which is a call of ``pg_collation_for``."""
    if not grammar.ahead().is_word("for"):
        return False
    instead = grammar.spelling.instead
    instead[grammar.index], instead[grammar.index + 1] = "pg_collation_for", ""
    grammar.advance()
    grammar.advance()
    grammar.expect_symbol("(")
    grammar.expression()
    grammar.expect_symbol(")")
    return True


def _opens(grammar: Grammar) -> bool:
    """Pass the word and the parenthesis behind it, if one is there."""
    if not grammar.ahead().is_symbol("("):
        return False
    grammar.advance()
    grammar.advance()
    return True


SPECIAL_CALLS: Final[dict[str, Callable[[Grammar], bool]]] = {
    "coalesce": _listed,
    "greatest": _listed,
    "least": _listed,
    "nullif": _nullif,
    "cast": _cast,
    "extract": _extract,
    "overlay": _overlay,
    "position": _position,
    "substring": _substring,
    "trim": _trim,
    "normalize": _normalize,
    "collation": _collation_for,
}

"""FROM: tables, functions, subqueries, joins and their aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kalampg import errors
from kalampg.sql.grammar.calls import SPECIAL_CALLS, call
from kalampg.sql.grammar.operands import BARE_CALLS, name_of_column_or_function, operand
from kalampg.sql.grammar.types import type_name

if TYPE_CHECKING:
    from kalampg.sql.grammar.grammar import Grammar

_JOIN_WORDS: Final = frozenset({"cross", "natural", "inner", "left", "right", "full", "join"})


def from_list(grammar: Grammar) -> None:
    """``a, b JOIN c ON ...``."""
    while True:
        table_ref(grammar)
        if not grammar.take_symbol(","):
            return


def table_ref(grammar: Grammar) -> bool:
    """One table, or several joined; whether they are joined."""
    is_joined = _source(grammar)
    while grammar.word in _JOIN_WORDS:
        _join(grammar)
        is_joined = True
    return is_joined


def _join(grammar: Grammar) -> None:
    if grammar.take_words("cross", "join"):
        _source(grammar)
        return
    is_natural = grammar.take_word("natural")
    if not grammar.take_word("inner") and grammar.take_word("left", "right", "full"):
        grammar.take_word("outer")
    grammar.expect_words("join")
    _source(grammar)
    if is_natural:
        return
    while grammar.word in _JOIN_WORDS:
        _join(grammar)
    if grammar.take_word("using"):
        _names_in_parentheses(grammar)
        if grammar.take_word("as"):
            grammar.expect_name()
    else:
        grammar.expect_words("on")
        grammar.expression()


def _source(grammar: Grammar) -> bool:
    """What stands between joins; whether it is a join in parentheses without a name."""
    if grammar.symbol == "(":
        start = grammar.index
        if not _parenthesised(grammar):
            return not _alias(grammar)
        _subquery_alias(grammar, start)
    elif grammar.take_word("lateral"):
        _lateral(grammar)
    elif grammar.at_words("rows", "from"):
        _rows_from(grammar)
    elif grammar.word == "only":
        relation(grammar)
        _alias(grammar)
    elif _function_or_name(grammar):
        _function_alias(grammar)
    else:
        grammar.take_symbol("*")
        _alias(grammar)
        _sample(grammar)
    return False


def _parenthesised(grammar: Grammar) -> bool:
    """``(SELECT ...)`` or ``(a JOIN b ON ...)``; whether it is a query."""
    start = grammar.index
    grammar.advance()
    is_query = grammar.at_query()
    is_joined = False
    if is_query:
        grammar.query()
    elif grammar.symbol != "(":
        is_joined = table_ref(grammar)
    else:
        start = grammar.index
        is_query = _parenthesised(grammar)
        if not is_query:
            is_joined = not _alias(grammar)
        elif grammar.symbol == ")" or grammar.goes_on_as_query():
            grammar.rest_of_query()
        else:
            _subquery_alias(grammar, start)
            is_query = False
        while not is_query and grammar.word in _JOIN_WORDS:
            _join(grammar)
            is_joined = True
    if not is_query and not is_joined:
        grammar.fail()
    grammar.expect_symbol(")")
    return is_query


def _lateral(grammar: Grammar) -> None:
    if grammar.symbol == "(":
        start = grammar.index
        grammar.query_in_parentheses()
        _subquery_alias(grammar, start)
    elif grammar.at_words("rows", "from"):
        _rows_from(grammar)
    else:
        _function(grammar)
        _function_alias(grammar)


def _rows_from(grammar: Grammar) -> None:
    grammar.expect_words("rows", "from")
    grammar.expect_symbol("(")
    while True:
        _function(grammar)
        if grammar.take_word("as"):
            _column_definitions(grammar)
        if not grammar.take_symbol(","):
            break
    grammar.expect_symbol(")")
    _function_alias(grammar)


def _function(grammar: Grammar) -> None:
    if not _function_or_name(grammar):
        grammar.fail()


def _function_or_name(grammar: Grammar) -> bool:
    """Pass a name, with its arguments if it is a function's."""
    is_call = grammar.ahead().is_symbol("(")
    word = grammar.word
    if word in BARE_CALLS or word == "cast" or (is_call and word in SPECIAL_CALLS):
        operand(grammar)
        return True
    name_of_column_or_function(grammar, is_function=is_call)
    while grammar.take_symbol("."):
        grammar.expect_label()
    if grammar.symbol != "(":
        return False
    call(grammar)
    return True


def relation(grammar: Grammar) -> None:
    """``t``, ``t *``, ``ONLY t``, ``ONLY (t)``."""
    if not grammar.take_word("only"):
        grammar.expect_qualified_name()
        grammar.take_symbol("*")
    elif grammar.take_symbol("("):
        grammar.expect_qualified_name()
        grammar.expect_symbol(")")
    else:
        grammar.expect_qualified_name()


# --- aliases ---


def _alias(grammar: Grammar) -> bool:
    """``AS a (b, c)``, if it comes next."""
    if grammar.take_word("as"):
        grammar.expect_name()
    elif not grammar.take_name():
        return False
    if grammar.symbol == "(":
        _names_in_parentheses(grammar)
    return True


def _subquery_alias(grammar: Grammar, start: int) -> None:
    """The alias of the query whose parenthesis is token ``start``; PostgreSQL 15 demands one."""
    if _alias(grammar):
        return
    is_values = grammar.tokens[start + 1].is_word("values")
    what, written = ("VALUES", "VALUES") if is_values else ("subquery", "SELECT")
    raise errors.SyntaxError(
        f"{what} in FROM must have an alias",
        hint=f"For example, FROM ({written} ...) [AS] foo.",
        position=grammar.tokens[start].start + 1,
    )


def _function_alias(grammar: Grammar) -> None:
    """WITH ORDINALITY, and an alias as that of a table or with the types of the columns."""
    if grammar.at_words("with", "ordinality"):
        grammar.expect_words("with", "ordinality")
    if grammar.take_word("as"):
        if grammar.symbol != "(":
            grammar.expect_name()
    elif not grammar.take_name():
        return
    if grammar.symbol == "(":
        _column_definitions(grammar)


def _column_definitions(grammar: Grammar) -> None:
    """``(a, b)`` or ``(a int, b text)``."""
    grammar.expect_symbol("(")
    while True:
        grammar.expect_name()
        if grammar.symbol not in {",", ")"}:
            type_name(grammar)
            if grammar.take_word("collate"):
                grammar.expect_qualified_name()
        if not grammar.take_symbol(","):
            break
    grammar.expect_symbol(")")


def _names_in_parentheses(grammar: Grammar) -> None:
    grammar.expect_symbol("(")
    grammar.expect_names()
    grammar.expect_symbol(")")


def _sample(grammar: Grammar) -> None:
    if not grammar.take_word("tablesample"):
        return
    grammar.expect_qualified_name()
    grammar.expect_symbol("(")
    grammar.expressions()
    grammar.expect_symbol(")")
    if grammar.take_word("repeatable"):
        grammar.expect_symbol("(")
        grammar.expression()
        grammar.expect_symbol(")")

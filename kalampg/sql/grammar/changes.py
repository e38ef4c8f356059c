"""INSERT, UPDATE, DELETE and MERGE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kalampg import errors
from kalampg.sql.grammar.from_clause import from_list, relation, table_ref
from kalampg.sql.grammar.queries import QUERY_WORDS, target_list, where
from kalampg.sql.keywords import NOT_NAMES

if TYPE_CHECKING:
    from kalampg.sql.grammar.grammar import Grammar

_NOT_UPDATE_ALIASES = NOT_NAMES | {"set"}


def insert(grammar: Grammar) -> None:
    """INSERT, with everything behind it."""
    grammar.expect_words("insert", "into")
    grammar.expect_qualified_name()
    if grammar.take_word("as"):
        grammar.expect_name()
    if not grammar.take_words("default", "values"):
        _insert_source(grammar)
    if grammar.take_words("on", "conflict"):
        _on_conflict(grammar)
    _returning(grammar)


def _insert_source(grammar: Grammar) -> None:
    """Columns, OVERRIDING, and the query."""
    has_columns = grammar.symbol == "(" and not (
        grammar.ahead().is_symbol("(") or grammar.ahead().is_word(*QUERY_WORDS)
    )
    if has_columns:
        _columns(grammar)
    _overriding(grammar)
    if grammar.word not in QUERY_WORDS and grammar.symbol != "(":
        grammar.fail()
    if grammar.word == "values":
        with grammar.writing():
            grammar.query()
    else:
        grammar.query()


def _overriding(grammar: Grammar) -> None:
    if grammar.take_word("overriding"):
        grammar.expect_one_of("user", "system")
        grammar.expect_words("value")


def _columns(grammar: Grammar) -> None:
    grammar.expect_symbol("(")
    while True:
        _column(grammar)
        if not grammar.take_symbol(","):
            break
    grammar.expect_symbol(")")


def _column(grammar: Grammar) -> None:
    """A column to write, or a part of one."""
    grammar.expect_name()
    while True:
        if grammar.take_symbol("."):
            grammar.expect_label()
        elif grammar.symbol == "[":
            grammar.subscript()
        else:
            return


def _on_conflict(grammar: Grammar) -> None:
    if grammar.take_words("on", "constraint"):
        grammar.expect_name()
    elif grammar.take_symbol("("):
        while True:
            _conflict_key(grammar)
            if not grammar.take_symbol(","):
                break
        grammar.expect_symbol(")")
        where(grammar)
    grammar.expect_words("do")
    if grammar.take_word("nothing"):
        return
    grammar.expect_words("update", "set")
    _assignments(grammar)
    where(grammar)


def _conflict_key(grammar: Grammar) -> None:
    """A column, a call or an expression in parentheses, with collation and operator class."""
    grammar.operand()
    if grammar.take_word("collate"):
        grammar.expect_qualified_name()
    if grammar.take_name():
        while grammar.take_symbol("."):
            grammar.expect_label()
    grammar.take_word("asc", "desc")


def update(grammar: Grammar) -> None:
    """UPDATE, with everything behind it."""
    grammar.expect_words("update")
    relation(grammar)
    _alias(grammar)
    grammar.expect_words("set")
    _assignments(grammar)
    if grammar.take_word("from"):
        from_list(grammar)
    _where_or_cursor(grammar)
    _returning(grammar)


def delete(grammar: Grammar) -> None:
    """DELETE, with everything behind it."""
    grammar.expect_words("delete", "from")
    relation(grammar)
    _alias(grammar)
    if grammar.take_word("using"):
        from_list(grammar)
    _where_or_cursor(grammar)
    _returning(grammar)


def _alias(grammar: Grammar) -> None:
    if grammar.take_word("as"):
        grammar.expect_name()
    elif grammar.is_name(grammar.current, _NOT_UPDATE_ALIASES):
        grammar.advance()


def _assignments(grammar: Grammar) -> None:
    while True:
        if grammar.symbol == "(":
            _columns(grammar)
        else:
            _column(grammar)
        grammar.expect_symbol("=")
        with grammar.writing():
            grammar.expression()
        if not grammar.take_symbol(","):
            return


def _where_or_cursor(grammar: Grammar) -> None:
    position = grammar.ahead().start + 1
    if not grammar.at_words("where", "current", "of"):
        where(grammar)
        return
    grammar.expect_words("where", "current", "of")
    grammar.expect_name()
    raise errors.FeatureNotSupported(
        "WHERE CURRENT OF is not supported",
        hint="Name the row by its primary key.",
        position=position,
    )


def _returning(grammar: Grammar) -> None:
    if grammar.take_word("returning"):
        target_list(grammar)


def merge(grammar: Grammar) -> None:
    """MERGE, with everything behind it."""
    grammar.expect_words("merge", "into")
    relation(grammar)
    _alias(grammar)
    grammar.expect_words("using")
    table_ref(grammar)
    grammar.expect_words("on")
    grammar.expression()
    if grammar.word != "when":
        grammar.fail()
    while grammar.take_word("when"):
        is_matched = not grammar.take_word("not")
        grammar.expect_words("matched")
        if grammar.take_word("and"):
            grammar.expression()
        grammar.expect_words("then")
        if grammar.take_words("do", "nothing"):
            continue
        if is_matched:
            _merge_matched(grammar)
        else:
            _merge_insert(grammar)


def _merge_matched(grammar: Grammar) -> None:
    if grammar.take_words("update", "set"):
        _assignments(grammar)
    else:
        grammar.expect_words("delete")


def _merge_insert(grammar: Grammar) -> None:
    grammar.expect_words("insert")
    if grammar.take_words("default", "values"):
        return
    if grammar.symbol == "(":
        _columns(grammar)
    _overriding(grammar)
    grammar.expect_words("values")
    grammar.expect_symbol("(")
    with grammar.writing():
        grammar.expressions()
    grammar.expect_symbol(")")

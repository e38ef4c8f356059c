"""SelectStmt: SELECT, VALUES, TABLE, WITH, set operations, ORDER BY, LIMIT and row locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kalampg import errors
from kalampg.sql.grammar.from_clause import from_list, relation
from kalampg.sql.grammar.operands import operand
from kalampg.sql.grammar.windows import window_definition
from kalampg.sql.keywords import BEHIND_TARGETS, NOT_BARE_LABELS
from kalampg.sql.lexer import Token, TokenKind

if TYPE_CHECKING:
    from kalampg.sql.grammar.grammar import Grammar

QUERY_WORDS: Final = frozenset({"select", "table", "values", "with"})
_SET_OPERATIONS: Final = ("union", "intersect", "except")
_LIMITS: Final = frozenset({"limit", "offset", "fetch"})
_TAIL_WORDS: Final = frozenset({*_SET_OPERATIONS, "order", "limit", "offset", "fetch", "for"})
_LOCKS: Final = {"update": (), "share": (), "no": ("key", "update"), "key": ("share",)}


def query(grammar: Grammar) -> None:
    """A query with all that belongs to it, but no parentheses around."""
    if grammar.word == "with":
        grammar.with_clause()
    _set_operand(grammar)
    rest_of_query(grammar)


def goes_on_as_query(grammar: Grammar) -> bool:
    """Whether what is in parentheses before is a part of a query."""
    return grammar.word in _TAIL_WORDS


def rest_of_query(grammar: Grammar) -> None:
    """What may follow the first SELECT."""
    while grammar.take_word(*_SET_OPERATIONS):
        grammar.take_word("all", "distinct")
        _set_operand(grammar)
    if grammar.take_words("order", "by"):
        sort_keys(grammar)
    is_locking = _locking_clauses(grammar)
    _limits(grammar)
    if not is_locking:
        _locking_clauses(grammar)


def query_in_parentheses(grammar: Grammar) -> None:
    """``(SELECT ...)``, however many parentheses there are."""
    grammar.expect_symbol("(")
    if grammar.symbol == "(":
        query_in_parentheses(grammar)
        rest_of_query(grammar)
    elif grammar.word in QUERY_WORDS:
        query(grammar)
    else:
        grammar.fail()
    grammar.expect_symbol(")")


def _set_operand(grammar: Grammar) -> None:
    if grammar.symbol == "(":
        query_in_parentheses(grammar)
    elif grammar.take_word("select"):
        _select(grammar)
    elif grammar.take_word("values"):
        _values(grammar)
    elif grammar.take_word("table"):
        relation(grammar)
    else:
        grammar.fail()


def _select(grammar: Grammar) -> None:
    if grammar.take_word("distinct"):
        if grammar.take_word("on"):
            grammar.expect_symbol("(")
            grammar.expressions()
            grammar.expect_symbol(")")
        target_list(grammar)
    else:
        grammar.take_word("all")
        if not _ends(grammar.current):
            target_list(grammar)
    if grammar.take_word("from"):
        from_list(grammar)
    where(grammar)
    if grammar.take_words("group", "by"):
        grammar.take_word("all", "distinct")
        _grouping_items(grammar)
    if grammar.take_word("having"):
        grammar.expression()
    if grammar.take_word("window"):
        while True:
            grammar.expect_name()
            grammar.expect_words("as")
            window_definition(grammar)
            if not grammar.take_symbol(","):
                break


def _ends(token: Token) -> bool:
    return (
        token.kind is TokenKind.END or token.is_symbol(")", ";") or token.is_word(*BEHIND_TARGETS)
    )


def target_list(grammar: Grammar) -> None:
    """``a, b AS c, *``."""
    while True:
        if not grammar.take_symbol("*"):
            _target(grammar)
        if not grammar.take_symbol(","):
            return


def _target(grammar: Grammar) -> None:
    grammar.expression(labels=True)
    is_named = grammar.take_word("as")
    label = grammar.current
    if is_named:
        grammar.expect_label()
    elif label.kind is TokenKind.QUOTED or (
        label.kind is TokenKind.WORD and label.value not in NOT_BARE_LABELS
    ):
        grammar.advance()
    else:
        return
    place = grammar.index - 1
    if grammar.tokens[place - 1 - is_named].is_symbol("*"):
        # All columns have their own names: ``t.* AS x``.
        grammar.spelling.drop(place - is_named, place + 1)
    elif label.kind is TokenKind.WORD:
        # Any word may be a label, but not for sqlglot.
        name = f'"{label.value}"'
        grammar.spelling.instead[place] = name if is_named else f"AS {name}"


def where(grammar: Grammar) -> None:
    """``WHERE ...``, if it comes next."""
    if grammar.take_word("where"):
        grammar.expression()


def _values(grammar: Grammar) -> None:
    while True:
        grammar.expect_symbol("(")
        grammar.expressions()
        grammar.expect_symbol(")")
        if not grammar.take_symbol(","):
            return


def _grouping_items(grammar: Grammar) -> None:
    """GROUP BY: expressions, ``()``, ROLLUP and CUBE, and GROUPING SETS of such."""
    while True:
        if grammar.word == "grouping" and grammar.ahead().is_word("sets"):
            grammar.advance()
            grammar.advance()
            grammar.expect_symbol("(")
            _grouping_items(grammar)
            grammar.expect_symbol(")")
        elif grammar.word in {"rollup", "cube"} and grammar.ahead().is_symbol("("):
            grammar.advance()
            grammar.expect_symbol("(")
            grammar.expressions()
            grammar.expect_symbol(")")
        elif grammar.symbol == "(" and grammar.ahead().is_symbol(")"):
            grammar.advance()
            grammar.advance()
        else:
            grammar.expression()
        if not grammar.take_symbol(","):
            return


def sort_keys(grammar: Grammar) -> None:
    """What is behind ORDER BY."""
    while True:
        grammar.expression()
        if grammar.word == "using":
            _sort_operator(grammar)
        else:
            grammar.take_word("asc", "desc")
        if grammar.word == "nulls" and grammar.ahead().is_word("first", "last"):
            grammar.advance()
            grammar.advance()
        if not grammar.take_symbol(","):
            return


def _sort_operator(grammar: Grammar) -> None:
    """``USING >``, which is DESC.

    Raises:
        WrongObjectType: 42809, no order is behind the operator
    """
    place = grammar.index
    grammar.advance()
    operator = grammar.current
    grammar.expect_kind(TokenKind.OPERATOR)
    if operator.value not in {"<", ">"}:
        raise errors.WrongObjectType(
            f"operator {operator.value} is not a valid ordering operator",
            hint='Ordering operators must be "<" or ">" members of btree operator families.',
            position=operator.start + 1,
        )
    instead = grammar.spelling.instead
    instead[place], instead[place + 1] = "", "ASC" if operator.value == "<" else "DESC"


def _limits(grammar: Grammar) -> None:
    """One LIMIT or FETCH and one OFFSET, in either order."""
    seen: set[bool] = set()
    while grammar.word in _LIMITS and (grammar.word == "offset") not in seen:
        seen.add(grammar.word == "offset")
        _limit(grammar)


def _limit(grammar: Grammar) -> None:
    start = grammar.current
    if grammar.take_word("limit"):
        if not grammar.take_word("all"):
            grammar.expression()
        if grammar.symbol == ",":
            raise errors.SyntaxError(
                "LIMIT #,# syntax is not supported",
                hint="Use separate LIMIT and OFFSET clauses.",
                position=start.start + 1,
            )
    elif grammar.take_word("offset"):
        grammar.expression()
        grammar.take_word("row", "rows")
    else:
        grammar.expect_words("fetch")
        grammar.expect_one_of("first", "next")
        if grammar.word not in {"row", "rows"}:
            if not grammar.take_symbol("-"):
                grammar.take_symbol("+")
            operand(grammar)
        grammar.expect_one_of("row", "rows")
        if not grammar.take_words("with", "ties"):
            grammar.expect_words("only")


def _locking_clauses(grammar: Grammar) -> bool:
    """``FOR UPDATE ... FOR SHARE ...``, or ``FOR READ ONLY`` alone; whether there is one."""
    if grammar.word == "for" and grammar.ahead().is_word("read"):
        grammar.expect_words("for", "read", "only")
        return True
    has_any = grammar.word == "for"
    while grammar.word == "for":
        _locking(grammar)
    return has_any


def _locking(grammar: Grammar) -> None:
    grammar.expect_words("for")
    rest = _LOCKS.get(grammar.word)
    if rest is None:
        grammar.fail()
    grammar.advance()
    grammar.expect_words(*rest)
    if grammar.take_word("of"):
        while True:
            grammar.expect_qualified_name()
            if not grammar.take_symbol(","):
                break
    if not grammar.take_word("nowait"):
        grammar.take_words("skip", "locked")

"""c_expr: what stands between operators. Constants, names, parentheses, CASE, ARRAY, ROW."""

from __future__ import annotations

from collections.abc import Callable
from string import hexdigits
from typing import TYPE_CHECKING, Final

from kalampg import errors
from kalampg.sql.grammar.calls import SPECIAL_CALLS, call, interval_literal, typed_literal
from kalampg.sql.grammar.types import TYPE_WORDS, simple_type_name
from kalampg.sql.keywords import COLUMN_NAME, RESERVED, TYPE_OR_FUNCTION
from kalampg.sql.lexer import TokenKind

if TYPE_CHECKING:
    from kalampg.sql.grammar.grammar import Grammar

_NUMBERS: Final = (TokenKind.INTEGER, TokenKind.NUMERIC)
_QUALIFIED_PARTS_MAX: Final = 4  # database, schema, table, column


def operand(grammar: Grammar) -> None:
    """Pass one operand."""
    kind = grammar.current.kind
    if kind is TokenKind.STRING:
        _string(grammar)
    elif kind in _NUMBERS:
        grammar.advance()
        _refuse_junk(grammar, "numeric literal")
    elif kind is TokenKind.PARAMETER:
        grammar.advance()
        _refuse_junk(grammar, "parameter")
        _indirection(grammar)
    elif kind is TokenKind.BIT_STRING:
        _bits(grammar)
    elif kind is TokenKind.WORD:
        rule = _WORD_RULES.get(grammar.word)
        if rule is None or not rule(grammar):
            _name(grammar)
    elif kind is TokenKind.QUOTED:
        _name(grammar)
    elif grammar.symbol == "(":
        if parenthesised(grammar):
            _indirection(grammar)
    else:
        grammar.fail()


def _string(grammar: Grammar) -> None:
    """A string; ``N'abc'`` is of type bpchar."""
    token = grammar.current
    if grammar.text[token.start] in "nN":
        grammar.spelling.enclose(grammar.index, grammar.index, "CAST(", " AS bpchar)")
    grammar.advance()


def _bits(grammar: Grammar) -> None:
    """``B'101'``, ``X'1F'``."""
    token = grammar.current
    is_binary = token.value[0] in "bB"
    digits, name = ("01", "binary") if is_binary else (hexdigits, "hexadecimal")
    for digit in token.value[2:-1]:
        if digit not in digits:
            raise errors.InvalidTextRepresentation(
                f'"{digit}" is not a valid {name} digit', position=token.start + 1
            )
    grammar.advance()


def _refuse_junk(grammar: Grammar, what: str) -> None:
    """``5a``, ``1_000``, ``0x1F``, ``$1a``."""
    before, token = grammar.tokens[grammar.index - 1], grammar.current
    if token.kind is TokenKind.WORD and token.start == before.end:
        junk = grammar.text[before.start : token.end]
        raise errors.SyntaxError(
            f'trailing junk after {what} at or near "{junk}"', position=before.start + 1
        )


def _name(grammar: Grammar) -> None:
    """A column, a call, or a type with its literal."""
    start = grammar.index
    after = grammar.ahead()
    is_call = after.is_symbol("(") or after.kind is TokenKind.STRING
    name_of_column_or_function(grammar, is_function=is_call)
    is_column = _indirection(grammar)
    if grammar.symbol == "(" and not is_column:
        call(grammar)
        if grammar.tokens[grammar.index - 2].is_symbol("("):
            return
    elif grammar.index - start > 2 * _QUALIFIED_PARTS_MAX:
        _refuse_many_parts(grammar, start)
    if grammar.current.kind is TokenKind.STRING and not is_column:
        typed_literal(grammar, start)


def name_of_column_or_function(grammar: Grammar, *, is_function: bool) -> None:
    """Pass the first part of a name; what cannot be one fails at the token behind it."""
    first = grammar.current
    if not grammar.is_name(first, RESERVED):
        grammar.fail()
    if not grammar.is_name(first, COLUMN_NAME if is_function else TYPE_OR_FUNCTION):
        grammar.fail(grammar.ahead())
    grammar.advance()


def _refuse_many_parts(grammar: Grammar, start: int) -> None:
    """``a.b.c.d.e`` is no column; subscripts are no parts."""
    parts = grammar.tokens[start : grammar.index : 2]
    dots = grammar.tokens[start + 1 : grammar.index : 2]
    if all(dot.is_symbol(".") for dot in dots):
        name = ".".join(part.value for part in parts)
        raise errors.SyntaxError(
            f"improper qualified name (too many dotted names): {name}",
            position=grammar.tokens[start].start + 1,
        )


def _indirection(grammar: Grammar) -> bool:
    """``.field``, ``.*``, ``[1]``, ``[1:2]``; whether only a column can have had it."""
    is_column = False
    while True:
        if grammar.take_symbol("."):
            if grammar.take_symbol("*"):
                is_column = True
            else:
                grammar.expect_label()
        elif grammar.take_symbol("["):
            is_column = True
            subscript(grammar)
        else:
            return is_column


def subscript(grammar: Grammar) -> None:
    """What is behind ``[``."""
    if grammar.symbol != ":":
        grammar.expression()
    if grammar.take_symbol(":") and grammar.symbol != "]":
        grammar.expression()
    elif grammar.symbol == "]" and grammar.tokens[grammar.index - 1].is_symbol("["):
        grammar.fail()
    grammar.expect_symbol("]")


def parenthesised(grammar: Grammar) -> bool:
    """``(expression)``, ``(a, row)`` or ``(SELECT ...)``; whether it is a query."""
    grammar.expect_symbol("(")
    is_query = _begins_with_query(grammar)
    if not is_query and grammar.take_symbol(","):
        grammar.expressions()
        grammar.expect_symbol(")")
        return False
    grammar.expect_symbol(")")
    if not is_query:
        _indirection(grammar)
    return is_query


def _begins_with_query(grammar: Grammar) -> bool:
    """Pass a query, or else an expression."""
    if grammar.at_query():
        grammar.query()
        return True
    if grammar.symbol != "(":
        grammar.expression()
        return False
    start = grammar.index
    if parenthesised(grammar):
        if grammar.symbol == ")" or grammar.goes_on_as_query():
            grammar.rest_of_query()
            return True
        _indirection(grammar)
    grammar.operators(start)
    return False


# --- operands that begin with a key word; False for those that are names here ---


def _constant(grammar: Grammar) -> bool:
    grammar.advance()
    return True


def _default(grammar: Grammar) -> bool:
    grammar.misplaced_default = grammar.misplaced_default or grammar.current
    grammar.advance()
    return True


def _current_schema(grammar: Grammar) -> bool:
    if grammar.ahead().is_symbol("("):
        return False
    grammar.advance()
    return True


def _time(grammar: Grammar) -> bool:
    """``current_timestamp (3)``."""
    grammar.advance()
    if grammar.take_symbol("("):
        grammar.expect_kind(TokenKind.INTEGER)
        grammar.expect_symbol(")")
    return True


def _case(grammar: Grammar) -> bool:
    grammar.advance()
    if grammar.word != "when":
        grammar.expression()
    if grammar.word != "when":
        grammar.fail()
    while grammar.take_word("when"):
        grammar.expression()
        grammar.expect_words("then")
        grammar.expression()
    if grammar.take_word("else"):
        grammar.expression()
    grammar.expect_words("end")
    return True


def _array(grammar: Grammar) -> bool:
    grammar.advance()
    if grammar.symbol == "(":
        grammar.query_in_parentheses()
    else:
        _array_items(grammar)
    return True


def _array_items(grammar: Grammar) -> None:
    """``[1, 2]`` or ``[[1], [2]]``."""
    grammar.expect_symbol("[")
    if grammar.symbol == "[":
        _array_items(grammar)
        while grammar.take_symbol(","):
            _array_items(grammar)
    elif grammar.symbol != "]":
        grammar.expressions()
    grammar.expect_symbol("]")


def _row(grammar: Grammar) -> bool:
    if not grammar.ahead().is_symbol("("):
        return False
    grammar.advance()
    grammar.advance()
    if grammar.symbol != ")":
        grammar.expressions()
    grammar.expect_symbol(")")
    return True


def _exists(grammar: Grammar) -> bool:
    if not grammar.ahead().is_symbol("("):
        return False
    grammar.advance()
    grammar.query_in_parentheses()
    return True


def _grouping(grammar: Grammar) -> bool:
    if not grammar.ahead().is_symbol("("):
        return False
    grammar.advance()
    grammar.advance()
    grammar.expressions()
    grammar.expect_symbol(")")
    return True


def _interval(grammar: Grammar) -> bool:
    after = grammar.ahead()
    if after.kind is not TokenKind.STRING and not after.is_symbol("("):
        return False
    interval_literal(grammar)
    return True


def _type_word(grammar: Grammar) -> bool:
    """``numeric(5, 1) '1.55'``, ``timestamp with time zone '...'``."""
    after = grammar.ahead()
    goes_on = after.kind is TokenKind.STRING or after.is_symbol("(")
    if not goes_on and not after.is_word("with", "without", "varying", "character", "char"):
        return False
    _type_and_literal(grammar)
    return True


def _double(grammar: Grammar) -> bool:
    """``double precision '1.5'``."""
    if not grammar.ahead().is_word("precision"):
        return False
    _type_and_literal(grammar)
    return True


def _type_and_literal(grammar: Grammar) -> None:
    start = grammar.index
    simple_type_name(grammar)
    typed_literal(grammar, start)


_TIMES: Final = ("current_time", "current_timestamp", "localtime", "localtimestamp")
_SESSION_VALUES: Final = (
    "current_date", "current_role", "current_user", "user", "session_user", "current_catalog",
)  # fmt: skip
# Functions that are called without parentheses.
BARE_CALLS: Final = frozenset({*_TIMES, *_SESSION_VALUES})
_WORD_RULES: Final[dict[str, Callable[[Grammar], bool]]] = {
    **dict.fromkeys(("true", "false", "null", *_SESSION_VALUES), _constant),
    **dict.fromkeys(_TIMES, _time),
    **dict.fromkeys(TYPE_WORDS, _type_word),
    **SPECIAL_CALLS,
    "default": _default,
    "current_schema": _current_schema,
    "interval": _interval,
    "double": _double,
    "case": _case,
    "array": _array,
    "row": _row,
    "exists": _exists,
    "grouping": _grouping,
}

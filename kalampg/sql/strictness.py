"""Refuse what sqlglot lets pass and PostgreSQL does not, as far as neighbouring tokens show it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from kalampg import errors
from kalampg.sql.keywords import RESERVED
from kalampg.sql.lexer import Token, TokenKind, syntax_error_at

# Operators that PostgreSQL has and the binder knows. The rest are other dialects', or rare.
_OPERATORS: Final = frozenset(
    """
    + - * / % ^ = <> != < > <= >= || :: ~ ~* !~ !~* ~~ !~~ ~~* !~~* ^@
    => := -> ->> #> #>> #- @> <@ ? ?| ?& && & | # << >> @ |/ ||/ @? @@
    """.split()  # noqa: SIM905 - read as words
)
_CLAUSE_WORDS: Final = frozenset(
    """
    from where group having order limit offset fetch for union intersect except returning window
    on using
    """.split()  # noqa: SIM905 - read as words
)
_LITERALS: Final = (TokenKind.STRING, TokenKind.INTEGER, TokenKind.NUMERIC)


def check_tokens(text: str, tokens: Sequence[Token]) -> None:
    """Raise for the first place where PostgreSQL's grammar would stop.

    Raises:
        SyntaxError: 42601
        UndefinedFunction: 42883, an operator that does not exist
        FeatureNotSupported: 0A000, WHERE CURRENT OF
    """
    brackets = 0
    for place, (before, token) in enumerate(pairwise(tokens)):
        if token.kind is TokenKind.OPERATOR and token.value not in _OPERATORS:
            raise _no_operator(text, token)
        if _is_junk(before, token):
            junk = text[before.start : token.end]
            raise errors.SyntaxError(
                f'trailing junk after numeric literal at or near "{junk}"',
                position=before.start + 1,
            )
        if _is_incomplete(before, token) or _is_misplaced_string(tokens, place + 1):
            raise syntax_error_at(text, token.start, token.end)
        if before.is_word("current") and token.is_word("of"):
            raise errors.FeatureNotSupported(
                "WHERE CURRENT OF is not supported",
                hint="Name the row by its primary key.",
                position=before.start + 1,
            )
        if token.is_symbol("["):
            if not _may_subscript(before, inside=brackets > 0):
                raise syntax_error_at(text, token.start, token.end)
            brackets += 1
        elif token.is_symbol("]"):
            brackets -= 1


def _no_operator(text: str, token: Token) -> errors.PgError:
    if token.value == "..":
        return syntax_error_at(text, token.start, token.end)
    return errors.UndefinedFunction(
        f"operator does not exist: {token.value}",
        hint="No operator matches the given name. PostgreSQL's operators are supported.",
        position=token.start + 1,
    )


def _is_junk(before: Token, token: Token) -> bool:
    """A word directly behind a number: ``1_000``, ``0x1F``, ``5a``."""
    is_number = before.kind in {TokenKind.INTEGER, TokenKind.NUMERIC}
    return is_number and token.kind is TokenKind.WORD and token.start == before.end


def _is_incomplete(before: Token, token: Token) -> bool:
    """A comma or AS with nothing after it, INTERVAL with a number instead of a string."""
    if before.is_word("interval") and token.kind in {TokenKind.INTEGER, TokenKind.NUMERIC}:
        return True
    if token.is_symbol(",") and (before.is_symbol("(", ",") or before.is_word("select")):
        return True
    is_end = token.kind is TokenKind.END or token.is_symbol(")") or token.is_word(*_CLAUSE_WORDS)
    return is_end and (before.is_symbol(",") or before.is_word("as"))


def _is_misplaced_string(tokens: Sequence[Token], place: int) -> bool:
    """Strings are no aliases, and only a line break joins them."""
    if tokens[place].kind is not TokenKind.STRING:
        return False
    before = tokens[place - 1]
    if before.is_symbol(")"):
        return not _is_modifier(tokens[max(place - 4, 0) : place])
    return before.kind in _LITERALS or before.is_word("as")


def _is_modifier(tokens: Sequence[Token]) -> bool:
    """``timestamp(3)``, which a string may follow."""
    kinds = [token.kind for token in tokens]
    return kinds[:1] == [TokenKind.WORD] and kinds[2:3] == [TokenKind.INTEGER]


def _may_subscript(before: Token, *, inside: bool) -> bool:
    if before.kind is TokenKind.WORD:
        return before.value == "array" or before.value not in RESERVED
    if before.kind in {TokenKind.QUOTED, TokenKind.PARAMETER}:
        return True
    return before.is_symbol("]", ")") or (inside and before.is_symbol("[", ","))

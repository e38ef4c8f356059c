"""The door to sqlglot: text of a query in, one tree out, errors as PostgreSQL words them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from kalampg import errors
from kalampg.sql import dialect, grammar
from kalampg.sql.grammar.reader import Spelling
from kalampg.sql.lexer import Token, TokenKind, quoted_string, tokenize
from kalampg.sql.qualified_spellings import plainly_spelled


def parse(text: str) -> exp.Expr:
    """The tree of the one query or data change in ``text``.

    Raises:
        SyntaxError: 42601 with a position.
        FeatureNotSupported: 0A000, PostgreSQL parses it and sqlglot does not.
    """
    tokens = plainly_spelled(tokenize(text))
    try:
        normalized = _Normalized(text, tokens, grammar.check(text, tokens))
    except RecursionError:
        raise _too_complex() from None
    try:
        [tree] = filter(None, dialect.parse(normalized.text))
    except (ParseError, TokenError) as error:
        raise _not_supported(normalized, error) from None
    except RecursionError:
        raise _too_complex() from None
    normalized.restore_positions(tree)
    return tree


def _too_complex() -> errors.StatementTooComplex:
    return errors.StatementTooComplex(
        "stack depth limit exceeded", hint="Write the statement with less nesting."
    )


def parse_undelete(text: str) -> exp.Expr:
    """The tree of an UNDELETE: that of the DELETE which it takes back.

    Raises:
        SyntaxError: 42601 with a position.
    """
    verb = tokenize(text)[0]
    # As many characters as before: positions stay those of the text.
    return parse(text[: verb.start] + "DELETE".rjust(verb.end - verb.start) + text[verb.end :])


_PREFIX: Final = "SELECT "
# An expression's nodes have their places behind this many characters.
PREFIX_LENGTH: Final = len(_PREFIX)


def parse_expression(text: str) -> exp.Expr:
    """The tree of one scalar expression.

    Raises:
        SyntaxError: 42601
    """
    try:
        tree = parse(_PREFIX + text)
    except errors.SyntaxError as error:
        position = None if error.position is None else max(error.position - PREFIX_LENGTH, 1)
        raise errors.SyntaxError(error.message, position=position) from None
    is_bare = isinstance(tree, exp.Select) and {k for k, v in tree.args.items() if v} == {
        "expressions"
    }
    if not is_bare or len(tree.expressions) != 1 or isinstance(tree.expressions[0], exp.Alias):
        raise errors.SyntaxError("syntax error in expression")
    expression: exp.Expr = tree.expressions[0].pop()
    return expression


class _Normalized:
    """The text as sqlglot reads it rightly, and the way back to positions in the original.

    Strings are written as ``'...'``: of other spellings sqlglot makes something else.
    A parameter gets a space before it where sqlglot would take ``$1,$`` for a dollar quote.
    """

    def __init__(self, text: str, tokens: Sequence[Token], spelling: Spelling) -> None:
        pieces: list[str] = []
        self._starts: list[int] = []  # places in the new text from which on ...
        self._shifts: list[int] = []  # ... this much is to be subtracted
        done = length = 0
        for number, token in enumerate(tokens):
            before, plain = spelling.before.get(number, ""), _plain(text, token)
            new = spelling.instead.get(number, plain) + spelling.behind.get(number, "")
            if not before and new == text[token.start : token.end]:
                continue
            for piece, end in ((before, token.start), (new, token.end)):
                pieces += [text[done : token.start], piece]
                length += token.start - done + len(piece)
                done = end
                self._starts.append(length)
                self._shifts.append(length - done)
        self.text = "".join([*pieces, text[done:]])

    def restore_positions(self, tree: exp.Expr) -> None:
        """Make ``start`` of all nodes a place in the original text."""
        if not any(self._shifts):
            return
        for node in tree.walk():
            start = node.meta.get("start")
            if start is not None:
                node.meta["start"] = self.original(start)

    def original(self, offset: int) -> int:
        """The place in the original text that ``offset`` comes from."""
        index = bisect_right(self._starts, offset) - 1
        return offset if index < 0 else offset - self._shifts[index]


def _plain(text: str, token: Token) -> str:
    """How to write a token for sqlglot, wherever it stands."""
    written = text[token.start : token.end]
    if token.kind is TokenKind.STRING:
        return quoted_string(token.value)
    if token.kind is TokenKind.QUOTED and written[0] != '"':
        escaped = token.value.replace('"', '""')
        return f'"{escaped}"'
    if token.kind in {TokenKind.OPERATOR, TokenKind.WORD} and _is_respelled(token, written):
        return f" {token.value} "
    if token.kind is TokenKind.PARAMETER and text[token.end : token.end + 1] not in {"", " "}:
        return written + " "
    return written


def _is_respelled(token: Token, written: str) -> bool:
    """Whether ``plainly_spelled`` gave the token another spelling. No word has a dot in it."""
    return token.value != written and (token.kind is TokenKind.OPERATOR or "." in token.value)


def _not_supported(
    normalized: _Normalized, error: ParseError | TokenError
) -> errors.FeatureNotSupported:
    """The statement is well formed, and sqlglot does not know what it says."""
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    highlight = str(details.get("highlight") or "")
    seen = str(details.get("start_context") or "") + highlight
    place = normalized.text.find(seen) if seen else -1
    position = None
    if place >= 0:
        position = normalized.original(place + len(seen) - len(highlight)) + 1
    return errors.FeatureNotSupported(
        "this syntax is not supported",
        hint="PostgreSQL knows it; kalampg does not know what is there, or just before.",
        position=position,
    )

"""The door to sqlglot: text of a query in, one tree out, errors as PostgreSQL words them."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from kalampg import errors
from kalampg.sql import dialect
from kalampg.sql.lexer import Token, TokenKind, syntax_error_at, tokenize
from kalampg.sql.qualified_spellings import plainly_spelled
from kalampg.sql.strictness import check_tokens


def parse(text: str) -> exp.Expr:
    """The tree of the one query or data change in ``text``.

    Raises:
        SyntaxError: 42601 with a position.
    """
    tokens = plainly_spelled(tokenize(text))
    check_tokens(text, tokens)
    normalized = _Normalized(text, tokens)
    try:
        statements = dialect.parse(normalized.text)
    except ParseError as error:
        raise _syntax_error(text, normalized, error) from None
    except TokenError:
        raise errors.SyntaxError("syntax error at end of input", position=len(text) + 1) from None
    except RecursionError:
        raise errors.StatementTooComplex(
            "stack depth limit exceeded", hint="Write the statement with less nesting."
        ) from None
    trees = [statement for statement in statements if statement is not None]
    if len(trees) != 1:
        raise errors.SyntaxError("cannot insert multiple commands into a prepared statement")
    normalized.restore_positions(trees[0])
    return trees[0]


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

    def __init__(self, text: str, tokens: list[Token]) -> None:
        pieces: list[str] = []
        self._starts: list[int] = []  # places in the new text from which on ...
        self._shifts: list[int] = []  # ... this much is to be subtracted
        done = length = 0
        for token in tokens:
            new = _rewritten(text, token)
            if new is None:
                continue
            pieces += [text[done : token.start], new]
            length += token.start - done + len(new)
            done = token.end
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


def _rewritten(text: str, token: Token) -> str | None:
    """How to write a token for sqlglot; None for as it is."""
    written = text[token.start : token.end]
    new = written
    if token.kind is TokenKind.STRING:
        escaped = token.value.replace("'", "''")
        new = f"'{escaped}'"
    elif token.kind is TokenKind.QUOTED and written[0] != '"':
        escaped = token.value.replace('"', '""')
        new = f'"{escaped}"'
    elif token.kind in {TokenKind.OPERATOR, TokenKind.WORD} and _is_respelled(token, written):
        new = f" {token.value} "
    elif token.kind is TokenKind.PARAMETER and text[token.end : token.end + 1] not in {"", " "}:
        new = written + " "
    return None if new == written else new


def _is_respelled(token: Token, written: str) -> bool:
    """Whether ``plainly_spelled`` gave the token another spelling. No word has a dot in it."""
    return token.value != written and (token.kind is TokenKind.OPERATOR or "." in token.value)


def _syntax_error(text: str, normalized: _Normalized, error: ParseError) -> errors.SyntaxError:
    """From where sqlglot stood to the token that PostgreSQL would name."""
    details = error.errors[0] if error.errors else {}
    highlight = str(details.get("highlight") or "")
    context = str(details.get("start_context") or "")
    description = str(details.get("description") or "")
    offset = normalized.original(_offset(normalized.text, context + highlight, len(highlight)))
    tokens = tokenize(text)
    for number, token in enumerate(tokens):
        if token.kind is TokenKind.END or token.start <= offset < token.end:
            # When something is missing, sqlglot stands at the last token that was all right.
            is_missing = description.startswith(("Required keyword", "Expect"))
            if is_missing and token.kind is not TokenKind.END:
                token = tokens[number + 1]  # noqa: PLW2901
            return syntax_error_at(text, token.start, token.end)
    return syntax_error_at(text, len(text), len(text))


def _offset(text: str, seen: str, highlight_length: int) -> int:
    place = text.find(seen) if seen else -1
    return len(text) if place < 0 else place + len(seen) - highlight_length

"""The door to sqlglot: text of a query in, one tree out, errors as PostgreSQL words them."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from kalampg import errors
from kalampg.sql import dialect
from kalampg.sql.lexer import Token, TokenKind, syntax_error_at, tokenize


def parse(text: str) -> exp.Expr:
    """The tree of the one query or data change in ``text``.

    Raises:
        SyntaxError: 42601 with a position.
    """
    tokens = tokenize(text)
    try:
        statements = dialect.parse(_with_plain_strings(text, tokens))
    except ParseError as error:
        raise _syntax_error(text, error) from None
    except TokenError:
        raise errors.SyntaxError("syntax error at end of input", position=len(text) + 1) from None
    except RecursionError:
        raise errors.StatementTooComplex(
            "stack depth limit exceeded", hint="Write the statement with less nesting."
        ) from None
    trees = [statement for statement in statements if statement is not None]
    if len(trees) != 1:
        raise errors.SyntaxError("cannot insert multiple commands into a prepared statement")
    return trees[0]


def parse_expression(text: str) -> exp.Expr:
    """The tree of one scalar expression.

    Raises:
        SyntaxError: 42601
    """
    prefix = "SELECT "
    try:
        tree = parse(prefix + text)
    except errors.SyntaxError as error:
        position = None if error.position is None else max(error.position - len(prefix), 1)
        raise errors.SyntaxError(error.message, position=position) from None
    is_bare = isinstance(tree, exp.Select) and {k for k, v in tree.args.items() if v} == {
        "expressions"
    }
    if not is_bare or len(tree.expressions) != 1 or isinstance(tree.expressions[0], exp.Alias):
        raise errors.SyntaxError("syntax error in expression")
    expression: exp.Expr = tree.expressions[0].pop()
    return expression


def _with_plain_strings(text: str, tokens: list[Token]) -> str:
    """Every string as ``'...'``: sqlglot does not decode the other spellings as PostgreSQL does.

    Spaces keep the positions of what follows; a string that grows moves the rest of its statement.
    """
    pieces: list[str] = []
    done = 0
    for token in tokens:
        if token.kind is TokenKind.STRING:
            escaped = token.value.replace("'", "''")
            plain = f"'{escaped}'"
        elif token.kind is TokenKind.QUOTED and text[token.start] != '"':
            escaped = token.value.replace('"', '""')
            plain = f'"{escaped}"'
        else:
            continue
        written = text[token.start : token.end]
        if written != plain:
            pieces += [text[done : token.start], plain.ljust(len(written))]
            done = token.end
    return "".join([*pieces, text[done:]]) if pieces else text


def _syntax_error(text: str, error: ParseError) -> errors.SyntaxError:
    """sqlglot says where it stood; PostgreSQL names the token that stands there."""
    details = error.errors[0] if error.errors else {}
    highlight = details.get("highlight") or ""
    context = details.get("start_context") or ""
    offset = _offset(text, str(context) + str(highlight), len(str(highlight)))
    tokens = tokenize(text)
    for token in tokens:
        if token.kind is not TokenKind.END and token.start <= offset < token.end:
            # sqlglot stops at the last good token when the input ends too early.
            if token is tokens[-2] and "Expecting" in str(details.get("description", "")):
                break
            return syntax_error_at(text, token.start, token.end)
    return syntax_error_at(text, len(text), len(text))


def _offset(text: str, seen: str, highlight_length: int) -> int:
    place = text.find(seen) if seen else -1
    return len(text) if place < 0 else place + len(seen) - highlight_length

"""Split the text of a simple query into its statements."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.sql.lexer import TokenKind, iter_tokens


@dataclass(frozen=True, slots=True)
class StatementText:
    """One statement; ``offset`` is where it starts in the whole text, for error positions."""

    text: str
    offset: int


def split(text: str) -> list[StatementText]:
    """The statements of ``text`` that are not empty, in order.

    >>> [s.text for s in split("select ';'; select 2;;")]
    ["select ';'", 'select 2']

    Raises:
        SyntaxError: 42601, for an unterminated string, identifier or comment.
    """
    first = text.find(";")
    # The usual query has no semicolon, or one at its end; what is open there is an error anyway.
    if first < 0 or first == len(text.rstrip()) - 1:
        body = text if first < 0 else text[:first]
        return [StatementText(body, 0)] if body.strip() and _has_token(body) else []
    statements: list[StatementText] = []
    start: int | None = None
    end = 0
    depth = 0
    for token in iter_tokens(text):
        if token.kind is TokenKind.PUNCTUATION:
            if token.value == ";" and depth == 0:
                if start is not None:
                    statements.append(StatementText(text[start:end], start))
                start = None
                continue
            if token.value == "(":
                depth += 1
            elif token.value == ")":
                depth = max(depth - 1, 0)
        if start is None:
            start = token.start
        end = token.end
    if start is not None:
        statements.append(StatementText(text[start:end], start))
    return statements


def _has_token(text: str) -> bool:
    if "--" not in text and "/*" not in text:
        return True
    return next(iter_tokens(text), None) is not None

"""Literals with a type before them, as casts: ``date '2024-01-01'``, ``interval '1' day``.

sqlglot binds ``::`` closer than the type, reads a part of an interval's text only and forgets
modifiers and fields. So the tokens become those of ``CAST('2024-01-01' AS date)`` before it parses
them. The fields and the precision of an interval become its type modifier, as one number.
"""

from __future__ import annotations

from typing import Final

from sqlglot.tokenizer_core import Token, TokenType

from kalampg import errors
from kalampg.pgtypes.registry import INTERVAL_FIELDS, interval_typmod

_TYPES: Final = frozenset(
    {
        TokenType.DATE, TokenType.TIME, TokenType.TIMETZ, TokenType.TIMESTAMP,
        TokenType.TIMESTAMPTZ, TokenType.INTERVAL, TokenType.JSON, TokenType.JSONB,
        TokenType.UUID, TokenType.INT, TokenType.BIGINT, TokenType.SMALLINT, TokenType.DOUBLE,
        TokenType.FLOAT, TokenType.DECIMAL, TokenType.BOOLEAN, TokenType.TEXT,
        TokenType.VARBINARY, TokenType.CHAR, TokenType.VARCHAR,
    }
)  # fmt: skip


def with_literals_as_casts(tokens: list[Token]) -> list[Token]:
    """The tokens, with every typed literal spelled as a cast.

    Raises:
        SyntaxError: 42601, fields that no interval has.
    """
    if not any(token.token_type in _TYPES for token in tokens):
        return tokens
    made: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.token_type in _TYPES:
            end = _end_of_type(tokens, position)
            if _is_string(tokens, end):
                position = _append_literal(made, tokens, position, end)
                continue
            if token.token_type == TokenType.INTERVAL and _follows_cast(tokens, position):
                made.append(token)
                position = _append_fields(made, tokens, position + 1, token)
                continue
        made.append(token)
        position += 1
    return made


def _is_string(tokens: list[Token], position: int) -> bool:
    return position < len(tokens) and tokens[position].token_type == TokenType.STRING


def _follows_cast(tokens: list[Token], position: int) -> bool:
    return position > 0 and tokens[position - 1].token_type in {TokenType.DCOLON, TokenType.ALIAS}


def _end_of_type(tokens: list[Token], start: int) -> int:
    """Where a type ends that begins at ``start``: behind its modifiers and its zone."""
    words = [token.text.lower() for token in tokens[start + 1 : start + 9]] + [""] * 8
    end = 0
    if tokens[start].text.lower() == "double" and words[0] == "precision":
        end = 1
    if words[end] == "(":
        closing = words.index(")", end) if ")" in words[end:] else -1
        if closing < 0:
            return start + 1
        end = closing + 1
    if words[end] in {"with", "without"} and words[end + 1 : end + 3] == ["time", "zone"]:
        end += 3
    return start + 1 + end


def _append_literal(made: list[Token], tokens: list[Token], start: int, string: int) -> int:
    """Append ``CAST(string AS type)``; where to go on."""
    first, literal = tokens[start], tokens[string]
    made += [_token(TokenType.VAR, "CAST", first), _token(TokenType.L_PAREN, "(", first)]
    made += [literal, _token(TokenType.ALIAS, "AS", literal), first]
    position = string + 1
    if first.token_type == TokenType.INTERVAL:
        precision = _number(tokens, start + 2) if string > start + 1 else None
        position = _append_fields(made, tokens, position, first, precision)
    else:
        made += tokens[start + 1 : string]
    made.append(_token(TokenType.R_PAREN, ")", literal))
    return position


def _append_fields(
    made: list[Token],
    tokens: list[Token],
    position: int,
    beside: Token,
    precision: int | None = None,
) -> int:
    """Append the type modifier of the interval's fields and precision that come next."""
    fields = tokens[position].text.lower() if position < len(tokens) else ""
    if fields not in INTERVAL_FIELDS:
        fields = ""
    else:
        position += 1
        if position + 1 < len(tokens) and tokens[position].text.lower() == "to":
            last = tokens[position + 1].text.lower()
            if last not in INTERVAL_FIELDS[fields]:
                wrong = tokens[position + bool(INTERVAL_FIELDS[fields])]
                raise errors.SyntaxError(
                    f'syntax error at or near "{wrong.text}"', position=wrong.start + 1
                )
            fields = f"{fields} to {last}"
            position += 2
    has_precision = position < len(tokens) and tokens[position].token_type == TokenType.L_PAREN
    if has_precision and precision is None and (not fields or fields.endswith("second")):
        precision = _number(tokens, position + 1)
        position += 3
    if fields or precision is not None:
        typmod = interval_typmod(fields, precision)
        made += [
            _token(TokenType.L_PAREN, "(", beside),
            _token(TokenType.NUMBER, str(typmod), beside),
            _token(TokenType.R_PAREN, ")", beside),
        ]
    return position


def _number(tokens: list[Token], position: int) -> int:
    token = tokens[position] if position < len(tokens) else tokens[-1]
    if token.token_type != TokenType.NUMBER or not token.text.isdigit():
        raise errors.SyntaxError(
            f'syntax error at or near "{token.text}"', position=token.start + 1
        )
    return int(token.text)


def _token(kind: TokenType, text: str, beside: Token) -> Token:
    return Token(kind, text, beside.line, beside.col, beside.start, beside.end, [])

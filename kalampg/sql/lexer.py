"""Cut PostgreSQL statements into tokens exactly as PostgreSQL's own scanner does.

Used where the position and the spelling of tokens matter: splitting, literal lifting, KalamDB's and
PostgreSQL's own statements. Queries are parsed by sqlglot, behind ``parse``.

Source:
    PostgreSQL documentation, "sql-syntax-lexical"; standard_conforming_strings is always on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from kalampg import errors
from kalampg.sql.escapes import unescape, unescape_unicode

IDENTIFIER_BYTES_MAX: Final = 63  # NAMEDATALEN - 1


class TokenKind(Enum):
    """The classes of PostgreSQL's scanner."""

    WORD = "word"  # identifier or key word, folded to lower case in ``value``
    QUOTED = "quoted identifier"
    STRING = "string"
    BIT_STRING = "bit string"
    INTEGER = "integer"
    NUMERIC = "numeric"
    PARAMETER = "parameter"
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token. ``value`` is its meaning, ``text[start:end]`` its spelling."""

    kind: TokenKind
    value: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        return self.kind is TokenKind.WORD and self.value in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind in _SYMBOL_KINDS and self.value in symbols


_SYMBOL_KINDS: Final = (TokenKind.OPERATOR, TokenKind.PUNCTUATION)

_TOKEN: Final = re.compile(
    r"""
      (?P<space>[ \t\r\n\f\v]+ | --[^\r\n]*)
    | (?P<comment>/\*)
    | (?P<escaped>[eE]')
    | (?P<unicode>[uU]&')
    | (?P<unicode_name>[uU]&")
    | (?P<bits>[bBxX]'[^']*')
    | (?P<national>[nN]')
    | (?P<string>')
    | (?P<quoted>")
    | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$)
    | (?P<parameter>\$[0-9]+)
    | (?P<numeric>(?:[0-9]+\.(?!\.)[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
    | (?P<integer>[0-9]+)
    | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
    | (?P<cast>::|:=|\.\.)
    | (?P<operator>[-+*/<>=~!@\#%^&|`?]+)
    | (?P<punctuation>[()\[\],;:.])
    """,
    re.VERBOSE,
)
_COMMENT_EDGE: Final = re.compile(r"/\*|\*/")
_STRING_BODY: Final = re.compile(r"(?:[^']|'')*'")
_ESCAPED_BODY: Final = re.compile(r"(?:[^'\\]|''|\\.)*'", re.DOTALL)
_QUOTED_BODY: Final = re.compile(r'(?:[^"]|"")*"')
# A string goes on after white space that has a line break in it.
_CONTINUATION: Final = re.compile(
    r"(?:[ \t\f\v]|--[^\r\n]*)*[\r\n](?:[ \t\r\n\f\v]|--[^\r\n]*[\r\n])*'"
)
_UESCAPE: Final = re.compile(
    r"(?:[ \t\r\n\f\v]|--[^\r\n]*|/\*(?:[^*]|\*(?!/))*\*/)*uescape\b"
    r"(?:[ \t\r\n\f\v]|--[^\r\n]*)*(?P<literal>'(?:[^']|'')*'|\S*)",
    re.IGNORECASE,
)
_NO_ESCAPES: Final = frozenset("0123456789abcdefABCDEF+'\" \t\r\n\f\v")
# An operator may end in + or - only if it has one of these in it.
_SPECIAL_OPERATOR_CHARS: Final = frozenset("~!@#%^&|`?")


def tokenize(text: str) -> list[Token]:
    """All tokens of ``text``, with one END token last.

    Raises:
        SyntaxError: 42601, for an unterminated string, identifier or comment.
    """
    tokens = list(iter_tokens(text))
    tokens.append(Token(TokenKind.END, "", len(text), len(text)))
    return tokens


def iter_tokens(text: str) -> Iterator[Token]:
    """The tokens of ``text`` one by one; white space and comments are left out."""
    offset = 0
    length = len(text)
    while offset < length:
        match = _TOKEN.match(text, offset)
        if match is None:
            raise syntax_error_at(text, offset, offset + 1)
        group = match.lastgroup
        end = match.end()
        if group == "space":
            offset = end
        elif group == "comment":
            offset = _end_of_comment(text, offset)
        elif group in _SIMPLE_KINDS:
            yield Token(_SIMPLE_KINDS[group], match.group(), offset, end)
            offset = end
        else:
            token = _complex_token(text, str(group), match, offset)
            yield token
            offset = token.end


_SIMPLE_KINDS: Final[dict[str | None, TokenKind]] = {
    "parameter": TokenKind.PARAMETER,
    "numeric": TokenKind.NUMERIC,
    "integer": TokenKind.INTEGER,
    "cast": TokenKind.OPERATOR,
    "punctuation": TokenKind.PUNCTUATION,
}


def _complex_token(text: str, group: str, match: re.Match[str], start: int) -> Token:
    end = match.end()
    if group == "word":
        return Token(TokenKind.WORD, fold(match.group()), start, end)
    if group == "operator":
        operator = _operator_prefix(match.group())
        return Token(TokenKind.OPERATOR, operator, start, start + len(operator))
    if group in {"quoted", "unicode_name"}:
        return _quoted_identifier(text, start, end, is_unicode=group == "unicode_name")
    if group == "bits":
        return Token(TokenKind.BIT_STRING, match.group(), start, end)
    if group == "dollar":
        return _dollar_string(text, start, match.group())
    return _string(text, group, start, end)


def _operator_prefix(run: str) -> str:
    """The operator that a run of operator characters starts with."""
    for comment_start in ("--", "/*"):
        cut = run.find(comment_start)
        if cut > 0:
            run = run[:cut]
    while len(run) > 1 and run[-1] in "+-" and not _SPECIAL_OPERATOR_CHARS.intersection(run):
        run = run[:-1]
    return run


def _end_of_comment(text: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise _unterminated("/* comment", text, start)


def _string(text: str, group: str, start: int, body_start: int) -> Token:
    body_pattern = _ESCAPED_BODY if group == "escaped" else _STRING_BODY
    pieces: list[str] = []
    body = body_start
    while True:
        match = body_pattern.match(text, body)
        if match is None:
            raise _unterminated("quoted string", text, start)
        pieces.append(text[body : match.end() - 1])
        continuation = _CONTINUATION.match(text, match.end())
        if continuation is None:
            break
        body = continuation.end()
    raw, end = "".join(pieces), match.end()
    if group == "escaped":
        return Token(TokenKind.STRING, unescape(raw, body_start), start, end)
    value = raw.replace("''", "'")
    if group == "unicode":
        escape, end = _unicode_escape(text, end)
        value = unescape_unicode(value, body_start, escape)
    return Token(TokenKind.STRING, value, start, end)


def _dollar_string(text: str, start: int, tag: str) -> Token:
    body = start + len(tag)
    close = text.find(tag, body)
    if close < 0:
        raise _unterminated("dollar-quoted string", text, start)
    return Token(TokenKind.STRING, text[body:close], start, close + len(tag))


def _quoted_identifier(text: str, start: int, body: int, *, is_unicode: bool) -> Token:
    match = _QUOTED_BODY.match(text, body)
    if match is None:
        raise _unterminated("quoted identifier", text, start)
    value, end = text[body : match.end() - 1].replace('""', '"'), match.end()
    if is_unicode:
        escape, end = _unicode_escape(text, end)
        value = unescape_unicode(value, body, escape)
    if not value:
        raise errors.SyntaxError(
            f'zero-length delimited identifier at or near "{text[start : match.end()]}"',
            position=start + 1,
        )
    return Token(TokenKind.QUOTED, truncate_identifier(value), start, end)


def _unicode_escape(text: str, end: int) -> tuple[str, int]:
    """The escape character of the ``U&`` constant that ends at ``end``, and where all ends."""
    match = _UESCAPE.match(text, end)
    if match is None:
        return "\\", end
    literal = match.group("literal")
    position = match.start("literal") + 1
    if not literal.startswith("'"):
        raise errors.SyntaxError(
            f'UESCAPE must be followed by a simple string literal at or near "{literal}"',
            position=position,
        )
    if len(literal) != 3 or literal[1] in _NO_ESCAPES:
        raise errors.SyntaxError(
            f'invalid Unicode escape character at or near "{literal}"', position=position
        )
    return literal[1], match.end()


def fold(word: str) -> str:
    """An unquoted name as PostgreSQL folds it: ASCII letters only are lower-cased."""
    if word.isascii():
        return truncate_identifier(word.lower())
    lowered = "".join(c.lower() if c.isascii() else c for c in word)
    return truncate_identifier(lowered)


def truncate_identifier(name: str) -> str:
    """Names longer than NAMEDATALEN - 1 bytes are cut, never inside a character."""
    if len(name) * 4 <= IDENTIFIER_BYTES_MAX:
        return name
    encoded = name.encode()
    if len(encoded) <= IDENTIFIER_BYTES_MAX:
        return name
    return encoded[:IDENTIFIER_BYTES_MAX].decode(errors="ignore")


def syntax_error_at(text: str, start: int, end: int) -> errors.SyntaxError:
    """42601 as PostgreSQL words it, for the token at ``text[start:end]``."""
    if start >= len(text):
        return errors.SyntaxError("syntax error at end of input", position=len(text) + 1)
    return errors.SyntaxError(f'syntax error at or near "{text[start:end]}"', position=start + 1)


def _unterminated(what: str, text: str, start: int) -> errors.SyntaxError:
    return errors.SyntaxError(
        f'unterminated {what} at or near "{text[start:]}"', position=start + 1
    )


def quoted_string(value: str) -> str:
    """A string constant of that value."""
    escaped = value.replace("'", "''")
    return f"'{escaped}'"

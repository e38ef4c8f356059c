"""Goal: tokens are PostgreSQL's. Method: spellings worked out from the manual, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg import errors
from kalampg.sql.lexer import TokenKind, tokenize

W, Q, S = TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING
INT, N, OP, P = TokenKind.INTEGER, TokenKind.NUMERIC, TokenKind.OPERATOR, TokenKind.PUNCTUATION


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("SELECT Ab", [(W, "select"), (W, "ab")], id="words-fold"),
        pytest.param('"Ab""c"', [(Q, 'Ab"c')], id="quoted-name"),
        pytest.param("'it''s'", [(S, "it's")], id="doubled-quote"),
        pytest.param(r"'a\n'", [(S, r"a\n")], id="standard-strings-keep-backslashes"),
        pytest.param(r"E'a\n\'\x41\101\u0042'", [(S, "a\n'AAB")], id="escape-string"),
        pytest.param(r"U&'\0041\+000042'", [(S, "AB")], id="unicode-string"),
        pytest.param(r"E'\ud83d\ude00'", [(S, "😀")], id="surrogate-pair"),
        pytest.param("$$it's$$ $t$a$$b$t$", [(S, "it's"), (S, "a$$b")], id="dollar-quotes"),
        pytest.param("'a'\n  'b'", [(S, "ab")], id="continued-string"),
        pytest.param("'a' 'b'", [(S, "a"), (S, "b")], id="no-continuation-on-one-line"),
        pytest.param("$1+$2", [(TokenKind.PARAMETER, "$1"), (OP, "+"), (TokenKind.PARAMETER, "$2")],
                     id="parameters"),
        pytest.param("1 1. .5 1e5 1.5e-3", [(INT, "1"), (N, "1."), (N, ".5"), (N, "1e5"),
                                            (N, "1.5e-3")], id="numbers"),
        pytest.param("1..2", [(INT, "1"), (OP, ".."), (INT, "2")], id="range-dots"),
        pytest.param("a<=-5", [(W, "a"), (OP, "<="), (OP, "-"), (INT, "5")], id="minus-splits-off"),
        pytest.param("a@-5", [(W, "a"), (OP, "@-"), (INT, "5")], id="minus-stays-with-special"),
        pytest.param("a--b\n/* c /* d */ e */+1", [(W, "a"), (OP, "+"), (INT, "1")], id="comments"),
        pytest.param("a+--b", [(W, "a"), (OP, "+")], id="comment-ends-operator"),
        pytest.param("x::int[]", [(W, "x"), (OP, "::"), (W, "int"), (P, "["), (P, "]")], id="cast"),
        pytest.param("b'01'", [(TokenKind.BIT_STRING, "b'01'")], id="bits"),
    ],
)  # fmt: skip
def test_tokens(text: str, expected: list[tuple[TokenKind, str]]) -> None:
    assert [(t.kind, t.value) for t in tokenize(text)[:-1]] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("select 'abc", "unterminated quoted string at or near \"'abc\"", id="string"),
        pytest.param('select "abc', 'unterminated quoted identifier at or near ""abc"', id="name"),
        pytest.param("select /* a", 'unterminated /* comment at or near "/* a"', id="comment"),
        pytest.param("select $a$b", 'unterminated dollar-quoted string at or near "$a$b"',
                     id="dollar"),
        pytest.param('select ""', 'zero-length delimited identifier at or near """"', id="empty"),
        pytest.param("select {", 'syntax error at or near "{"', id="brace"),
    ],
)  # fmt: skip
def test_broken_text_is_a_syntax_error_at_its_place(text: str, message: str) -> None:
    with pytest.raises(errors.SyntaxError) as caught:
        tokenize(text)
    assert (caught.value.message, caught.value.position) == (message, 8)


def test_long_names_are_cut_at_63_bytes_between_characters() -> None:
    name = "é" * 40
    assert tokenize(name)[0].value == "é" * 31


@given(st.text())
def test_a_quoted_string_is_one_token_with_its_value(value: str) -> None:
    escaped = value.replace("'", "''")
    tokens = tokenize(f"'{escaped}'")
    assert [(t.kind, t.value) for t in tokens[:-1]] == [(S, value)]

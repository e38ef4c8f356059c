"""Goal: simple queries split where PostgreSQL splits them.

Method: statements put together by hand, and joined again by Hypothesis.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg.sql import StatementText, split_statements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("select 1", ["select 1"], id="one"),
        pytest.param("select 1;", ["select 1"], id="final-semicolon"),
        pytest.param("a; b ;; c", ["a", "b", "c"], id="empty-ones-vanish"),
        pytest.param("select ';'; select $$;$$", ["select ';'", "select $$;$$"], id="in-strings"),
        pytest.param('select ";" -- ;\n; b', ['select ";"', "b"], id="in-names-and-comments"),
        pytest.param("/* ; */ a", ["a"], id="only-in-comment"),
        pytest.param("x (a; b); c", ["x (a; b)", "c"], id="in-parentheses"),
        pytest.param("", [], id="nothing"),
        pytest.param(" ; -- c\n /* d */ ", [], id="only-comments"),
        pytest.param("-- c", [], id="one-comment"),
    ],
)
def test_split(text: str, expected: list[str]) -> None:
    assert [s.text for s in split_statements(text)] == expected


def test_offsets_point_into_the_whole_text() -> None:
    text = "select 1;\n  select 2; select 3"
    assert split_statements(text)[1:] == [
        StatementText("select 2", text.index("select 2")),
        StatementText("select 3", text.index("select 3")),
    ]


_STATEMENTS = st.sampled_from(
    ["select 1", "select ';'", "select $$a;b$$", 'select ";"', "select /* ; */ 2", "x (1; 2)"]
)


@given(st.lists(_STATEMENTS, min_size=1))
def test_joined_statements_come_apart_again(statements: list[str]) -> None:
    assert [s.text for s in split_statements(" ;\n".join(statements))] == statements

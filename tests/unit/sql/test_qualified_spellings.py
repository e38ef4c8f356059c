"""Goal: operators, collations and types spelled with their schema mean what the plain ones mean.

Method: statements as psql and SQLAlchemy send them; the tree must be that of the plain spelling.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.sql.annotation import position_of
from kalampg.sql.parse import parse

PAIRS = [
    ("select a operator(pg_catalog.~) b", "select a ~ b"),
    ("select a OPERATOR ( pg_catalog . = ) b", "select a = b"),
    ("select a operator(<>) b", "select a <> b"),
    ("select a collate pg_catalog.default", 'select a collate "default"'),
    ('select a collate pg_catalog."C"', 'select a collate "C"'),
    (
        "select a operator(pg_catalog.~) '^(x)$' collate pg_catalog.default and b",
        "select a ~ '^(x)$' collate \"default\" and b",
    ),
    ("select '{}'::oid[]", "select '{}'::pg_catalog.oid[]"),
    ("select a = any('{1}'::regtype[])", "select a = any('{1}'::pg_catalog.regtype[])"),
]


@pytest.mark.parametrize(("spelled", "plain"), PAIRS, ids=[spelled for spelled, _ in PAIRS])
def test_a_spelling_with_the_schema_means_the_plain_one(spelled: str, plain: str) -> None:
    assert parse(spelled) == parse(plain)


@pytest.mark.parametrize(
    "text",
    [
        'select "a.b", "pg_catalog.oid" from "operator"',
        "select operator from t",
        'select 1 as "collate"',
        "select pg_catalog.oid from pg_catalog",
    ],
)
def test_names_that_look_like_it_stay(text: str) -> None:
    assert parse(text).sql(dialect="postgres").lower() == text


def test_positions_are_those_of_the_text_as_written() -> None:
    text = "select a operator(pg_catalog.~) b, late from t"
    tree = parse(text)
    assert position_of(tree.expressions[1]) == text.index("late") + 1


def test_an_operator_that_does_not_exist_is_refused_in_both_spellings() -> None:
    for text in ("select a operator(pg_catalog.@@@) b", "select a @@@ b"):
        with pytest.raises(errors.UndefinedFunction, match="operator does not exist: @@@"):
            parse(text)

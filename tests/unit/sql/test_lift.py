"""Goal: lifting never changes what a statement means.

Method: chosen statements, and a property: putting the literals back for the parameters gives the
original tokens.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg.sql import lift_literals
from kalampg.sql.lexer import Token, TokenKind, tokenize
from kalampg.sql.lift import Lifted, LiteralLifter


@pytest.mark.parametrize(
    ("text", "lifted", "values", "oids"),
    [
        pytest.param("select a from t where id = 42", "select a from t where id = $1",
                     (42,), (23,), id="comparison"),
        pytest.param("select a from t where b='it''s' and c<>5",
                     "select a from t where b=$1 and c<>$2",
                     ("it's", 5), (0, 23), id="strings-are-unknown"),
        pytest.param("insert into t values (1,'x'),(-2,null)",
                     "insert into t values ($1,$2),($3,null)",
                     (1, "x", -2), (23, 0, 23), id="values"),
        pytest.param("update t set a = 1.5 where b in (1, 2)",
                     "update t set a = $1 where b in ($2, $3)",
                     (Decimal("1.5"), 1, 2), (1700, 23, 23), id="set-and-in"),
        pytest.param("select 1 from t where a between -1 and 2 limit 3 offset 4",
                     "select 1 from t where a between $1 and $2 limit $3 offset $4",
                     (-1, 2, 3, 4), (23,) * 4, id="between-and-limit"),
        pytest.param("select * from t where a > 2147483648 and b < 9223372036854775808",
                     "select * from t where a > $1 and b < $2",
                     (2**31, Decimal(2**63)), (20, 1700), id="types-by-size"),
        pytest.param("insert into t values (f('x', 1), 2)", "insert into t values (f('x', 1), $1)",
                     (2,), (23,), id="arguments-stay"),
    ],
)  # fmt: skip
def test_liftable(
    text: str, lifted: str, values: tuple[object, ...], oids: tuple[int, ...]
) -> None:
    found = lift_literals(text)
    assert (found.text, found.values, found.oids) == (lifted, values, oids)
    assert [type(value) for value in found.values] == [type(value) for value in values]


@pytest.mark.parametrize(
    "text",
    [
        "select a from t order by 2",
        "select 'x', 1",
        "select a = 1 from t group by a = 1",
        "select distinct a = 1 from t order by a = 1",
        "select * from t where a > interval '1 day'",
        "select * from t where d = date '2020-01-01'",
        "select * from t where a = 1::smallint",
        "select * from t where a = 1 + 2",
        "select * from t where a = E'x'",
        "select * from t where a = $1 and b = 2",
        "select * from t where a = $$x$$",
        "select * from t where doc @> '{}'",
        "select * from t where doc -> 'a' is null",
        'select "a = 1" from t -- where b = 2',
        "select 'a' = 'x'\n'y'",
        "create table t (a varchar(5) default 'x')",
        "set work_mem = 5",
        "with c as (select 1) select * from c where a = 1",
        "select * from t where a = 'unterminated",
    ],
)
def test_left_alone(text: str) -> None:
    assert lift_literals(text) == Lifted(text)


def test_shapes_are_shared_and_bounded() -> None:
    lifter = LiteralLifter(capacity=2)
    first = lifter.lift("select a from t where id = 1")
    second = lifter.lift("select a from t where id = 2")
    assert first.text is second.text
    for number in range(10):
        lifter.lift(f"select a from t{number} where id = 2")
        assert len(lifter._shapes) <= 2


def test_a_kept_literal_belongs_to_the_text() -> None:
    lifter = LiteralLifter()
    texts = [lifter.lift(f"select '{kept}' from t where id = 1").text for kept in "ab"]
    assert texts == ["select 'a' from t where id = $1", "select 'b' from t where id = $1"]


def test_positions_are_those_of_the_literals() -> None:
    text = "select 'k' from t where a = 17 and b = 'x'"
    assert lift_literals(text).positions() == (text.index("17") + 1, text.index("'x'") + 1)


_LITERALS = st.one_of(
    st.integers(0, 2**70).map(str),
    st.decimals(0, 10**6, allow_nan=False, places=2).map(lambda d: f"{d:f}"),
    st.text(alphabet="ab'\"-; $\n", max_size=6).map(lambda s: "'" + s.replace("'", "''") + "'"),
    st.sampled_from(
        ["null", "default", "f('q', 1)", "x.y", '"a=1"', "-7", "- 7", "date '2020-01-01'"]
    ),
)
_CONDITIONS = st.tuples(
    st.sampled_from(["a =", "b <>", "c >=", "d ->> 'k' =", "e like", "f = any", "g -", "h <@"]),
    _LITERALS,
).map(" ".join)
_STATEMENTS = st.one_of(
    st.lists(_CONDITIONS, min_size=1, max_size=4).map(
        lambda c: "select 1, 'x' from t where " + " and ".join(c)
    ),
    st.lists(_LITERALS, min_size=1, max_size=4).map(
        lambda v: f"insert into t values ({', '.join(v)})"
    ),
    st.tuples(_LITERALS, _LITERALS).map(
        lambda v: f"update t set a = {v[0]} where b in ({v[1]}, 3) -- 'c"
    ),
)


@given(_STATEMENTS)
def test_literals_put_back_give_the_original_tokens(text: str) -> None:
    lifted = lift_literals(text)
    values = iter(lifted.values)
    rebuilt: list[tuple[TokenKind, str]] = []
    is_own = "$" not in text
    for token in tokenize(lifted.text)[:-1]:
        if is_own and token.kind is TokenKind.PARAMETER:
            rebuilt += _tokens_of(next(values))
        else:
            rebuilt.append((token.kind, token.value))
    assert rebuilt == [_normal(token) for token in tokenize(text)[:-1]]


def _tokens_of(value: int | Decimal | str) -> list[tuple[TokenKind, str]]:
    if isinstance(value, str):
        return [(TokenKind.STRING, value)]
    kind = TokenKind.NUMERIC if isinstance(value, Decimal) else TokenKind.INTEGER
    number = [(kind, f"{abs(value):f}" if isinstance(value, Decimal) else str(abs(value)))]
    return [(TokenKind.OPERATOR, "-"), *number] if value < 0 else number


def _normal(token: Token) -> tuple[TokenKind, str]:
    is_integer = token.kind is TokenKind.INTEGER
    if token.kind is TokenKind.NUMERIC or (is_integer and int(token.value) >= 2**63):
        return TokenKind.NUMERIC, f"{Decimal(token.value):f}"
    if is_integer:
        return token.kind, str(int(token.value))
    return token.kind, token.value

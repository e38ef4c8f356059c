"""OVERRIDING: what an INSERT may write into identity and generated columns.

sqlglot does not read the clause, so it is taken out of the text before.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Column
from kalampg.sql.annotation import position_of
from kalampg.sql.lexer import tokenize

# In ``args`` of an INSERT: ``system`` or ``user``.
OVERRIDING: Final = "kalam_overriding"


def without_overriding(text: str) -> tuple[str, str | None]:
    """The statement without the clause, blanks in its place, and the clause's word.

    >>> without_overriding("insert into t overriding user value values (1)")
    ('insert into t                       values (1)', 'user')
    """
    if "overriding" not in text.lower():
        return text, None
    tokens = tokenize(text)
    depth = 0
    for place, token in enumerate(tokens[:-2]):
        depth += token.is_symbol("(") - token.is_symbol(")")
        word, value = tokens[place + 1], tokens[place + 2]
        is_clause = token.is_word("overriding") and word.is_word("system", "user")
        if depth == 0 and is_clause and value.is_word("value"):
            blank = " " * (value.end - token.start)
            return text[: token.start] + blank + text[value.end :], word.value
    return text, None


def may_insert(column: Column, overriding: str | None, node: exp.Expr | None) -> bool:
    """Whether a value of INSERT goes into the column; if not, the column takes its default.

    Raises:
        GeneratedAlways: 428C9, it must not, and nobody said what to do instead.
    """
    if column.generated is not None:
        raise errors.GeneratedAlways(
            f'cannot insert a non-DEFAULT value into column "{column.name}"',
            detail=_generated(column),
            position=None if node is None else position_of(node),
        )
    if column.identity and overriding == "user":
        return False
    if column.identity == "a" and overriding != "system":
        raise errors.GeneratedAlways(
            f'cannot insert a non-DEFAULT value into column "{column.name}"',
            detail=_always(column),
            hint="Use OVERRIDING SYSTEM VALUE to override.",
            position=None if node is None else position_of(node),
        )
    return True


def check_updatable(column: Column) -> None:
    """Whether SET may give the column anything but DEFAULT.

    Raises:
        GeneratedAlways: 428C9
    """
    if column.identity == "a" or column.generated is not None:
        raise errors.GeneratedAlways(
            f'column "{column.name}" can only be updated to DEFAULT',
            detail=_always(column) if column.generated is None else _generated(column),
        )


def _generated(column: Column) -> str:
    return f'Column "{column.name}" is a generated column.'


def _always(column: Column) -> str:
    return f'Column "{column.name}" is an identity column defined as GENERATED ALWAYS.'

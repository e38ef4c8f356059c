"""What a SELECT says about the rows that it needs of a relation: a scan may leave out all others.

A hint is only ever that. DuckDB filters, orders and counts the rows of the scan all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.sql.expression import Expression


@dataclass(frozen=True, slots=True)
class KeyBound:
    """``column <operator> value`` that every row of the answer satisfies; for segment pruning.

    ``operator`` is one of ``= < <= > >=``; ``value`` is a Const or a Param (possibly under a cast).
    """

    position: int
    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class FirstRows:
    """``ORDER BY column LIMIT limit OFFSET offset`` over all rows of the relation.

    The order may have more terms. ``limit`` and ``offset`` are constant expressions of type int8.
    """

    position: int
    is_descending: bool
    limit: Expression
    offset: Expression | None

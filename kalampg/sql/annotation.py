"""What the binder writes on sqlglot nodes and the rewrite rules read: PostgreSQL types and columns.

The entries live in ``node.meta``, which sqlglot copies with the tree and never prints.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.ids import Oid

_OID: Final = "oid"
_TYPMOD: Final = "typmod"
_COLUMN: Final = "column"
_POSITION: Final = "start"


def oid_of(node: exp.Expr) -> Oid | None:
    """The PostgreSQL type of an expression; None where the binder did not say."""
    oid = node.meta.get(_OID)
    return None if oid is None else Oid(oid)


def set_oid(node: exp.Expr, oid: int, typmod: int = -1) -> None:
    """Record the PostgreSQL type of an expression."""
    meta = node.meta
    meta[_OID] = oid
    if typmod != -1:
        meta[_TYPMOD] = typmod
    else:
        meta.pop(_TYPMOD, None)


def typmod_of(node: exp.Expr) -> int:
    """The type modifier that goes with ``oid_of``; -1 for none."""
    typmod: int = node.meta.get(_TYPMOD, -1)
    return typmod


def column_of(node: exp.Expr) -> tuple[int, int] | None:
    """(number of the relation use, position in its columns) of a column that is a stored one."""
    column: tuple[int, int] | None = node.meta.get(_COLUMN)
    return column


def set_column(node: exp.Expr, use_index: int, position: int) -> None:
    """Record which stored column a column reference means."""
    node.meta[_COLUMN] = (use_index, position)


def position_of(node: exp.Expr) -> int | None:
    """1-based character position of the node in the text, where the parser kept it."""
    for part in (node, node.this if isinstance(node.this, exp.Expr) else None):
        if part is not None and (start := part.meta.get(_POSITION)) is not None:
            return int(start) + 1
    return None

"""Changing a tree in place, in constant time.

sqlglot's own ``set`` and ``replace`` number all the siblings of a list anew: with them, casting the
60,000 values of an IN list takes minutes.
"""

from __future__ import annotations

from sqlglot import exp


def put_node(parent: exp.Expr, key: str, index: int | None, new: exp.Expr) -> None:
    """``parent.set(key, new, index)``."""
    if index is None or parent._hash is not None:  # noqa: SLF001 - a cached hash must be cleared
        parent.set(key, new, index)
        return
    parent.args[key][index] = new
    new.parent, new.arg_key, new.index = parent, key, index


def replace_node(node: exp.Expr, new: exp.Expr) -> None:
    """``node.replace(new)`` for a node that has a parent."""
    parent, key, index = node.parent, node.arg_key, node.index
    if parent is None or key is None or new is node:
        return
    put_node(parent, key, index, new)
    node.parent = node.arg_key = node.index = None

"""What the rules know besides the tree, and the shape of a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from kalampg.sql.rewrite.build import is_marked
from kalampg.sql.tree import put_node


@dataclass(frozen=True, slots=True)
class RewriteContext:
    """The statement around the tree.

    ``param_oids`` are the types of ``$1``, ``$2``, ...; ``is_result`` says that the rows of the
    query go to a client, and not into another statement.
    """

    param_oids: tuple[int, ...] = ()
    is_result: bool = True


class Rule(Protocol):
    """A tree with PostgreSQL's meaning in, the same query nearer to DuckDB's meaning out.

    A rule **must** keep ``oid_of`` true for every expression that it builds, and **must** leave a
    node alone that it does not replace. The tree is the rule's to change.
    """

    def __call__(self, tree: exp.Expr, context: RewriteContext) -> exp.Expr: ...


def replace_each(
    tree: exp.Expr,
    kinds: type[exp.Expr] | tuple[type[exp.Expr], ...],
    replacement: Callable[[exp.Expr], exp.Expr],
) -> exp.Expr:
    """Replace every node of these kinds, innermost first."""
    found = [node for node in tree.walk(bfs=False) if isinstance(node, kinds)]
    for node in reversed(found):
        # The place first: a replacement may wrap the node, which changes its parent.
        parent, key, index = node.parent, node.arg_key, node.index
        new = replacement(node)
        if new is node:
            continue
        if parent is None or key is None:
            tree = new
        else:
            put_node(parent, key, index, new)
    return tree


def is_window_key(node: exp.Expr) -> bool:
    """Whether a window is partitioned or sorted by it: there DuckDB takes nothing that may fail."""
    while node.parent is not None and not isinstance(node, exp.Select):
        if isinstance(node.parent, exp.Window) and node.arg_key in {"partition_by", "order"}:
            return True
        node = node.parent
    return False


def replace_calls(
    tree: exp.Expr, makers: Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]
) -> exp.Expr:
    """Replace the client's calls of these lower-case names; calls that rules made stay."""

    def replacement(node: exp.Expr) -> exp.Expr:
        make = None if is_marked(node) else makers.get(str(node.this).lower())
        return node if make is None else make(node, list(node.expressions))

    return replace_each(tree, exp.Anonymous, replacement)

"""WITH RECURSIVE: which queries are recursive, and what a recursive one must look like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import position_of
from kalampg.sql.column_names import folded
from kalampg.sql.functions import common_type, is_aggregate_name
from kalampg.sql.outputs import Output
from kalampg.sql.scopes import ScopeColumn
from kalampg.sql.type_names import type_name

_CLAUSES: Final = {"order": "ORDER BY", "limit": "LIMIT", "offset": "OFFSET"}


def is_recursive(query: exp.Expr, name: str) -> bool:
    """Whether a query of WITH RECURSIVE names itself.

    Raises:
        InvalidRecursion: 42P19, it does where it must not.
        FeatureNotSupported: 0A000, an ORDER BY or LIMIT over all rows.
    """
    references = list(_references(query, name))
    if not references:
        return False
    if not isinstance(query, exp.Union):
        raise errors.InvalidRecursion(
            f'recursive query "{name}" does not have the form non-recursive-term UNION [ALL] '
            "recursive-term"
        )
    for key, clause in _CLAUSES.items():
        if query.args.get(key) is not None:
            raise errors.FeatureNotSupported(f"{clause} in a recursive query is not implemented")
    told = f'recursive reference to query "{name}" must not appear'
    within_first = next(_references(query.this, name), None)
    if within_first is not None:
        raise errors.InvalidRecursion(
            f"{told} within its non-recursive term", position=position_of(within_first)
        )
    for reference in references:
        if _is_in_expression(reference, query.expression):
            raise errors.InvalidRecursion(
                f"{told} within a subquery", position=position_of(reference)
            )
    if len(references) > 1:
        raise errors.InvalidRecursion(f"{told} more than once", position=position_of(references[1]))
    _refuse_aggregates(references[0])
    return True


def refuse_search_and_cycle(clause: exp.Expr) -> None:
    """Refuse the clauses that add columns for the order of rows and for cycles.

    Raises:
        FeatureNotSupported: 0A000
    """
    for key in ("search", "cycle"):
        if clause.args.get(key) is not None:
            raise errors.FeatureNotSupported(
                f"the {key.upper()} clause of WITH is not supported",
                hint="Keep the path in an array: path || id, and id = ANY (path).",
            )


def check_types(
    name: str, columns: Sequence[ScopeColumn], left: Sequence[Output], right: Sequence[Output]
) -> None:
    """The recursive term must not need wider columns than the first term has.

    Raises:
        DatatypeMismatch: 42804
    """
    for number, (column, one, other) in enumerate(zip(columns, left, right, strict=True), 1):
        overall = common_type([column.oid, other.oid])
        if overall != column.oid:
            raise errors.DatatypeMismatch(
                f'recursive query "{name}" column {number} has type '
                f"{type_name(column.oid, one.typmod)} in non-recursive term but type "
                f"{type_name(overall)} overall",
                hint="Cast the output of the non-recursive term to the correct type.",
            )


def _references(query: exp.Expr, name: str) -> Iterator[exp.Table]:
    for table in query.find_all(exp.Table, bfs=False):
        is_bare = isinstance(table.this, exp.Identifier) and table.args.get("db") is None
        if is_bare and folded(table.this) == name:
            yield table


def _is_in_expression(reference: exp.Expr, term: exp.Expr) -> bool:
    """Whether a subquery that is no item of FROM stands between."""
    node: exp.Expr = reference
    while node is not term and node.parent is not None:
        node = node.parent
        is_item = isinstance(node.parent, (exp.From, exp.Join, exp.Lateral, exp.CTE))
        if isinstance(node, (exp.Exists, exp.In)):
            return True
        if isinstance(node, exp.Subquery) and not is_item and node is not term:
            return not isinstance(node.parent, (exp.SetOperation, exp.Subquery))
    return False


def _refuse_aggregates(reference: exp.Expr) -> None:
    select = reference.find_ancestor(exp.Select)
    for item in select.expressions if select is not None else ():
        for call in item.find_all(exp.Anonymous):
            is_own = call.find_ancestor(exp.Select) is select
            is_window = isinstance(call.parent, (exp.Window, exp.Filter))
            if is_own and not is_window and is_aggregate_name(call.name.lower()):
                raise errors.InvalidRecursion(
                    "aggregate functions are not allowed in a recursive query's recursive term",
                    position=position_of(call),
                )

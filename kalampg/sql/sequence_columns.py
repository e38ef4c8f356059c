"""Functions that the engine calls, in the select list of a query that DuckDB runs.

DuckDB computes everything else: the arguments become columns of the query, and the engine makes the
calls for each of its rows, in the order in which they come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg.ids import Oid
from kalampg.sql.annotation import set_oid
from kalampg.sql.bind_calls import call_name
from kalampg.sql.engine_functions import ENGINE_FUNCTIONS
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.expression import Call, ColumnRef, Expression
from kalampg.sql.operators import INT4
from kalampg.sql.outputs import Output
from kalampg.sql.sequence_names import OF_SEQUENCE

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

# Clauses under which a select list is not computed once for each row of the result.
_COMBINING = ("distinct", "operations")


def take_sequence_calls(
    binder: Binder, tree: exp.Expr, outputs: Sequence[Output]
) -> tuple[list[Output], tuple[Expression, ...]] | None:
    """Take the calls out of a bound SELECT's list; None if there are none.

    What is given are the outputs that the query has without them, and the select list as
    expressions over those. Calls in other places stay, and are refused later.
    """
    if not isinstance(tree, exp.Select) or any(tree.args.get(key) for key in _COMBINING):
        return None
    items = list(tree.expressions)
    taken = {output.sql_name for item, output in zip(items, outputs, strict=True) if _call_of(item)}
    order = tree.args.get("order")
    is_ordered_by = order is not None and any(
        name.name in taken for name in order.find_all(exp.Identifier)
    )
    if not taken or is_ordered_by:
        return None
    translator = Translator(binder.coercion, None)
    kept: list[exp.Expr] = []
    kept_outputs: list[Output] = []
    values: list[Expression] = []

    def column(node: exp.Expr, output: Output) -> ColumnRef:
        kept.append(node)
        kept_outputs.append(output)
        return ColumnRef(len(kept) - 1, Oid(output.oid))

    for item, output in zip(items, outputs, strict=True):
        call = _call_of(item)
        if call is None:
            values.append(column(item, output))
            continue
        arguments: list[Expression] = []
        for place, argument in enumerate(list(call.expressions)):
            value = _known(translator, argument, is_sequence=not place, call=call)
            if value is None:
                name = f"argument{len(kept)}"
                node = exp.alias_(argument.pop(), name, quoted=True, copy=False)
                value = column(node, binder.output_of(name, argument))
            arguments.append(value)
        values.append(Call(call_name(call), tuple(arguments), Oid(output.oid)))
    if not kept:
        one = exp.Literal.number(1)
        set_oid(one, INT4)
        column(exp.alias_(one, "one", quoted=True), binder.output_of("one", one))
    tree.set("expressions", kept)
    return kept_outputs, tuple(values)


def _call_of(item: exp.Expr) -> exp.Anonymous | None:
    """The call that a select item is, but for an alias and parentheses."""
    while isinstance(item, (exp.Alias, exp.Paren)):
        item = item.this
    if isinstance(item, exp.Anonymous) and call_name(item) in ENGINE_FUNCTIONS:
        return item
    return None


def _known(
    translator: Translator, node: exp.Expr, *, is_sequence: bool, call: exp.Anonymous
) -> Expression | None:
    """The argument as an expression of no row, where the engine can compute it."""
    try:
        if is_sequence and call_name(call) in OF_SEQUENCE:
            return translator.sequence(node)
        return translator.translate(node)
    except NotEvaluable:
        return None

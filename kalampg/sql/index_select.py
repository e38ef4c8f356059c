"""Recognise the SELECTs that an index answers: a few rows of one table, in any order."""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.evaluable import are_comparable
from kalampg.sql.evaluable_tree import Translator
from kalampg.sql.index_scan import choose_scan, conditions_of
from kalampg.sql.point import is_simple, is_stored, is_volatile, limit_expression, outputs_of
from kalampg.sql.row_plans import IndexSelect, SortKey
from kalampg.sql.scopes import TableUse


def select_by_index(node: exp.Select, use: TableUse, translator: Translator) -> IndexSelect | None:
    """A SELECT from one table whose rows an index, or the primary key, finds."""
    relation = use.relation
    if not is_stored(relation) or not is_simple(node) or use.includes_deleted:
        return None
    outputs = outputs_of(node, translator)
    conditions = conditions_of(node.args.get("where"), translator)
    order = _order(node, translator)
    limit = limit_expression(node.args.get("limit"), translator)
    offset = limit_expression(node.args.get("offset"), translator)
    if outputs is None or conditions is None or order is None:
        return None
    if isinstance(limit, str) or isinstance(offset, str):
        return None
    chosen = choose_scan(relation, conditions, order, has_limit=limit is not None)
    if chosen is None:
        return None
    scan, is_ordered = chosen
    return IndexSelect(scan, () if is_ordered else order, limit, offset, outputs)


def _order(node: exp.Select, translator: Translator) -> tuple[SortKey, ...] | None:
    """ORDER BY; None where a part of it needs DuckDB."""
    order = node.args.get("order")
    found: list[SortKey] = []
    for item in [] if order is None else order.expressions:
        key = item.this
        if isinstance(key, exp.Literal):
            chosen = node.expressions[int(key.name) - 1]
            key = chosen.this if isinstance(chosen, exp.Alias) else chosen
        value = translator.try_translate(key)
        if value is None or is_volatile(value) or not are_comparable((value.type_oid,)):
            return None
        found.append(SortKey(value, bool(item.args.get("desc")), bool(item.args["nulls_first"])))
    return tuple(found)

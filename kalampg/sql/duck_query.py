"""DuckQuery from a bound tree: tables become scans, the tree text, the text parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes.row_types import row_type_of
from kalampg.relation import TableType
from kalampg.sql.annotation import column_of, oid_of
from kalampg.sql.evaluable_tree import NotEvaluable, Translator, conjuncts, is_constant
from kalampg.sql.expression import Const, Expression, Param
from kalampg.sql.operators import INTEGERS, STRINGS
from kalampg.sql.plan import DuckQuery, RelationUse, ResultColumn
from kalampg.sql.point import is_simple, limit_expression, outputs_of, sort_key
from kalampg.sql.rewrite.context import RewriteContext
from kalampg.sql.rewrite.scope_user_tables import scoped
from kalampg.sql.scan_hints import FirstRows, KeyBound
from kalampg.sql.setting_changes import setting_changes

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder
    from kalampg.sql.outputs import Output
    from kalampg.sql.scopes import TableUse

_MIRRORED: Final = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_BOUND_OPERATORS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip


def duck_query(
    binder: Binder,
    tree: exp.Expr,
    outputs: Sequence[Output],
    param_oids: tuple[Oid, ...],
    *,
    is_result: bool = True,
) -> DuckQuery:
    """The DuckDB query of a bound tree. The tree is used up.

    Raises:
        FeatureNotSupported: 0A000, a rule or the writer refuses a part.
    """
    bounds = _bounds(binder)
    first = _first_rows(binder, tree)
    nonce = _nonce(tree)
    uses: dict[str, RelationUse] = {}
    for node, use in binder.tables:
        marker = f"{nonce}{use.index}"
        read = _place_scan(binder, node, use, marker)
        uses[f'"{marker}"'] = replace(read, bounds=bounds.get(use.index, ()), first=first)
    # Here and not above: the rules import this package's other modules.
    from kalampg.sql.rewrite import rewrite, to_duckdb_sql  # noqa: PLC0415

    changes = setting_changes(tree, Translator(binder.coercion, None))
    tree = rewrite(tree, RewriteContext(tuple(param_oids), is_result))
    parts, ordered = _cut(to_duckdb_sql(tree), uses)
    return DuckQuery(
        parts=parts,
        uses=ordered,
        param_oids=param_oids,
        column_hints=tuple(result_column(output) for output in outputs),
        setting_changes=changes,
    )


def result_column(output: Output) -> ResultColumn:
    """An output column as RowDescription has it."""
    return ResultColumn(
        output.name,
        Oid(output.oid),
        output.typmod,
        output.table_oid,
        output.attnum,
        row_type_of(output.oid),
    )


def _nonce(tree: exp.Expr) -> str:
    """A prefix that no literal and no name of the statement contains."""
    texts = {str(node.this) for node in tree.find_all(exp.Literal, exp.Identifier)}
    number = 0
    while any(f"kalam scan {number}/" in text for text in texts):
        number += 1
    return f"kalam scan {number}/"


def _place_scan(binder: Binder, node: exp.Table, use: TableUse, marker: str) -> RelationUse:
    """Replace one table by its scan, with the predicates that every reader of it has."""
    relation = use.relation
    read = sorted(use.columns) or [relation.primary_key[0] if relation.primary_key else 0]
    is_scoped = relation.table_type is TableType.USER and not binder.env.scope_all
    hides_deleted = use.has_system_columns and not use.includes_deleted
    scanned = set(read)
    if hides_deleted:
        scanned.add(len(relation.columns) + 1)
    if is_scoped:
        scanned.add(use.user_id_position)
    names = [use.name_of(position) for position in read]
    renamed: dict[int, str] = node.meta["column_names"]
    joins = node.args.get("joins")
    subquery = scoped(
        exp.Table(this=exp.to_identifier(marker, quoted=True)),
        names,
        node.meta["alias_name"],
        alias_columns=[renamed[position] for position in read],
        is_user_table=is_scoped,
        hides_deleted=hides_deleted,
    )
    if joins:
        subquery.set("joins", joins)
    node.replace(subquery)
    scanned_columns = tuple(sorted(scanned))
    return RelationUse(relation, scanned_columns, includes_deleted=use.includes_deleted)


def _cut(
    text: str, uses: dict[str, RelationUse]
) -> tuple[tuple[str, ...], tuple[RelationUse, ...]]:
    places: list[tuple[int, str]] = []
    for marker in uses:
        if text.count(marker) != 1:
            raise errors.InternalError(f"scan marker {marker} must occur once in the query")
        places.append((text.index(marker), marker))
    places.sort()
    parts: list[str] = []
    start = 0
    for place, marker in places:
        parts.append(text[start:place])
        start = place + len(marker)
    parts.append(text[start:])
    return tuple(parts), tuple(uses[marker] for _, marker in places)


# --- hints for pruning ---


def _first_rows(binder: Binder, tree: exp.Expr) -> FirstRows | None:
    """ORDER BY and LIMIT of a SELECT that takes all rows of one computed relation as they are."""
    if not isinstance(tree, exp.Select) or not is_simple(tree) or tree.args.get("where"):
        return None
    if [use.relation.table_type for _, use in binder.tables] != [TableType.SYSTEM]:
        return None
    order = tree.args.get("order")
    translator = Translator(binder.coercion, None)
    limit = limit_expression(tree.args.get("limit"), translator)
    offset = limit_expression(tree.args.get("offset"), translator)
    if order is None or limit is None or isinstance(limit, str) or isinstance(offset, str):
        return None
    column = sort_key(tree, order.expressions[0])
    found = column_of(column)
    if found is None or not isinstance(column, exp.Column):
        return None
    if outputs_of(tree, Translator(binder.coercion, found[0])) is None:
        return None  # Perhaps it groups or multiplies rows.
    is_descending = bool(order.expressions[0].args.get("desc"))
    return FirstRows(found[1], is_descending, limit, offset)


def _bounds(binder: Binder) -> dict[int, tuple[KeyBound, ...]]:
    """``column <op> constant`` among the WHERE conjuncts of the SELECT that reads the table."""
    found: dict[int, tuple[KeyBound, ...]] = {}
    for node, use in binder.tables:
        select = node.find_ancestor(exp.Select)
        where = select.args.get("where") if select is not None else None
        if where is None:
            continue
        translator = Translator(binder.coercion, None)
        bounds: list[KeyBound] = []
        for conjunct in conjuncts(where.this):
            bounds += _bounds_of(conjunct, use, translator)
        found[use.index] = tuple(bounds)
    return found


def _bounds_of(node: exp.Expr, use: TableUse, translator: Translator) -> list[KeyBound]:
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        low = _bound(node.this, ">=", node.args["low"], use, translator)
        high = _bound(node.this, "<=", node.args["high"], use, translator)
        return [bound for bound in (low, high) if bound is not None]
    operator = _BOUND_OPERATORS.get(type(node))
    if operator is None:
        return []
    bound = _bound(node.this, operator, node.expression, use, translator) or _bound(
        node.expression, _MIRRORED[operator], node.this, use, translator
    )
    return [bound] if bound is not None else []


def _bound(
    column: exp.Expr, operator: str, value: exp.Expr, use: TableUse, translator: Translator
) -> KeyBound | None:
    found = column_of(column)
    if found is None or found[0] != use.index or not isinstance(column, exp.Column):
        return None
    try:
        expression: Expression = translator.translate(value)
    except NotEvaluable:
        return None
    oid = oid_of(column)
    is_alike = expression.type_oid == oid or any(
        oid in group and expression.type_oid in group for group in (INTEGERS, STRINGS)
    )
    if not is_alike or not isinstance(expression, (Const, Param)) or not is_constant(expression):
        return None
    return KeyBound(found[1], operator, expression)

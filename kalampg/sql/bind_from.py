"""FROM clauses: tables, subqueries, functions and joins become the sources of a scope."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import position_of
from kalampg.sql.bind_calls import call_name
from kalampg.sql.bind_from_functions import (
    alias_of,
    bind_function,
    bind_rows_from,
    bind_unnest,
    set_alias,
)
from kalampg.sql.bind_json_tables import records_source
from kalampg.sql.bind_views import bind_view, visible_in
from kalampg.sql.find_relation import find_relation
from kalampg.sql.functions import common_type
from kalampg.sql.grouping import refuse_aggregates
from kalampg.sql.operators import comparison
from kalampg.sql.outputs import derived_columns, quoted_alias
from kalampg.sql.populate import populated_source
from kalampg.sql.scopes import (
    CommonTable,
    Derived,
    Merged,
    Resolved,
    Scope,
    ScopeColumn,
    Source,
    columns_of,
    read_column,
)
from kalampg.sql.type_names import type_name
from kalampg.sql.updatable_views import WRITTEN, bind_written

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_TABLE_PARTS: Final = frozenset({"this", "db", "catalog", "alias", "joins", "only", "ordinality"})


def bind_from(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """The FROM clause and the joins of a SELECT (or of UPDATE and DELETE)."""
    source = node.args.get("from_")
    if source is not None:
        _item(binder, source.this, scope)
    start = 0
    for join in node.args.get("joins") or []:
        if _is_comma(join):
            start = len(scope.sources)
        _join(binder, join, scope, start)
    for lateral in node.args.get("laterals") or []:
        _item(binder, lateral, scope)


def _is_comma(join: exp.Join) -> bool:
    """Whether the item stands behind a comma: what is left of that is not joined with it."""
    parts = ("on", "using", "kind", "side", "method")
    return not any(join.args.get(part) for part in parts)


def _join(binder: Binder, join: exp.Join, scope: Scope, start: int) -> None:
    """One join with what is left of it, from the source number ``start`` on."""
    before = scope.sources[start:]
    count = len(scope.sources)
    _item(binder, join.this, scope)
    after = scope.sources[count:]
    using = [binder.name_of(name) for name in join.args.get("using") or []]
    if str(join.args.get("method") or "").upper() == "NATURAL":
        using = _common_names(scope, before, after)
        join.set("method", None)
        if not using:
            # NATURAL without common columns is a cross join; outer ones keep all rows.
            join.set("on", exp.Boolean(this=True))
    if using:
        _merge(binder, join, scope, before, after, using)
    on = join.args.get("on")
    if on is not None:
        binder.coercion.boolean(binder.expression(on, scope), "JOIN/ON")
        refuse_aggregates(join.args["on"], "JOIN conditions")
    side = str(join.args.get("side") or "").upper()
    for source in (*(after if side != "RIGHT" else ()), *(before if side != "LEFT" else ())):
        source.is_nullable = source.is_nullable or bool(side)


# --- USING and NATURAL ---


def _common_names(scope: Scope, before: list[Source], after: list[Source]) -> list[str]:
    right = {column.name for source in after for column in source.columns if not column.is_hidden}
    names = [each.name for each in scope.merged if each.sources[0] in before and each.name in right]
    for source in before:
        for column in source.columns:
            if not column.is_hidden and column.name in right and column.name not in names:
                names.append(column.name)
    return names


def _merge(
    binder: Binder,
    join: exp.Join,
    scope: Scope,
    before: list[Source],
    after: list[Source],
    names: list[str],
) -> None:
    sql_names: list[exp.Identifier] = []
    side = str(join.args.get("side") or "").upper()
    for name in names:
        earlier = _merged(scope, before, name)
        left = _one_column(before, name, "left") if earlier is None else earlier.found
        right = _one_column(after, name, "right")
        pair = comparison(left.column.oid, right.column.oid)
        if pair is None:
            raise errors.DatatypeMismatch(
                f"JOIN/USING types {type_name(left.column.oid)} and "
                f"{type_name(right.column.oid)} cannot be matched"
            )
        read_column(left.column)
        read_column(right.column)
        kept = right if side == "RIGHT" else left
        if earlier is not None:
            scope.merged.remove(earlier)
        sources = [*(before if earlier is None else earlier.sources), *after]
        own = [source for source in sources if any(c.name == name for c in source.columns)]
        column = replace(kept.column, use=None, position=-1)
        if side == "FULL" or left.column.oid != right.column.oid:
            column = _computed(column, left, right, scope, side)
        scope.merged.append(Merged(Resolved(kept.source, column), own))
        if left.column.sql_name != right.column.sql_name:
            raise errors.FeatureNotSupported(
                f'joining on the column "{name}" by USING is not supported here',
                hint="Write the join condition with ON.",
            )
        sql_names.append(exp.to_identifier(left.column.sql_name, quoted=True))
    join.set("using", sql_names)


def _computed(
    column: ScopeColumn, left: Resolved, right: Resolved, scope: Scope, side: str
) -> ScopeColumn:
    """A merged column that is neither of the two: a row may lack one, or they differ in type."""
    oid = common_type([left.column.oid, right.column.oid])
    one, other = _expression(left), _expression(right)
    value = other if side == "RIGHT" else one
    if side == "FULL":
        value = exp.Anonymous(this="coalesce", expressions=[one, other])
    derived = Derived(value, scope, None, oid)
    return replace(column, oid=oid, typmod=-1, table_oid=0, attnum=0, derived=derived)


def _expression(found: Resolved) -> exp.Expr:
    if found.column.derived is not None:
        return found.column.derived.expression.copy()
    return exp.column(found.column.name, table=found.source.alias, quoted=True)


def _merged(scope: Scope, before: list[Source], name: str) -> Merged | None:
    """The column that an earlier join on the left has merged."""
    for merged in scope.merged:
        if merged.name == name and merged.sources[0] in before:
            return merged
    return None


def _one_column(sources: list[Source], name: str, side: str) -> Resolved:
    found = [Resolved(each, c) for each in sources for c in each.columns if c.name == name]
    if not found:
        raise errors.UndefinedColumn(
            f'column "{name}" specified in USING clause does not exist in {side} table'
        )
    if len(found) > 1:
        raise errors.AmbiguousColumn(
            f'common column name "{name}" appears more than once in {side} table'
        )
    return found[0]


# --- items ---


def _item(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    start = len(scope.sources)
    if isinstance(node, exp.Table) and node.args.get("rows_from"):
        bind_rows_from(binder, node, scope)
    elif isinstance(node, exp.Table):
        node = _table(binder, node, scope)
    elif isinstance(node, exp.Subquery):
        _subquery(binder, node, scope)
    elif isinstance(node, exp.Values):
        _derived(binder, node, scope, Scope(scope.parent))
    elif isinstance(node, exp.Lateral):
        _lateral(binder, node, scope)
    elif isinstance(node, exp.Unnest):
        bind_unnest(binder, node, scope)
    else:
        raise errors.FeatureNotSupported(
            f"{node.key.upper()} in FROM is not supported", position=position_of(node)
        )
    for join in node.args.get("joins") or []:
        _join(binder, join, scope, start)


def _table(binder: Binder, node: exp.Table, scope: Scope) -> exp.Expr:
    """Bind a table, CTE, view or function; what stands in its place now."""
    _check_table(node)
    if isinstance(node.this, exp.Anonymous):
        return _called(binder, node, scope)
    name = binder.name_of(node.this)
    schema = node.args.get("db")
    alias, names = alias_of(binder, node)
    if schema is None:
        common = scope.common_table(name)
        if common is not None:
            columns = [
                ScopeColumn(
                    names[i] if i < len(names) else c.name, c.oid, c.typmod,
                    sql_name=_renamed(names, i, c.sql_name),
                    table_oid=c.table_oid, attnum=c.attnum,
                )
                for i, c in enumerate(common.columns)
            ]  # fmt: skip
            scope.add(Source(alias or name, columns))
            node.set("this", exp.to_identifier(name, quoted=True))
            set_alias(node, alias or name, columns if names else [])
            return node
    schema_name = None if schema is None else binder.name_of(schema)
    step = None if schema is not None or binder.steps is None else binder.steps.get(name)
    if step is not None and not step.columns:
        raise errors.FeatureNotSupported(
            f'WITH query "{name}" does not have a RETURNING clause', position=position_of(node)
        )
    if WRITTEN in node.meta:
        bind_written(binder, node, scope, alias or name)
        return node
    relation = step or find_relation(binder, node, schema_name, name)
    if relation.view is not None:
        return bind_view(binder, node, scope, relation, names, alias or name)
    use = binder.new_use(relation)
    columns = columns_of(relation, use, scope_all=binder.env.scope_all)
    if binder.view is not None:
        columns = visible_in(binder.view, relation, columns)
        columns = [replace(column, sql_name=column.name) for column in columns]
    _rename(columns, names, alias or name)
    scope.add(
        Source(
            alias or name,
            columns,
            None if alias else relation.schema_name,
            relation.name,
            relation=None if step is relation else relation,
        )
    )
    node.meta["alias_name"] = alias or name
    node.meta["column_names"] = {c.position: c.sql_name for c in columns}
    binder.tables.append((node, use))
    return node


def _check_table(node: exp.Table) -> None:
    for key, value in node.args.items():
        if value and key not in _TABLE_PARTS:
            raise errors.FeatureNotSupported(
                f"{key.strip('_').upper()} in FROM is not supported",
                position=position_of(node),
            )
    if not isinstance(node.this, (exp.Anonymous, exp.Identifier)):
        raise errors.FeatureNotSupported(
            "this item in FROM is not supported", position=position_of(node)
        )


def _called(binder: Binder, node: exp.Table, scope: Scope) -> exp.Expr:
    """A function in FROM."""
    name = call_name(node.this)
    records = records_source(node, name) or populated_source(node, name)
    if records is None:
        bind_function(binder, node, scope)
        return node
    node.replace(records)
    _lateral(binder, records, scope)
    return records


def _renamed(names: list[str], index: int, sql_name: str) -> str:
    return names[index] if index < len(names) else sql_name


def _rename(columns: list[ScopeColumn], names: list[str], alias: str) -> None:
    visible = [column for column in columns if not column.is_hidden]
    if len(names) > len(visible):
        raise errors.InvalidColumnReference(
            f'table "{alias}" has {len(visible)} columns available '
            f"but {len(names)} columns specified"
        )
    for column, name in zip(visible, names, strict=False):
        column.name = column.sql_name = name


def _subquery(binder: Binder, node: exp.Subquery, scope: Scope) -> None:
    if _is_joined(node.this):  # (a JOIN b)
        if node.args.get("alias") is None:
            _item(binder, node.this, scope)
            return
        # Under an alias, the columns of all that is joined are those of one item.
        node.set("this", exp.Select(expressions=[exp.Star()], from_=exp.From(this=node.this)))
    _derived(binder, node, scope, Scope(scope.parent))
    if node.args.get("lateral"):
        raise errors.FeatureNotSupported("LATERAL is not supported here")


def _is_joined(node: exp.Expr) -> bool:
    """Whether what is in parentheses is an item of FROM, and not a query."""
    if isinstance(node, exp.Subquery):
        return bool(node.args.get("joins") or node.args.get("alias")) or _is_joined(node.this)
    return isinstance(node, exp.Table)


def _derived(binder: Binder, node: exp.Expr, scope: Scope, inner: Scope) -> None:
    """A subquery or VALUES. ``inner`` is what it sees around it."""
    inner.common_tables = _all_common_tables(scope)
    alias, names = alias_of(binder, node)
    alias_node = node.args.get("alias")
    node.set("alias", None)
    joins = node.args.get("joins")
    node.set("joins", None)
    outputs = binder.query(node, inner)
    if alias is None or alias_node is None:
        raise errors.SyntaxError(
            "VALUES in FROM must have an alias" if isinstance(node, exp.Values)
            else "subquery in FROM must have an alias",
            hint="For example, FROM (VALUES ...) [AS] foo." if isinstance(node, exp.Values)
            else "For example, FROM (SELECT ...) [AS] foo.",
            position=position_of(node),
        )  # fmt: skip
    columns = derived_columns(outputs, names, alias)
    quoted_alias(alias_node, alias, columns)
    node.set("alias", alias_node)
    node.set("joins", joins)
    scope.add(Source(alias, columns))


def _all_common_tables(scope: Scope) -> dict[str, CommonTable]:
    found: dict[str, CommonTable] = {}
    level: Scope | None = scope
    while level is not None:
        for name, table in level.common_tables.items():
            found.setdefault(name, table)
        level = level.parent
    return found


def _lateral(binder: Binder, node: exp.Lateral, scope: Scope) -> None:
    inner = node.this
    if isinstance(inner, exp.Subquery):
        # A lateral subquery sees the items on its left.
        alias_node = node.args.get("alias")
        inner.set("alias", alias_node)
        node.set("alias", None)
        _derived(binder, inner, scope, Scope(scope))
        node.set("alias", inner.args["alias"])
        inner.set("alias", None)
    elif isinstance(inner, exp.Anonymous):
        bind_function(binder, node, scope)
    elif isinstance(inner, exp.Unnest):
        inner.set("alias", inner.args.get("alias") or node.args.get("alias"))
        inner.set("offset", inner.args.get("offset") or node.args.get("ordinality"))
        node.replace(inner)
        bind_unnest(binder, inner, scope)
    else:
        raise errors.FeatureNotSupported(
            "this item after LATERAL is not supported", position=position_of(node)
        )

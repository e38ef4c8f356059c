"""Types of scalar expressions, as PostgreSQL's parser finds them.

Every node that is reached here is on the allowlist ``_BINDERS``; a node that is in no entry is not
supported. That is the second half of what a client can make DuckDB do; the first is ``functions``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, position_of, set_oid
from kalampg.sql.bind_calls import bind_call, bind_filter, bind_window, bind_within_group
from kalampg.sql.bind_operators import (
    OPERATOR_SYMBOLS,
    bind_between,
    bind_binary,
    bind_bitwise_not,
    bind_escape,
    bind_in,
    bind_is,
    bind_logical,
    bind_negate,
    bind_not,
    single_output,
)
from kalampg.sql.bind_system_columns import system_column
from kalampg.sql.bind_values import (
    bind_array,
    bind_at_time_zone,
    bind_bracket,
    bind_case,
    bind_cast,
    bind_collate,
    bind_dot,
    bind_extract,
)
from kalampg.sql.bind_whole_rows import bind_row, whole_row
from kalampg.sql.call_syntax import CALL_SYNTAX, bind_as_call, bind_overlaps
from kalampg.sql.operators import BOOL, INT4, INT8, NUMERIC
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.scopes import Resolved, Scope, Source

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

Bind = Callable[["Binder", exp.Expr, Scope], None]


def bind_expression(binder: Binder, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Resolve and type ``node``; the node that stands in its place afterwards.

    Raises:
        FeatureNotSupported: 0A000, an expression that kalampg has not.
        PgError: 42703, 42702, 42883, 42804, 22P02, ...
    """
    parent, key, index = node.parent, node.arg_key, node.index
    bind = _BINDERS.get(type(node))
    if bind is None:
        raise errors.FeatureNotSupported(
            f"this expression is not supported: {node.sql(dialect='postgres')[:80]}",
            position=position_of(node),
        )
    bind(binder, node, scope)
    if parent is None:
        return binder.replacement(node)
    current = parent.args.get(key or "")
    if isinstance(current, list) and index is not None:
        found: exp.Expr = current[index]
        return found
    return current if isinstance(current, exp.Expr) else node


# --- leaves ---


def _literal(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    if node.is_string:
        set_oid(node, UNKNOWN)
        return
    text = node.name
    if text.isdigit():
        value = int(text)
        set_oid(node, INT4 if value < 2**31 else INT8 if value < 2**63 else NUMERIC)
    else:
        set_oid(node, NUMERIC)


def _boolean(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    set_oid(node, BOOL)


def _null(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    set_oid(node, UNKNOWN)


def _parameter(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    assert isinstance(node, exp.Parameter)
    if isinstance(node.this, exp.Var):
        # sqlglot takes the operator @ (absolute value) before a name for a variable.
        operand = exp.Column(this=exp.to_identifier(node.this.name))
        call = exp.Anonymous(this="abs", expressions=[operand])
        binder.replace(node, call)
        binder.expression(call, scope)
        return
    binder.parameters.see(node)


def _placeholder(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    raise errors.SyntaxError(f'syntax error at or near "{node.sql(dialect="postgres")}"')


_BARE_NAMES: Final = frozenset({"user", "current_role"})


def _column(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    assert isinstance(node, exp.Column)
    source = _whole_row_source(binder, node, scope)
    if source is not None:
        binder.replace(node, whole_row(binder, source))
        return
    name = node.this
    if (
        node.args.get("table") is None
        and not name.args.get("quoted")
        and name.name.lower() in _BARE_NAMES
    ):
        # Reserved words of PostgreSQL that sqlglot takes for columns.
        call = exp.Anonymous(this=name.name.lower(), expressions=[])
        binder.replace(node, call)
        binder.expression(call, scope)
        return
    special = system_column(binder, node, scope)
    if special is not None:
        binder.replace(node, special)
        binder.expression(special, scope)
        return
    binder.use_column(node, resolve_column(binder, node, scope))


def _whole_row_source(binder: Binder, node: exp.Column, scope: Scope) -> Source | None:
    """The FROM item that the node names, as ``p`` or ``p.*``; None where it names a column."""
    table = node.args.get("table")
    if isinstance(node.this, exp.Star):
        if not isinstance(table, exp.Identifier):
            raise errors.SyntaxError('syntax error at or near "*"', position=position_of(node))
        alias = binder.name_of(table)
        source = scope.source(alias)
        if source is None:
            raise missing_source(scope, alias, position_of(table))
        return source
    if table is not None:
        return None
    name = binder.name_of(node.this)
    return None if scope.column(name, position_of(node)) is not None else scope.source(name)


def _bound_already(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """A whole row or a field of a row, in an expression that is bound once more."""


def resolve_column(binder: Binder, node: exp.Column, scope: Scope) -> Resolved:
    """What a column reference means.

    Raises:
        UndefinedColumn: 42703
        UndefinedTable: 42P01, missing FROM-clause entry
        AmbiguousColumn: 42702
    """
    name = binder.name_of(node.this)
    table = node.args.get("table")
    position = position_of(table if isinstance(table, exp.Expr) else node)
    if not isinstance(table, exp.Identifier):
        found = scope.column(name, position)
        if found is None:
            raise errors.UndefinedColumn(f'column "{name}" does not exist', position=position)
        return found
    return _qualified(binder, node, scope, table, position)


def _qualified(
    binder: Binder, node: exp.Column, scope: Scope, table: exp.Identifier, position: int | None
) -> Resolved:
    name = binder.name_of(node.this)
    alias = binder.name_of(table)
    schema = node.args.get("db")
    schema_name = binder.name_of(schema) if isinstance(schema, exp.Identifier) else None
    source = scope.source(alias, schema_name)
    if source is None:
        raise missing_source(scope, alias, position)
    found = [column for column in source.columns if column.name == name]
    if not found:
        raise errors.UndefinedColumn(f"column {alias}.{name} does not exist", position=position)
    if len(found) > 1:
        raise errors.AmbiguousColumn(f'column reference "{name}" is ambiguous', position=position)
    return Resolved(source, found[0])


def missing_source(scope: Scope, alias: str, position: int | None) -> errors.UndefinedTable:
    """42P01 for a table name that no FROM clause in reach has."""
    hidden = scope.source_of_relation(alias)
    if hidden is not None:
        return errors.UndefinedTable(
            f'invalid reference to FROM-clause entry for table "{alias}"',
            hint=f'Perhaps you meant to reference the table alias "{hidden.alias}".',
            position=position,
        )
    return errors.UndefinedTable(
        f'missing FROM-clause entry for table "{alias}"', position=position
    )


def _paren(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    set_oid(node, int(oid_of(bind_expression(binder, node.this, scope)) or UNKNOWN))


# --- subqueries ---


def _scalar_subquery(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    set_oid(node, single_output(binder.bind_subquery(node, scope)))


def _exists(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    binder.bind_subquery(node.this, scope)
    set_oid(node, BOOL)


_BINDERS: Final[dict[type[exp.Expr], Bind]] = {
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Parameter: _parameter,
    exp.Placeholder: _placeholder,
    exp.Column: _column,
    exp.Paren: _paren,
    exp.Tuple: bind_row,
    exp.Struct: _bound_already,
    exp.StructExtract: _bound_already,
    **dict.fromkeys(OPERATOR_SYMBOLS, bind_binary),
    **dict.fromkeys(CALL_SYNTAX, bind_as_call),
    exp.Overlaps: bind_overlaps,
    exp.And: bind_logical,
    exp.Or: bind_logical,
    exp.Not: bind_not,
    exp.Is: bind_is,
    exp.In: bind_in,
    exp.Between: bind_between,
    exp.Escape: bind_escape,
    exp.Neg: bind_negate,
    exp.BitwiseNot: bind_bitwise_not,
    exp.Cast: bind_cast,
    exp.Case: bind_case,
    exp.Array: bind_array,
    exp.Bracket: bind_bracket,
    exp.AtTimeZone: bind_at_time_zone,
    exp.Extract: bind_extract,
    exp.Collate: bind_collate,
    exp.Dot: bind_dot,
    exp.Subquery: _scalar_subquery,
    exp.Exists: _exists,
    exp.Anonymous: bind_call,
    exp.Filter: bind_filter,
    exp.Window: bind_window,
    exp.WithinGroup: bind_within_group,
}

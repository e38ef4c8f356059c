"""Rows as values: whole-row references, ``ROW(...)``, and the fields of a row.

``(1, 2)`` stays an ``exp.Tuple``, whose items take part in comparisons one by one; a whole row of a
FROM item is an ``exp.Struct`` of its visible columns, which is compared as one value. Both have
the number of their row type for a type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes.row_types import (
    RowField,
    RowType,
    anonymous_row_type,
    is_row_type,
    row_type_of,
    table_row_type,
)
from kalampg.relation import Relation, TableType
from kalampg.sql.annotation import oid_of, position_of, set_oid, typmod_of
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.operators import can_cast
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.scopes import Resolved, Scope, ScopeColumn, Source
from kalampg.sql.type_names import cast_to, declared_name, type_name

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_NULLABLE: Final = "nullable row"


# --- making rows ---


def is_row(node: exp.Expr) -> bool:
    """Whether the node is written as a row: ``(a, b)`` or ``ROW(a, b)``."""
    is_call = isinstance(node, exp.Anonymous) and node.name.lower() == "row"
    return is_call or isinstance(node, exp.Tuple)


def bind_row(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``(a, b)`` and ``ROW(a, b)``; ``p.*`` in it is all columns of p."""
    items: list[exp.Expr] = []
    for item in list(node.expressions):
        items += _star_columns(binder, item, scope) or [item]
    if isinstance(node, exp.Tuple):
        if not items:
            raise errors.SyntaxError('syntax error at or near ")"')
        row: exp.Expr = node
        node.set("expressions", items)
    else:
        row = exp.Tuple(expressions=items)
        binder.replace(node, row)
    bound = [binder.expression(item, scope) for item in list(row.expressions)]
    fields = [
        RowField(f"f{number}", Oid(int(oid_of(item) or UNKNOWN)), typmod_of(item))
        for number, item in enumerate(bound, 1)
    ]
    set_oid(row, binder.keep(anonymous_row_type(fields)))


def _star_columns(binder: Binder, item: exp.Expr, scope: Scope) -> list[exp.Expr]:
    if not (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
        return []
    source = scope.source(binder.name_of(item.args["table"]))
    return [] if source is None else _columns(binder, source)


def whole_row(binder: Binder, source: Source) -> exp.Expr:
    """What the name of a FROM item means as a value."""
    values = _columns(binder, source)
    if source.is_scalar:
        return values[0]
    row = exp.Struct(expressions=values)
    if source.is_nullable:
        row.meta[_NULLABLE] = True
    set_oid(row, binder.keep(_row_type(source)))
    return row


def is_nullable(row: exp.Expr) -> bool:
    """Whether an outer join may give no row: then all columns are NULL."""
    return _NULLABLE in row.meta


def _columns(binder: Binder, source: Source) -> list[exp.Expr]:
    columns: list[exp.Expr] = []
    for column in _visible(source):
        node = exp.Column(this=exp.to_identifier(column.sql_name, quoted=True))
        binder.use_column(node, Resolved(source, column))
        columns.append(node)
    return columns


def _visible(source: Source) -> list[ScopeColumn]:
    return [column for column in source.columns if not column.is_hidden]


def _row_type(source: Source) -> RowType:
    fields = [RowField(column.name, Oid(column.oid), column.typmod) for column in _visible(source)]
    relation = source.relation
    if relation is None or not _has_row_type(relation):
        return anonymous_row_type(fields)
    return table_row_type(relation.name, relation.row_type_oid, relation.row_array_oid, fields)


def named_row_type(target: exp.Expr, env: CompileEnv) -> RowType | None:
    """The row type that a cast's target names; None if it names another type."""
    if target.this != exp.DType.USERDEFINED:
        return None
    name = declared_name(target)
    schemas = env.search_path if name.schema_name is None else (name.schema_name,)
    found = (env.lookup.relation(schema_name, name.name) for schema_name in schemas)
    relation = next((each for each in found if each is not None), None)
    return None if relation is None else _row_type_of_relation(relation)


def _row_type_of_relation(relation: Relation) -> RowType | None:
    if not _has_row_type(relation):
        return None
    fields = [
        RowField(column.name, column.type_oid, column.typmod)
        for column in relation.columns
        if not column.is_hidden
    ]
    return table_row_type(relation.name, relation.row_type_oid, relation.row_array_oid, fields)


def _has_row_type(relation: Relation) -> bool:
    """What the server computes has no row type in ``pg_type``."""
    return relation.table_type is not TableType.SYSTEM or relation.view is not None


# --- taking rows apart ---


def bind_field(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``(row).field``.

    Raises:
        UndefinedColumn: 42703
        WrongObjectType: 42809, what stands before the point is no row.
    """
    if is_row(node.this):
        raise errors.SyntaxError('syntax error at or near "."')
    record = binder.expression(node.this, scope)
    name = binder.name_of(node.expression)
    row_type = _checked_row_type(record, name)
    place = row_type.position_of(name)
    if place is None:
        raise errors.UndefinedColumn(_no_field(record, row_type, name))
    inner = record
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, (exp.Tuple, exp.Struct)):
        value = inner.expressions[place]
    else:
        value = _field(inner, row_type, place)
    binder.replace(node, value)


def fields(record: exp.Expr) -> list[exp.Expr]:
    """The fields of a bound row, as expressions of their own."""
    inner = record
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, (exp.Tuple, exp.Struct)):
        return [item.copy() for item in inner.expressions]
    if inner.find(exp.Query) is not None:
        raise errors.FeatureNotSupported(
            "all fields of a row from a subquery are not supported here",
            hint="Put the subquery into FROM.",
        )
    row_type = row_type_of(int(oid_of(record) or UNKNOWN))
    assert row_type is not None, "the caller has looked"
    return [_field(inner.copy(), row_type, place) for place in range(len(row_type.fields))]


def _field(row: exp.Expr, row_type: RowType, place: int) -> exp.Expr:
    row.pop()
    value = exp.StructExtract(this=row, expression=exp.Literal.number(place + 1))
    field = row_type.fields[place]
    set_oid(value, field.type_oid, field.typmod)
    return value


def expanded_row(binder: Binder, node: exp.Expr, scope: Scope) -> list[tuple[str, exp.Expr]]:
    """Names and values of ``(row).*`` in a select list."""
    record = binder.expression(node.this, scope)
    row_type = _checked_row_type(record, "*")
    names = [field.name for field in row_type.fields]
    return list(zip(names, fields(record), strict=True))


def _checked_row_type(record: exp.Expr, name: str) -> RowType:
    oid = int(oid_of(record) or UNKNOWN)
    row_type = row_type_of(oid)
    if row_type is None or not is_row_type(oid):
        raise errors.WrongObjectType(
            f"column notation .{name} applied to type {type_name(oid)}, "
            "which is not a composite type",
            position=position_of(record),
        )
    return row_type


def _no_field(record: exp.Expr, row_type: RowType, name: str) -> str:
    inner = record.this if isinstance(record, exp.Paren) else record
    if isinstance(inner, exp.Struct) and inner.expressions:
        return f"column {inner.expressions[0].table}.{name} does not exist"
    if row_type.name:
        return f'column "{name}" not found in data type {row_type.name}'
    return f'could not identify column "{name}" in record data type'


# --- converting rows ---


def cast_row(binder: Binder, record: exp.Expr, target: RowType) -> exp.Expr:
    """A bound row as a row of a table's type, field by field.

    Raises:
        CannotCoerce: 42846
    """
    values = fields(record)
    source = type_name(int(oid_of(record) or UNKNOWN))
    failed = f"cannot cast type {source} to {target.sql_name}"
    if len(values) != len(target.fields):
        few_or_many = "few" if len(values) < len(target.fields) else "many"
        raise errors.CannotCoerce(failed, detail=f"Input has too {few_or_many} columns.")
    converted: list[exp.Expr] = []
    for number, (value, field) in enumerate(zip(values, target.fields, strict=True), 1):
        oid = int(oid_of(value) or UNKNOWN)
        if not can_cast(oid, field.type_oid):
            raise errors.CannotCoerce(
                failed,
                detail=f"Cannot cast type {type_name(oid)} to {type_name(field.type_oid)} "
                f"in column {number}.",
            )
        typed = binder.coercion.to(value, field.type_oid, field.typmod)
        converted.append(cast_to(typed, field.type_oid, field.typmod))
    row = exp.Struct(expressions=converted)
    set_oid(row, binder.keep(target))
    return row

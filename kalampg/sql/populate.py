"""``jsonb_populate_record`` and its kin: rows of a known type, with values from JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes.row_types import RowField, is_row_type, row_type_of
from kalampg.sql.annotation import oid_of, set_oid
from kalampg.sql.bind_whole_rows import fields
from kalampg.sql.operators import JSON, JSONB
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.scopes import Scope
from kalampg.sql.type_names import data_type, element_oid

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

POPULATING: Final = frozenset({"json_populate_record", "jsonb_populate_record"})
_SETS: Final = frozenset({"json_populate_recordset", "jsonb_populate_recordset"})
# What exists in FROM only.
NAMES_IN_FROM: Final = POPULATING | _SETS
_ITEM: Final = "kalam item"


def populate(binder: Binder, node: exp.Expr, name: str, scope: Scope) -> None:
    """Replace a call by the row that it makes: a field that the JSON has not is the base's.

    Raises:
        DatatypeMismatch: 42804, the base is no row.
    """
    if len(node.expressions) != 2:
        raise errors.UndefinedFunction(f"function {name} does not exist")
    base = binder.expression(node.expressions[0], scope)
    row_type = row_type_of(int(oid_of(base) or UNKNOWN))
    if row_type is None or not is_row_type(int(oid_of(base) or UNKNOWN)):
        raise errors.DatatypeMismatch(f"first argument of {name} must be a row type")
    is_jsonb = name.startswith("jsonb")
    given = exp.Cast(this=node.expressions[1].copy(), to=data_type(JSONB if is_jsonb else JSON))
    if given.find(exp.Query) is not None:
        raise errors.FeatureNotSupported(
            f"{name}() of a subquery is not supported", hint="Put the subquery into FROM."
        )
    made = "populating jsonb" if is_jsonb else "populating json"
    source = exp.Anonymous(this=made, expressions=[given])
    bases: Sequence[exp.Expr | None] = [None] * len(row_type.fields)
    if not _is_null(base):
        bases = fields(base)
    values = [
        _value(source, field, inherited)
        for field, inherited in zip(row_type.fields, bases, strict=True)
    ]
    row = exp.Struct(expressions=values)
    binder.replace(node, row)
    for value in list(row.expressions):
        binder.expression(value, scope)
    set_oid(row, binder.keep(row_type))


def _is_null(base: exp.Expr) -> bool:
    inner = base
    while isinstance(inner, (exp.Paren, exp.Cast)):
        inner = inner.this
    return isinstance(inner, exp.Null)


def _value(source: exp.Expr, field: RowField, base: exp.Expr | None) -> exp.Expr:
    oid = field.type_oid
    if element_oid(oid):
        raise errors.FeatureNotSupported(
            "fields that are arrays cannot be populated from JSON", hint="Cast them to text."
        )
    step = exp.JSONExtract if oid in {JSON, JSONB} else exp.JSONExtractScalar
    key = exp.Literal.string(field.name)
    got = step(this=source.copy(), expression=key)
    value = exp.Cast(this=got, to=data_type(oid, field.typmod))
    if base is None:
        return value
    has = exp.Anonymous(
        this="jsonb_exists",
        expressions=[exp.Cast(this=source.copy(), to=data_type(JSONB)), key.copy()],
    )
    return exp.Case(ifs=[exp.If(this=has, true=value)], default=base)


def populated_source(node: exp.Expr, name: str) -> exp.Lateral | None:
    """``jsonb_populate_record[set](base, x)`` in FROM as a query; None for another function."""
    if name not in NAMES_IN_FROM or len(node.this.expressions) != 2:
        return None
    base, given = node.this.expressions
    source = None
    if name in _SETS:
        name = name.removesuffix("set")
        kind = name.partition("_")[0]
        items = exp.Anonymous(this=f"{kind}_array_elements", expressions=[given.copy()])
        item = exp.to_identifier(_ITEM, quoted=True)
        source = exp.Table(this=items, alias=exp.TableAlias(this=item, columns=[item.copy()]))
        given = exp.column(_ITEM, table=_ITEM, quoted=True)
    row = exp.Anonymous(this=name, expressions=[base.copy(), given.copy()])
    query = exp.Select(expressions=[exp.Dot(this=exp.Paren(this=row), expression=exp.Star())])
    if source is not None:
        query.set("from_", exp.From(this=source))
    alias = node.args.get("alias")
    named = exp.TableAlias(this=exp.to_identifier(node.this.name)) if alias is None else alias
    return exp.Lateral(this=exp.Subquery(this=query), alias=named, joins=node.args.get("joins"))

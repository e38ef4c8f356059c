"""Rule: enum_first(), enum_last() and enum_range(), which the labels of a type answer.

An argument that is NULL only says which type; of two it also says that there is no such bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes import format_type
from kalampg.pgtypes.enumerations import enumeration_of
from kalampg.relation import Datum
from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import ARRAY_OIDS
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, typed
from kalampg.sql.rewrite.constants import constant
from kalampg.sql.rewrite.context import RewriteContext, replace_calls

# No macro may use this name: DuckDB's macros are not hygienic.
_LABEL: Final = "kalam label"


def list_labels(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the calls whose runner is this rule."""
    return replace_calls(tree, _CALLS)


def _type_of(arguments: list[exp.Expr]) -> int:
    oids = (int(oid_of(argument) or t.UNKNOWN) for argument in arguments)
    return next(oid for oid in oids if enumeration_of(oid) is not None)


def _keys(oid: int) -> list[Datum]:
    enumeration = enumeration_of(oid)
    assert enumeration is not None, "the binder takes nothing else"
    return [label.key for label in enumeration.labels]


def _end(place: int) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    def replacement(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        oid = _type_of(arguments)
        keys = _keys(oid)
        if not keys:
            raise errors.ObjectNotInPrerequisiteState(f"enum {format_type(oid)} contains no values")
        return constant(oid, keys[place])

    return replacement


def _range(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    oid = _type_of(arguments)
    array = ARRAY_OIDS[oid]
    labels = constant(array, _keys(oid))
    if len(arguments) == 1:
        return labels
    low, high = arguments
    is_within = typed(
        exp.And(
            this=_bound(exp.GTE(this=_label(oid), expression=low)),
            expression=_bound(exp.LTE(this=_label(oid), expression=high)),
        ),
        t.BOOL,
    )
    name = exp.to_identifier(_LABEL, quoted=True)
    return call("list_filter", labels, exp.Lambda(this=is_within, expressions=[name]), oid=array)


def _label(oid: int) -> exp.Expr:
    return typed(exp.Column(this=exp.to_identifier(_LABEL, quoted=True)), oid)


def _bound(comparison: exp.Binary) -> exp.Expr:
    """True where there is no bound."""
    true = typed(exp.Boolean(this=True), t.BOOL)
    return call("coalesce", typed(comparison, t.BOOL), true, oid=t.BOOL)


_CALLS: Final[Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]] = {
    "enum_first": _end(0),
    "enum_last": _end(-1),
    "enum_range": _range,
}

"""ALTER COLUMN ... TYPE ... [USING ...]: the new values of a column, over the old row."""

from __future__ import annotations

from typing import Final

from kalampg import errors
from kalampg.relation import Column, Relation
from kalampg.sql.annotation import oid_of
from kalampg.sql.check_expression import bound_over
from kalampg.sql.evaluable_tree import Translator
from kalampg.sql.expression import Expression
from kalampg.sql.operators import can_assign
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.type_names import type_name

_WHERE: Final = "transform expression"


def bind_type_change(
    relation: Relation, before: Column, after: Column, using: str | None, time_zone: str
) -> Expression:
    """What ``after`` is to hold, over the columns of ``relation``, which has ``before``.

    Raises:
        DatatypeMismatch: 42804, the values do not become the new type by themselves.
        FeatureNotSupported: 0A000, only DuckDB could compute it.
    """
    text = '"' + before.name.replace('"', '""') + '"' if using is None else using
    tree, binder = bound_over(text, relation, time_zone, _WHERE)
    node = binder.coercion.to(tree.expressions[0], after.type_oid, after.typmod)
    oid = int(oid_of(node) or UNKNOWN)
    if not can_assign(oid, after.type_oid):
        raise _not_assignable(before, after, using)
    expression = Translator(binder.coercion, 0).try_translate(node)
    if expression is None:
        raise errors.FeatureNotSupported(
            f"this transform expression is not supported: {text}",
            hint="Add a column of the new type, fill it by UPDATE, and drop the old one.",
        )
    return expression


def _not_assignable(before: Column, after: Column, using: str | None) -> errors.DatatypeMismatch:
    written = type_name(after.type_oid)
    if using is not None:
        return errors.DatatypeMismatch(
            f'result of USING clause for column "{before.name}" cannot be cast automatically '
            f"to type {written}",
            hint="You might need to add an explicit cast.",
        )
    return errors.DatatypeMismatch(
        f'column "{before.name}" cannot be cast automatically to type {written}',
        hint=f'You might need to specify "USING {before.name}::{written}".',
    )

"""Giving types to what has none yet: untyped literals, parameters and NULL in their context."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes import OutputSettings, from_text
from kalampg.pgtypes.shaped_arrays import is_shaped
from kalampg.relation import Datum
from kalampg.sql.annotation import oid_of, position_of, set_oid
from kalampg.sql.functions import OBJECT_IDENTIFIERS, can_cast_implicitly, common_type
from kalampg.sql.operators import STRINGS, TEXT
from kalampg.sql.parameters import UNKNOWN, Parameters, is_unknown
from kalampg.sql.temporal_literals import fix_literal, is_temporal
from kalampg.sql.tree import replace_node
from kalampg.sql.type_names import cast_to, data_type, type_name


class Coercion:
    """Fixes types of nodes in place; ``parameters`` collects what is found about parameters."""

    def __init__(self, parameters: Parameters, settings: OutputSettings) -> None:
        self._parameters = parameters
        self._settings = settings

    def to(self, node: exp.Expr, oid: int, typmod: int = -1) -> exp.Expr:
        """``node`` as a value of type ``oid`` if its type was open; the node to use in its place.

        Raises:
            InvalidTextRepresentation: 22P02 and its kin, a literal is no value of the type.
        """
        if not is_unknown(node) or oid == UNKNOWN:
            return node
        if isinstance(node, exp.Paren):
            self.to(node.this, oid, typmod)
            set_oid(node, oid)
            return node
        if oid in OBJECT_IDENTIFIERS and isinstance(node, (exp.Parameter, exp.Literal)):
            # What a name means is found out when the statement runs.
            return insert_cast(self.to(node, TEXT), oid)
        if isinstance(node, exp.Parameter):
            self._parameters.fix(node, oid)
            return node
        if isinstance(node, exp.Literal):
            return self._literal(node, oid, typmod)
        set_oid(node, oid)
        return node

    def check(self, node: exp.Literal, oid: int, typmod: int) -> None:
        """See that an untyped literal is a value of a type that it will be cast to.

        Raises:
            PgError: 22P02 and its kin, it is not.
        """
        if not is_temporal(oid):
            self.value_of(node.this, oid, typmod, position_of(node))
            return
        try:
            fix_literal(node, oid, typmod, self._settings)
        except errors.PgError as error:
            error.position = error.position or position_of(node)
            raise

    def value_of(self, text: str, oid: int, typmod: int, position: int | None) -> Datum:
        """The value that an untyped literal has as type ``oid``."""
        try:
            return from_text(oid, text, typmod, self._settings)
        except errors.PgError as error:
            if error.position is None:
                error.position = position
            raise

    def _literal(self, node: exp.Literal, oid: int, typmod: int) -> exp.Expr:
        if oid in STRINGS:
            set_oid(node, oid)
            return node
        set_oid(node, UNKNOWN)
        self.check(node, oid, typmod)
        cast = exp.Cast(this=node.copy(), to=data_type(oid))
        cast.this.meta.update(node.meta)
        set_oid(cast, oid)
        if node.parent is not None:
            replace_node(node, cast)
        return cast

    def unify(self, nodes: Sequence[exp.Expr], context: str) -> int:
        """One type for the branches of CASE, COALESCE, VALUES, UNION, ARRAY, IN.

        Raises:
            DatatypeMismatch: 42804, ``CASE types integer and text cannot be matched``.
        """
        oids = [oid_of(node) for node in nodes]
        chosen = common_type(oids)
        for node, oid in zip(nodes, oids, strict=True):
            if oid in {None, UNKNOWN, chosen}:
                continue
            if not is_convertible(int(oid or UNKNOWN), chosen):
                first = next(o for o in oids if o not in {None, UNKNOWN})
                raise errors.DatatypeMismatch(
                    f"{context} types {type_name(int(first or TEXT))} and "
                    f"{type_name(int(oid or TEXT))} cannot be matched",
                    position=position_of(node),
                )
        for node in nodes:
            typed = self.to(node, chosen)
            if is_shaped(chosen):
                insert_cast(typed, chosen)
        return chosen

    def boolean(self, node: exp.Expr, context: str) -> exp.Expr:
        """``node`` as the argument of AND, WHERE, ...

        Raises:
            DatatypeMismatch: 42804
        """
        node = self.to(node, 16)
        oid = oid_of(node)
        if oid != 16:
            raise errors.DatatypeMismatch(
                f"argument of {context} must be type boolean, "
                f"not type {type_name(int(oid or TEXT))}",
                position=position_of(node),
            )
        return node


def insert_cast(node: exp.Expr, oid: int) -> exp.Expr:
    """Replace ``node`` by an explicit cast where PostgreSQL would convert it silently."""
    current = oid_of(node)
    if current in {None, UNKNOWN, oid} or (current in STRINGS and oid in STRINGS):
        return node
    placeholder = exp.Placeholder()
    replace_node(node, placeholder)
    cast = cast_to(node, oid)
    replace_node(placeholder, cast)
    return cast


def is_convertible(source: int, target: int) -> bool:
    if source in STRINGS or target in STRINGS:
        return source in STRINGS and target in STRINGS
    return can_cast_implicitly(source, target)

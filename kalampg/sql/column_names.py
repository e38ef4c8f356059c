"""Names of output columns that have no alias, by PostgreSQL's rule (FigureColname)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.pgtypes import type_of
from kalampg.sql.annotation import oid_of
from kalampg.sql.type_names import element_node, type_of_node

UNNAMED: Final = "?column?"
_NAMED_SYNTAX: Final[dict[type[exp.Expr], str]] = {
    exp.Extract: "extract",
    exp.StrPosition: "position",
    exp.Overlay: "overlay",
    exp.AtTimeZone: "timezone",
    exp.Exists: "exists",
    exp.Overlaps: "overlaps",
    exp.Array: "array",
    exp.Tuple: "row",
}
_TRIMS: Final = {"LEADING": "ltrim", "TRAILING": "rtrim"}


def column_name(node: exp.Expr) -> str:
    """The name that PostgreSQL gives to ``node`` as an output column, before it is bound.

    >>> from kalampg.sql.dialect import parse_one
    >>> [column_name(e) for e in parse_one("SELECT a.b, count(*), 1 + 1, '5'::int4").expressions]
    ['b', 'count', '?column?', 'int4']
    """
    return _figure(node)[0] or UNNAMED


def _figure(node: exp.Expr) -> tuple[str, int]:
    """Name and strength: 2 from the expression itself, 1 only from a type, 0 none."""
    if isinstance(node, (exp.Column, exp.Identifier, exp.Anonymous)):
        return _own_name(node), 2
    if isinstance(node, exp.Dot):
        return _figure(node.expression)
    if isinstance(
        node, (exp.Paren, exp.Collate, exp.Window, exp.Filter, exp.WithinGroup, exp.Bracket)
    ):
        return _figure(node.this)
    if isinstance(node, exp.Cast):
        name, strength = _figure(node.this)
        return (name, strength) if strength == 2 else (_type_label(node), 1)
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        name, strength = ("", 0) if default is None else _figure(default)
        return (name, strength) if strength == 2 else ("case", 1)
    if isinstance(node, exp.Trim):
        return _TRIMS.get(str(node.args.get("position") or "").upper(), "btrim"), 2
    if isinstance(node, exp.Subquery):
        return _subquery_name(node)
    named = _NAMED_SYNTAX.get(type(node))
    return (named, 2) if named else ("", 0)


def _own_name(node: exp.Expr) -> str:
    if isinstance(node, exp.Identifier):
        return folded(node)
    if isinstance(node, exp.Column):
        return folded(node.args["table"] if isinstance(node.this, exp.Star) else node.this)
    this = node.this
    if isinstance(this, exp.Identifier):
        return folded(this)
    return node.name.lower()


def folded(identifier: exp.Expr) -> str:
    """An identifier as PostgreSQL folds it."""
    name: str = identifier.name
    return name if identifier.args.get("quoted") else name.lower()


def _type_label(node: exp.Expr) -> str:
    oid = oid_of(node)
    target = node.args["to"]
    named = element_node(target)
    if oid is None and named.this == exp.DType.USERDEFINED:
        declared = named.args["kind"]
        return str(declared.expression.name if isinstance(declared, exp.Dot) else declared.name)
    if oid is None:
        oid = type_of_node(target)[0]
    found = type_of(oid)
    return type_of(found.element_oid).name if found.is_array else found.name


def _subquery_name(node: exp.Expr) -> tuple[str, int]:
    query = node.this
    while isinstance(query, exp.Subquery):
        query = query.this
    while isinstance(query, exp.SetOperation):
        query = query.this
    if not isinstance(query, exp.Select) or not query.expressions:
        return "", 0
    first = query.expressions[0]
    if isinstance(first, exp.Alias):
        return folded(first.args["alias"]), 2
    return _figure(first)

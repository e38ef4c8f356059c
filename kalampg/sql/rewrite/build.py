"""Nodes of the DuckDB tree that rules build, marked so that the writer tells them from a client's.

A client's call or parameter that no rule has replaced carries no mark, and the writer refuses it.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of, set_oid

_MARK: Final = "duck"


def call(name: str, *arguments: exp.Expr, oid: int | None = None) -> exp.Expr:
    """A call of a DuckDB function or of one of our macros."""
    node = exp.Anonymous(this=name, expressions=list(arguments))
    return mark(node, oid)


def mark(node: exp.Expr, oid: int | None = None) -> exp.Expr:
    """Say that a call is DuckDB's, so that it may be written."""
    node.meta[_MARK] = True
    if oid is not None:
        set_oid(node, oid)
    return node


def is_marked(node: exp.Expr) -> bool:
    return _MARK in node.meta


def parameter(name: str) -> exp.Expr:
    """``$name``, a value that the engine binds."""
    node = exp.Placeholder(this=name)
    node.meta[_MARK] = True
    return node


def cast(value: exp.Expr, duckdb_type: str, oid: int | None = None) -> exp.Expr:
    """``CAST(value AS duckdb_type)`` with DuckDB's meaning."""
    node = exp.Cast(this=value, to=exp.Var(this=duckdb_type))
    if oid is not None:
        set_oid(node, oid)
    return node


def text(value: str, oid: int = 25) -> exp.Expr:
    node = exp.Literal.string(value)
    set_oid(node, oid)
    return node


def number(value: int, oid: int = 23) -> exp.Expr:
    node: exp.Expr = exp.Literal.number(abs(value))
    if value < 0:
        node = exp.Neg(this=node)
    set_oid(node, oid)
    return node


def typed(node: exp.Expr, oid: int | None, typmod: int = -1) -> exp.Expr:
    """The node, with the type it has in PostgreSQL."""
    if oid is not None:
        set_oid(node, oid, typmod)
    return node


def like(node: exp.Expr, model: exp.Expr) -> exp.Expr:
    """The node, with the model's type."""
    return typed(node, oid_of(model))


def constant_text(node: exp.Expr | None) -> str | None:
    """The value of a string constant, also under a cast to text; None for anything else."""
    while isinstance(node, (exp.Cast, exp.Paren)):
        node = node.this
    return node.this if isinstance(node, exp.Literal) and node.is_string else None


def constant_int(node: exp.Expr | None) -> int | None:
    """The value of an integer constant; None for anything else."""
    if isinstance(node, exp.Paren):
        return constant_int(node.this)
    if isinstance(node, exp.Neg):
        value = constant_int(node.this)
        return None if value is None else -value
    if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit():
        return int(node.this)
    return None

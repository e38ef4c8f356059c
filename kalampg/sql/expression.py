"""Scalar expressions small enough to run without DuckDB, as frozen values.

``sql.point`` builds them from the tree when it can prove that every part has PostgreSQL's meaning
here; otherwise the statement takes the DuckDB plan. ``engine.evaluate`` compiles them to closures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kalampg.ids import Oid
from kalampg.relation import Datum


@dataclass(frozen=True, slots=True)
class Const:
    """A value known at plan time."""

    value: Datum
    type_oid: Oid


@dataclass(frozen=True, slots=True)
class Param:
    """``$index``, 1-based, already of type ``type_oid``."""

    index: int
    type_oid: Oid


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """The value at ``position`` of the relation's columns.

    Positions at and past ``len(relation.columns)`` are the system columns, in the order of
    ``SYSTEM_COLUMNS``.
    """

    position: int
    type_oid: Oid


@dataclass(frozen=True, slots=True)
class Call:
    """``function`` applied to ``arguments``; the names are listed in ``engine.evaluate``.

    Operators are named by their symbol ("+", "=", "and", "not", "is null", "in"), casts "cast" (the
    target is ``type_oid`` and ``typmod``), functions by their lower-case SQL name.
    """

    function: str
    arguments: tuple[Expression, ...]
    type_oid: Oid
    typmod: int = -1


Expression: TypeAlias = Const | Param | ColumnRef | Call

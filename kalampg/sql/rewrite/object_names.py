"""regclass, regtype and their kin: OIDs, read and printed as names of the catalog.

In DuckDB they are OIDs. Their names come from ``catalog_maps`` where they are asked for: a name
depends on the search path, and may change while a plan is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlglot import exp

from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, text
from kalampg.sql.rewrite.catalog_maps import catalog_map


class _Kind(NamedTuple):
    """Which maps know a kind of objects, and the error for a name that they do not know."""

    names: str
    oids: str
    sqlstate: str
    word: str
    # The macro that looks a text up.
    finder: str = "pg_object_named"


_KINDS: Final[Mapping[int, _Kind]] = MappingProxyType(
    {
        t.REGCLASS: _Kind("class_names", "class_oids", "42P01", "relation"),
        t.REGPROC: _Kind(
            "function_names", "function_oids", "42883", "function", "pg_function_named"
        ),
        t.REGPROCEDURE: _Kind(
            "procedure_names", "procedure_oids", "42883", "function", "pg_procedure_named"
        ),
        t.REGTYPE: _Kind("type_names", "type_oids", "42704", "type", "pg_type_named"),
        t.REGNAMESPACE: _Kind("namespace_names", "namespace_oids", "3F000", "schema"),
        t.REGROLE: _Kind("role_names", "role_oids", "42704", "role"),
    }
)


def names_of(oid: int) -> exp.Expr:
    """The map of the names that values of type ``oid`` are printed as."""
    return catalog_map(_KINDS[oid].names)


def object_name(value: exp.Expr, oid: int) -> exp.Expr:
    """What a value of type ``oid`` is printed as: its name, or the number of what is gone."""
    return call("pg_object_name", names_of(oid), value, oid=t.TEXT)


def found_object(value: exp.Expr, oid: int) -> exp.Expr:
    """The object that a text names, NULL if there is none."""
    kind = _KINDS[oid]
    return call(kind.finder, catalog_map(kind.oids), value, oid=oid)


def object_of(value: exp.Expr, source: int, oid: int) -> exp.Expr:
    """``value`` cast to an object identifier type; a text that names nothing is an error."""
    if source not in t.STRINGS and source != t.UNKNOWN:
        return cast(value, t.duck_type(oid), oid)
    kind = _KINDS[oid]
    if oid == t.REGPROC:
        value = call("pg_one_function", catalog_map(kind.oids), value, oid=t.TEXT)
    return call(
        "pg_number_or", value, found_object(value.copy(), oid), text(kind.sqlstate),
        text(kind.word), oid=oid,
    )  # fmt: skip

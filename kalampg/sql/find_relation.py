"""Which relation a name in a statement means, by the search path."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Relation, RelationLookup, searched
from kalampg.sql.annotation import position_of
from kalampg.view import ViewQuery

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder


def find_relation(binder: Binder, node: exp.Table, schema_name: str | None, name: str) -> Relation:
    """The relation that a name means.

    Raises:
        UndefinedTable: 42P01
    """
    lookup_relation = partial(_lookup, binder.env.lookup, binder.view)
    catalog = node.args.get("catalog")
    if catalog is not None and binder.name_of(catalog) not in {"kalam", "postgres"}:
        raise errors.FeatureNotSupported(
            f"cross-database references are not implemented: "
            f'"{binder.name_of(catalog)}.{schema_name}.{name}"',
            position=position_of(node),
        )
    if schema_name is not None:
        found = lookup_relation(schema_name, name)
        written = f"{schema_name}.{name}"
    else:
        path = searched(binder.env.search_path)
        found = next((r for s in path if (r := lookup_relation(s, name)) is not None), None)
        written = name
    if found is None:
        start = node.args.get("db") or node.this
        raise errors.UndefinedTable(
            f'relation "{written}" does not exist', position=position_of(start)
        )
    return found


def _lookup(
    lookup: RelationLookup, view: ViewQuery | None, schema_name: str, name: str
) -> Relation | None:
    """The relation of that name; within a view, the one that had it when the view was made."""
    known = None if view is None else view.named(schema_name, name)
    found = None if known is None else lookup.relation_by_id(known)
    return found or lookup.relation(schema_name, name)

"""Which relation a name in a statement means, by the search path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Relation, searched
from kalampg.sql.annotation import position_of

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder


def find_relation(binder: Binder, node: exp.Table, schema_name: str | None, name: str) -> Relation:
    """The relation that a name means.

    Raises:
        UndefinedTable: 42P01
    """
    lookup_relation = binder.env.lookup.relation
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

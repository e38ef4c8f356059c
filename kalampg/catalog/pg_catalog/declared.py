"""What of a relation PostgreSQL's clients are shown: what was declared, not what we added."""

from __future__ import annotations

from typing import Final

from kalampg.relation import Column, Relation

# Those of PostgreSQL's catalogs that are views there; everything in other computed namespaces is.
_VIEWS: Final = frozenset(
    {
        "pg_indexes", "pg_locks", "pg_matviews", "pg_policies",
        "pg_prepared_statements", "pg_prepared_xacts", "pg_publication_tables",
        "pg_roles", "pg_rules", "pg_seclabels", "pg_sequences", "pg_settings", "pg_stat_activity",
        "pg_tables", "pg_user", "pg_user_mappings", "pg_views",
    }
)  # fmt: skip


def declared_columns(table: Relation) -> tuple[Column, ...]:
    """The columns that ``*`` has."""
    return tuple(column for column in table.columns if not column.is_hidden)


def declared_key(table: Relation) -> tuple[Column, ...]:
    """The columns of the primary key, in key order; none when the key is the hidden row id."""
    key = tuple(table.columns[position] for position in table.primary_key)
    return () if any(column.is_hidden for column in key) else key


def has_default(column: Column) -> bool:
    """Whether ``pg_attrdef`` has an expression of the column: an identity column has none."""
    if column.generated is not None:
        return True
    return column.default is not None and not column.identity and column.default.lower() != "null"


def relation_kind(relation: Relation) -> str:
    """``relkind``: r for tables, v for computed relations that are views in PostgreSQL."""
    if not relation.primary_key and (
        relation.schema_name != "pg_catalog" or relation.name in _VIEWS
    ):
        return "v"
    return "r"

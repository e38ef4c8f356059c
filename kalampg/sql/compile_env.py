"""CompileEnv: what the meaning of a statement depends on besides its text."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.relation import RelationLookup


@dataclass(frozen=True, slots=True)
class CompileEnv:
    """Catalog, search path and settings of the session that sends the statement.

    ``search_path`` has the schemas in order; ``pg_catalog`` comes first unless it is named.
    ``scope_all`` is KalamDB's reading across users: no user predicate, ``_user_id`` visible.
    ``timezone`` is what literals of type timestamptz are read in.
    """

    lookup: RelationLookup
    search_path: tuple[str, ...] = ("public",)
    default_table_type: str = "SHARED"
    scope_all: bool = False
    timezone: str = "UTC"

    def key(self) -> tuple[object, ...]:
        """Equal for two environments exactly if every text has the same plan in both."""
        return (
            self.lookup.version,
            self.search_path,
            self.default_table_type,
            self.scope_all,
            self.timezone,
        )

"""CompileEnv: what the meaning of a statement depends on besides its text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kalampg.pgtypes import OutputSettings
from kalampg.relation import RelationLookup


@dataclass(frozen=True, slots=True)
class CompileEnv:
    """Catalog, search path and settings of the session that sends the statement.

    ``search_path`` has the schemas in order; ``pg_catalog`` comes first unless it is named.
    ``scope_all`` is KalamDB's reading across users: no user predicate, ``_user_id`` visible.
    Literals of dates, times and intervals are read in ``timezone``, ``date_style`` and
    ``interval_style``.
    """

    lookup: RelationLookup
    search_path: tuple[str, ...] = ("public",)
    default_table_type: str = "SHARED"
    scope_all: bool = False
    timezone: str = "UTC"
    date_style: str = "ISO, MDY"
    interval_style: str = "postgres"

    def key(self) -> tuple[object, ...]:
        """Equal for two environments exactly if every text has the same plan in both."""
        return (
            self.lookup.version,
            self.search_path,
            self.default_table_type,
            self.scope_all,
            self.timezone,
            self.date_style,
            self.interval_style,
        )

    @property
    def input(self) -> OutputSettings:
        """How literals are read."""
        return _input_settings(self.timezone, self.date_style, self.interval_style)


@lru_cache(maxsize=256)
def _input_settings(timezone: str, date_style: str, interval_style: str) -> OutputSettings:
    return OutputSettings(timezone=timezone, date_style=date_style, interval_style=interval_style)

"""The table of all computed relations."""

from __future__ import annotations

from typing import Final

from kalampg.catalog.computed import ComputedRelation
from kalampg.catalog.information_schema.relations import INFORMATION_SCHEMA
from kalampg.catalog.pg_catalog.relations import PG_CATALOG
from kalampg.catalog.system.alerts import ALERTS
from kalampg.catalog.system.columns import COLUMNS
from kalampg.catalog.system.dead_letters import DEAD_LETTERS
from kalampg.catalog.system.flush_status import FLUSH_STATUS
from kalampg.catalog.system.jobs import JOBS
from kalampg.catalog.system.namespaces import NAMESPACES
from kalampg.catalog.system.segments import SEGMENTS
from kalampg.catalog.system.storages import STORAGES
from kalampg.catalog.system.tables import TABLES
from kalampg.catalog.system.users import USERS

_ENTRIES: Final[tuple[ComputedRelation, ...]] = (
    ALERTS,
    COLUMNS,
    DEAD_LETTERS,
    FLUSH_STATUS,
    JOBS,
    NAMESPACES,
    SEGMENTS,
    STORAGES,
    TABLES,
    USERS,
    *PG_CATALOG,
    *INFORMATION_SCHEMA,
)

COMPUTED: Final[dict[tuple[str, str], ComputedRelation]] = {
    (entry.relation.schema_name, entry.relation.name): entry for entry in _ENTRIES
}

"""The table of all computed relations."""

from __future__ import annotations

from typing import Final

from kalampg.catalog.computed import ComputedRelation

_ENTRIES: Final[tuple[ComputedRelation, ...]] = ()

COMPUTED: Final[dict[tuple[str, str], ComputedRelation]] = {
    (entry.relation.schema_name, entry.relation.name): entry for entry in _ENTRIES
}

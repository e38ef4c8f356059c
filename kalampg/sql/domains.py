"""What domains mean to statements: names in their checks, what they are made over, defaults."""

from __future__ import annotations

from typing import Final

from kalampg.domain import Domain
from kalampg.relation import Column, RelationLookup

# The column of the relation that a domain's CHECK is over, as unquoted names fold.
VALUE: Final = "value"
# The function that a cast to a domain becomes for values that the domain refuses.
REFUSE_VALUE: Final = "pg_refuse_value"


def lineage(lookup: RelationLookup, domain: Domain) -> list[Domain]:
    """The domain, behind those that it was made over: the order in which checks are looked at."""
    found = [domain]
    while found[0].parent is not None:
        above = lookup.domain_by_oid(found[0].parent)
        assert above is not None, "a domain that others are made over is not dropped"
        found.insert(0, above)
    return found


def default_text(column: Column, lookup: RelationLookup) -> str | None:
    """The default of a column: its own, or its domain's."""
    if column.default is not None or column.domain is None or column.generated is not None:
        return column.default
    domain = lookup.domain_by_oid(column.domain)
    return None if domain is None else domain.default

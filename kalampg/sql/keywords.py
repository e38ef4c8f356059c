"""PostgreSQL 15's key words, by what they may name.

Source:
    ``pg_get_keywords()`` of PostgreSQL 15.
"""

from __future__ import annotations

from typing import Final

# May name nothing unless quoted.
RESERVED: Final = frozenset(
    """
    all analyse analyze and any array as asc asymmetric both case cast check collate column
    constraint create current_catalog current_date current_role current_time current_timestamp
    current_user default deferrable desc distinct do else end except false fetch for foreign from
    grant group having in initially intersect into lateral leading limit localtime localtimestamp
    not null offset on only or order placing primary references returning select session_user some
    symmetric table then to trailing true union unique user using variadic when where window with
    """.split()  # noqa: SIM905 - read as words
)
# May name functions and types, but neither tables nor columns.
TYPE_OR_FUNCTION: Final = frozenset(
    """
    authorization binary collation concurrently cross current_schema freeze full ilike inner is
    isnull join left like natural notnull outer overlaps right similar tablesample verbose
    """.split()  # noqa: SIM905 - read as words
)
NOT_NAMES: Final = RESERVED | TYPE_OR_FUNCTION

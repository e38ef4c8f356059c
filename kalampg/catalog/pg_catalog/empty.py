"""Relations of ``pg_catalog`` that have no rows here.

The features behind most of them do not exist. ``pg_proc``, ``pg_operator``, ``pg_cast`` and
``pg_rewrite`` are empty although there are functions, operators, casts and computed views: they
have no OIDs yet.
"""

from __future__ import annotations

from typing import Final

from kalampg.catalog.pg_catalog.empty_tables import TABLES
from kalampg.catalog.pg_catalog.empty_views import VIEWS
from kalampg.catalog.shape import empty, shaped

EMPTY: Final = tuple(
    shaped("pg_catalog", name, oid, columns, empty) for name, oid, columns in (*TABLES, *VIEWS)
)

"""BoundScan: a relation as it goes into one DuckDB query.

``engine.scan`` builds it for exactly one user; ``engine.duck`` puts it into the query's text,
registers its tables and binds its parameters. Names are unique inside one query (they carry the
scan's number).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class BoundScan:
    """``text`` is a parenthesised query over ``tables`` (by name) and ``params`` (as ``$name``).

    ``tables`` are registered under their names for the time of the query. An equal table object may
    come again under the same name, so that a registration can be kept.
    ``params`` are lists of segment paths, and what rows have in columns added after them.
    """

    text: str
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)

"""CopyPlan: one COPY statement with its options checked. The session runs it."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.pgtypes.copy_format import CopyFormat
from kalampg.sql.statements import TableName


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """COPY: of a table or of ``query``, whose text starts at ``query_offset``.

    No ``columns``: all. The ``force_`` names are columns; ``*`` alone means all.
    """

    table: TableName | None
    columns: tuple[str, ...]
    query: str | None
    query_offset: int
    is_from: bool
    format: CopyFormat
    force_quote: tuple[str, ...] = ()
    force_null: tuple[str, ...] = ()
    force_not_null: tuple[str, ...] = ()

"""CREATE, ALTER and DROP VIEW as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.sql.table_name import TableName


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE [OR REPLACE] VIEW. ``columns`` name the first columns of ``query``.

    ``offset`` is where the query begins in the statement.
    """

    view: TableName
    columns: tuple[str, ...]
    query: str
    offset: int = 0
    options: tuple[str, ...] = ()
    or_replace: bool = False
    is_temporary: bool = False


@dataclass(frozen=True, slots=True)
class AlterView:
    """ALTER VIEW: one of the new values is set; ``column`` goes with ``new_column``.

    ``options`` are ``name=value``, ``reset_options`` names.
    """

    view: TableName
    new_name: str | None = None
    new_schema: str | None = None
    new_owner: str | None = None
    column: str | None = None
    new_column: str | None = None
    options: tuple[str, ...] | None = None
    reset_options: tuple[str, ...] = ()
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropView:
    """DROP VIEW."""

    views: tuple[TableName, ...]
    if_exists: bool = False
    cascade: bool = False

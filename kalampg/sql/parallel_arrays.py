"""Functions in FROM that have several columns, each of which another function gives as an array.

No client can write the names of those: they have a blank in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp


@dataclass(frozen=True, slots=True)
class ParallelArrays:
    """A call as the ``unnest`` of its columns, and what the columns are named."""

    call: exp.Anonymous
    columns: tuple[str, ...]


def _members(kind: str, values: str) -> Mapping[str, str]:
    return {"key": f"{kind}_each keys", "value": f"{kind}_each {values}"}


_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "json_each": _members("json", "values"),
    "jsonb_each": _members("jsonb", "values"),
    "json_each_text": _members("json", "texts"),
    "jsonb_each_text": _members("jsonb", "texts"),
    "pg_get_keywords": {
        column: f"pg_get_keywords {column}"
        for column in ("word", "catcode", "barelabel", "catdesc", "baredesc")
    },
}
NAMES: Final = frozenset(_COLUMNS)
_ARGUMENTS: Final = {name: 0 if name == "pg_get_keywords" else 1 for name in NAMES}


def parallel_arrays(name: str, call: exp.Expr) -> ParallelArrays | None:
    """What a call of ``name`` unnests; None for another function."""
    columns = _COLUMNS.get(name)
    if columns is None or len(call.expressions) != _ARGUMENTS[name]:
        return None
    arrays = [
        exp.Anonymous(this=each, expressions=[argument.copy() for argument in call.expressions])
        for each in columns.values()
    ]
    return ParallelArrays(exp.Anonymous(this="unnest", expressions=arrays), tuple(columns))

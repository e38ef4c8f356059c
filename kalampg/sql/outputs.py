"""Output columns of queries, and what they are called in generated SQL and from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from kalampg import errors
from kalampg.sql.operators import TEXT
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.scopes import ScopeColumn


@dataclass(slots=True)
class Output:
    """One output column: its PostgreSQL name, its name in the generated SQL, and its type."""

    name: str
    sql_name: str
    oid: int
    typmod: int = -1
    table_oid: int = 0
    attnum: int = 0


def unique_name(name: str, taken: set[str]) -> str:
    """DuckDB compares names without case, so two outputs must differ in more than that."""
    candidate, number = name, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{name}:{number}"
    taken.add(candidate.lower())
    return candidate


def derived_columns(
    outputs: Sequence[Output], names: Sequence[str], alias: str
) -> list[ScopeColumn]:
    """The columns of a subquery or CTE under its alias and column names.

    Raises:
        InvalidColumnReference: 42P10, more names than columns.
    """
    if len(names) > len(outputs):
        raise errors.InvalidColumnReference(
            f'table "{alias}" has {len(outputs)} columns available '
            f"but {len(names)} columns specified"
        )
    columns: list[ScopeColumn] = []
    taken: set[str] = set()
    for index, output in enumerate(outputs):
        name = names[index] if index < len(names) else output.name
        columns.append(
            ScopeColumn(
                name,
                TEXT if output.oid == UNKNOWN else output.oid,
                output.typmod,
                sql_name=unique_name(name, taken),
                table_oid=output.table_oid,
                attnum=output.attnum,
            )
        )
    return columns


def quoted_alias(alias: exp.Expr, name: str, columns: Sequence[ScopeColumn]) -> None:
    """Write alias and all column names out, quoted."""
    alias.set("this", exp.to_identifier(name, quoted=True))
    alias.set("columns", [exp.to_identifier(c.sql_name, quoted=True) for c in columns])

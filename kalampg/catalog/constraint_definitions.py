"""CHECK and FOREIGN KEY constraints as ``pg_get_constraintdef`` prints them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from kalampg.catalog.quoting import quoted
from kalampg.constraint import CheckConstraint, ForeignKey, MatchType, ReferenceAction
from kalampg.domain import Domain
from kalampg.ids import ColumnId
from kalampg.pgtypes import format_type
from kalampg.relation import Relation
from kalampg.sql.check_expression import bind_check
from kalampg.sql.deparse import deparse
from kalampg.sql.domain_checks import bind_domain_check

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog

_ACTIONS: Final = {
    ReferenceAction.RESTRICT: "RESTRICT",
    ReferenceAction.CASCADE: "CASCADE",
    ReferenceAction.SET_NULL: "SET NULL",
    ReferenceAction.SET_DEFAULT: "SET DEFAULT",
}

# How a table's name is written: with its schema where the search path does not find it.
WrittenName = Callable[[Relation], str]


def check_definition(table: Relation, check: CheckConstraint, *, is_pretty: bool) -> str:
    """``CHECK ((a > 0))``, or pretty ``CHECK (a > 0)``."""
    suffix = " NO INHERIT" if check.no_inherit else ""
    suffix += "" if check.is_validated else " NOT VALID"
    return f"CHECK ({check_clause(table, check, is_pretty=is_pretty)}){suffix}"


def check_clause(table: Relation, check: CheckConstraint, *, is_pretty: bool) -> str:
    """The condition alone."""
    bound = bind_check(check.expression, table, check.time_zone)
    names = [quoted(column.name) for column in table.columns]
    return deparse(bound.expression, names, is_pretty=is_pretty)


def domain_check_definition(domain: Domain, check: CheckConstraint, *, is_pretty: bool) -> str:
    """The same for a constraint of a domain: ``CHECK ((VALUE > 0))``."""
    suffix = "" if check.is_validated else " NOT VALID"
    return f"CHECK ({domain_check_clause(domain, check, is_pretty=is_pretty)}){suffix}"


def domain_check_clause(domain: Domain, check: CheckConstraint, *, is_pretty: bool) -> str:
    """The condition alone."""
    bound = bind_domain_check(domain, check)
    value = "VALUE"
    if domain.parent is not None:
        # It is a value of the domain above; PostgreSQL shows how it becomes one of the base type.
        type_name = format_type(domain.base_oid, domain.typmod)
        value = f"VALUE::{type_name}" if is_pretty else f"(VALUE)::{type_name}"
    return deparse(bound.expression, [value], is_pretty=is_pretty)


def foreign_key_definition(
    catalog: Catalog, table: Relation, key: ForeignKey, written: WrittenName
) -> str:
    """``FOREIGN KEY (a) REFERENCES p(id) ON DELETE CASCADE``."""
    referenced = catalog.table_by_id(key.referenced_table)
    assert referenced is not None, "a table that is referred to is not dropped"
    parts = [
        f"FOREIGN KEY ({_names(table, key.columns)})",
        f"REFERENCES {written(referenced)}({_names(referenced, key.referenced_columns)})",
    ]
    if key.match is MatchType.FULL:
        parts.append("MATCH FULL")
    if key.on_update in _ACTIONS:
        parts.append(f"ON UPDATE {_ACTIONS[key.on_update]}")
    if key.on_delete in _ACTIONS:
        columns = f" ({_names(table, key.set_columns)})" if key.set_columns else ""
        parts.append(f"ON DELETE {_ACTIONS[key.on_delete]}{columns}")
    if key.is_deferrable:
        parts.append("DEFERRABLE INITIALLY DEFERRED" if key.is_deferred else "DEFERRABLE")
    if not key.is_validated:
        parts.append("NOT VALID")
    return " ".join(parts)


def _names(table: Relation, columns: tuple[ColumnId, ...]) -> str:
    return ", ".join(quoted(table.columns[table.position_of_id(one)].name) for one in columns)

"""Rule: ``has_table_privilege`` and its kin ask the maps of who may do what.

All take an optional role first (its name or OID; else the session's), then the object, then the
privileges, separated by commas, of which one is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, parameter, text
from kalampg.sql.rewrite.catalog_maps import catalog_map, looked_up
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.object_names import object_of
from kalampg.sql.rewrite.parameters import SESSION_PREFIX


def check_privileges(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the functions."""
    return replace_calls(tree, _CALLS)


def _of_object(kind: int, rules: str, words: str) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    """For objects that have a rule each: ``words`` makes a list of privileges of it."""

    def replacement(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        *role, subject, asked = arguments
        number = _role(role)
        rank = looked_up("role_ranks", number)
        rule = looked_up(rules, _numbered(subject, kind))
        return call(f"{words}_granted", asked, rank, number.copy(), rule, oid=t.BOOL)

    return replacement


def _of_column(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """A column is one of its table; a name of none is an error, a number of none is NULL."""
    *role, subject, column, asked = arguments
    number = _role(role)
    table = _numbered(subject, t.REGCLASS)
    rule = looked_up("class_rules", table)
    if oid_of(column) == t.INT2:
        found = looked_up("column_numbers", _key(table.copy(), "#", column))
    else:
        key = _key(table.copy(), "/", column)
        found = call(
            "pg_known_column", catalog_map("class_names"), looked_up("column_numbers", key),
            table.copy(), rule.copy(), column.copy(),
        )  # fmt: skip
    rank = looked_up("role_ranks", number)
    return call("pg_one_column_granted", asked, rank, number.copy(), rule, found, oid=t.BOOL)


def _key(number: exp.Expr, mark: str, column: exp.Expr) -> exp.Expr:
    """How ``column_numbers`` names a column."""
    first = exp.DPipe(this=cast(number, "VARCHAR"), expression=text(mark))
    return exp.DPipe(this=first, expression=cast(column, "VARCHAR"))


def _of_sequence(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    *role, subject, asked = arguments
    number = _role(role)
    sequence = _numbered(subject, t.REGCLASS)
    rule = call(
        "pg_sequence_rule", catalog_map("class_names"), looked_up("sequence_rules", sequence),
        sequence.copy(), looked_up("class_rules", sequence.copy()),
    )  # fmt: skip
    rank = looked_up("role_ranks", number)
    return call("pg_sequence_granted", asked, rank, number.copy(), rule, oid=t.BOOL)


def _of_everybody(
    kind: int, names: str, word: str
) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    """For objects that everybody may use if they are there: ``word`` is the privilege."""

    def replacement(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        *role, subject, asked = arguments
        name = looked_up(names, _numbered(subject, kind))
        rank = looked_up("role_ranks", _role(role))
        return call("pg_use_granted", asked, rank, name, text(word), oid=t.BOOL)

    return replacement


def _of_database(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    *role, subject, asked = arguments
    rank = looked_up("role_ranks", _role(role))
    rule = looked_up("database_rules", exp.Literal.number(0))
    # A database of another name or number does not exist.
    size = looked_up("database_sizes", cast(subject, "VARCHAR"))
    return call("pg_database_granted", asked, rank, size, rule, oid=t.BOOL)


def _membership(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """Roles have no members but themselves; the system class is a superuser."""
    *role, subject, asked = arguments
    number = _role(role)
    rank = looked_up("role_ranks", number)
    if oid_of(subject) in t.STRINGS | {t.UNKNOWN, None}:
        subject = call("pg_group_named", catalog_map("role_oids"), subject)
    return call("pg_role_granted", asked, rank, number.copy(), subject, oid=t.BOOL)


def _role(given: list[exp.Expr]) -> exp.Expr:
    if not given:
        name: exp.Expr = cast(parameter(f"{SESSION_PREFIX}session_user"), "VARCHAR")
        return call("pg_role_named", catalog_map("role_oids"), name)
    if oid_of(given[0]) in t.STRINGS | {t.UNKNOWN, None}:
        return call("pg_role_named", catalog_map("role_oids"), given[0])
    return given[0]


def _numbered(subject: exp.Expr, kind: int) -> exp.Expr:
    source = int(oid_of(subject) or t.UNKNOWN)
    return object_of(subject, source, kind)


_CALLS: Final[Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]] = {
    "has_table_privilege": _of_object(t.REGCLASS, "class_rules", "pg_table"),
    "has_any_column_privilege": _of_object(t.REGCLASS, "class_rules", "pg_column"),
    "has_column_privilege": _of_column,
    "has_sequence_privilege": _of_sequence,
    "has_type_privilege": _of_everybody(t.REGTYPE, "type_names", "USAGE"),
    "has_function_privilege": _of_everybody(t.REGPROCEDURE, "procedure_names", "EXECUTE"),
    "has_schema_privilege": _of_object(t.REGNAMESPACE, "namespace_rules", "pg_schema"),
    "has_database_privilege": _of_database,
    "pg_has_role": _membership,
}

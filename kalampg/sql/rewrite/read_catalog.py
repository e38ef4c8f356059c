"""Rule: functions that ask the catalog look their answer up in a map that the engine binds.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT pg_table_is_visible(1259)"), context)
>>> to_duckdb_sql(read_catalog(tree, context))
'SELECT map_extract_value(CAST($k_catalog_visible_classes AS MAP(UINTEGER, BOOLEAN)), 1259)'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import ARRAY_OIDS
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, parameter, text
from kalampg.sql.rewrite.catalog_maps import catalog_map, looked_up
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.object_names import found_object, object_of
from kalampg.sql.rewrite.parameters import SESSION_PREFIX

_Maker: TypeAlias = Callable[[exp.Expr, list[exp.Expr]], exp.Expr]

_PG_CLASS: Final = "pg_class"


def read_catalog(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the calls whose runner is ``@read_catalog``."""
    return replace_calls(tree, _CALLS)


def _in_map(name: str, oid: int) -> _Maker:
    """The first argument is the key; the others (whether to print prettily) change nothing."""
    return lambda _, arguments: looked_up(name, arguments[0], oid)


def _found(oid: int) -> _Maker:
    return lambda _, arguments: found_object(arguments[0], oid)


def _user(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return call("pg_role_by_id", catalog_map("users"), arguments[0], oid=t.NAME)


def _type(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return call("pg_format_type", catalog_map("type_names"), *arguments, oid=t.TEXT)


def _constraint(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """With a true second argument, without the parentheses that nobody needs."""
    plain = looked_up("constraint_definitions", arguments[0], t.TEXT)
    if len(arguments) == 1:
        return plain
    pretty = looked_up("pretty_constraint_definitions", arguments[0].copy(), t.TEXT)
    return exp.Case(ifs=[exp.If(this=arguments[1], true=pretty)], default=plain)


def _index(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """The whole definition, or one column of it; column 0 is the whole."""
    whole = looked_up("index_definitions", arguments[0], t.TEXT)
    if len(arguments) == 1:
        return whole
    column = looked_up("index_columns", _key(arguments[0].copy(), arguments[1]), t.TEXT)
    is_whole = exp.EQ(this=arguments[1].copy(), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=is_whole, true=whole)], default=column)


def _sequence(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """The sequence that goes with a column; table and column must exist."""
    table = object_of(arguments[0], t.TEXT, t.REGCLASS)
    sequences, names = catalog_map("column_sequences"), catalog_map("class_names")
    return call("pg_sequence_of", sequences, names, table, arguments[1], oid=t.TEXT)


def _key(*parts: exp.Expr) -> exp.Expr:
    """``<part>/<part>``; NULL if one is."""
    first, second = (cast(part, "VARCHAR") for part in parts)
    joined = exp.DPipe(this=first, expression=text("/"))
    return exp.DPipe(this=exp.Paren(this=joined), expression=second)


def _comment(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    catalog = arguments[1] if len(arguments) > 1 else text(_PG_CLASS)
    return looked_up("comments", _key(arguments[0], catalog), t.TEXT)


def _column_comment(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return looked_up("comments", _key(*arguments), t.TEXT)


def _view(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    view = object_of(arguments[0], int(oid_of(arguments[0]) or t.UNKNOWN), t.REGCLASS)
    return looked_up("view_definitions", view, t.TEXT)


def _relation_size(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """All is in the main fork; the others that PostgreSQL has are empty."""
    size = looked_up("table_sizes", arguments[0], t.INT8)
    return size if len(arguments) == 1 else call("pg_fork_size", size, arguments[1], oid=t.INT8)


def _indexes_size(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """Keys are stored with their rows, so indexes add nothing to a table that exists."""
    size = looked_up("table_sizes", arguments[0], t.INT8)
    return call("pg_nothing_of", size, oid=t.INT8)


def _database_size(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    size = looked_up("database_sizes", cast(arguments[0], "VARCHAR"), t.INT8)
    if oid_of(arguments[0]) == t.OID:
        return size
    return call("pg_known_size", size, arguments[0].copy(), oid=t.INT8)


def _schemas(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """The search path, with or without the schemas that nobody named."""
    with_implicit, without = (
        cast(parameter(SESSION_PREFIX + name), "VARCHAR[]") for name in ("all_schemas", "schemas")
    )
    choices = [
        exp.If(this=arguments[0], true=with_implicit),
        exp.If(this=exp.Not(this=arguments[0].copy()), true=without),
    ]
    case = exp.Case(ifs=choices)
    case.meta["oid"] = ARRAY_OIDS[t.NAME]
    return case


_CALLS: Final[Mapping[str, _Maker]] = {
    "pg_table_is_visible": _in_map("visible_classes", t.BOOL),
    "pg_type_is_visible": _in_map("visible_types", t.BOOL),
    "pg_collation_is_visible": _in_map("visible_collations", t.BOOL),
    "pg_function_is_visible": _in_map("visible_functions", t.BOOL),
    "pg_operator_is_visible": _in_map("visible_operators", t.BOOL),
    "pg_get_function_arguments": _in_map("function_arguments", t.TEXT),
    "pg_get_function_identity_arguments": _in_map("function_identities", t.TEXT),
    "pg_get_function_result": _in_map("function_results", t.TEXT),
    "pg_get_userbyid": _user,
    "format_type": _type,
    "to_regclass": _found(t.REGCLASS),
    "to_regtype": _found(t.REGTYPE),
    "to_regnamespace": _found(t.REGNAMESPACE),
    "to_regproc": _found(t.REGPROC),
    "to_regprocedure": _found(t.REGPROCEDURE),
    "to_regrole": _found(t.REGROLE),
    "pg_get_constraintdef": _constraint,
    "pg_get_viewdef": _view,
    "pg_get_indexdef": _index,
    "pg_get_serial_sequence": _sequence,
    "obj_description": _comment,
    "col_description": _column_comment,
    "shobj_description": _comment,
    "pg_relation_size": _relation_size,
    "pg_table_size": _in_map("table_sizes", t.INT8),
    "pg_total_relation_size": _in_map("table_sizes", t.INT8),
    "pg_indexes_size": _indexes_size,
    "pg_database_size": _database_size,
    "current_schemas": _schemas,
}

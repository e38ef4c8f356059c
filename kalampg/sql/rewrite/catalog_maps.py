"""What the catalog knows, as DuckDB maps that the engine binds: ``$k_catalog_<name>``.

A map answers for the session that runs the query: its catalog, its search path. ``MAP_TYPES`` says
which maps there are; ``kalampg.engine.catalog_maps`` fills them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from kalampg.sql.rewrite.build import call, cast, parameter
from kalampg.sql.rewrite.parameters import CATALOG_PREFIX

_BY_OID_TEXT: Final = "MAP(UINTEGER, VARCHAR)"
_BY_OID_FLAG: Final = "MAP(UINTEGER, BOOLEAN)"
_BY_OID_SIZE: Final = "MAP(UINTEGER, BIGINT)"
_BY_OID_LIST: Final = "MAP(UINTEGER, BIGINT[])"
_BY_TEXT_OID: Final = "MAP(VARCHAR, UINTEGER)"
_BY_TEXT_TEXT: Final = "MAP(VARCHAR, VARCHAR)"

MAP_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # What an OID is printed as, and the OID that a name means.
        "class_names": _BY_OID_TEXT, "class_oids": _BY_TEXT_OID,
        "type_names": _BY_OID_TEXT, "type_oids": _BY_TEXT_OID,
        "function_names": _BY_OID_TEXT, "function_oids": _BY_TEXT_OID,
        "procedure_names": _BY_OID_TEXT, "procedure_oids": _BY_TEXT_OID,
        "namespace_names": _BY_OID_TEXT, "namespace_oids": _BY_TEXT_OID,
        "role_names": _BY_OID_TEXT, "role_oids": _BY_TEXT_OID,
        # What the search path finds without a schema.
        "visible_classes": _BY_OID_FLAG, "visible_types": _BY_OID_FLAG,
        "visible_collations": _BY_OID_FLAG, "visible_functions": _BY_OID_FLAG,
        "visible_operators": _BY_OID_FLAG,
        # Definitions, comments and sizes. Keys of text: ``<oid>/<number>``, ``<oid>/<catalog>``.
        "users": _BY_OID_TEXT, "function_arguments": _BY_OID_TEXT,
        "function_identities": _BY_OID_TEXT, "function_results": _BY_OID_TEXT,
        "constraint_definitions": _BY_OID_TEXT, "pretty_constraint_definitions": _BY_OID_TEXT,
        "index_definitions": _BY_OID_TEXT,
        "index_columns": _BY_TEXT_TEXT, "comments": _BY_TEXT_TEXT,
        # The number of ``<oid>/<column name>``, and of ``<oid>#<column number>`` itself.
        "column_numbers": _BY_TEXT_OID,
        "column_sequences": _BY_TEXT_TEXT, "view_definitions": _BY_OID_TEXT,
        "table_sizes": _BY_OID_SIZE, "database_sizes": "MAP(VARCHAR, BIGINT)",
        # Who may do what (``engine/privilege_maps.py``).
        "role_ranks": "MAP(UINTEGER, INTEGER)", "class_rules": _BY_OID_LIST,
        "sequence_rules": _BY_OID_LIST, "namespace_rules": _BY_OID_LIST,
        "database_rules": _BY_OID_LIST,
        # The run-time parameters, by name in lower case.
        "settings": _BY_TEXT_TEXT,
    }
)  # fmt: skip


def catalog_map(name: str) -> exp.Expr:
    """The map of that name, as an expression.

    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(catalog_map("class_names"))
    'CAST($k_catalog_class_names AS MAP(UINTEGER, VARCHAR))'
    """
    return cast(parameter(CATALOG_PREFIX + name), MAP_TYPES[name])


def looked_up(name: str, key: exp.Expr, oid: int | None = None) -> exp.Expr:
    """What the map has for a key; NULL for what it has not."""
    return call("map_extract_value", catalog_map(name), key, oid=oid)

"""DuckDB macros that give PostgreSQL's meaning to functions and operators.

``kalampg.sql.function_table`` and the rewrite rules name them. They are created in this order,
before the database is locked: a macro stands after those that it uses. One that fails raises
``error('KPG:<SQLSTATE>:<message>')``. Arguments that stand more than once in a macro are computed
once: DuckDB finds common subexpressions, and ``macros_once`` binds those that are long.

No macro has overloads by type: DuckDB does not know yet of which type an aggregate or a window
function is when it chooses one. The rules know, and name the macro of the type.

Macros are not hygienic: a lambda's parameter captures an argument of the same name. So every lambda
parameter here has a number that no other macro uses.
"""

from __future__ import annotations

from typing import Final

from kalampg.engine import (
    macros_arithmetic,
    macros_catalog,
    macros_fields,
    macros_json,
    macros_lists,
    macros_moments,
    macros_numbers,
    macros_once,
    macros_shapes,
    macros_text,
    macros_timetz,
)

MACROS: Final[tuple[str, ...]] = (
    *macros_numbers.STATEMENTS,
    *macros_text.STATEMENTS,
    *macros_lists.STATEMENTS,
    *macros_shapes.STATEMENTS,
    *macros_moments.STATEMENTS,
    *macros_arithmetic.STATEMENTS,
    *macros_fields.STATEMENTS,
    *macros_timetz.STATEMENTS,
    *macros_once.STATEMENTS,
    *macros_json.STATEMENTS,
    *macros_catalog.STATEMENTS,
)

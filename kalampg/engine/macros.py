"""DuckDB macros that give PostgreSQL's meaning to functions and operators.

``kalampg.sql.function_table`` and the rewrite rules name them; they are created before the database
is locked. A macro that fails raises ``error('KPG:<SQLSTATE>:<message>')``.
"""

from __future__ import annotations

from typing import Final

MACROS: Final[tuple[str, ...]] = ()

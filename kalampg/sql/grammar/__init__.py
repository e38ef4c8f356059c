"""PostgreSQL 15's grammar of queries and data changes, as a recognizer.

sqlglot reads many dialects, so it lets pass what PostgreSQL refuses, and binds some operators
otherwise. ``check`` walks the tokens by PostgreSQL's own rules first: it stops at the token that
PostgreSQL would stop at, and it notes where sqlglot needs parentheses or another spelling to
understand the same. What passes here and not there is not supported, and no syntax error.

Each function of the modules passes one rule of PostgreSQL's gram.y, and is named for it or for what
it is of; ``reader`` stands behind it afterwards.

Source:
    PostgreSQL 15, src/backend/parser/gram.y; documentation, "sql-precedence".
"""

from __future__ import annotations

from kalampg.sql.grammar.statements import check

__all__ = ["check"]

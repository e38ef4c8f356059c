"""The functions that ask who may do what, in the notation of ``function_table``.

All take the role first, or ask for the session's own; then the object and the privileges.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

# What names the object of each function: every combination is a signature.
_OBJECTS: Final = {
    "has_table_privilege": [("text", "oid")],
    "has_any_column_privilege": [("text", "oid")],
    "has_column_privilege": [("text", "oid"), ("text", "int2")],
    "has_sequence_privilege": [("text", "oid")],
    "has_schema_privilege": [("text", "oid")],
    "has_database_privilege": [("text", "oid")],
    "has_function_privilege": [("text", "oid")],
    "has_type_privilege": [("text", "oid")],
    "pg_has_role": [("name", "oid")],
}
_ROLES: Final = ("", "name, ", "oid, ")


def _signatures() -> Iterator[str]:
    for name, parts in _OBJECTS.items():
        for role, subject in product(_ROLES, map(", ".join, product(*parts))):
            yield f"{name}({role}{subject}, text) bool > @check_privileges"


SIGNATURES: Final = "\n".join(_signatures())

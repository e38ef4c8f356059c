"""Macros that bind their arguments before they call the macro which repeats them.

``sql.rewrite.compute_once`` says which there are and when they are called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.sql.rewrite.compute_once import REPEATING

# Lambda parameters of the other macros have lower numbers.
_FIRST_NUMBER: Final = 700


def _statements() -> Iterator[str]:
    for number, (name, count) in enumerate(REPEATING.items(), _FIRST_NUMBER):
        arguments = "abc"[:count]
        values = ", ".join(f"'{each}': {each}" for each in arguments)
        bound = ", ".join(f"v{number}.{each}" for each in arguments)
        yield (
            f"CREATE MACRO {name}_once({', '.join(arguments)}) AS "
            f"list_transform([{{{values}}}], lambda v{number}: {name}({bound}))[1]"
        )


STATEMENTS: Final = tuple(_statements())

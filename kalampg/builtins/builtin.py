"""One function of PostgreSQL that Python computes, as DuckDB calls it. PURE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

from kalampg.errors import PgError


@dataclass(frozen=True, slots=True)
class Builtin:
    """``name`` in DuckDB, the DuckDB types of arguments and result, and what computes it.

    A strict function is not called for NULL arguments: its result is NULL then.
    """

    name: str
    arguments: tuple[str, ...]
    result: str
    run: Callable[..., Any]
    is_strict: bool = True

    def raising(self) -> Callable[..., Any]:
        """``run``, with conditions spelled as the text that ``engine.duck_errors`` decodes."""
        run, is_strict = self.run, self.is_strict

        def call(*arguments: Any) -> Any:
            if is_strict and any(argument is None for argument in arguments):
                return None
            try:
                return run(*arguments)
            except PgError as error:
                raise ValueError(f"KPG:{error.sqlstate}:{error.message}") from None

        # DuckDB counts the parameters.
        names = (f"argument{number}" for number in range(len(self.arguments)))
        parameters = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in names]
        call.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        return call

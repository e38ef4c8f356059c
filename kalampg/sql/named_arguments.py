"""Named arguments of calls, put where their position is: ``make_interval(days => 10)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlglot import exp

from kalampg import errors

# Functions whose parameters have names and defaults in PostgreSQL.
_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "make_interval": ("years", "months", "weeks", "days", "hours", "mins", "secs"),
}
_NAMED: Final = (exp.Kwarg, exp.PropertyEQ)


def place_named_arguments(name: str, node: exp.Expr) -> None:
    """Replace named arguments of ``node`` by positional ones, with 0 for those left out.

    Raises:
        SyntaxError: 42601, a positional argument follows a named one
        UndefinedFunction: 42883, no function has such a parameter
    """
    arguments: Sequence[exp.Expr] = node.expressions
    if not any(isinstance(argument, _NAMED) for argument in arguments):
        return
    given: dict[str, exp.Expr] = {}
    positional: list[exp.Expr] = []
    for argument in arguments:
        if isinstance(argument, _NAMED):
            given[argument.this.name.lower()] = argument.expression
        elif given:
            raise errors.SyntaxError("positional argument cannot follow named argument")
        else:
            positional.append(argument)
    parameters = _PARAMETERS.get(name, ())
    free = parameters[len(positional) :]
    if not set(given) <= set(free):
        shown = ", ".join(f"{key} => {_type(value)}" for key, value in given.items())
        raise errors.UndefinedFunction(
            f"function {name}({shown}) does not exist",
            hint="No function matches the given name and argument types. "
            "You might need to add explicit type casts.",
        )
    filled = [given.get(key, exp.Literal.number(0)) for key in free]
    new = exp.Anonymous(this=node.this, expressions=[*positional, *filled])
    node.set("expressions", new.expressions)


def _type(value: exp.Expr) -> str:
    is_number = isinstance(value, exp.Literal) and not value.is_string
    return "integer" if is_number else "unknown"

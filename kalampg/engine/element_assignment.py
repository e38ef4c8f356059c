"""Assigning to an element of an array or of jsonb, as closures.

``sql.element_assignment`` says what the calls mean.

Arrays have one dimension and begin at 1: an assignment that would make another one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.builtins.json_assign import assign_path
from kalampg.engine.context import SessionContext
from kalampg.relation import Datum
from kalampg.sql.element_assignment import ASSIGN_ELEMENT, ASSIGN_JSON, ASSIGN_SLICE

_Evaluator: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Datum]
# What an array can have at most, as in PostgreSQL.
_ELEMENTS_MAX: Final = 134_217_727


def element_assignment(function: str, arguments: Sequence[_Evaluator]) -> _Evaluator:
    """The closure of a call: of the old value, the assigned one, and the subscripts."""
    assign = _ASSIGN[function]

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        before, value, *subscripts = [each(row, params, context) for each in arguments]
        return assign(before, value, subscripts)

    return run


def _assign_element(
    before: list[Datum] | None, value: Datum, subscripts: Sequence[int | None]
) -> list[Datum]:
    (index,) = subscripts
    if index is None:
        raise _null_subscript()
    elements = list(before or ())
    _extend(elements, index, index)
    elements[index - 1] = value
    return elements


def _assign_slice(
    before: list[Datum] | None, value: list[Datum] | None, bounds: Sequence[int | None]
) -> list[Datum] | None:
    lower, upper = bounds
    if before is None and (lower is None or upper is None):
        raise errors.ArraySubscriptError(
            "array slice subscript must provide both boundaries",
            detail="When assigning to a slice of an empty array value, slice boundaries must be "
            "fully specified.",
        )
    if value is None:
        return before
    elements = list(before or ())
    first = 1 if lower is None else lower
    last = len(elements) if upper is None else upper
    if first > last:
        if elements:
            raise errors.ArraySubscriptError("upper bound cannot be less than lower bound")
        return elements
    if len(value) < last - first + 1:
        raise errors.ArraySubscriptError("source array too small")
    _extend(elements, first, last)
    elements[first - 1 : last] = value[: last - first + 1]
    return elements


def _extend(elements: list[Datum], first: int, last: int) -> None:
    """Make room up to ``last``, with NULLs before ``first``."""
    if first < 1 or (not elements and first > 1):
        raise errors.FeatureNotSupported(
            "arrays that do not begin at 1 are not supported",
            hint="Assign the whole value, with NULLs where nothing is.",
        )
    if last > _ELEMENTS_MAX:
        raise errors.ProgramLimitExceeded(
            f"array size exceeds the maximum allowed ({_ELEMENTS_MAX})"
        )
    elements += [None] * (last - len(elements))


def _assign_json(before: str | None, value: str | None, path: Sequence[str | int | None]) -> str:
    if None in path:
        raise errors.NullValueNotAllowed("jsonb subscript in assignment must not be null")
    steps = [str(step) for step in path]
    return assign_path(before, steps, value, is_list=isinstance(path[0], int))


def _null_subscript() -> errors.NullValueNotAllowed:
    return errors.NullValueNotAllowed("array subscript in assignment must not be null")


_ASSIGN: Final[Mapping[str, Callable[..., Datum]]] = {
    ASSIGN_ELEMENT: _assign_element,
    ASSIGN_SLICE: _assign_slice,
    ASSIGN_JSON: _assign_json,
}

"""Assignment: what an expression's value must become before it is stored in a column.

The cast to the column's type, the column's type modifier, and what our storage cannot hold: NUL in
text and numerics that no decimal column of a segment could carry. All of it is checked when the
statement runs, so that neither a commit nor a flush can fail on a value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import Evaluator, cast_evaluator, compile_expression
from kalampg.pgtypes import format_type
from kalampg.relation import Column, Datum
from kalampg.sql.evaluable import is_castable
from kalampg.sql.expression import Expression

_TEXTS: Final = frozenset({18, 19, 25, 114, 705, 1042, 1043, 3802})
_TEXT_ARRAYS: Final = frozenset({199, 1002, 1003, 1009, 1014, 1015, 3807})
_NUMERIC: Final = 1700
_NUMERIC_ARRAY: Final = 1231
# A segment's decimal column has 38 digits in all, and one scale for all of its values. Columns
# without a declared precision are held to one split, so that any two of their values fit together.
_WHOLE_DIGITS_MAX: Final = 18
_FRACTION_DIGITS_MAX: Final = 20
_DIGITS_MAX: Final = 38

Check = Callable[[Datum], Datum]


def compile_assignment(expression: Expression, column: Column) -> Evaluator:
    """The closure that computes ``expression`` as a value to be stored in ``column``.

    Raises:
        DatatypeMismatch: 42804, the types do not go together.
    """
    source_oid = expression.type_oid
    if not is_castable(source_oid, column.type_oid):
        raise errors.DatatypeMismatch(
            f'column "{column.name}" is of type {format_type(column.type_oid, column.typmod)} '
            f"but expression is of type {format_type(source_oid, -1)}",
            hint="You will need to rewrite or cast the expression.",
        )
    evaluator = cast_evaluator(
        compile_expression(expression), source_oid, column.type_oid, column.typmod, explicit=False
    )
    check = storable_check(column)
    return evaluator if check is None else _checked(evaluator, check)


def _checked(evaluator: Evaluator, check: Check) -> Evaluator:
    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        value = evaluator(row, params, context)
        return None if value is None else check(value)

    return run


def storable_check(column: Column) -> Check | None:
    """What a value (not NULL) of a column must pass before it is stored; None: nothing."""
    oid = column.type_oid
    if oid in _TEXTS:
        return _without_nul
    if oid == _NUMERIC:
        return _storable_numeric if column.typmod == -1 else _finite_numeric
    if oid in _TEXT_ARRAYS:
        return _of_elements(_without_nul)
    if oid == _NUMERIC_ARRAY:
        return _of_elements(_storable_numeric if column.typmod == -1 else _finite_numeric)
    return None


def _of_elements(check: Check) -> Check:
    def run(value: list[Datum]) -> list[Datum]:
        for element in value:
            if element is not None:
                check(element)
        return value

    return run


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise errors.CharacterNotInRepertoire('invalid byte sequence for encoding "UTF8": 0x00')
    return value


def _finite_numeric(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise errors.NumericValueOutOfRange(
            f"numeric value {value} cannot be stored",
            hint="Use double precision for NaN and infinity.",
        )
    return value


def _storable_numeric(value: Decimal) -> Decimal:
    exponent = _finite_numeric(value).as_tuple().exponent
    assert isinstance(exponent, int)
    if (value.adjusted() >= _WHOLE_DIGITS_MAX and value) or exponent < -_FRACTION_DIGITS_MAX:
        raise errors.NumericValueOutOfRange(
            "numeric field overflow",
            detail=f"A column of type numeric without precision holds {_WHOLE_DIGITS_MAX} digits "
            f"before and {_FRACTION_DIGITS_MAX} digits after the decimal point.",
            hint=f"Declare it as numeric(precision, scale), with a precision up to {_DIGITS_MAX}.",
        )
    return value

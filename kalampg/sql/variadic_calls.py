"""``f(VARIADIC array)``: the elements of an array as the last arguments of a call.

An array that is written out gives its elements; for a computed one the functions that take any
number of arguments have another that takes the array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, position_of
from kalampg.sql.functions import overloads
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.scopes import Scope
from kalampg.sql.type_names import data_type, element_oid, type_name

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

FUNCTION_HINT: Final = (
    "No function matches the given name and argument types. "
    "You might need to add explicit type casts."
)
_Maker = Callable[[list[exp.Expr]], exp.Expr]


def spread_variadic(binder: Binder, name: str, node: exp.Expr, scope: Scope) -> exp.Expr:
    """The call without VARIADIC, in the place of ``node``; ``node`` itself if it has none.

    Raises:
        DatatypeMismatch: 42804, what is behind VARIADIC is no array.
        FeatureNotSupported: 0A000, the function takes no computed array.
    """
    last = node.expressions[-1] if node.expressions else None
    if not isinstance(last, exp.Variadic):
        return node
    array = binder.expression(last.this, scope)
    element = element_oid(int(oid_of(array) or UNKNOWN)) if oid_of(array) != UNKNOWN else 0
    if not element:
        raise errors.DatatypeMismatch(
            "VARIADIC argument must be an array", position=position_of(last)
        )
    others = [binder.expression(argument, scope) for argument in list(node.expressions[:-1])]
    if not any(f.is_variadic and len(f.arg_oids) == len(node.expressions) for f in overloads(name)):
        types = ", ".join(type_name(int(oid_of(each) or UNKNOWN)) for each in (*others, array))
        raise errors.UndefinedFunction(
            f"function {name}({types}) does not exist",
            hint=FUNCTION_HINT,
            position=position_of(node),
        )
    others = [argument.copy() for argument in others]
    if isinstance(array, exp.Array) and not _has_arrays(array):
        items = [exp.Cast(this=item.copy(), to=data_type(element)) for item in array.expressions]
        made: exp.Expr = exp.Anonymous(this=name, expressions=[*others, *items])
    else:
        make = _OF_ARRAYS.get(name)
        if make is None:
            raise errors.FeatureNotSupported(
                f"{name}() of a computed VARIADIC array is not supported",
                hint="Write the elements of the array as arguments.",
                position=position_of(node),
            )
        made = make([*others, array.copy()])
    binder.replace(node, made)
    return made


def _has_arrays(array: exp.Expr) -> bool:
    return any(isinstance(item, exp.Array) for item in array.expressions)


def _call(name: str) -> _Maker:
    return lambda arguments: exp.Anonymous(this=name, expressions=arguments)


def _joined(arguments: list[exp.Expr]) -> exp.Expr:
    [array] = arguments
    return exp.Anonymous(this="array_to_string", expressions=[array, exp.Literal.string("")])


def _joined_with(arguments: list[exp.Expr]) -> exp.Expr:
    separator, array = arguments
    return exp.Anonymous(this="array_to_string", expressions=[array, separator])


def _path(step: type[exp.Binary], kind: str) -> _Maker:
    def make(arguments: list[exp.Expr]) -> exp.Expr:
        value, path = arguments
        return step(this=exp.Cast(this=value, to=exp.DataType.build(kind)), expression=path)

    return make


_OF_ARRAYS: Final[Mapping[str, _Maker]] = {
    "concat": _joined,
    "concat_ws": _joined_with,
    "format": _call("format array"),
    "json_build_array": _call("to_json"),
    "jsonb_build_array": _call("to_jsonb"),
    "json_extract_path": _path(exp.JSONBExtract, "json"),
    "jsonb_extract_path": _path(exp.JSONBExtract, "jsonb"),
    "json_extract_path_text": _path(exp.JSONBExtractScalar, "json"),
    "jsonb_extract_path_text": _path(exp.JSONBExtractScalar, "jsonb"),
}

"""Lookups of functions by name and number, as in ``object_maps``, but the same for all catalogs.

Besides the functions that work, PostgreSQL's input, output and operator functions have their names
here: other rows of ``pg_catalog`` refer to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from kalampg.catalog.pg_catalog.recorded import RecordedFunction, recorded_functions
from kalampg.catalog.pg_catalog.supported import supported_functions, supported_operators
from kalampg.catalog.quoting import quoted
from kalampg.pgtypes import format_type

_SCHEMA: Final = "pg_catalog"
# What functions may be declared with although no value has it.
_PSEUDO_TYPES: Final = {
    2275: "cstring", 2276: '"any"', 2277: "anyarray", 2281: "internal", 2283: "anyelement",
    2776: "anynonarray", 3500: "anyenum", 5077: "anycompatible", 5078: "anycompatiblearray",
    5079: "anycompatiblenonarray",
}  # fmt: skip
# What a name stands for that several functions have: no object has this number.
AMBIGUOUS: Final = 0
_DEFAULT: Final = re.compile(r" DEFAULT (?:'[^']*'(?:::[\w ]+(?:\[\])?)?|[^,]+)")


def _type_name(oid: int) -> str:
    return _PSEUDO_TYPES.get(oid) or format_type(oid)


@cache
def _functions() -> tuple[RecordedFunction, ...]:
    recorded = {function.oid: function for function in recorded_functions()}
    return tuple((recorded | {each.oid: each for each in supported_functions()}).values())


def _function_names() -> Mapping[int, str]:
    """As regproc prints them: qualified where the name alone would not find them."""
    return {
        each.oid: quoted(each.name) if each.is_only else f"{_SCHEMA}.{quoted(each.name)}"
        for each in _functions()
    }


def _function_oids() -> Mapping[str, int]:
    found: dict[str, int] = {}
    for each in _functions():
        for written in _spellings(each.name):
            found[written] = each.oid if each.is_only else AMBIGUOUS
    return found


def _spellings(name: str) -> Iterator[str]:
    yield from (name, f'"{name}"', f"{_SCHEMA}.{name}")


def _procedure_names() -> Mapping[int, str]:
    return {
        each.oid: f"{quoted(each.name)}({','.join(map(_type_name, each.arg_oids))})"
        for each in _functions()
    }


def _procedure_oids() -> Mapping[str, int]:
    """By what ``builtins.procedure_names`` makes of a signature."""
    return {f"{each.name}({','.join(map(str, each.arg_oids))})": each.oid for each in _functions()}


def _function_arguments() -> Mapping[int, str]:
    return {each.oid: each.arguments for each in supported_functions()}


def _function_identities() -> Mapping[int, str]:
    return {oid: _DEFAULT.sub("", text) for oid, text in _function_arguments().items()}


def _function_results() -> Mapping[int, str]:
    return {
        each.oid: ("SETOF " if each.returns_set else "") + _type_name(each.result_oid)
        for each in supported_functions()
    }


def _visible_functions() -> Mapping[int, bool]:
    return dict.fromkeys((each.oid for each in supported_functions()), True)


def _visible_operators() -> Mapping[int, bool]:
    return dict.fromkeys((each.oid for each in supported_operators()), True)


FunctionMap = Mapping[int, str] | Mapping[str, int] | Mapping[int, bool]
FUNCTION_MAPS: Final[Mapping[str, Callable[[], FunctionMap]]] = MappingProxyType(
    {
        "function_names": _function_names,
        "function_oids": _function_oids,
        "procedure_names": _procedure_names,
        "procedure_oids": _procedure_oids,
        "function_arguments": _function_arguments,
        "function_identities": _function_identities,
        "function_results": _function_results,
        "visible_functions": _visible_functions,
        "visible_operators": _visible_operators,
    }
)

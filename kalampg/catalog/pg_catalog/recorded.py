"""What PostgreSQL 15's catalog says of functions, operators and casts over the types that we have.

The files beside this module are written by ``conformance/record_functions.py``. Here is what
PostgreSQL knows; what of it works is ``supported.py``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from kalampg.ids import Oid
from kalampg.pgtypes import from_text

_FOLDER: Final = Path(__file__).parent
_NULL: Final = r"\N"
_TEXT_ARRAY: Final = 1009
_OID_ARRAY: Final = 1028


@dataclass(frozen=True, slots=True)
class RecordedFunction:
    """A row of ``pg_proc``; the names are its columns' without ``pro``.

    ``aggregate_kind`` is empty for what is no aggregate; ``arguments`` is what
    pg_get_function_arguments gives; ``is_only``: no other function has the name.
    """

    oid: Oid
    name: str
    arg_oids: tuple[int, ...]
    result_oid: int
    kind: str
    returns_set: bool
    variadic_oid: int
    volatility: str
    is_strict: bool
    parallel: str
    is_leakproof: bool
    default_count: int
    cost: float
    rows: float
    aggregate_kind: str
    direct_arg_count: int
    arg_names: list[str] | None
    all_arg_oids: list[int] | None
    arg_modes: list[str] | None
    source: str
    arguments: str
    is_only: bool


@dataclass(frozen=True, slots=True)
class RecordedOperator:
    """A row of ``pg_operator``; ``left_oid`` is 0 where there is no left operand."""

    oid: Oid
    name: str
    kind: str
    can_merge: bool
    can_hash: bool
    left_oid: int
    right_oid: int
    result_oid: int
    commutator_oid: int
    negator_oid: int
    function_oid: int


@dataclass(frozen=True, slots=True)
class RecordedCast:
    """A row of ``pg_cast``. ``context``: ``i``, ``a`` or ``e``; ``method``: ``f``, ``i``, ``b``."""

    oid: Oid
    source_oid: int
    target_oid: int
    function_oid: int
    context: str
    method: str


@cache
def recorded_functions() -> tuple[RecordedFunction, ...]:
    return tuple(_function(words) for words in _lines("pg_proc"))


@cache
def recorded_operators() -> tuple[RecordedOperator, ...]:
    return tuple(
        RecordedOperator(Oid(int(oid)), name, kind, merge == "t", hashed == "t", *map(int, rest))
        for oid, name, kind, merge, hashed, *rest in _lines("pg_operator")
    )


@cache
def recorded_casts() -> tuple[RecordedCast, ...]:
    return tuple(
        RecordedCast(Oid(int(oid)), int(source), int(target), int(function), context, method)
        for oid, source, target, function, context, method in _lines("pg_cast")
    )


@cache
def function_oids() -> Mapping[str, Oid]:
    """The function of each name that only one has."""
    return MappingProxyType({each.name: each.oid for each in recorded_functions() if each.is_only})


def _lines(name: str) -> Iterator[list[str]]:
    for line in (_FOLDER / f"{name}.tsv").read_text().splitlines():
        yield line.split("\t")


def _function(words: list[str]) -> RecordedFunction:
    (
        oid, name, args, result, kind, returns_set, variadic, volatility, strict, parallel,
        leakproof, defaults, cost, rows, aggregate_kind, direct, names, all_args, modes, source,
        arguments, is_only,
    ) = words  # fmt: skip
    return RecordedFunction(
        oid=Oid(int(oid)),
        name=name,
        arg_oids=tuple(map(int, args.split())),
        result_oid=int(result),
        kind=kind,
        returns_set=returns_set == "t",
        variadic_oid=int(variadic),
        volatility=volatility,
        is_strict=strict == "t",
        parallel=parallel,
        is_leakproof=leakproof == "t",
        default_count=int(defaults),
        cost=float(cost),
        rows=float(rows),
        aggregate_kind=aggregate_kind,
        direct_arg_count=int(direct),
        arg_names=None if names == _NULL else from_text(_TEXT_ARRAY, names),
        all_arg_oids=None if all_args == _NULL else from_text(_OID_ARRAY, all_args),
        arg_modes=None if modes == _NULL else from_text(_TEXT_ARRAY, modes),
        source=source,
        arguments=arguments,
        is_only=is_only == "t",
    )

"""The SQL/JSON path language: a parsed path over a jsonb value. PURE.

``lax`` unwraps arrays and takes what is missing for nothing; ``strict`` raises. In a predicate an
error is *unknown* (None).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeGuard

from kalampg import errors
from kalampg.builtins import numeric_functions as numeric
from kalampg.builtins.json_values import (
    Json,
    JsonNumber,
    is_number,
    number_of,
    read_jsonb,
    type_name,
    write_jsonb,
)
from kalampg.builtins.jsonpath_parse import Node, parse_jsonpath
from kalampg.builtins.regex_functions import like

_PREDICATES: Final = frozenset(
    {"compare", "and", "or", "not", "exists", "unknown", "like", "starts"}
)


class _Run:
    """One evaluation; ``last`` is the last index of the array that is subscripted now."""

    def __init__(self, root: Json, variables: Mapping[str, Json], *, is_strict: bool) -> None:
        self._root = root
        self._variables = variables
        self._is_strict = is_strict
        self._last: list[int] = []

    def items(self, node: Node, current: Json) -> Iterator[Json]:
        """What a path gives, or the truth of a predicate as a boolean or null."""
        if node[0] in _PREDICATES:
            yield self.truth(node, current)
            return
        yield from _STEPS[node[0]](self, node, current)

    def _unwrapped(self, node: Node, current: Json) -> Iterator[Json]:
        for item in self.items(node, current):
            if isinstance(item, list) and not self._is_strict:
                yield from item
            else:
                yield item

    def whole(self, node: Node, current: Json) -> Iterator[Json]:
        yield self._root

    def current_item(self, node: Node, current: Json) -> Iterator[Json]:
        yield current

    def literal(self, node: Node, current: Json) -> Iterator[Json]:
        yield node[1]

    def last_index(self, node: Node, current: Json) -> Iterator[Json]:
        if not self._last:
            raise errors.SyntaxError("LAST is allowed only in array subscripts")
        yield JsonNumber(str(self._last[-1]))

    def variable(self, node: Node, current: Json) -> Iterator[Json]:
        if node[1] not in self._variables:
            raise errors.UndefinedObject(f'could not find jsonpath variable "{node[1]}"')
        yield self._variables[node[1]]

    def member(self, node: Node, current: Json) -> Iterator[Json]:
        for item in self._unwrapped(node[1], current):
            if isinstance(item, dict):
                if node[2] in item:
                    yield item[node[2]]
                elif self._is_strict:
                    raise errors.SqlJsonMemberNotFound(
                        f'JSON object does not contain key "{node[2]}"'
                    )
            elif self._is_strict:
                raise errors.SqlJsonMemberNotFound(
                    "jsonpath member accessor can only be applied to an object"
                )

    def every_member(self, node: Node, current: Json) -> Iterator[Json]:
        for item in self._unwrapped(node[1], current):
            if isinstance(item, dict):
                yield from _in_order(item)
            elif self._is_strict:
                raise errors.SqlJsonObjectNotFound(
                    "jsonpath wildcard member accessor can only be applied to an object"
                )

    def every_depth(self, node: Node, current: Json) -> Iterator[Json]:
        for item in self.items(node[1], current):
            yield from self._below(item, 0, node[2], node[3])

    def _below(self, item: Json, level: int, least: int, most: int) -> Iterator[Json]:
        if level >= least:
            yield item
        if most != -1 and level >= most:
            return
        parts = item if isinstance(item, list) else _in_order(item)
        for part in parts:
            yield from self._below(part, level + 1, least, most)

    def every_element(self, node: Node, current: Json) -> Iterator[Json]:
        for item in self.items(node[1], current):
            if isinstance(item, list):
                yield from item
            elif not self._is_strict:
                yield item
            else:
                raise errors.SqlJsonArrayNotFound(
                    "jsonpath wildcard array accessor can only be applied to an array"
                )

    def subscript(self, node: Node, current: Json) -> Iterator[Json]:
        for item in self.items(node[1], current):
            if isinstance(item, list):
                elements = item
            elif not self._is_strict:
                elements = [item]
            else:
                raise errors.SqlJsonArrayNotFound(
                    "jsonpath array accessor can only be applied to an array"
                )
            self._last.append(len(elements) - 1)
            for first, last in node[2]:
                low = self._index(first, current)
                high = low if last is None else self._index(last, current)
                if self._is_strict and not 0 <= low <= high < len(elements):
                    raise errors.InvalidSqlJsonSubscript(
                        "jsonpath array subscript is out of bounds"
                    )
                yield from elements[max(low, 0) : max(high + 1, 0)]
            self._last.pop()

    def _index(self, node: Node, current: Json) -> int:
        found = list(self.items(node, current))
        if len(found) != 1 or not is_number(found[0]):
            raise errors.InvalidSqlJsonSubscript(
                "jsonpath array subscript is not a single numeric value"
            )
        return int(number_of(found[0]))

    def filtered(self, node: Node, current: Json) -> Iterator[Json]:
        for item in self._unwrapped(node[1], current):
            if self.truth(node[2], item) is True:
                yield item

    def method(self, node: Node, current: Json) -> Iterator[Json]:
        name = node[2]
        if name in {"type", "size"}:
            for item in self.items(node[1], current):
                yield self._described(name, item)
            return
        for item in self._unwrapped(node[1], current):
            if name == "keyvalue":
                yield from self._pairs(item)
            else:
                yield _computed(name, item)

    def _described(self, name: str, item: Json) -> Json:
        if name == "type":
            return type_name(item)
        if isinstance(item, list):
            return JsonNumber(str(len(item)))
        if self._is_strict:
            raise errors.SqlJsonArrayNotFound(
                "jsonpath item method .size() can only be applied to an array"
            )
        return JsonNumber("1")

    def _pairs(self, item: Json) -> Iterator[Json]:
        if not isinstance(item, dict):
            raise errors.SqlJsonObjectNotFound(
                "jsonpath item method .keyvalue() can only be applied to an object"
            )
        for key in sorted(item, key=lambda name: (len(name.encode()), name.encode())):
            yield {"id": JsonNumber("0"), "key": key, "value": item[key]}

    def signed(self, node: Node, current: Json) -> Iterator[Json]:
        for item in self._unwrapped(node[2], current):
            if not is_number(item):
                raise errors.SqlJsonNumberNotFound(
                    f"operand of unary jsonpath operator {node[1]} is not a numeric value"
                )
            yield JsonNumber(numeric.negate(str(item))) if node[1] == "-" else item

    def arithmetic(self, node: Node, current: Json) -> Iterator[Json]:
        sides: list[str] = []
        for side, word in ((node[2], "left"), (node[3], "right")):
            found = list(self._unwrapped(side, current))
            if len(found) != 1 or not is_number(found[0]):
                raise errors.SingletonSqlJsonItemRequired(
                    f"{word} operand of jsonpath operator {node[1]} is not a single numeric value"
                )
            sides.append(str(found[0]))
        yield JsonNumber(_ARITHMETIC[node[1]](*sides))

    # --- predicates ---

    def truth(self, node: Node, current: Json) -> bool | None:
        kind = node[0]
        if kind in {"and", "or"}:
            return self._joined(kind == "or", node, current)
        if kind == "not":
            inner = self.truth(node[1], current)
            return None if inner is None else not inner
        if kind == "unknown":
            return self.truth(node[1], current) is None
        try:
            return self._tested(node, current)
        except errors.PgError as error:
            if error.sqlstate.startswith("22"):
                return None
            raise

    def _joined(self, decisive: bool, node: Node, current: Json) -> bool | None:
        left, right = self.truth(node[1], current), self.truth(node[2], current)
        if decisive in (left, right):
            return decisive
        return None if left is None or right is None else not decisive

    def _tested(self, node: Node, current: Json) -> bool | None:
        kind = node[0]
        if kind == "exists":
            return any(True for _ in self.items(node[1], current))
        if kind == "compare":
            lefts = list(self._unwrapped(node[2], current))
            rights = list(self._unwrapped(node[3], current))
            return self._any(_compared(node[1], one, two) for one in lefts for two in rights)
        lefts = list(self._unwrapped(node[1], current))
        if kind == "like":
            return self._any(
                like(item, node[2], node[3]) if _is_text(item) else None for item in lefts
            )
        if kind == "starts":
            prefixes = list(self.items(node[2], current))
            return self._any(
                item.startswith(prefix) if _is_text(item) and _is_text(prefix) else None
                for item in lefts
                for prefix in prefixes
            )
        found = list(self.items(node, current))
        return found[0] if len(found) == 1 and isinstance(found[0], bool) else None

    def _any(self, answers: Iterator[bool | None]) -> bool | None:
        """True if any is, unless an unknown comes first (lax) or at all (strict)."""
        result: bool | None = False
        for answer in answers:
            if answer is None:
                if not self._is_strict:
                    return None if result is False else result
                return None
            if answer:
                result = True
                if not self._is_strict:
                    return True
        return result


def _is_text(value: Json) -> TypeGuard[str]:
    return isinstance(value, str) and not is_number(value)


def _in_order(value: Json) -> list[Json]:
    if not isinstance(value, dict):
        return []
    ordered = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
    return [value[key] for key in ordered]


def _compared(symbol: str, one: Json, two: Json) -> bool | None:
    kinds = type_name(one), type_name(two)
    if kinds[0] != kinds[1]:
        if "null" in kinds:
            return symbol == "!="
        return None
    if kinds[0] in {"array", "object"}:
        return None
    if kinds[0] == "null":
        return symbol in {"==", "<=", ">="}
    left: Any = number_of(one) if kinds[0] == "number" else one
    right: Any = number_of(two) if kinds[0] == "number" else two
    return _COMPARE[symbol](left, right)


def _computed(name: str, item: Json) -> Json:
    if name == "double" and (is_number(item) or isinstance(item, str)):
        try:
            number = Decimal(str(item))
            return JsonNumber(numeric.from_float8(float(number)))
        except ArithmeticError:
            pass
    if not is_number(item):
        kind = "a string or numeric value" if name == "double" else "a numeric value"
        raise errors.NonNumericSqlJsonItem(
            f"jsonpath item method .{name}() can only be applied to {kind}"
        )
    number = number_of(item)
    if name == "abs":
        return JsonNumber(numeric.spelled(number.copy_abs()))
    rounding = "ROUND_CEILING" if name == "ceiling" else "ROUND_FLOOR"
    return JsonNumber(numeric.spelled(number.to_integral_value(rounding)))


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": lambda a, b: bool(a == b), "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b), "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b), ">=": lambda a, b: bool(a >= b),
}  # fmt: skip
_ARITHMETIC: Final[Mapping[str, Callable[[str, str], str]]] = {
    "+": numeric.add, "-": numeric.subtract, "*": numeric.multiply, "/": numeric.divide,
    "%": numeric.remainder,
}  # fmt: skip
_STEPS: Final[Mapping[str, Callable[[_Run, Node, Json], Iterator[Json]]]] = {
    "root": _Run.whole, "current": _Run.current_item, "literal": _Run.literal,
    "last": _Run.last_index, "variable": _Run.variable, "member": _Run.member,
    "any member": _Run.every_member, "any depth": _Run.every_depth,
    "any element": _Run.every_element, "subscript": _Run.subscript, "filter": _Run.filtered,
    "method": _Run.method, "sign": _Run.signed, "arith": _Run.arithmetic,
}  # fmt: skip


def _found(text: str, path: str, variables: str, *, is_silent: bool) -> list[Json]:
    parsed = parse_jsonpath(path)
    given = read_jsonb(variables)
    if not isinstance(given, dict):
        raise errors.InvalidParameterValue(
            '"vars" argument is not an object',
            detail='Jsonpath parameters should be encoded as key-value pairs of "vars" object.',
        )
    run = _Run(read_jsonb(text), given, is_strict=parsed.is_strict)
    out: list[Json] = []
    try:
        out.extend(run.items(parsed.tree, None))
    except errors.PgError as error:
        if not (is_silent and error.sqlstate.startswith("22")):
            raise
        return []
    return out


def query(text: str, path: str, variables: str, is_silent: bool) -> list[str]:
    return [write_jsonb(item) for item in _found(text, path, variables, is_silent=is_silent)]


def query_array(text: str, path: str, variables: str, is_silent: bool) -> str:
    return write_jsonb(_found(text, path, variables, is_silent=is_silent))


def query_first(text: str, path: str, variables: str, is_silent: bool) -> str | None:
    found = _found(text, path, variables, is_silent=is_silent)
    return write_jsonb(found[0]) if found else None


def exists(text: str, path: str, variables: str, is_silent: bool) -> bool | None:
    return bool(_found(text, path, variables, is_silent=is_silent))


def match(text: str, path: str, variables: str, is_silent: bool) -> bool | None:
    found = _found(text, path, variables, is_silent=is_silent)
    if len(found) == 1 and (found[0] is None or isinstance(found[0], bool)):
        return found[0]
    if is_silent:
        return None
    raise errors.SingletonSqlJsonItemRequired("single boolean result is expected")

"""The operators and functions that read json and jsonb. PURE.

A json text is cut, so that its parts are as they were written; a jsonb text is read and written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from kalampg import errors
from kalampg.builtins.json_values import (
    Json,
    json_members,
    json_parts,
    number_of,
    read_jsonb,
    text_of,
    type_name,
    write_jsonb,
)

_Step = Callable[[str], str | None]


def _first(text: str) -> str:
    return text.lstrip()[:1]


def json_element(text: str, index: int) -> str | None:
    if _first(text) != "[":
        return None
    parts = list(json_parts(text))
    return parts[index] if -len(parts) <= index < len(parts) else None


def json_member(text: str, key: str) -> str | None:
    if _first(text) != "{":
        return None
    found = None
    for name, value in json_members(text):
        if name == key:
            found = value
    return found


def json_path(text: str, keys: Sequence[str | None]) -> str | None:
    """``#>``: each step is a key of an object or an index of an array."""
    found: str | None = text
    for key in keys:
        if found is None or key is None:
            return None
        if _first(found) == "[":
            index = _index(key)
            found = None if index is None else json_element(found, index)
        else:
            found = json_member(found, key)
    return found


def _index(key: str) -> int | None:
    try:
        return int(key)
    except ValueError:
        return None


def json_text(part: str | None) -> str | None:
    """A json part as ``->>`` gives it."""
    if part is None or part.strip() == "null":
        return None
    if _first(part) == '"':
        value = read_jsonb(part)
        assert isinstance(value, str)
        return str(value)
    return part.strip() if _first(part) not in {"{", "["} else part


def json_element_text(text: str, index: int) -> str | None:
    return json_text(json_element(text, index))


def json_member_text(text: str, key: str) -> str | None:
    return json_text(json_member(text, key))


def json_path_text(text: str, keys: Sequence[str | None]) -> str | None:
    return json_text(json_path(text, keys))


def _stepped(value: Json, key: str) -> tuple[bool, Json]:
    if isinstance(value, dict):
        return key in value, value.get(key)
    if isinstance(value, list):
        index = _index(key)
        if index is not None and -len(value) <= index < len(value):
            return True, value[index]
    return False, None


def _walked(text: str, keys: Sequence[str | None]) -> tuple[bool, Json]:
    value = read_jsonb(text)
    for key in keys:
        if key is None:
            return False, None
        found, value = _stepped(value, key)
        if not found:
            return False, None
    return True, value


def jsonb_path(text: str, keys: Sequence[str | None]) -> str | None:
    found, value = _walked(text, keys)
    return write_jsonb(value) if found else None


def jsonb_path_text(text: str, keys: Sequence[str | None]) -> str | None:
    found, value = _walked(text, keys)
    return text_of(value) if found else None


def jsonb_element(text: str, index: int) -> str | None:
    value = read_jsonb(text)
    if not isinstance(value, list) or not -len(value) <= index < len(value):
        return None
    return write_jsonb(value[index])


def jsonb_element_text(text: str, index: int) -> str | None:
    part = jsonb_element(text, index)
    return None if part is None else text_of(read_jsonb(part))


def jsonb_member(text: str, key: str) -> str | None:
    value = read_jsonb(text)
    return write_jsonb(value[key]) if isinstance(value, dict) and key in value else None


def jsonb_member_text(text: str, key: str) -> str | None:
    value = read_jsonb(text)
    return text_of(value[key]) if isinstance(value, dict) and key in value else None


def contains(left: str, right: str) -> bool:
    """``@>``: an array also contains a scalar that is one of its elements."""
    one, other = read_jsonb(left), read_jsonb(right)
    if isinstance(one, list) and not isinstance(other, (list, dict)):
        return any(_same(element, other) for element in one)
    return _contains(one, other)


def _contains(one: Json, other: Json) -> bool:
    if isinstance(other, dict):
        return isinstance(one, dict) and all(
            key in one and _contains(one[key], value) for key, value in other.items()
        )
    if isinstance(other, list):
        return isinstance(one, list) and all(
            any(_contains(element, wanted) for element in one) for wanted in other
        )
    return not isinstance(one, (dict, list)) and _same(one, other)


def _same(one: Json, other: Json) -> bool:
    return type_name(one) == type_name(other) and order_key(one) == order_key(other)


def order_key(value: Json) -> tuple[object, ...]:
    """What jsonb's order compares: object > array > boolean > number > string > null."""
    if value is None:
        return (1,)
    if isinstance(value, bool):
        return (4, value)
    kind = type_name(value)
    if kind == "number":
        return (3, number_of(value))
    if isinstance(value, str):
        return (2, value.encode())
    if isinstance(value, list):
        # An empty array at the top is less than everything: a curiosity that indexes rely on.
        return (5 if value else 0, len(value), *(order_key(element) for element in value))
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda item: (len(item[0].encode()), item[0].encode()))
        return (6, len(value), *((key.encode(), order_key(part)) for key, part in members))
    raise AssertionError(kind)


def compare(left: str, right: str) -> int:
    """-1, 0 or 1."""
    one, other = order_key(read_jsonb(left)), order_key(read_jsonb(right))
    return (one > other) - (one < other)


def sort_key(text: str) -> bytes:
    """Bytes that are ordered, and equal, as the values are."""
    out = bytearray()
    _write_key(read_jsonb(text), out, is_top=True)
    return bytes(out)


def _write_key(value: Json, out: bytearray, *, is_top: bool = False) -> None:
    if isinstance(value, list):
        out.append(5 if value or not is_top else 0)
        out += len(value).to_bytes(4, "big")
        for element in value:
            _write_key(element, out)
    elif isinstance(value, dict):
        out.append(6)
        out += len(value).to_bytes(4, "big")
        for key in sorted(value, key=lambda name: (len(name.encode()), name.encode())):
            out += key.encode() + b"\0"
            _write_key(value[key], out)
    elif isinstance(value, bool):
        out += bytes((4, value))
    elif value is None:
        out.append(1)
    elif type_name(value) == "number":
        out.append(3)
        out += _number_key(number_of(value))
    else:
        out.append(2)
        out += value.encode() + b"\0"


def _number_key(number: Decimal) -> bytes:
    """Sign, exponent and digits in an order that bytes keep."""
    if not number:
        return b"\x01"
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0").encode()
    exponent = (number.adjusted() + 2**31).to_bytes(4, "big")
    positive = exponent + digits + b"\0"
    if number > 0:
        return b"\x02" + positive
    return b"\x00" + bytes(255 - byte for byte in positive)


def elements(text: str, *, is_jsonb: bool) -> list[str]:
    """What json_array_elements gives.

    Raises:
        InvalidParameterValue: 22023, not an array
    """
    _check_array(text)
    if not is_jsonb:
        return list(json_parts(text))
    value = read_jsonb(text)
    assert isinstance(value, list)
    return [write_jsonb(part) for part in value]


def elements_text(text: str, *, is_jsonb: bool) -> list[str | None]:
    _check_array(text)
    if not is_jsonb:
        return [json_text(part) for part in json_parts(text)]
    value = read_jsonb(text)
    assert isinstance(value, list)
    return [text_of(part) for part in value]


def _check_array(text: str) -> None:
    if _first(text) != "[":
        kind = "an object" if _first(text) == "{" else "a scalar"
        raise errors.InvalidParameterValue(f"cannot extract elements from {kind}")


def each_keys(text: str, *, is_jsonb: bool) -> list[str]:
    """The keys that json_each gives.

    Raises:
        InvalidParameterValue: 22023, not an object
    """
    if _first(text) != "{":
        if is_jsonb:
            raise errors.InvalidParameterValue("cannot call jsonb_each on a non-object")
        kind = "an array" if _first(text) == "[" else "a scalar"
        raise errors.InvalidParameterValue(f"cannot deconstruct {kind} as an object")
    return [key for key, _ in json_members(text)]


def each_values(text: str, *, is_jsonb: bool) -> list[str]:
    """The values that json_each gives; nothing where ``each_keys`` raises."""
    if _first(text) != "{":
        return []
    parts = [part for _, part in json_members(text)]
    return [write_jsonb(read_jsonb(part)) for part in parts] if is_jsonb else parts


def each_texts(text: str, *, is_jsonb: bool) -> list[str | None]:
    return [json_text(part) for part in each_values(text, is_jsonb=is_jsonb)]


def keys(text: str, *, is_jsonb: bool) -> list[str]:
    """What json_object_keys gives.

    Raises:
        InvalidParameterValue: 22023, not an object
    """
    if _first(text) != "{":
        kind = "an array" if _first(text) == "[" else "a scalar"
        name = "jsonb_object_keys" if is_jsonb else "json_object_keys"
        raise errors.InvalidParameterValue(f"cannot call {name} on {kind}")
    return [key for key, _ in json_members(text)]

"""The functions that change or build jsonb: set, insert, delete, strip, pretty, object. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring

from kalampg import errors
from kalampg.builtins.json_values import (
    Json,
    json_members,
    json_parts,
    read_jsonb,
    type_name,
    write_jsonb,
)


def set_path(text: str, path: Sequence[str | None], new: str, creates: bool) -> str:
    """What jsonb_set() gives."""
    value = read_jsonb(text)
    _check_container(value, "set path in")
    if not path or (not value and not creates):
        return text
    _change(value, path, 0, read_jsonb(new), mode="set", creates=creates)
    return write_jsonb(value)


def set_lax(
    text: str | None,
    path: Sequence[str | None] | None,
    new: str | None,
    creates: bool | None,
    treatment: str | None,
) -> str | None:
    """jsonb_set_lax(): what a NULL value does is said by ``treatment``."""
    if text is None or path is None or creates is None:
        return None
    if treatment is None:
        raise errors.InvalidParameterValue(
            'null_value_treatment must be "delete_key", "return_target", "use_json_null", or '
            '"raise_exception"'
        )
    if new is not None:
        return set_path(text, path, new, creates)
    if treatment == "raise_exception":
        raise errors.NullValueNotAllowed("JSON value must not be null")
    if treatment == "use_json_null":
        return set_path(text, path, "null", creates)
    if treatment == "delete_key":
        return delete_path(text, path)
    if treatment == "return_target":
        return text
    raise errors.InvalidParameterValue(
        'null_value_treatment must be "delete_key", "return_target", "use_json_null", or '
        '"raise_exception"'
    )


def insert(text: str, path: Sequence[str | None], new: str, goes_after: bool) -> str:
    """What jsonb_insert() gives."""
    value = read_jsonb(text)
    _check_container(value, "set path in")
    if not path:
        return text
    mode = "insert after" if goes_after else "insert before"
    _change(value, path, 0, read_jsonb(new), mode=mode, creates=True)
    return write_jsonb(value)


def delete_path(text: str, path: Sequence[str | None]) -> str:
    """``#-`` of jsonb."""
    value = read_jsonb(text)
    _check_container(value, "delete path in")
    if not path or not value:
        return text
    _change(value, path, 0, None, mode="delete", creates=False)
    return write_jsonb(value)


def _check_container(value: Json, what: str) -> None:
    if not isinstance(value, (dict, list)):
        raise errors.InvalidParameterValue(f"cannot {what} scalar")


def _change(
    value: Json, path: Sequence[str | None], at: int, new: Json, *, mode: str, creates: bool
) -> None:
    step = path[at]
    if step is None:
        raise errors.NullValueNotAllowed(f"path element at position {at + 1} is null")
    is_last = at == len(path) - 1
    if isinstance(value, dict):
        if is_last:
            _change_member(value, step, new, mode, creates=creates)
        elif step in value:
            _change(value[step], path, at + 1, new, mode=mode, creates=creates)
    elif isinstance(value, list):
        index = _index(step, at)
        if is_last:
            _change_element(value, index, new, mode, creates=creates)
        elif -len(value) <= index < len(value):
            _change(value[index], path, at + 1, new, mode=mode, creates=creates)


def _index(step: str, at: int) -> int:
    try:
        return int(step)
    except ValueError:
        raise errors.InvalidTextRepresentation(
            f'path element at position {at + 1} is not an integer: "{step}"'
        ) from None


def _change_member(
    members: dict[str, Json], key: str, new: Json, mode: str, *, creates: bool
) -> None:
    if mode == "delete":
        members.pop(key, None)
    elif key not in members:
        if creates:
            members[key] = new
    elif mode == "set":
        members[key] = new
    else:
        raise errors.InvalidParameterValue(
            "cannot replace existing key",
            hint="Try using the function jsonb_set to replace key value.",
        )


def _change_element(
    elements: list[Json], index: int, new: Json, mode: str, *, creates: bool
) -> None:
    exists = -len(elements) <= index < len(elements)
    if mode == "delete":
        if exists:
            elements.pop(index)
    elif mode == "set" and exists:
        elements[index] = new
    elif not exists:
        if creates:
            elements.insert(0 if index < 0 else len(elements), new)
    else:
        position = index if index >= 0 else len(elements) + index
        elements.insert(position + (mode == "insert after"), new)


def strip_nulls_jsonb(text: str) -> str:
    return write_jsonb(_stripped(read_jsonb(text)))


def _stripped(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _stripped(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_stripped(part) for part in value]
    return value


def strip_nulls_json(text: str) -> str:
    """json_strip_nulls() writes without blanks, and keeps the order."""
    first = text.lstrip()[:1]
    if first == "{":
        members = [
            f"{encode_basestring(key)}:{strip_nulls_json(part)}"
            for key, part in json_members(text)
            if part != "null"
        ]
        return "{" + ",".join(members) + "}"
    if first == "[":
        return "[" + ",".join(strip_nulls_json(part) for part in json_parts(text)) + "]"
    return text.strip()


def pretty(text: str) -> str:
    """What jsonb_pretty() gives."""
    out: list[str] = []
    _write_pretty(read_jsonb(text), "", out)
    return "".join(out)


def _write_pretty(value: Json, indent: str, out: list[str]) -> None:
    inner = f"{indent}    "
    if isinstance(value, dict):
        out.append("{")
        ordered = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        for number, key in enumerate(ordered):
            out.append(f"{',' if number else ''}\n{inner}{encode_basestring(key)}: ")
            _write_pretty(value[key], inner, out)
        out.append(f"\n{indent}}}")
    elif isinstance(value, list):
        out.append("[")
        for number, part in enumerate(value):
            out.append(f"{',' if number else ''}\n{inner}")
            _write_pretty(part, inner, out)
        out.append(f"\n{indent}]")
    else:
        out.append(write_jsonb(value))


def object_of_pairs(items: Sequence[str | None], is_jsonb: bool) -> str:
    """What json_object(text[]) gives."""
    if len(items) % 2:
        raise errors.ArraySubscriptError("array must have even number of elements")
    return object_of_lists(items[::2], items[1::2], is_jsonb)


def object_of_lists(
    keys: Sequence[str | None], values: Sequence[str | None], is_jsonb: bool
) -> str:
    """What json_object(keys, values) gives."""
    if len(keys) != len(values):
        raise errors.ArraySubscriptError("mismatched array dimensions")
    if any(key is None for key in keys):
        raise errors.NullValueNotAllowed("null value not allowed for object key")
    members = list(zip(keys, values, strict=True))
    if is_jsonb:
        return write_jsonb({str(key): value for key, value in members})
    written = (
        f"{encode_basestring(str(key))} : {'null' if value is None else encode_basestring(value)}"
        for key, value in members
    )
    return "{" + ", ".join(written) + "}"


def concatenate(left: str, right: str) -> str:
    """``||`` of jsonb."""
    one, other = read_jsonb(left), read_jsonb(right)
    if isinstance(one, dict) and isinstance(other, dict):
        return write_jsonb({**one, **other})
    return write_jsonb([*_as_list(one), *_as_list(other)])


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def delete_keys(text: str, keys: Sequence[str | None]) -> str:
    """``- text`` and ``- text[]`` of jsonb."""
    value = read_jsonb(text)
    if isinstance(value, dict):
        return write_jsonb({key: part for key, part in value.items() if key not in keys})
    if isinstance(value, list):
        return write_jsonb(
            [part for part in value if type_name(part) != "string" or part not in keys]
        )
    raise errors.InvalidParameterValue("cannot delete from scalar")


def delete_index(text: str, index: int) -> str:
    """``- integer`` of jsonb."""
    value = read_jsonb(text)
    if isinstance(value, dict):
        raise errors.InvalidParameterValue("cannot delete from object using integer index")
    if not isinstance(value, list):
        raise errors.InvalidParameterValue("cannot delete from scalar")
    if -len(value) <= index < len(value):
        value.pop(index)
    return write_jsonb(value)

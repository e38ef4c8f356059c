"""Assigning to a part of jsonb: unlike jsonb_set(), it makes what its path lacks. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from kalampg import errors
from kalampg.builtins.json_values import Json, read_jsonb, write_jsonb


def assign_path(text: str | None, path: Sequence[str], new: str | None, *, is_list: bool) -> str:
    """The value with ``new`` at ``path``; NULL is an empty object, or list, at first.

    Raises:
        InvalidParameterValue: 22023, part of the path is a scalar, or before a list's beginning.
        InvalidTextRepresentation: 22P02, a list's step is no integer.
    """
    root: Json = ([] if is_list else {}) if text is None else read_jsonb(text)
    part: Json = None if new is None else read_jsonb(new)
    value = root
    for at, step in enumerate(path):
        is_last = at == len(path) - 1
        following = part if is_last else [] if _is_index(path[at + 1]) else {}
        if isinstance(value, dict):
            value = _take(value, step, following, replaces=is_last or step not in value)
        elif isinstance(value, list):
            value = _take_element(value, at, step, following, replaces=is_last)
        else:
            raise errors.InvalidParameterValue(
                "cannot replace existing key",
                detail="The path assumes key is a composite object, but it is a scalar value.",
            )
    return write_jsonb(root)


def _take(members: dict[str, Json], key: str, new: Json, *, replaces: bool) -> Json:
    if replaces:
        members[key] = new
    return members[key]


def _take_element(elements: list[Json], at: int, step: str, new: Json, *, replaces: bool) -> Json:
    if not _is_index(step):
        raise errors.InvalidTextRepresentation(
            f'path element at position {at + 1} is not an integer: "{step}"'
        )
    index = int(step)
    if index < -len(elements):
        raise errors.InvalidParameterValue(
            f"path element at position {at + 1} is out of range: {index}"
        )
    if index >= len(elements):
        elements += [None] * (index + 1 - len(elements))
        replaces = True
    if replaces:
        elements[index] = new
    return elements[index]


def _is_index(step: str) -> bool:
    digits = step.removeprefix("-")
    return digits.isascii() and digits.isdigit()

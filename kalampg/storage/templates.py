"""Templates: in which folder of a storage the objects of a scope lie. PURE.

Shape:
    components separated by slashes, each either text or one of ``{namespace}``, ``{tableName}``,
    ``{shard}`` and ``{userId}``. Without sharding the shard's component is left out.

Invariants:
    - Two scopes never have the same folder under one storage's templates: values are escaped (see
      ``storage_paths.py``), no component holds two of them, and a value that reads like one of the
      templates' own components, or like a shard, is escaped too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.storage.storage_paths import path_component

SHARED_TEMPLATE: Final = "{namespace}/{tableName}"
USER_TEMPLATE: Final = "{namespace}/{tableName}/{shard}/{userId}"
SHARD_PREFIX: Final = "shard-"
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_TEXT: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.=-]*")
_VARIABLES: Final = ("namespace", "tableName", "shard", "userId")
# KalamDB's order, pair by pair, with its messages.
_ORDER: Final = (
    ("namespace", "tableName"),
    ("tableName", "shard"),
    ("shard", "userId"),
    ("tableName", "userId"),
)


@dataclass(frozen=True, slots=True)
class FolderNames:
    """The values of a template's variables; ``user_id`` and ``shard`` may be empty."""

    namespace: str
    table_name: str
    user_id: str = ""
    shard: str = ""


def check_shared_template(template: str) -> None:
    """Raise 22023 unless ``template`` can hold shared tables."""
    what, example = "Shared table template", f"common/{SHARED_TEMPLATE}"
    found = _variables(what, template, example)
    missing = {"namespace", "tableName"} - set(found)
    if len(missing) == 2:
        raise _invalid(what, "Both {namespace} and {tableName} are required", example)
    for name in missing:
        raise _invalid(what, f"{{{name}}} is required", example)
    for name in found:
        if name in {"userId", "shard"}:
            raise _invalid(what, f"{{{name}}} is for user tables only", example)
    _check_order(what, found, example)


def check_user_template(template: str) -> None:
    """Raise 22023 unless ``template`` can hold user tables."""
    what, example = "User table template", "{namespace}/users/{tableName}/{shard}/{userId}"
    found = _variables(what, template, example)
    for name in ("userId", "namespace", "tableName"):
        if name not in found:
            raise _invalid(what, f"{{{name}}} is required", example)
    _check_order(what, found, example)


def folder_of(template: str, names: FolderNames, other_template: str = "") -> str:
    """The folder of a scope below the storage's root.

    ``other_template`` is the storage's template for the other kind of table: no value may read
    like one of its components either.
    """
    own = {part for text in (template, other_template) for part in text.split("/")}
    values = {
        "{namespace}": names.namespace,
        "{tableName}": names.table_name,
        "{userId}": names.user_id,
    }
    components = []
    for part in template.split("/"):
        if part == "{shard}":
            components += [path_component(names.shard)] if names.shard else []
        elif part in values:
            components.append(_distinct(path_component(values[part]), own))
        else:
            components.append(part)
    return "/".join(components)


def table_folder_of(template: str, names: FolderNames, other_template: str = "") -> str:
    """The folder that all folders of a table's users are below."""
    parts = template.split("/")
    ends = [number for number, part in enumerate(parts) if part in {"{shard}", "{userId}"}]
    return folder_of("/".join(parts[: min(ends, default=len(parts))]), names, other_template)


def _distinct(component: str, own: set[str]) -> str:
    """The component, escaped at its first letter if it reads like one of the template's."""
    if component in own or component.startswith(SHARD_PREFIX):
        return f"%{ord(component[0]):02x}{component[1:]}"
    return component


def _variables(what: str, template: str, example: str) -> list[str]:
    """The names of the variables in their order; every component is checked."""
    found: list[str] = []
    for part in template.split("/"):
        variable = _VARIABLE.fullmatch(part)
        if variable is not None:
            if variable[1] not in _VARIABLES:
                raise _invalid(what, f"unknown variable {part}", example)
            if variable[1] in found:
                raise _invalid(what, f"{part} may stand only once", example)
            found.append(variable[1])
        elif "{" in part or "}" in part:
            raise _invalid(what, f'"{part}" must be one variable or text without any', example)
        elif _TEXT.fullmatch(part) is None:
            raise _invalid(what, f'"{part}" is not a safe name of a folder', example)
    return found


def _check_order(what: str, found: list[str], example: str) -> None:
    for first, second in _ORDER:
        if first in found and second in found and found.index(first) > found.index(second):
            raise _invalid(what, f"{{{first}}} must appear before {{{second}}}", example)


def _invalid(what: str, problem: str, example: str) -> errors.InvalidParameterValue:
    return errors.InvalidParameterValue(
        f"{what}: {problem}", hint=f"The right form is, for example, '{example}'."
    )

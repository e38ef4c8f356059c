"""Object paths: no name leaves its folder or meets another.

Goal: whatever a namespace, table or user is called, its objects lie below its own folder.
Method: paths by hand; Hypothesis over names with separators, dots and case, and a real filesystem's
rules (255 bytes, case folding) as the oracle.
"""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kalampg.ids import SegmentId
from kalampg.storage.storage_paths import OBJECT_NAME, object_path, path_component, scope_folder

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.text(
    "aA./\\%-_0", max_size=6
)


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("alice_1-b", "alice_1-b"),
        ("Alice", "%41lice"),
        ("..", "%2e%2e"),
        ("a/b", "a%2fb"),
        ("%2e", "%252e"),
        ("-rf", "%2drf"),
        ("", "%%"),
        ("\u00e9", "%c3%a9"),
        ("a\0", "a%00"),
    ],
)
def test_names_are_escaped(name: str, component: str) -> None:
    assert path_component(name) == component


def test_paths_are_namespace_table_user_and_time() -> None:
    path = object_path(
        scope_folder("public", "notes", "alice"), 1_700_000_000_999_999, SegmentId(42)
    )
    assert path == "public/notes/alice/2023-11-14T22-13-20-42.parquet"
    shared = object_path(scope_folder("public", "notes", ""), 0, SegmentId(42))
    assert shared == "public/notes/1970-01-01T00-00-00-42.parquet"


@given(NAMES)
def test_a_component_is_one_plain_folder_name(name: str) -> None:
    component = path_component(name)
    assert 0 < len(component.encode()) <= 255
    assert component.isascii()
    assert component == component.lower()
    assert not set(component) & set("/\\.\0")
    assert component[0] != "-"
    assert posixpath.normpath(f"root/{component}") == f"root/{component}"


@given(NAMES, NAMES)
@example("a" * 300, "a" * 299)
@example("a" * 300 + "b", "a" * 300 + "c")
@example("A", "a")
def test_two_names_never_meet(one: str, other: str) -> None:
    assert (path_component(one).lower() == path_component(other).lower()) == (one == other)


@given(NAMES, NAMES)
def test_a_user_folder_is_never_an_object_or_a_copy_of_a_shared_table(
    table: str, user: str
) -> None:
    shared = object_path(scope_folder("public", table, ""), 0, SegmentId(1))
    assert scope_folder("public", table, user or "x") != shared
    assert not OBJECT_NAME.fullmatch(path_component(user))
    assert path_component(user) != "manifest.json"
    assert OBJECT_NAME.fullmatch(shared.rpartition("/")[2])

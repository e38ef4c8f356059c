"""Templates and shards: where objects lie.

Goal: no two scopes share a folder, none leaves it, and KalamDB's rules hold. Method: paths worked
out by hand, KalamDB's messages, and Hypothesis over names for the one property that matters.
"""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg import errors
from kalampg.storage.sharding import shard_of
from kalampg.storage.storage_paths import scope_folder
from kalampg.storage.templates import (
    SHARED_TEMPLATE,
    USER_TEMPLATE,
    FolderNames,
    check_shared_template,
    check_user_template,
    folder_of,
)

TEMPLATES = (
    USER_TEMPLATE,
    "{namespace}/users/{tableName}/{shard}/{userId}",
    "a/{namespace}/b/{tableName}/{userId}",
)
NAMES = st.sampled_from(["users", "a", "b", "shared", "shard-a", "A", "..", "a/b", "", "é"])


@pytest.mark.parametrize(
    ("template", "shard", "expected"),
    [
        (USER_TEMPLATE, "", "ns/t/alice"),
        (USER_TEMPLATE, "shard-a", "ns/t/shard-a/alice"),
        ("x/{namespace}/users/{tableName}/{shard}/{userId}", "", "x/ns/users/t/alice"),
    ],
)
def test_folders_are_those_of_the_template(template: str, shard: str, expected: str) -> None:
    assert folder_of(template, FolderNames("ns", "t", "alice", shard)) == expected


def test_without_sharding_the_default_is_where_segments_always_were() -> None:
    assert folder_of(USER_TEMPLATE, FolderNames("ns", "T.x", "a/b")) == scope_folder(
        "ns", "T.x", "a/b"
    )
    assert folder_of(SHARED_TEMPLATE, FolderNames("ns", "t")) == scope_folder("ns", "t", "")


def test_a_value_that_reads_like_the_template_is_escaped() -> None:
    names = FolderNames("users", "users", "users")
    assert (
        folder_of("{namespace}/users/{tableName}/{userId}", names)
        == "%75sers/users/%75sers/%75sers"
    )
    assert folder_of(USER_TEMPLATE, FolderNames("n", "t", "shard-a")) == "n/t/%73hard-a"


@given(
    st.sampled_from(TEMPLATES),
    st.lists(st.tuples(NAMES, NAMES, NAMES, st.sampled_from(["", "alphabetic"])), max_size=6),
)
def test_no_two_scopes_share_a_folder(
    template: str, scopes: list[tuple[str, str, str, str]]
) -> None:
    owners: dict[str, tuple[str, ...]] = {}
    shared = "shared/{namespace}/{tableName}"
    for namespace, table, user, strategy in scopes:
        names = FolderNames(namespace, table, user or "x", shard_of(strategy, user or "x"))
        folder = folder_of(template, names, shared)
        assert ".." not in folder.split("/")
        assert not folder.startswith("/")
        assert owners.setdefault(folder, (namespace, table, user or "x")) == names_of(names)
        common = folder_of(shared, FolderNames(namespace, f"{table}!"), template)
        assert owners.setdefault(common, ("", namespace, table)) == ("", namespace, table)


def names_of(names: FolderNames) -> tuple[str, ...]:
    return names.namespace, names.table_name, names.user_id


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{namespace}/{tableName}", "User table template: {userId} is required"),
        ("{tableName}/{namespace}/{userId}", "{namespace} must appear before {tableName}"),
        ("{namespace}/{shard}/{tableName}/{userId}", "{tableName} must appear before {shard}"),
        ("{namespace}/{tableName}/{userId}/{shard}", "{shard} must appear before {userId}"),
        ("{namespace}/{userId}/{tableName}", "{tableName} must appear before {userId}"),
        ("{namespace}/{tableName}/{user}", "unknown variable {user}"),
        ("{namespace}/{tableName}/u-{userId}", "must be one variable or text"),
        ("/{namespace}/{tableName}/{userId}", "not a safe name"),
        ("{namespace}/../{tableName}/{userId}", "not a safe name"),
        ("{namespace}//{tableName}/{userId}", "not a safe name"),
    ],
)
def test_wrong_user_templates_are_refused_with_the_right_form(template: str, problem: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        check_user_template(template)
    assert problem in refused.value.message
    assert "{namespace}/users/{tableName}/{shard}/{userId}" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("x", "Shared table template: Both {namespace} and {tableName} are required"),
        ("{namespace}", "{tableName} is required"),
        ("{tableName}/{namespace}", "{namespace} must appear before {tableName}"),
        ("{namespace}/{tableName}/{userId}", "{userId} is for user tables only"),
    ],
)
def test_wrong_shared_templates_are_refused(template: str, problem: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        check_shared_template(template)
    assert problem in refused.value.message


@pytest.mark.parametrize(
    ("strategy", "user_id", "shard"),
    [
        ("", "alice", ""),
        ("alphabetic", "", ""),
        ("alphabetic", "Alice", "shard-a"),
        ("alphabetic", "7up", "shard-0-9"),
        ("alphabetic", "éva", "shard-other"),
        ("numeric", "999", "shard-0-999"),
        ("numeric", "1000", "shard-1000-1999"),
        ("numeric", "user1", "shard-other"),
        ("hash:16", "alice", f"shard-{zlib.crc32(b'alice') % 16:04d}"),
        ("hash:1", "alice", "shard-0000"),
    ],
)
def test_shards_are_kalamdbs(strategy: str, user_id: str, shard: str) -> None:
    assert shard_of(strategy, user_id) == shard

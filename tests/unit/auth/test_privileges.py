"""Roles and privileges.

Goal: the permission matrix of the reference (sections 7.4 and 7.5), cell by cell.
Method: the matrix written out again by hand.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from kalampg.auth import Action, check, check_may_act_as, check_owner
from kalampg.auth.privileges import LOWEST_CLASS, may, may_read, may_write
from kalampg.auth.roles import may_act_as, role_class_named
from kalampg.catalog import Role, RoleClass
from kalampg.errors import InsufficientPrivilege, InvalidParameterValue
from kalampg.ids import Oid, TableId
from kalampg.relation import AccessLevel, Relation, TableOptions, TableType

CLASSES = ("user", "service", "dba", "system")


def role(name: str, role_class: str) -> Role:
    return Role(Oid(1), name, RoleClass(role_class))


MATRIX = {
    Action.CREATE_USER_TABLE: "user service dba system",
    Action.CREATE_SHARED_TABLE: "service dba system",
    Action.CREATE_SEQUENCE: "user service dba system",
    Action.CREATE_VIEW: "user service dba system",
    Action.CREATE_TYPE: "user service dba system",
    Action.CREATE_NAMESPACE: "dba system",
    Action.DROP_NAMESPACE: "dba system",
    Action.MANAGE_ROLES: "dba system",
    Action.GRANT_SYSTEM: "system",
    Action.MANAGE_STORAGES: "dba system",
    Action.FLUSH: "service dba system",
    Action.COMPACT: "service dba system",
    Action.PURGE: "dba system",
    Action.MOVE: "dba system",
    Action.BACKUP: "dba system",
    Action.EXPORT_USER: "dba system",
    Action.VERIFY: "dba system",
    Action.KILL_JOB: "dba system",
    Action.RETRY_JOB: "dba system",
    Action.MANAGE_FLUSH: "dba system",
    Action.READ_SYSTEM: "dba system",
    Action.SCOPE_ALL: "dba system",
    Action.ACT_AS_OTHERS: "service dba system",
}


def test_the_matrix_names_every_action() -> None:
    assert set(MATRIX) == set(LOWEST_CLASS) == set(Action)


@pytest.mark.parametrize("role_class", CLASSES)
@pytest.mark.parametrize("action", list(Action))
def test_who_may(action: Action, role_class: str) -> None:
    assert may(role("x", role_class), action) == (role_class in MATRIX[action].split())


def test_a_refusal_has_kalamdbs_words() -> None:
    with pytest.raises(InsufficientPrivilege) as raised:
        check(role("x", "user"), Action.FLUSH)
    assert raised.value.message == (
        "Insufficient privileges to flush tables. Service, DBA, or System role required."
    )
    with pytest.raises(InsufficientPrivilege) as raised:
        check(role("x", "service"), Action.CREATE_NAMESPACE, "permission denied for database kalam")
    assert raised.value.message == "permission denied for database kalam"
    assert raised.value.detail == (
        "Insufficient privileges to create namespace. DBA or System role required."
    )


@pytest.mark.parametrize(
    ("actor", "targets"),
    [
        ("system", "user service dba system"),
        ("dba", "user service dba"),
        ("service", "user service"),
        ("user", ""),
    ],
)
def test_who_may_act_as_whom(actor: str, targets: str) -> None:
    for target in CLASSES:
        expected = target in targets.split()
        assert may_act_as(role("a", actor), "b", role("b", target)) == expected
    # A name without a role is a plain user; oneself is always allowed.
    assert may_act_as(role("a", actor), "nobody", None) == ("user" in targets.split())
    assert may_act_as(role("a", actor), "a", role("a", actor))


def test_a_denied_actor_does_not_learn_whether_the_target_exists() -> None:
    texts = set()
    for target in (None, role("b", "system"), role("b", "user")):
        with pytest.raises(InsufficientPrivilege) as raised:
            check_may_act_as(role("a", "user"), "b", target)
        texts.add((raised.value.message, raised.value.detail))
    assert len(texts) == 1


def test_nobody_acts_as_an_empty_name() -> None:
    with pytest.raises(InvalidParameterValue):
        check_may_act_as(role("root", "system"), "", None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("USER", "user"), ("admin", "dba"), ("analyst", "service"), ("readonly", "user")],
)
def test_class_names_and_aliases(name: str, expected: str) -> None:
    assert role_class_named(name) is RoleClass(expected)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match='invalid role class "boss"'):
        role_class_named("boss")


SHARED = Relation(TableId(1), "public", "t", TableType.SHARED, (), owner="olga")
ACCESS = {  # level: (readers, writers)
    AccessLevel.PUBLIC: ("user service dba system", "service dba system"),
    AccessLevel.PRIVATE: ("service dba system", "service dba system"),
    AccessLevel.RESTRICTED: ("service dba system", "service dba system"),
    AccessLevel.DBA: ("dba system", "dba system"),
}


@pytest.mark.parametrize("level", list(AccessLevel))
@pytest.mark.parametrize("role_class", CLASSES)
def test_access_to_shared_tables(level: AccessLevel, role_class: str) -> None:
    table = replace(SHARED, options=TableOptions(access_level=level))
    readers, writers = ACCESS[level]
    assert may_read(role("x", role_class), table) == (role_class in readers.split())
    assert may_write(role("x", role_class), table) == (role_class in writers.split())
    assert may_read(role("olga", role_class), table)


@pytest.mark.parametrize("role_class", CLASSES)
def test_everyone_uses_user_tables_and_nobody_writes_computed_ones(role_class: str) -> None:
    reader = role("x", role_class)
    user_table = replace(SHARED, table_type=TableType.USER)
    assert may_read(reader, user_table)
    assert may_write(reader, user_table)
    computed = replace(SHARED, table_type=TableType.SYSTEM, schema_name="pg_catalog")
    assert may_read(reader, computed)
    assert not may_write(reader, computed)
    own = replace(computed, schema_name="system")
    assert may_read(reader, own) == (role_class in {"dba", "system"})


def test_definitions_belong_to_their_owner_and_dbas() -> None:
    check_owner(role("olga", "user"), SHARED)
    check_owner(role("x", "dba"), SHARED)
    with pytest.raises(InsufficientPrivilege, match="must be owner of table t"):
        check_owner(role("x", "service"), SHARED)
    with pytest.raises(InsufficientPrivilege, match="is a system catalog"):
        check_owner(role("root", "system"), replace(SHARED, table_type=TableType.SYSTEM))

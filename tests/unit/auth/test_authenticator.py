"""Authenticator and passwords.

Goal: unknown roles, roles without password and known ones look alike; what is stored proves the
password and is not the password.
Method: PBKDF2 worked out with hashlib as RFC 5802 says; verifiers compared field by field.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from kalampg.auth import AuditEvent, AuditLog, Authenticator
from kalampg.auth.passwords import verifier_of
from kalampg.catalog import Catalog, Role, RoleClass, bootstrap
from kalampg.catalog.role_edit import create_role
from kalampg.errors import InvalidAuthorizationSpecification
from kalampg.ids import Oid


def salt(count: int) -> bytes:
    return b"s" * count


@pytest.fixture
def catalog() -> Catalog:
    catalog = bootstrap(
        root_verifier=str(verifier_of("secret", salt)), server_secret=b"k" * 32, now_us=1
    ).catalog
    return create_role(catalog, "nologin", RoleClass.USER, 2, can_login=False).catalog


def test_the_verifier_is_rfc_5802s() -> None:
    text = verifier_of("pencil", salt)
    assert text is not None
    assert "pencil" not in text
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", b"s" * 16, 4096)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored = base64.b64encode(hashlib.sha256(client_key).digest()).decode()
    server = base64.b64encode(hmac.digest(salted, b"Server Key", "sha256")).decode()
    assert text == f"SCRAM-SHA-256$4096:{base64.b64encode(b's' * 16).decode()}${stored}:{server}"


def test_a_verifier_is_stored_as_it_is_and_an_empty_password_not_at_all() -> None:
    text = verifier_of("pencil", salt)
    assert text is not None
    assert verifier_of(text, salt) == text
    assert verifier_of("", salt) is None


def test_a_known_role_has_its_own_verifier(catalog: Catalog) -> None:
    verifier = Authenticator(lambda: catalog).verifier_for("root")
    assert str(verifier) == catalog.roles["root"].verifier


@pytest.mark.parametrize("name", ["nobody", "nologin"])
def test_others_have_a_mock_verifier_that_stays(catalog: Catalog, name: str) -> None:
    authenticator = Authenticator(lambda: catalog)
    mock = authenticator.verifier_for(name)
    assert mock == authenticator.verifier_for(name)
    real = authenticator.verifier_for("root")
    assert (mock.iterations, len(mock.salt)) == (real.iterations, len(real.salt))
    assert mock != authenticator.verifier_for(name + "x")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody", 'role "nobody" does not exist'),
        ("nologin", 'role "nologin" is not permitted to log in'),
    ],
)
def test_who_is_not_admitted(catalog: Catalog, name: str, message: str) -> None:
    with pytest.raises(InvalidAuthorizationSpecification) as raised:
        Authenticator(lambda: catalog).admit(name)
    assert (raised.value.message, raised.value.severity) == (message, "FATAL")


def test_root_is_admitted(catalog: Catalog) -> None:
    assert Authenticator(lambda: catalog).admit("root").role_class is RoleClass.SYSTEM


def test_an_audit_line_names_actor_subject_and_event() -> None:
    lines: list[tuple[str, dict[str, object]]] = []

    class Sink:
        def info(self, event: str, **fields: object) -> None:
            lines.append((event, fields))

    actor = Role(Oid(1), "ops", RoleClass.DBA)
    AuditLog(Sink()).record(AuditEvent.EXECUTE_AS_USER, actor, "bob", statement_kind="SELECT")
    assert lines == [
        (
            "EXECUTE_AS_USER",
            {
                "actor": "ops",
                "actor_class": "dba",
                "subject": "bob",
                "statement_kind": "SELECT",
            },
        )
    ]

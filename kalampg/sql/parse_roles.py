"""CREATE, ALTER and DROP of users and roles, in KalamDB's and in PostgreSQL's grammar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.sql.role_statements import AlterRole, CreateRole, DropRole
from kalampg.sql.statements import Statement
from kalampg.sql.token_stream import TokenStream

ROLE_CLASSES: Final = {
    "user": "user",
    "service": "service",
    "dba": "dba",
    "system": "system",
    "admin": "dba",
    "developer": "service",
    "analyst": "service",
    "viewer": "user",
    "readonly": "user",
}
# Attributes that say what is true of every role here.
_TRUE_OF_ALL: Final = (
    "nosuperuser", "nocreatedb", "nocreaterole", "noreplication", "nobypassrls", "inherit",
)  # fmt: skip
_UNSUPPORTED: Final = (
    "superuser", "createdb", "createrole", "replication", "bypassrls", "noinherit", "connection",
    "valid", "in", "admin", "sysid",
)  # fmt: skip


@dataclass(slots=True)
class _Draft:
    password: str | None = None
    has_password: bool = False
    role_class: str | None = None
    can_login: bool | None = None
    email: str | None = None
    storage_mode: str | None = None
    storage_id: str | None = None
    forgets_storage: bool = False
    may_have_storage: bool = False


def parse_create_role(tokens: TokenStream) -> Statement:
    """CREATE USER | ROLE, after CREATE."""
    kind = tokens.take_one_of("user", "role", "group")
    if_not_exists = tokens.take_if_not_exists()
    name = _role_name(tokens)
    draft = _Draft()
    tokens.take_words("with")
    while not tokens.at_end:
        _option(tokens, draft)
    can_login = kind == "user" if draft.can_login is None else draft.can_login
    if kind == "role" and draft.can_login is None and draft.has_password and draft.role_class:
        can_login = True  # KalamDB's grammar has no LOGIN
    return CreateRole(name, draft.password, draft.role_class, can_login, draft.email, if_not_exists)


def parse_alter_role(tokens: TokenStream) -> Statement:
    """ALTER USER | ROLE, after ALTER."""
    tokens.take_one_of("user", "role", "group")
    name = _role_name(tokens)
    if tokens.current.is_word("rename"):
        raise errors.FeatureNotSupported(
            "renaming a role is not supported", hint="A role's name is its user id."
        )
    draft = _Draft(may_have_storage=True)
    if tokens.at_words("set") and not tokens.ahead().is_word(
        "password", "role", "email", "storage_mode", "storage_id"
    ):
        raise errors.FeatureNotSupported(
            "per-role settings are not supported",
            hint="Use SET in the session, or the options startup parameter.",
        )
    if tokens.at_end:
        raise tokens.syntax_error()
    tokens.take_words("with")
    while not tokens.at_end:
        tokens.take_words("set")
        _option(tokens, draft)
    return AlterRole(
        name,
        draft.password,
        draft.role_class,
        draft.can_login,
        draft.email,
        draft.storage_mode,
        draft.storage_id,
        draft.forgets_storage,
    )


def parse_drop_role(tokens: TokenStream) -> Statement:
    """DROP USER | ROLE, after DROP."""
    tokens.take_one_of("user", "role", "group")
    if_exists = tokens.take_if_exists()
    names = [_role_name(tokens)]
    while tokens.take_symbol(","):
        names.append(_role_name(tokens))
    cascade = tokens.take_one_of("cascade", "restrict") == "cascade"
    return DropRole(tuple(names), if_exists, cascade)


def _role_name(tokens: TokenStream) -> str:
    position = tokens.position
    name = tokens.expect_name_or_string()
    if not name:
        raise errors.InvalidName("username cannot be empty", position=position)
    return name


def _option(tokens: TokenStream, draft: _Draft) -> None:
    if tokens.at_words("encrypted", "password") or tokens.at_words("password"):
        tokens.take_words("encrypted")
        tokens.expect_words("password")
        draft.has_password = True
        draft.password = None if tokens.take_words("null") else tokens.expect_string()
    elif tokens.take_words("login"):
        draft.can_login = True
    elif tokens.take_words("nologin"):
        draft.can_login = False
    elif tokens.take_words("email"):
        draft.email = tokens.expect_string()
    elif tokens.take_words("role"):
        draft.role_class = _role_class(tokens)
    elif tokens.take_words("internal"):
        draft.has_password = True
    else:
        _other_option(tokens, draft)


def _other_option(tokens: TokenStream, draft: _Draft) -> None:
    position = tokens.position
    if tokens.current.is_word("storage_mode", "storage_id") and draft.may_have_storage:
        _storage_option(tokens, draft)
    elif tokens.current.is_word("oauth"):
        raise errors.FeatureNotSupported(
            "OAUTH users are not supported",
            hint="Use WITH PASSWORD '...'.",
            position=position,
        )
    elif tokens.take_one_of(*_TRUE_OF_ALL):
        pass
    elif tokens.current.is_word(*_UNSUPPORTED):
        raise errors.FeatureNotSupported(
            f"role attribute {tokens.current.value.upper()} is not supported",
            hint="What a role may do follows from its class: ROLE user, service, dba or system.",
            position=position,
        )
    else:
        raise tokens.syntax_error()


def _storage_option(tokens: TokenStream, draft: _Draft) -> None:
    """STORAGE_MODE table | region, STORAGE_ID id | NULL."""
    if tokens.take_words("storage_mode"):
        tokens.take_symbol("=")
        position = tokens.position
        mode = tokens.take_string() or tokens.expect_label()
        if mode.lower() not in {"table", "region"}:
            raise errors.InvalidParameterValue(
                f"Invalid STORAGE_MODE '{mode}'. Supported: table, region", position=position
            )
        draft.storage_mode = mode.lower()
        return
    tokens.expect_words("storage_id")
    tokens.take_symbol("=")
    if tokens.take_words("null"):
        draft.forgets_storage, draft.storage_id = True, None
    else:
        draft.forgets_storage, draft.storage_id = False, tokens.expect_name_or_string()


def _role_class(tokens: TokenStream) -> str:
    position = tokens.position
    written = tokens.take_string()
    if written is None:
        written = tokens.expect_label()
    role_class = ROLE_CLASSES.get(written.lower())
    if role_class is None:
        raise errors.InvalidParameterValue(
            f'invalid role class "{written}"',
            hint="The classes are user, service, dba and system.",
            position=position,
        )
    return role_class

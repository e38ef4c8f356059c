"""CREATE, ALTER and DROP DOMAIN: tokens to statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql.constraint_statements import CheckDefinition
from kalampg.sql.domain_statements import (
    AddDomainCheck,
    AlterDomain,
    CreateDomain,
    DomainAction,
    DropDomain,
    DropDomainCheck,
    MoveDomain,
    RenameDomainCheck,
    SetDomainDefault,
    SetDomainNotNull,
    ValidateDomainCheck,
)
from kalampg.sql.parse_constraints import parse_constraint
from kalampg.sql.parse_types import parse_type, take_declared_name
from kalampg.sql.token_stream import TokenStream

# What ends the expression of a DEFAULT.
_CONSTRAINT_WORDS: Final = ("constraint", "not", "null", "check", "default", "collate")
_COLLATIONS: Final = frozenset({"C", "POSIX", "default", "ucs_basic"})
# Constraints of tables, and what PostgreSQL calls them.
_NOT_POSSIBLE: Final = {
    "unique": "unique constraints",
    "primary": "primary key constraints",
    "exclude": "exclusion constraints",
    "references": "foreign key constraints",
}


@dataclass(slots=True)
class _Draft:
    default: str | None = None
    not_null: bool | None = None
    checks: list[CheckDefinition] = field(default_factory=list)


def parse_create_domain(tokens: TokenStream) -> CreateDomain:
    """The rest of the statement after CREATE."""
    tokens.expect_words("domain")
    name = tokens.expect_table_name()
    tokens.take_words("as")
    position = tokens.position
    over = take_declared_name(tokens)
    type_oid, typmod = (Oid(0), -1) if over is not None else parse_type(tokens)
    draft = _Draft()
    while not tokens.at_end:
        _constraint(tokens, draft)
    return CreateDomain(
        name,
        type_oid,
        typmod,
        over,
        position,
        draft.default,
        bool(draft.not_null),
        tuple(draft.checks),
    )


def parse_alter_domain(tokens: TokenStream) -> AlterDomain:
    """The rest of the statement after ALTER."""
    tokens.expect_words("domain")
    return AlterDomain(tokens.expect_table_name(), _action(tokens))


def parse_drop_domain(tokens: TokenStream) -> DropDomain:
    """The rest of the statement after DROP."""
    tokens.expect_words("domain")
    if_exists = tokens.take_if_exists()
    names = [tokens.expect_table_name()]
    while tokens.take_symbol(","):
        names.append(tokens.expect_table_name())
    is_cascade = tokens.take_one_of("cascade", "restrict") == "cascade"
    return DropDomain(tuple(names), if_exists, is_cascade)


def _constraint(tokens: TokenStream, draft: _Draft) -> None:
    if tokens.take_words("collate"):
        _collation(tokens)
        return
    name = tokens.expect_name() if tokens.take_words("constraint") else None
    if tokens.take_words("default"):
        if draft.default is not None:
            raise errors.SyntaxError("multiple default expressions")
        draft.default = tokens.skip_expression(*_CONSTRAINT_WORDS)
    elif tokens.take_words("not", "null"):
        _set_not_null(draft, not_null=True)
    elif tokens.take_words("null"):
        _set_not_null(draft, not_null=False)
    elif tokens.current.is_word("check"):
        draft.checks.append(_check(tokens, name))
    elif tokens.current.is_word(*_NOT_POSSIBLE):
        what = _NOT_POSSIBLE[tokens.current.value]
        raise errors.SyntaxError(f"{what} not possible for domains")
    else:
        raise tokens.syntax_error()


def _set_not_null(draft: _Draft, *, not_null: bool) -> None:
    if draft.not_null is not None and draft.not_null is not not_null:
        raise errors.SyntaxError("conflicting NULL/NOT NULL constraints")
    draft.not_null = not_null


def _check(tokens: TokenStream, name: str | None) -> CheckDefinition:
    check = parse_constraint(tokens, name)
    assert isinstance(check, CheckDefinition), "it begins with CHECK"
    return check


def _collation(tokens: TokenStream) -> None:
    """Texts are ordered by their bytes; a collation that says so changes nothing."""
    position = tokens.position
    name = tokens.expect_table_name().name
    if name not in _COLLATIONS:
        raise errors.UndefinedObject(
            f'collation "{name}" for encoding "UTF8" does not exist',
            position=position,
        )


def _action(tokens: TokenStream) -> DomainAction:
    if tokens.take_words("set", "default"):
        return SetDomainDefault(tokens.skip_expression())
    if tokens.take_words("drop", "default"):
        return SetDomainDefault(None)
    if tokens.take_words("set", "not", "null"):
        return SetDomainNotNull(not_null=True)
    if tokens.take_words("drop", "not", "null"):
        return SetDomainNotNull(not_null=False)
    if tokens.take_words("add"):
        name = tokens.expect_name() if tokens.take_words("constraint") else None
        if tokens.current.is_word(*_NOT_POSSIBLE):
            what = _NOT_POSSIBLE[tokens.current.value]
            raise errors.SyntaxError(f"{what} not possible for domains")
        if not tokens.current.is_word("check"):
            raise tokens.syntax_error()
        return AddDomainCheck(_check(tokens, name))
    if tokens.take_words("drop", "constraint"):
        if_exists = tokens.take_if_exists()
        name = tokens.expect_name()
        tokens.take_one_of("cascade", "restrict")
        return DropDomainCheck(name, if_exists)
    if tokens.take_words("validate", "constraint"):
        return ValidateDomainCheck(tokens.expect_name())
    return _move(tokens)


def _move(tokens: TokenStream) -> DomainAction:
    if tokens.take_words("rename", "constraint"):
        name = tokens.expect_name()
        tokens.expect_words("to")
        return RenameDomainCheck(name, tokens.expect_name())
    if tokens.take_words("rename", "to"):
        return MoveDomain(new_name=tokens.expect_name())
    if tokens.take_words("set", "schema"):
        return MoveDomain(new_schema=tokens.expect_name())
    if tokens.take_words("owner", "to"):
        return MoveDomain(new_owner=tokens.expect_name())
    raise tokens.syntax_error()

"""The SQL texts in definitions of relations and domains, and which types and labels they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kalampg.catalog.catalog import Catalog
from kalampg.constraint import CheckConstraint
from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.relation import Relation
from kalampg.sql.lexer import Token, TokenKind, tokenize


def user_of_type(catalog: Catalog, enumeration: Enumeration) -> str | None:
    """The name of the first relation or domain whose definition casts to the type."""
    for definition, tokens in _definitions(catalog):
        if _casts_to(tokens, enumeration.name):
            return definition.name
    return None


def user_of_label(catalog: Catalog, enumeration: Enumeration, label: str) -> str | None:
    """The name of the first one whose definition has the label beside values of the type."""
    for definition, tokens in _definitions(catalog):
        if any(token.kind is TokenKind.STRING and token.value == label for token in tokens) and (
            not {enumeration.oid, enumeration.array_oid}.isdisjoint(_type_oids(definition))
            or _casts_to(tokens, enumeration.name)
        ):
            return definition.name
    return None


def _definitions(catalog: Catalog) -> Iterator[tuple[Relation | Domain, Sequence[Token]]]:
    for relation in (*catalog.tables.values(), *catalog.views.values()):
        for text in _texts(relation):
            yield relation, tokenize(text)
    for domain in catalog.domains.values():
        texts = (domain.default, *(check.expression for check in domain.checks))
        for text in filter(None, texts):
            yield domain, tokenize(text)


def _type_oids(definition: Relation | Domain) -> set[int]:
    if isinstance(definition, Domain):
        return {definition.base_oid}
    return {column.type_oid for column in definition.columns}


def _texts(relation: Relation) -> Iterator[str]:
    for column in relation.columns:
        yield from filter(None, (column.default, column.generated))
    for constraint in relation.constraints:
        if isinstance(constraint, CheckConstraint):
            yield constraint.expression
    for index in relation.indexes:
        computed = (*index.expressions, *((index.predicate,) if index.predicate else ()))
        yield from (expression.text for expression in computed)
    if relation.view is not None:
        yield relation.view.text


def _casts_to(tokens: Sequence[Token], name: str) -> bool:
    """Whether ``::name`` or ``CAST(... AS name)`` is among the tokens, with or without a schema."""
    for place, token in enumerate(tokens):
        if token.kind not in {TokenKind.WORD, TokenKind.QUOTED} or token.value != name:
            continue
        before = place - 3 if tokens[place - 1].is_symbol(".") else place - 1
        if before < 0:
            continue
        is_last = tokens[place + 1].is_symbol(")", "[")
        if tokens[before].is_symbol("::") or (tokens[before].is_word("as") and is_last):
            return True
    return False

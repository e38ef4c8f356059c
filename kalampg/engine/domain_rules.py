"""Domains as rules: what a value must be to be one of a domain's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.constraint import CheckConstraint
from kalampg.domain import Domain
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import Evaluator, compile_expression
from kalampg.ids import Oid
from kalampg.relation import Datum, Relation
from kalampg.sql.domain_checks import bind_domain_check
from kalampg.sql.domains import lineage

# Compiles a CHECK, or finds it compiled.
CompileCheck = Callable[[Domain, CheckConstraint], Evaluator]


@dataclass(frozen=True, slots=True)
class DomainRule:
    """What a domain wants, with the domains that it was made over; theirs comes first."""

    domain: Domain
    not_null: bool
    checks: tuple[tuple[str, Evaluator], ...]

    def check(self, value: Datum, session: SessionContext) -> None:
        """Raise NotNullViolation (23502) or CheckViolation (23514)."""
        if value is None and self.not_null:
            raise errors.NotNullViolation(
                f"domain {self._shown(session)} does not allow null values",
                schema=self.domain.schema_name,
                datatype=self.domain.name,
            )
        for name, evaluate in self.checks:
            if evaluate((value,), (), session) is False:
                raise errors.CheckViolation(
                    f'value for domain {self._shown(session)} violates check constraint "{name}"',
                    schema=self.domain.schema_name,
                    datatype=self.domain.name,
                    constraint=name,
                )

    def _shown(self, session: SessionContext) -> str:
        """The name, with its schema where the search path does not find it."""
        if self.domain.schema_name in session.search_path:
            return self.domain.sql_name
        return self.domain.qualified_name


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """The rule of a column's domain."""

    position: int
    rule: DomainRule


def compile_check(domain: Domain, check: CheckConstraint) -> Evaluator:
    """What computes a CHECK over a row that is the value alone."""
    return compile_expression(bind_domain_check(domain, check).expression)


def domain_rule(
    catalog: Catalog, oid: Oid, compile_one: CompileCheck = compile_check
) -> DomainRule | None:
    """The rule of a domain; None where any value will do."""
    domain = catalog.domain_by_oid(oid)
    assert domain is not None, "a domain that a column has is not dropped"
    family = lineage(catalog, domain)
    not_null = any(one.not_null for one in family)
    checks = tuple(
        (check.name, compile_one(one, check))
        for one in family
        for check in sorted(one.checks, key=lambda check: check.name)
    )
    return DomainRule(domain, not_null, checks) if not_null or checks else None


def column_rules(
    catalog: Catalog, relation: Relation, current: Relation, compile_one: CompileCheck
) -> tuple[ColumnRule, ...]:
    """The rules of the columns whose domains want something, in their order.

    ``current`` is what the table is like now: its columns may have other domains.
    """
    domains = {column.column_id: column.domain for column in current.columns}
    found = (
        (position, domain_rule(catalog, oid, compile_one))
        for position, column in enumerate(relation.columns)
        if (oid := domains.get(column.column_id)) is not None
    )
    return tuple(ColumnRule(position, rule) for position, rule in found if rule is not None)


def check_domains(
    rules: Sequence[ColumnRule],
    values: Sequence[Datum],
    before: Sequence[Datum] | None,
    session: SessionContext,
) -> None:
    """Check a new row, or what an UPDATE has written of one.

    What nobody has written stays: it may be older than a constraint that is NOT VALID.

    Raises:
        NotNullViolation: 23502. CheckViolation: 23514.
    """
    for column in rules:
        value = values[column.position]
        if before is None or value is not before[column.position]:
            column.rule.check(value, session)

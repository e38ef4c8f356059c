"""Casts to domains: the value of the base type, and an error unless the domain allows it.

``x::d`` becomes ``CASE WHEN x::base IS NULL THEN error WHEN NOT check(x::base) THEN error ... ELSE
x::base END`` before it is bound, so that everything after knows base types alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.domain import Domain
from kalampg.sql.annotation import position_of
from kalampg.sql.domains import REFUSE_VALUE, VALUE, lineage
from kalampg.sql.evaluable import GENERATORS
from kalampg.sql.parse import parse_expression
from kalampg.sql.sequence_names import SEQUENCE_FUNCTIONS
from kalampg.sql.type_names import data_type, domain_of_node

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

# Each place where the value stands would have another one.
_VOLATILE: Final = GENERATORS | SEQUENCE_FUNCTIONS | {"random", "clock_timestamp", "timeofday"}


def domain_cast(binder: Binder, node: exp.Expr) -> exp.Expr | None:
    """What stands for a cast to a domain that wants something; None for any other cast.

    Raises:
        FeatureNotSupported: 0A000, the operand has another value each time.
    """
    domain = domain_of_node(node.args["to"], binder.env)
    if domain is None:
        return None
    binder.domains.add(domain.oid)
    value = exp.Cast(this=node.this.copy(), to=data_type(domain.base_oid, domain.typmod))
    conditions = list(_refusals(binder, domain, value))
    if not conditions:
        return None
    _check_repeatable(node, domain)
    return exp.Case(
        ifs=[
            exp.If(this=condition, true=exp.Cast(this=raised, to=value.args["to"].copy()))
            for condition, raised in conditions
        ],
        default=value,
    )


def _refusals(binder: Binder, domain: Domain, value: exp.Expr) -> list[tuple[exp.Expr, exp.Expr]]:
    """Conditions under which the value is refused, and the errors that say so."""
    family = lineage(binder.env.lookup, domain)
    is_visible = domain.schema_name in binder.env.search_path
    shown = domain.sql_name if is_visible else domain.qualified_name
    found: list[tuple[exp.Expr, exp.Expr]] = []
    if any(one.not_null for one in family):
        is_null = exp.Is(this=value.copy(), expression=exp.Null())
        message = f"domain {shown} does not allow null values"
        found.append((is_null, _raised("23502", message, domain, "")))
    for one in family:
        for check in sorted(one.checks, key=lambda check: check.name):
            condition = _over(parse_expression(check.expression), value)
            is_false = exp.Not(this=exp.Paren(this=condition))
            message = f'value for domain {shown} violates check constraint "{check.name}"'
            found.append((is_false, _raised("23514", message, domain, check.name)))
    return found


def _over(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """The condition with the value in the place of VALUE."""
    holder = exp.Paren(this=condition)
    for column in list(holder.find_all(exp.Column)):
        if column.name.lower() == VALUE and not column.args.get("table"):
            column.replace(exp.Paren(this=value.copy()))
    inner: exp.Expr = holder.this.pop()
    return inner


def _raised(sqlstate: str, message: str, domain: Domain, constraint: str) -> exp.Expr:
    parts = (sqlstate, message, domain.schema_name, domain.name, constraint)
    literals = [exp.Literal.string(part) for part in parts]
    return exp.Anonymous(this=REFUSE_VALUE, expressions=literals)


def _check_repeatable(node: exp.Expr, domain: Domain) -> None:
    for call in node.this.find_all(exp.Anonymous):
        if call.name.lower() in _VOLATILE:
            raise errors.FeatureNotSupported(
                f"a value of {call.name.lower()}() cannot be cast to domain {domain.sql_name}",
                hint="Cast it in a query over a subquery that computes it.",
                position=position_of(node),
            )

"""CHECK constraints of domains: expressions over VALUE, bound as those of tables are.

The relation that such an expression is over has one column; ``VALUE`` is its name.
"""

from __future__ import annotations

from typing import Final

from kalampg.constraint import CheckConstraint
from kalampg.domain import Domain
from kalampg.ids import ColumnId, TableId
from kalampg.relation import Column, Relation, TableType
from kalampg.sql.check_expression import BoundCheck, bind_check
from kalampg.sql.domains import VALUE

VALUE_COLUMN: Final = ColumnId(1)


def value_relation(domain: Domain) -> Relation:
    """What the expressions are over."""
    return Relation(
        table_id=TableId(domain.oid),
        schema_name=domain.schema_name,
        name=domain.name,
        table_type=TableType.SYSTEM,
        columns=(value_column(domain),),
    )


def value_column(domain: Domain) -> Column:
    """The value as a column, with the domain's own default."""
    return Column(VALUE_COLUMN, VALUE, domain.base_oid, domain.typmod, default=domain.default)


def bind_domain_check(domain: Domain, check: CheckConstraint) -> BoundCheck:
    """The expression over the value alone. Raises as ``bind_check``."""
    return bind_check(check.expression, value_relation(domain), check.time_zone)

"""TableRules: a table's constraints and indexes, prepared for keeping them with each row.

They are looked up in the transaction's own catalog at each write, so that a plan that is older than
a constraint keeps it all the same. NOT NULL and the primary key are ``StoredTable``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.catalog.foreign_key_edit import referring_keys
from kalampg.catalog.quoting import quoted
from kalampg.constraint import CheckConstraint, ForeignKey, Index
from kalampg.domain import Domain
from kalampg.engine.assignment import compile_assignment
from kalampg.engine.context import SessionContext
from kalampg.engine.domain_rules import (
    ColumnRule,
    check_domains,
    column_rules,
    compile_check,
)
from kalampg.engine.evaluate import Evaluator, compile_expression
from kalampg.engine.row_functions import RowFunctions
from kalampg.engine.stored_table import StoredTable, shown_values
from kalampg.engine.transaction import Transaction
from kalampg.engine.transactions import CatalogHolder
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.relation import Datum, Relation
from kalampg.sql.check_expression import bind_check
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.compiler import Compiler
from kalampg.sql.domains import default_text
from kalampg.sql.index_expression import key_texts
from kalampg.sql.plan_cache import PlanCache
from kalampg.storage.index_keys import IndexKeys, index_keys, reference_keys
from kalampg.storage.store import Store

# Compiled CHECK expressions; each has the version of one table.
_CHECKS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint and the closure that computes it."""

    constraint: CheckConstraint
    evaluate: Evaluator


@dataclass(frozen=True, slots=True)
class UniqueIndex:
    """The name that a violation of the index has, and its columns."""

    index: Index
    keys: IndexKeys

    def violated(
        self, table: StoredTable, values: Sequence[Datum], session: SessionContext
    ) -> errors.UniqueViolation:
        """The 23505 for a new row whose values exist already."""
        return table.duplicate(self.index.name, self.shown(table, values, session))

    def shown(self, table: StoredTable, values: Sequence[Datum], session: SessionContext) -> str:
        """``(a, lower(b))=(1, x)`` of a row."""
        columns = [quoted(column.name) for column in table.relation.columns]
        names = key_texts(table.relation, self.index, columns)
        return shown_values(names, self.keys.type_oids, self.keys.values_of(values), session)


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: the rows of ``child`` that name a row of ``parent``.

    ``children`` finds referring rows by the values of ``child_positions``. ``parent_index`` finds
    the parent's row by the values of ``parent_positions``; None: they are its primary key, and
    ``key_order`` says which of them each column of it is.
    """

    constraint: ForeignKey
    child: StoredTable
    parent: StoredTable
    child_positions: tuple[int, ...]
    parent_positions: tuple[int, ...]
    children: IndexKeys
    parent_index: IndexKeys | None
    key_order: tuple[int, ...]

    def parent_key(self, values: Sequence[Datum]) -> bytes | None:
        """Referenced values as a key; None: no row can have them."""
        ordered = [values[place] for place in self.key_order]
        try:
            if self.parent_index is not None:
                return self.parent_index.prefix_of(ordered)
            return self.parent.encode_key(ordered)
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class TableRules:
    """What a write of one table has to keep.

    ``domains`` are looked at before NOT NULL; ``checks``, in PostgreSQL's order, after it.
    ``unique`` and ``others`` are all indexes whose entries follow the rows; the latter cannot be
    violated. ``references`` are the table's own foreign keys, ``referrers`` those that refer to it:
    to itself, a key is in both.
    """

    domains: tuple[ColumnRule, ...]
    checks: tuple[Check, ...]
    unique: tuple[UniqueIndex, ...]
    others: tuple[IndexKeys, ...]
    references: tuple[Reference, ...]
    referrers: tuple[Reference, ...]

    @property
    def indexes(self) -> tuple[IndexKeys, ...]:
        return (*(unique.keys for unique in self.unique), *self.others)


Rules: TypeAlias = TableRules | None


class RuleBook:
    """Gives the rules of tables, as the transaction that writes knows them."""

    def __init__(self, catalog: CatalogHolder, store: Store) -> None:
        """``store`` gets what computes indexes, for the entries that it takes away by itself."""
        self._holder = catalog
        self._checks: PlanCache[Evaluator] = PlanCache(_CHECKS_MAX)
        store.compile_function = self.compile_function = RowFunctions().compile
        self._compiler = Compiler()

    def of(self, table: StoredTable, transaction: Transaction) -> Rules:
        """The rules; None where there are none, as most often."""
        catalog = self._catalog_of(table.relation.is_temporary, transaction)
        if table.rules_version != catalog.version:
            table.rules = self._compiled(table, catalog)
            table.rules_version = catalog.version
        return table.rules

    def has_index(self, table_id: TableId, oid: Oid, transaction: Transaction | None) -> bool:
        """Whether rows have entries in the index, as the transaction knows it."""
        table = self._holder.current.table_by_id(table_id)
        if transaction is not None and (table is None or transaction.pending_catalog is not None):
            table = self._catalog_of(True, transaction).table_by_id(table_id)
        return table is not None and any(index.oid == oid for index in table.indexes)

    def _catalog_of(self, is_temporary: bool, transaction: Transaction) -> Catalog:
        shared, edit = self._holder.current, transaction.pending_catalog
        # The rules of all other tables are the same for all sessions, and worked out once.
        is_shared = not is_temporary and (edit is None or edit.is_own)
        return shared if is_shared else transaction.temporary.over(shared, edit)

    def index_keys(self, relation: Relation, index: Index) -> IndexKeys:
        """What makes the index's entries of rows of this version of its table."""
        return index_keys(relation, index, self.compile_function)

    def unique_index(self, relation: Relation, index: Index) -> UniqueIndex:
        return UniqueIndex(index, self.index_keys(relation, index))

    def default_of(self, table: StoredTable, position: int, session: SessionContext) -> Datum:
        """What ON DELETE SET DEFAULT sets a column to."""
        column = table.relation.columns[position]
        env = CompileEnv(self._holder.current, session.search_path)
        text = default_text(column, env.lookup)
        if text is None:
            return None
        default = self._compiler.compile_default(text, column.type_oid, column.typmod, env)
        return compile_assignment(default, column)((), (), session)

    def _compiled(self, table: StoredTable, catalog: Catalog) -> Rules:
        current = catalog.table_by_id(table.relation.table_id)
        if current is not None and not current.takes_rows_of(table.relation):
            # The statement has waited for whoever altered the table.
            raise errors.table_altered(current.name)
        if current is None or not (
            current.constraints
            or current.indexes
            or current.referenced_by
            or any(column.domain is not None for column in current.columns)
        ):
            return None
        try:
            return self._rules(table, current, catalog)
        except LookupError:
            # The plan's columns are not the table's any more.
            raise errors.table_altered(current.name) from None

    def _rules(self, table: StoredTable, current: Relation, catalog: Catalog) -> TableRules:
        relation = table.relation
        keys = [one for one in current.constraints if isinstance(one, ForeignKey)]
        checks = [one for one in current.constraints if isinstance(one, CheckConstraint)]
        unique = [self.unique_index(relation, one) for one in current.indexes if one.is_unique]
        others = [self.index_keys(relation, one) for one in current.indexes if not one.is_unique]
        references = [reference_of(key, table, self._other(key, table, catalog)) for key in keys]
        return TableRules(
            domains=column_rules(catalog, relation, current, self._domain_check),
            checks=tuple(
                Check(one, self._check(one, relation))
                for one in sorted(checks, key=lambda one: one.name)
            ),
            unique=tuple(unique),
            others=(*others, *(reference.children for reference in references)),
            references=tuple(references),
            referrers=tuple(
                reference_of(key, table if child is current else StoredTable(child), table)
                for child, key in referring_keys(catalog, current.table_id)
            ),
        )

    def _other(self, key: ForeignKey, table: StoredTable, catalog: Catalog) -> StoredTable:
        if key.referenced_table == table.relation.table_id:
            return table
        referenced = catalog.table_by_id(key.referenced_table)
        assert referenced is not None, "a table that is referred to is not dropped"
        return StoredTable(referenced)

    def _check(self, check: CheckConstraint, relation: Relation) -> Evaluator:
        key = (check.oid, relation.table_id, relation.schema_version)
        found = self._checks.get(key)
        if found is None:
            bound = bind_check(check.expression, relation, check.time_zone)
            found = compile_expression(bound.expression)
            self._checks.put(key, found)
        return found

    def _domain_check(self, domain: Domain, check: CheckConstraint) -> Evaluator:
        key = (check.oid, domain.oid, 0)
        found = self._checks.get(key)
        if found is None:
            found = compile_check(domain, check)
            self._checks.put(key, found)
        return found


def complete_row(
    rules: Rules,
    table: StoredTable,
    values: list[Datum],
    session: SessionContext,
    before: Sequence[Datum] | None = None,
) -> None:
    """Compute the generated columns of a new row or version, and check it by itself.

    ``before`` are the values that an UPDATE replaces.

    Raises:
        NotNullViolation: 23502.
        CheckViolation: 23514, the first domain or CHECK constraint that does not allow it.
    """
    table.generate(values, session)
    if rules is None:
        table.check_not_null(values, session)
        return
    check_domains(rules.domains, values, before, session)
    table.check_not_null(values, session)
    for check in rules.checks:
        if check.evaluate(values, (), session) is False:
            raise table.check_violation(check.constraint.name, values, session)


def reference_of(key: ForeignKey, child: StoredTable, parent: StoredTable) -> Reference:
    """A foreign key of ``child``; a table that refers to itself is both."""
    parent_positions = _positions(parent.relation, key.referenced_columns)
    parent_index = None
    target: Sequence[int] = parent.key_positions
    if set(target) != set(parent_positions):
        index = next(
            index
            for index in parent.relation.indexes
            if index.may_be_referenced and set(index.columns) == set(key.referenced_columns)
        )
        parent_index = index_keys(parent.relation, index)
        target = parent_index.positions
    return Reference(
        constraint=key,
        child=child,
        parent=parent,
        child_positions=_positions(child.relation, key.columns),
        parent_positions=parent_positions,
        children=reference_keys(child.relation, key),
        parent_index=parent_index,
        key_order=tuple(parent_positions.index(position) for position in target),
    )


def _positions(relation: Relation, columns: Sequence[ColumnId]) -> tuple[int, ...]:
    return tuple(relation.position_of_id(column) for column in columns)

"""Referential: the checks and actions of foreign keys, each run on the rows as they are then.

Whoever refers to a row shares the lock of its key, or of its unique entry, until the transaction
ends; whoever takes the key away has that lock alone: of two transactions, the second sees what the
first has done. A referring row that somebody else is changing is waited for before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kalampg import errors
from kalampg.constraint import ForeignKey, MatchType, ReferenceAction
from kalampg.engine.context import SHARED_USER, SessionContext
from kalampg.engine.table_rules import Reference
from kalampg.engine.transaction import PendingRow, Transaction
from kalampg.relation import Datum, TableType
from kalampg.sql.lock_modes import LockMode
from kalampg.storage.keys import Scope

if TYPE_CHECKING:
    from kalampg.engine.index_entries import IndexEntries
    from kalampg.engine.lookup import Lookup
    from kalampg.engine.row_writer import RowWriter


@dataclass(frozen=True, slots=True)
class RowReference:
    """A row was written that refers to another, which must be there."""

    referential: Referential
    reference: Reference
    scope: Scope
    key: bytes
    session: SessionContext

    @property
    def constraint(self) -> ForeignKey:
        return self.reference.constraint

    def run(self, transaction: Transaction) -> None:
        self.referential.check_row(self, transaction)


@dataclass(frozen=True, slots=True)
class ParentChange:
    """Values that rows may refer to were changed, or (``after`` None) their row deleted."""

    referential: Referential
    reference: Reference
    action: ReferenceAction
    scope: Scope
    before: Sequence[Datum]
    after: Sequence[Datum] | None
    session: SessionContext

    @property
    def constraint(self) -> ForeignKey:
        return self.reference.constraint

    def run(self, transaction: Transaction) -> None:
        self.referential.follow(self, transaction)


class Referential:
    """Runs checks and actions. Used on the event loop only."""

    def __init__(self, writer: RowWriter, lookup: Lookup, entries: IndexEntries) -> None:
        self._writer = writer
        self._lookup = lookup
        self._entries = entries

    def check_row(self, check: RowReference, transaction: Transaction) -> None:
        """Raises ForeignKeyViolation (23503)."""
        reference = check.reference
        found = self._lookup.newest(reference.child, check.scope, check.key, transaction)
        if found is not None and not found.row.deleted:
            values = found.row.values
            self.check_values(reference, check.scope, values, transaction, check.session)

    def check_values(
        self,
        reference: Reference,
        scope: Scope,
        row: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
        *,
        holds: bool = True,
    ) -> None:
        """Raise ForeignKeyViolation (23503) unless the row that this one refers to is there.

        ``holds`` False: nobody can take it away, because its table is locked.
        """
        values = [row[position] for position in reference.child_positions]
        if None in values:
            is_mixed = any(value is not None for value in values)
            if reference.constraint.match is MatchType.FULL and is_mixed:
                detail = "MATCH FULL does not allow mixing of null and nonnull key values."
                raise _missing(reference, detail)
            return
        parent_scope = _parent_scope(reference, scope)
        if holds:
            self._hold(reference, parent_scope, values, transaction, session)
        if not self._is_there(reference, parent_scope, values, transaction):
            shown = reference.child.shown_key(reference.child_positions, row, session)
            parent = reference.parent.relation.name
            raise _missing(reference, f'Key {shown} is not present in table "{parent}".')

    def follow(self, change: ParentChange, transaction: Transaction) -> None:
        """Do what the constraint says to the referring rows, or refuse the change (23503)."""
        reference = change.reference
        values = [change.before[position] for position in reference.parent_positions]
        may_be_back = change.action is ReferenceAction.NO_ACTION
        if may_be_back and self._is_there(reference, change.scope, values, transaction):
            return
        for scope, key, row in self._children(change, values, transaction):
            if change.action in {ReferenceAction.NO_ACTION, ReferenceAction.RESTRICT}:
                raise _still_referenced(change)
            if change.action is ReferenceAction.CASCADE and change.after is None:
                self._writer.delete(scope, key, row, transaction, change.session)
            else:
                new = self._new_values(change, row.row.values)
                self._writer.update(scope, key, row, new, transaction, change.session)

    def _new_values(self, change: ParentChange, row: Sequence[Datum]) -> list[Datum]:
        """The referring row after the action."""
        reference, constraint = change.reference, change.reference.constraint
        values = list(row)
        chosen = constraint.set_columns if change.after is None else ()
        pairs = zip(
            constraint.columns, reference.child_positions, reference.parent_positions, strict=True
        )
        for column_id, position, parent_position in pairs:
            if change.action is ReferenceAction.CASCADE:
                assert change.after is not None, "a deletion cascades as a deletion"
                values[position] = change.after[parent_position]
            elif not chosen or column_id in chosen:
                is_default = change.action is ReferenceAction.SET_DEFAULT
                values[position] = (
                    self._writer.default_of(reference.child, position, change.session)
                    if is_default
                    else None
                )
        return values

    def _children(
        self, change: ParentChange, values: Sequence[Datum], transaction: Transaction
    ) -> Iterator[tuple[Scope, bytes, PendingRow]]:
        """The referring rows, locked."""
        reference, session = change.reference, change.session
        try:
            lower, upper = reference.children.span(values, None, None)
        except OverflowError:
            return  # No value of the referring column's type.
        child = reference.child
        for scope in self._child_scopes(reference, change.scope, transaction):
            for key in list(self._entries.row_keys(scope, lower, upper, transaction)):
                self._writer.lock(scope, key, transaction, session)
                found = self._lookup.newest(child, scope, key, transaction)
                if found is not None and not found.row.deleted:
                    yield scope, key, found

    def _child_scopes(
        self, reference: Reference, parent: Scope, transaction: Transaction
    ) -> list[Scope]:
        table_id = reference.child.relation.table_id
        if reference.child.relation.table_type is reference.parent.relation.table_type:
            return [Scope(table_id, parent.user_id)]
        return self._entries.scopes(table_id, transaction)

    def _is_there(
        self,
        reference: Reference,
        scope: Scope,
        values: Sequence[Datum],
        transaction: Transaction,
    ) -> bool:
        """Whether a row with the referenced values is live."""
        key = reference.parent_key(values)
        if key is None:
            return False
        if reference.parent_index is not None:
            return self._entries.get(scope, key, transaction) is not None
        found = self._lookup.newest(reference.parent, scope, key, transaction)
        return found is not None and not found.row.deleted

    def _hold(
        self,
        reference: Reference,
        scope: Scope,
        values: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """Let nobody take the referenced values away until the transaction ends."""
        key = reference.parent_key(values)
        if key is None:
            return
        if reference.parent_index is None:
            self._writer.lock(scope, key, transaction, session, LockMode.KEY_SHARE)
        else:
            self._entries.lock(scope, key, transaction, session, LockMode.KEY_SHARE)


def _parent_scope(reference: Reference, child: Scope) -> Scope:
    is_shared = reference.parent.relation.table_type is TableType.SHARED
    return Scope(reference.parent.relation.table_id, SHARED_USER if is_shared else child.user_id)


def _missing(reference: Reference, detail: str) -> errors.ForeignKeyViolation:
    child, constraint = reference.child.relation, reference.constraint
    return errors.ForeignKeyViolation(
        f'insert or update on table "{child.name}" violates foreign key constraint '
        f'"{constraint.name}"',
        detail=detail,
        schema=child.schema_name,
        table=child.name,
        constraint=constraint.name,
    )


def _still_referenced(change: ParentChange) -> errors.ForeignKeyViolation:
    reference = change.reference
    child, constraint = reference.child.relation, reference.constraint
    shown = reference.parent.shown_key(reference.parent_positions, change.before, change.session)
    return errors.ForeignKeyViolation(
        f'update or delete on table "{reference.parent.relation.name}" violates foreign key '
        f'constraint "{constraint.name}" on table "{child.name}"',
        detail=f'Key {shown} is still referenced from table "{child.name}".',
        schema=child.schema_name,
        table=child.name,
        constraint=constraint.name,
    )

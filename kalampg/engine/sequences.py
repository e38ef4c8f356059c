"""nextval, currval, setval and lastval for a session: names, privileges, values.

Values are never rolled back. Used on the event loop only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kalampg import errors
from kalampg.auth.privileges import may_write, owns
from kalampg.catalog import Catalog
from kalampg.engine.transactions import CatalogHolder
from kalampg.relation import Datum
from kalampg.sequence import Sequence
from kalampg.sql.sequence_names import sequence_name
from kalampg.storage.sequence_values import SequenceValues

if TYPE_CHECKING:
    from kalampg.engine.context import SessionContext

# Names looked up for one catalog; past this all are looked up again.
_FOUND_MAX: Final = 4_096


class Sequences:
    """The sequence functions. A sequence is named as regclass is: by OID, or by a text.

    Raises (all functions):
        UndefinedTable: 42P01. WrongObjectType: 42809. InsufficientPrivilege: 42501.
    """

    def __init__(self, values: SequenceValues, catalog: CatalogHolder) -> None:
        self._values = values
        self._holder = catalog
        self._found_in: Catalog | None = None
        self._found: dict[tuple[str | int, tuple[str, ...]], Sequence] = {}

    def next(self, name: str | int, session: SessionContext) -> int:
        """Nextval."""
        sequence = self._find(name, session)
        _check_may_use(self._found_in, sequence, session)
        _refuse_read_only("nextval", sequence, session)
        value = self._values.next(sequence)
        session.sequences.values[sequence.sequence_id] = value
        session.sequences.newest = sequence.sequence_id
        return value

    def current(self, name: str | int, session: SessionContext) -> int:
        """Currval. Raises ObjectNotInPrerequisiteState (55000)."""
        sequence = self._find(name, session)
        value = session.sequences.values.get(sequence.sequence_id)
        if value is None:
            raise errors.ObjectNotInPrerequisiteState(
                f'currval of sequence "{sequence.name}" is not yet defined in this session'
            )
        return value

    def last(self, session: SessionContext) -> int:
        """Lastval. Raises ObjectNotInPrerequisiteState (55000)."""
        newest = session.sequences.newest
        if newest is None or self._catalog_of(session).sequence_by_id(newest) is None:
            raise errors.ObjectNotInPrerequisiteState("lastval is not yet defined in this session")
        return session.sequences.values[newest]

    def set(
        self, name: str | int, value: int, session: SessionContext, *, is_called: bool = True
    ) -> int:
        """Setval."""
        sequence = self._find(name, session)
        catalog = self._catalog_of(session)
        role = catalog.role(session.session_user)
        if role is None or not owns(role, sequence.owner):
            raise errors.InsufficientPrivilege(f"permission denied for sequence {sequence.name}")
        _refuse_read_only("setval", sequence, session)
        self._values.set(sequence, value, is_called=is_called)
        if is_called:
            session.sequences.values[sequence.sequence_id] = value
        return value

    def row(self, sequence: Sequence) -> tuple[Datum, ...]:
        """What ``SELECT * FROM sequence`` reads."""
        return self._values.read(sequence)

    def stands_at(self, sequence: Sequence) -> int:
        """The newest value, or the one that comes first."""
        return self._values.read(sequence)[0]

    def last_value(self, sequence: Sequence) -> int | None:
        """The newest value, None while there is none."""
        last, _, is_called = self._values.read(sequence)
        return last if is_called else None

    def forget_others(self) -> None:
        """Remove the counters of sequences that are gone; once, before the first statement."""
        sequences = self._holder.current.sequences.values()
        self._values.forget_others({sequence.value_id for sequence in sequences})

    def settle(self) -> None:
        """The server ends in order: leave no gaps."""
        self._values.settle()

    def _find(self, name: str | int, session: SessionContext) -> Sequence:
        catalog = self._catalog_of(session)
        if catalog is not self._found_in or len(self._found) >= _FOUND_MAX:
            self._found_in = catalog
            self._found.clear()
        key = name, session.search_path
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = _sequence(catalog, name, session.search_path)
        return found

    def _catalog_of(self, session: SessionContext) -> Catalog:
        return session.catalog_over(self._holder.current)


def _sequence(catalog: Catalog, name: str | int, path: tuple[str, ...]) -> Sequence:
    parts = sequence_name(name) if isinstance(name, str) else name
    if isinstance(parts, int):
        by_id = catalog.sequence_by_id(parts)
        if by_id is None:
            raise errors.UndefinedTable(f"relation with OID {parts} does not exist")
        return by_id
    named = parts.schema_name
    schemas = path if named is None else (catalog.schema_meant(named),)
    for schema_name in schemas:
        found = catalog.sequences.get((schema_name, parts.name))
        if found is not None:
            return found
        if catalog.relation(schema_name, parts.name) is not None:
            raise errors.WrongObjectType(f'"{parts.name}" is not a sequence')
    written = ".".join(part for part in (parts.schema_name, parts.name) if part is not None)
    raise errors.UndefinedTable(f'relation "{written}" does not exist')


def _check_may_use(catalog: Catalog | None, sequence: Sequence, session: SessionContext) -> None:
    """A column's sequence is for those who may write the table, any other for everybody."""
    owner = sequence.owned_by
    if owner is None or catalog is None:
        return
    table = catalog.table_by_id(owner.table_id)
    role = catalog.role(session.session_user)
    if table is not None and (role is None or not may_write(role, table)):
        raise errors.InsufficientPrivilege(f"permission denied for sequence {sequence.name}")


def _refuse_read_only(function: str, sequence: Sequence, session: SessionContext) -> None:
    transaction = session.transaction
    is_read_only = session.is_read_only if transaction is None else transaction.is_read_only
    if is_read_only and not sequence.is_temporary:
        raise errors.ReadOnlySqlTransaction(
            f"cannot execute {function}() in a read-only transaction"
        )

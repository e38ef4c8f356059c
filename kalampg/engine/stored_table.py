"""StoredTable: what the engine works out once about a relation whose rows are stored.

Key positions, the key's encoder, the row codec, and PostgreSQL's wording of constraint errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from kalampg import errors
from kalampg.engine.assignment import compile_assignment
from kalampg.engine.context import SHARED_USER, SessionContext
from kalampg.pgtypes import OutputSettings, to_text
from kalampg.pgtypes.settings import DEFAULT_SETTINGS
from kalampg.relation import Datum, Relation, TableType
from kalampg.sql.generation_expression import bind_generation
from kalampg.storage.keys import Scope, key_encoder
from kalampg.storage.rows import RowCodec, StoredRow

if TYPE_CHECKING:
    from kalampg.engine.table_rules import TableRules

# What a row costs in a transaction's memory besides its strings: the row, its key's lock, the undo
# entry, the key. Measured: 1,530 bytes with three columns, 40 of which are a string's.
ROW_OVERHEAD_BYTES: Final = 1_300
# What an index entry costs in memory besides its key: the key's object, the undo entry, the check.
ENTRY_OVERHEAD_BYTES: Final = 400
_COLUMN_BYTES: Final = 50
_VARIABLE_LENGTH: Final = frozenset({17, 18, 19, 25, 114, 1042, 1043, 3802})
# PostgreSQL cuts each value of "Failing row contains" after this many characters.
_DETAIL_VALUE_MAX: Final = 64


class StoredTable:
    """One version of a relation, prepared for reading and writing rows."""

    __slots__ = (
        "_generated",
        "_shared_scope",
        "_sized",
        "codec",
        "encode_key",
        "key_oids",
        "key_positions",
        "relation",
        "required",
        "rules",
        "rules_version",
        "width",
    )

    def __init__(self, relation: Relation) -> None:
        if not relation.primary_key:
            raise errors.InternalError(f"{relation.qualified_name} has no stored rows")
        columns = relation.columns
        self.relation = relation
        # What ``engine.table_rules`` has found for the catalog of that version.
        self.rules: TableRules | None = None
        self.rules_version = -1
        is_shared = relation.table_type is TableType.SHARED
        self._shared_scope = Scope(relation.table_id, SHARED_USER) if is_shared else None
        self.width = len(columns)
        self._generated = tuple(
            (position, compile_assignment(bind_generation(relation, column), column))
            for position, column in enumerate(columns)
            if column.generated is not None
        )
        self.key_positions = relation.primary_key
        self.key_oids = tuple(columns[position].type_oid for position in relation.primary_key)
        self.encode_key = key_encoder(self.key_oids)
        self.codec = RowCodec.for_relation(relation)
        self.required = tuple(
            position
            for position, column in enumerate(columns)
            if column.not_null or position in relation.primary_key
        )
        self._sized = tuple(
            position
            for position, column in enumerate(columns)
            if column.type_oid in _VARIABLE_LENGTH
        )

    def scope_for(self, session: SessionContext) -> Scope:
        """The only rows that the session's statements read and write."""
        return self._shared_scope or Scope(self.relation.table_id, session.user_id)

    def key_values(self, values: Sequence[Datum]) -> list[Datum]:
        return [values[position] for position in self.key_positions]

    def key_of(self, values: Sequence[Datum]) -> bytes:
        """The encoded primary key of a row."""
        return self.encode_key([values[position] for position in self.key_positions])

    def size_of(self, values: Sequence[Datum]) -> int:
        """About how many bytes of memory a row takes."""
        size = ROW_OVERHEAD_BYTES + self.width * _COLUMN_BYTES
        for position in self._sized:
            value = values[position]
            if value is not None:
                size += len(value)
        return size

    def generate(self, values: list[Datum], session: SessionContext) -> None:
        """Compute the generated columns of a new row."""
        for position, evaluator in self._generated:
            values[position] = evaluator(values, (), session)

    def check_not_null(
        self, values: Sequence[Datum], session: SessionContext | None = None
    ) -> None:
        """Raise 23502 for the first column that must not be NULL and is."""
        settings = DEFAULT_SETTINGS if session is None else session.output
        for position in self.required:
            if values[position] is None:
                column = self.relation.columns[position]
                raise errors.NotNullViolation(
                    f'null value in column "{column.name}" of relation "{self.relation.name}" '
                    "violates not-null constraint",
                    detail=f"Failing row contains ({self._shown(values, settings)}).",
                    schema=self.relation.schema_name,
                    table=self.relation.name,
                    column=column.name,
                )

    def duplicate_key(
        self, values: Sequence[Datum], session: SessionContext
    ) -> errors.UniqueViolation:
        """The 23505 for a key that exists already."""
        name = self.relation.primary_key_name or f"{self.relation.name}_pkey"
        return self.duplicate(name, self.shown_key(self.key_positions, values, session))

    def duplicate(self, name: str, shown: str) -> errors.UniqueViolation:
        """The 23505 for values that must be unique and exist already."""
        return errors.UniqueViolation(
            f'duplicate key value violates unique constraint "{name}"',
            detail=f"Key {shown} already exists.",
            schema=self.relation.schema_name,
            table=self.relation.name,
            constraint=name,
        )

    def check_violation(
        self, name: str, values: Sequence[Datum], session: SessionContext
    ) -> errors.CheckViolation:
        """The 23514 for a row that the CHECK constraint does not allow."""
        return errors.CheckViolation(
            f'new row for relation "{self.relation.name}" violates check constraint "{name}"',
            detail=f"Failing row contains ({self._shown(values, session.output)}).",
            schema=self.relation.schema_name,
            table=self.relation.name,
            constraint=name,
        )

    def check_option_violation(
        self, view_name: str, values: Sequence[Datum], session: SessionContext
    ) -> errors.WithCheckOptionViolation:
        """The 44000 for a row that a view WITH CHECK OPTION would not show."""
        return errors.WithCheckOptionViolation(
            f'new row violates check option for view "{view_name}"',
            detail=f"Failing row contains ({self._shown(values, session.output)}).",
        )

    def shown_key(
        self, positions: Sequence[int], values: Sequence[Datum], session: SessionContext
    ) -> str:
        """``(a, b)=(1, null)`` of a row."""
        columns = [self.relation.columns[position] for position in positions]
        return shown_values(
            [column.name for column in columns],
            [column.type_oid for column in columns],
            [values[position] for position in positions],
            session,
        )

    def _shown(self, values: Sequence[Datum], settings: OutputSettings) -> str:
        parts = []
        for column, value in zip(self.relation.columns, values, strict=True):
            if column.is_hidden:
                continue
            text = "null" if value is None else to_text(column.type_oid, value, settings)
            parts.append(
                text if len(text) <= _DETAIL_VALUE_MAX else text[:_DETAIL_VALUE_MAX] + "..."
            )
        return ", ".join(parts)


def with_system_columns(row: StoredRow) -> list[Datum]:
    """A row's values followed by its system columns, in ``SYSTEM_COLUMNS`` order."""
    return [*row.values, row.updated_us, row.deleted, row.seq]


def shown_values(
    names: Sequence[str], oids: Sequence[int], values: Sequence[Datum], session: SessionContext
) -> str:
    """``(a, lower(b))=(1, null)``."""
    shown = (
        "null" if value is None else to_text(oid, value, session.output)
        for oid, value in zip(oids, values, strict=True)
    )
    return f"({', '.join(names)})=({', '.join(shown)})"

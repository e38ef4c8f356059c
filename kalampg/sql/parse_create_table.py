"""CREATE [USER | SHARED] TABLE: columns, constraints and options."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes.registry import type_of
from kalampg.relation import ROW_ID_COLUMN, SYSTEM_COLUMNS, TableType
from kalampg.sql.constraint_statements import ConstraintDefinition
from kalampg.sql.key_types import check_key_type
from kalampg.sql.like_clause import LikeClause, parse_like
from kalampg.sql.parse_constraints import CONSTRAINT_WORDS, column_list, parse_constraint
from kalampg.sql.parse_sequences import parse_options
from kalampg.sql.parse_types import parse_type, take_declared_name
from kalampg.sql.sequence_statements import SequenceOptions
from kalampg.sql.statements import ColumnDefinition, CreateTable
from kalampg.sql.table_as import CreateTableAs, rest_as_query
from kalampg.sql.table_name import TableName
from kalampg.sql.table_options import parse_table_options
from kalampg.sql.token_stream import TokenStream

RESERVED_COLUMNS: Final = frozenset({name for name, _, _ in SYSTEM_COLUMNS}) | {
    ROW_ID_COLUMN,
    "_user_id",
}
_INT8: Final = Oid(20)
_SNOWFLAKE_DEFAULT: Final = "SNOWFLAKE_ID()"
_CONSTRAINT_WORDS: Final = (
    "not", "null", "primary", "unique", "check", "references", "constraint", "generated",
    "default", "collate", "deferrable", "initially", "auto_increment", "comment",
)  # fmt: skip
_SERIALS: Final = {
    "bigserial": Oid(20), "serial8": Oid(20), "serial": Oid(23), "serial4": Oid(23),
    "smallserial": Oid(21), "serial2": Oid(21),
}  # fmt: skip


@dataclass(slots=True)
class _ColumnDraft:
    name: str
    type_oid: Oid
    typmod: int = -1
    not_null: bool = False
    is_null: bool = False
    default: str | None = None
    sequence: SequenceOptions | None = None
    identity: str = ""
    generated: str | None = None
    type_name: TableName | None = None
    type_position: int | None = None


@dataclass(slots=True)
class _TableDraft:
    table_name: str
    columns: list[_ColumnDraft] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    primary_key_name: str | None = None
    constraints: list[ConstraintDefinition] = field(default_factory=list)
    likes: list[LikeClause] = field(default_factory=list)

    def set_primary_key(self, names: tuple[str, ...], constraint: str | None) -> None:
        if self.primary_key:
            raise errors.InvalidTableDefinition(
                f'multiple primary keys for table "{self.table_name}" are not allowed'
            )
        self.primary_key = names
        self.primary_key_name = constraint


def _is_of_query(tokens: TokenStream) -> bool:
    """AS, an option before it, or a list of nothing but names."""
    if not tokens.current.is_symbol("("):
        return not tokens.current.is_word("of", "partition")
    return tokens.ahead(2).is_symbol(",", ")")


def _create_as(
    tokens: TokenStream,
    table: TableName,
    table_type: TableType | None,
    *,
    if_not_exists: bool,
    is_temporary: bool,
) -> CreateTableAs:
    columns = column_list(tokens) if tokens.current.is_symbol("(") else ()
    table_type, options = parse_table_options(tokens, table_type, ends_at_as=True)
    on_commit = _on_commit(tokens)
    tokens.expect_words("as")
    query, offset, has_data = rest_as_query(tokens)
    return CreateTableAs(
        table,
        query,
        offset,
        columns,
        table_type,
        options,
        if_not_exists,
        has_data,
        is_temporary,
        on_commit,
    )


def _on_commit(tokens: TokenStream) -> str:
    """ON COMMIT PRESERVE ROWS | DELETE ROWS | DROP: "delete", "drop", or nothing."""
    if not tokens.take_words("on", "commit"):
        return ""
    if tokens.take_words("drop"):
        return "drop"
    is_delete = tokens.take_words("delete")
    if not is_delete:
        tokens.expect_words("preserve")
    tokens.expect_words("rows")
    return "delete" if is_delete else "preserve"


def parse_create_table(
    tokens: TokenStream, table_type: TableType | None, *, is_temporary: bool = False
) -> CreateTable | CreateTableAs:
    """The rest of the statement after ``CREATE ... TABLE``."""
    if_not_exists = tokens.take_if_not_exists()
    table = tokens.expect_table_name()
    if _is_of_query(tokens):
        return _create_as(
            tokens, table, table_type, if_not_exists=if_not_exists, is_temporary=is_temporary
        )
    if tokens.current.is_word("of", "partition"):
        raise errors.FeatureNotSupported(
            f"CREATE TABLE ... {tokens.current.value.upper()} is not supported",
            hint="Create a plain table, and fill it with INSERT ... SELECT.",
            position=tokens.position,
        )
    draft = _TableDraft(table.name)
    tokens.expect_symbol("(")
    if not tokens.take_symbol(")"):
        while True:
            _table_element(tokens, draft)
            if not tokens.take_symbol(","):
                break
        tokens.expect_symbol(")")
    table_type, options = parse_table_options(tokens, table_type)
    on_commit = _on_commit(tokens)
    _check(draft)
    return CreateTable(
        table=table,
        table_type=table_type,
        columns=tuple(_finished(column) for column in draft.columns),
        primary_key=draft.primary_key,
        primary_key_name=draft.primary_key_name,
        options=options,
        if_not_exists=if_not_exists,
        constraints=tuple(draft.constraints),
        likes=tuple(draft.likes),
        is_temporary=is_temporary,
        on_commit=on_commit,
    )


def parse_column(
    tokens: TokenStream, table_name: str
) -> tuple[ColumnDefinition, tuple[ConstraintDefinition, ...]]:
    """One column, as ADD COLUMN has it, and its constraints; it cannot be the primary key."""
    draft = _TableDraft(table_name)
    _column(tokens, draft)
    if draft.primary_key:
        raise errors.FeatureNotSupported(
            "adding a primary key column is not supported",
            hint="Create a new table with the key, and copy the rows with INSERT ... SELECT.",
        )
    _check(draft)
    return _finished(draft.columns[0]), tuple(draft.constraints)


def _finished(column: _ColumnDraft) -> ColumnDefinition:
    return ColumnDefinition(
        column.name,
        column.type_oid,
        column.typmod,
        column.not_null,
        column.default,
        column.sequence,
        column.identity,
        column.generated,
        column.type_name,
        column.type_position,
    )


# --- elements ---


def _table_element(tokens: TokenStream, draft: _TableDraft) -> None:
    constraint = None
    if tokens.take_words("constraint"):
        constraint = tokens.expect_name()
    if tokens.take_words("primary", "key"):
        draft.set_primary_key(column_list(tokens), constraint)
        return
    if _is_constraint(tokens):
        draft.constraints.append(parse_constraint(tokens, constraint))
        return
    if constraint is not None:
        raise tokens.syntax_error()
    if tokens.take_words("like"):
        draft.likes.append(parse_like(tokens, len(draft.columns)))
        return
    _column(tokens, draft)


def _is_constraint(tokens: TokenStream) -> bool:
    """EXCLUDE alone among the first words may be the name of a column."""
    word = tokens.current
    if word.is_word("exclude"):
        return tokens.ahead().is_word("using") or tokens.ahead().is_symbol("(")
    return word.is_word(*CONSTRAINT_WORDS)


def _column(tokens: TokenStream, draft: _TableDraft) -> None:
    position = tokens.position
    name = tokens.expect_name()
    if name in RESERVED_COLUMNS:
        raise errors.DuplicateColumn(
            f'column name "{name}" conflicts with a system column name', position=position
        )
    if any(column.name == name for column in draft.columns):
        raise errors.DuplicateColumn(f'column "{name}" specified more than once', position=position)
    column = _typed_column(tokens, name)
    draft.columns.append(column)
    while _column_constraint(tokens, draft, column):
        pass
    if column.is_null and column.not_null:
        raise errors.SyntaxError(
            f'conflicting NULL/NOT NULL declarations for column "{name}" '
            f'of table "{draft.table_name}"'
        )


def _typed_column(tokens: TokenStream, name: str) -> _ColumnDraft:
    word = tokens.current
    if word.is_word(*_SERIALS):
        tokens.advance()
        type_oid = _SERIALS[word.value]
        options = SequenceOptions(type_oid=type_oid)
        return _ColumnDraft(name, type_oid, not_null=True, sequence=options)
    position = tokens.position
    declared = take_declared_name(tokens)
    if declared is not None:
        return _ColumnDraft(name, Oid(0), type_name=declared, type_position=position)
    type_oid, typmod = parse_type(tokens)
    return _ColumnDraft(name, type_oid, typmod)


def _column_constraint(tokens: TokenStream, draft: _TableDraft, column: _ColumnDraft) -> bool:
    constraint = tokens.expect_name() if tokens.take_words("constraint") else None
    if tokens.take_words("not", "null"):
        column.not_null = True
    elif tokens.take_words("null"):
        column.is_null = True
    elif tokens.take_words("default"):
        _set_default(draft, column, tokens.skip_expression(*_CONSTRAINT_WORDS))
    elif tokens.take_words("primary", "key"):
        draft.set_primary_key((column.name,), constraint)
    elif tokens.current.is_word("generated"):
        _identity(tokens, draft, column)
    elif tokens.current.is_word("auto_increment"):
        _snowflake_key(tokens, draft, column)
        tokens.advance()
    elif tokens.current.is_word("check", "unique", "references"):
        draft.constraints.append(parse_constraint(tokens, constraint, column.name))
    elif tokens.current.is_word("collate"):
        raise errors.FeatureNotSupported(
            "COLLATE is not supported",
            hint="Text is ordered by code point, as with the C collation.",
            position=tokens.position,
        )
    elif constraint is not None:
        raise tokens.syntax_error()
    else:
        return False
    return True


def _set_default(draft: _TableDraft, column: _ColumnDraft, default: str) -> None:
    if column.identity:
        raise _both("default and identity", draft, column)
    if column.generated is not None:
        raise _both("default and generation expression", draft, column)
    if column.default is not None or column.sequence is not None:
        raise errors.SyntaxError(
            f'multiple default values specified for column "{column.name}" '
            f'of table "{draft.table_name}"'
        )
    column.default = default


def _identity(tokens: TokenStream, draft: _TableDraft, column: _ColumnDraft) -> None:
    position = tokens.position
    tokens.expect_words("generated")
    identity = "a"
    if not tokens.take_words("always"):
        tokens.expect_words("by", "default")
        identity = "d"
    tokens.expect_words("as")
    if not tokens.take_words("identity"):
        _generated(tokens, draft, column, is_always=identity == "a", position=position)
        return
    if column.generated is not None:
        raise _both("identity and generation expression", draft, column)
    if column.identity:
        raise errors.SyntaxError(
            f'multiple identity specifications for column "{column.name}" '
            f'of table "{draft.table_name}"'
        )
    if column.default is not None or column.sequence is not None:
        raise _both("default and identity", draft, column)
    options = SequenceOptions()
    if tokens.take_symbol("("):
        options = parse_options(tokens)
        tokens.expect_symbol(")")
    column.identity = identity
    column.not_null = True
    column.sequence = replace(options, type_oid=column.type_oid)


def _generated(
    tokens: TokenStream,
    draft: _TableDraft,
    column: _ColumnDraft,
    *,
    is_always: bool,
    position: int,
) -> None:
    """``(expression) STORED``."""
    tokens.expect_symbol("(")
    text = tokens.skip_expression()
    tokens.expect_symbol(")")
    if not is_always:
        raise errors.SyntaxError(
            "for a generated column, GENERATED ALWAYS must be specified", position=position
        )
    tokens.expect_words("stored")
    if column.generated is not None:
        raise errors.SyntaxError(
            f'multiple generation clauses specified for column "{column.name}" '
            f'of table "{draft.table_name}"'
        )
    if column.identity:
        raise _both("identity and generation expression", draft, column)
    if column.default is not None or column.sequence is not None:
        raise _both("default and generation expression", draft, column)
    column.generated = text


def _both(what: str, draft: _TableDraft, column: _ColumnDraft) -> errors.SyntaxError:
    return errors.SyntaxError(
        f'both {what} specified for column "{column.name}" of table "{draft.table_name}"'
    )


def _snowflake_key(tokens: TokenStream, draft: _TableDraft, column: _ColumnDraft) -> None:
    """KalamDB's AUTO_INCREMENT."""
    if column.type_oid != _INT8:
        raise errors.FeatureNotSupported(
            f"AUTO_INCREMENT of type {type_of(column.type_oid).sql_name} is not supported",
            hint="Use BIGINT: the values are 64-bit SNOWFLAKE_ID() values. Or use SERIAL.",
            position=tokens.position,
        )
    column.not_null = True
    _set_default(draft, column, _SNOWFLAKE_DEFAULT)


# --- checks of the whole ---


def _check(draft: _TableDraft) -> None:
    by_name = {column.name: column for column in draft.columns}
    seen: set[str] = set()
    for name in draft.primary_key:
        column = by_name.get(name)
        if column is None and draft.likes:
            continue  # It may come from the other table.
        if column is None:
            raise errors.UndefinedColumn(f'column "{name}" named in key does not exist')
        if name in seen:
            raise errors.DuplicateColumn(f'column "{name}" appears twice in primary key constraint')
        seen.add(name)
        if column.is_null:
            raise errors.SyntaxError(
                f'conflicting NULL/NOT NULL declarations for column "{name}" '
                f'of table "{draft.table_name}"'
            )
        if column.type_name is None:  # The command checks the others.
            check_key_type(column.name, column.type_oid, "primary key")
        column.not_null = True

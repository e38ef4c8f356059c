"""CREATE, ALTER, DROP and TRUNCATE of tables and schemas."""

from __future__ import annotations

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import TableType
from kalampg.sql.column_statements import DropExpression, SetDefault, SetNotNull, SetType
from kalampg.sql.constraint_statements import (
    AddConstraint,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)
from kalampg.sql.parse_constraints import CONSTRAINT_WORDS, parse_alter_constraint, parse_constraint
from kalampg.sql.parse_create_table import RESERVED_COLUMNS, parse_column, parse_create_table
from kalampg.sql.parse_identity import parse_identity
from kalampg.sql.parse_indexes import parse_create_index, parse_drop_index
from kalampg.sql.parse_storages import parse_set_storage
from kalampg.sql.parse_temporary import take_temporary, temporary_words
from kalampg.sql.parse_types import parse_type, take_declared_name
from kalampg.sql.statements import (
    AddColumn,
    AlterAction,
    AlterTable,
    CreateSchema,
    DropColumn,
    DropSchema,
    DropTable,
    RenameColumn,
    RenameTable,
    SetAccessLevel,
    SetFlush,
    Statement,
    TableName,
    Truncate,
)
from kalampg.sql.storage_statements import SetSharding
from kalampg.sql.table_options import (
    parse_access_level,
    parse_set_flush,
    parse_set_retention,
    parse_sharding,
    reject_stream,
)
from kalampg.sql.token_stream import TokenStream


def parse_create(tokens: TokenStream) -> Statement | None:
    """CREATE of a table, schema or namespace; None when it creates something else."""
    tokens.expect_words("create")
    if temporary_words(tokens, 0):
        take_temporary(tokens)
        tokens.expect_words("table")
        return parse_create_table(tokens, None, is_temporary=True)
    table_type = _table_type(tokens)
    if tokens.take_words("table"):
        return parse_create_table(tokens, table_type)
    if table_type is not None:
        raise tokens.syntax_error()
    is_unique = tokens.take_words("unique")
    if tokens.take_words("index"):
        return parse_create_index(tokens, is_unique=is_unique)
    if is_unique:
        raise tokens.syntax_error()
    kind = tokens.take_one_of("schema", "namespace")
    return None if kind is None else _create_schema(tokens, is_namespace=kind == "namespace")


def parse_drop(tokens: TokenStream) -> Statement | None:
    """DROP of tables, a schema or a namespace; None when it drops something else."""
    tokens.expect_words("drop")
    table_type = _table_type(tokens)
    if tokens.take_words("table"):
        if_exists = tokens.take_if_exists()
        tables = _table_names(tokens)
        return DropTable(tables, table_type, if_exists, _cascade(tokens))
    if table_type is not None:
        raise tokens.syntax_error()
    if tokens.take_words("index"):
        return parse_drop_index(tokens)
    kind = tokens.take_one_of("schema", "namespace")
    if kind is None:
        return None
    if_exists = tokens.take_if_exists()
    name = tokens.expect_name_or_string() if kind == "namespace" else tokens.expect_name()
    if tokens.take_symbol(","):
        raise errors.FeatureNotSupported(
            "dropping several schemas at once is not supported",
            hint="Write one DROP SCHEMA statement for each.",
        )
    return DropSchema(name, if_exists, _cascade(tokens), is_namespace=kind == "namespace")


def parse_truncate(tokens: TokenStream) -> Statement:
    """TRUNCATE [TABLE] t, ..."""
    tokens.expect_words("truncate")
    tokens.take_words("table")
    tokens.take_words("only")
    tables = _table_names(tokens)
    restart_identity = tokens.take_words("restart", "identity")
    if not restart_identity:
        tokens.take_words("continue", "identity")
    return Truncate(tables, restart_identity, _cascade(tokens))


def parse_alter_table(tokens: TokenStream) -> Statement:
    """ALTER TABLE t action, ...; after the word ALTER."""
    if tokens.take_words("stream"):
        raise reject_stream()
    tokens.take_one_of("user", "shared")
    tokens.expect_words("table")
    if_exists = tokens.take_if_exists()
    tokens.take_words("only")
    table = tokens.expect_table_name()
    actions = [_alter_action(tokens, table)]
    while tokens.take_symbol(","):
        actions.append(_alter_action(tokens, table))
    return AlterTable(table, tuple(actions), if_exists)


_OTHER_KINDS = ("temp", "temporary", "unlogged", "global", "local", "foreign")


def _table_type(tokens: TokenStream) -> TableType | None:
    """USER or SHARED in front of TABLE. The word alone says nothing: CREATE USER makes a role."""
    if tokens.at_words("stream", "table"):
        raise reject_stream()
    if tokens.at_words("user", "table"):
        tokens.advance()
        return TableType.USER
    if tokens.at_words("shared", "table"):
        tokens.advance()
        return TableType.SHARED
    is_kind = tokens.current.is_word(*_OTHER_KINDS)
    if is_kind and tokens.ahead().is_word("table", "temp", "temporary"):
        raise errors.FeatureNotSupported(
            f"{tokens.current.value.upper()} tables are not supported",
            hint="Use CREATE USER TABLE or CREATE SHARED TABLE.",
            position=tokens.position,
        )
    return None


def _table_names(tokens: TokenStream) -> tuple[TableName, ...]:
    names = [tokens.expect_table_name()]
    while tokens.take_symbol(","):
        names.append(tokens.expect_table_name())
    return tuple(names)


def _cascade(tokens: TokenStream) -> bool:
    return tokens.take_one_of("cascade", "restrict") == "cascade"


def _create_schema(tokens: TokenStream, *, is_namespace: bool) -> Statement:
    if_not_exists = tokens.take_if_not_exists()
    if tokens.take_words("authorization"):
        raise errors.FeatureNotSupported(
            "CREATE SCHEMA ... AUTHORIZATION is not supported",
            hint="Schemas belong to the role that creates them.",
        )
    name = tokens.expect_name_or_string() if is_namespace else tokens.expect_name()
    if not tokens.at_end and not is_namespace:
        raise errors.FeatureNotSupported(
            "CREATE SCHEMA with an owner or elements is not supported",
            hint="Create the schema first, then its tables.",
            position=tokens.position,
        )
    return CreateSchema(name, if_not_exists, is_namespace)


# --- ALTER TABLE actions ---


def _alter_action(tokens: TokenStream, table: TableName) -> AlterAction:
    if tokens.take_words("add"):
        return _add(tokens, table)
    if tokens.take_words("drop"):
        return _drop(tokens)
    if tokens.take_words("rename"):
        return _rename(tokens)
    if tokens.take_words("alter"):
        if tokens.take_words("constraint"):
            return parse_alter_constraint(tokens)
        tokens.take_words("column")
        return _alter_column(tokens)
    if tokens.take_words("validate", "constraint"):
        return ValidateConstraint(tokens.expect_name())
    option = _option_action(tokens)
    if option is not None:
        return option
    if tokens.current.is_word("modify"):
        raise errors.FeatureNotSupported(
            "ALTER TABLE ... MODIFY is not supported",
            hint="Use ALTER TABLE ... ALTER COLUMN ... TYPE.",
            position=tokens.position,
        )
    if tokens.current.is_word(*_UNSUPPORTED_ACTIONS):
        raise errors.FeatureNotSupported(
            f"ALTER TABLE ... {tokens.current.value.upper()} is not supported",
            hint="ADD, DROP, RENAME and ALTER COLUMN, RENAME TO, SET ACCESS LEVEL and FLUSH are.",
            position=tokens.position,
        )
    raise tokens.syntax_error()


def _option_action(tokens: TokenStream) -> AlterAction | None:
    """SET and RESET of a table's options."""
    if tokens.take_words("set", "tblproperties"):
        return _table_properties(tokens)
    retention = parse_set_retention(tokens)
    if retention is not None:
        return retention
    if tokens.take_words("set", "storage"):
        return parse_set_storage(tokens)
    if tokens.take_words("set", "flush"):
        return parse_set_flush(tokens)
    if tokens.take_words("reset", "flush"):
        return SetFlush()
    if tokens.take_words("set", "access", "level"):
        value = tokens.take_string()
        return SetAccessLevel(parse_access_level(value or tokens.expect_label()))
    return None


_UNSUPPORTED_ACTIONS = (
    "attach", "cluster", "create", "detach", "disable", "enable", "force", "inherit", "no", "not",
    "of", "options", "owner", "replica", "reset", "set", "validate",
)  # fmt: skip


def _add(tokens: TokenStream, table: TableName) -> AlterAction:
    if tokens.current.is_word("constraint", "primary", *CONSTRAINT_WORDS):
        return _add_constraint(tokens)
    tokens.take_words("column")
    if_not_exists = tokens.take_if_not_exists()
    column, constraints = parse_column(tokens, table.name)
    return AddColumn(column, if_not_exists, constraints)


def _add_constraint(tokens: TokenStream) -> AlterAction:
    name = tokens.expect_name() if tokens.take_words("constraint") else None
    if tokens.current.is_word("primary"):
        raise errors.FeatureNotSupported(
            "the primary key of a table cannot be changed",
            hint="Create a new table with the key, and copy the rows with INSERT ... SELECT.",
            position=tokens.position,
        )
    return AddConstraint(parse_constraint(tokens, name))


def _drop(tokens: TokenStream) -> AlterAction:
    if tokens.take_words("constraint"):
        if_exists = tokens.take_if_exists()
        return DropConstraint(tokens.expect_name(), if_exists, _cascade(tokens))
    tokens.take_words("column")
    if_exists = tokens.take_if_exists()
    name = _column_name(tokens)
    return DropColumn(name, if_exists, _cascade(tokens))


def _rename(tokens: TokenStream) -> AlterAction:
    if tokens.take_words("to"):
        return RenameTable(tokens.expect_name())
    if tokens.take_words("constraint"):
        name = tokens.expect_name()
        tokens.expect_words("to")
        return RenameConstraint(name, tokens.expect_name())
    tokens.take_words("column")
    name = _column_name(tokens)
    tokens.expect_words("to")
    position = tokens.position
    new_name = tokens.expect_name()
    if new_name in RESERVED_COLUMNS:
        raise errors.DuplicateColumn(
            f'column name "{new_name}" conflicts with a system column name', position=position
        )
    return RenameColumn(name, new_name)


def _alter_column(tokens: TokenStream) -> AlterAction:
    name = _column_name(tokens)
    if tokens.take_words("set", "default"):
        return SetDefault(name, tokens.skip_expression())
    if tokens.take_words("drop", "default"):
        return SetDefault(name, None)
    if tokens.take_words("set", "not", "null"):
        return SetNotNull(name, not_null=True)
    if tokens.take_words("drop", "expression"):
        return DropExpression(name, tokens.take_if_exists())
    if tokens.take_words("drop", "not", "null"):
        return SetNotNull(name, not_null=False)
    if tokens.take_words("type") or tokens.take_words("set", "data", "type"):
        return _set_type(tokens, name)
    identity = parse_identity(tokens, name)
    if identity is not None:
        return identity
    position = tokens.position
    is_known = tokens.take_one_of("set", "drop", "add", "reset", "restart") is not None
    if is_known and not tokens.at_end:
        raise errors.FeatureNotSupported(
            "this form of ALTER COLUMN is not supported",
            hint="SET DEFAULT, DROP DEFAULT, SET NOT NULL and DROP NOT NULL are.",
            position=position,
        )
    raise tokens.syntax_error()


def _column_name(tokens: TokenStream) -> str:
    name = tokens.expect_name()
    if name in RESERVED_COLUMNS:
        raise errors.FeatureNotSupported(f'cannot alter system column "{name}"')
    return name


def _set_type(tokens: TokenStream, name: str) -> SetType:
    declared = take_declared_name(tokens)
    type_oid, typmod = parse_type(tokens) if declared is None else (Oid(0), -1)
    using = tokens.skip_expression() if tokens.take_words("using") else None
    return SetType(name, type_oid, typmod, using, declared)


def _table_properties(tokens: TokenStream) -> AlterAction:
    tokens.expect_symbol("(")
    name = (tokens.take_string() or tokens.expect_label()).lower()
    if name not in {"access_level", "sharding"}:
        raise errors.InvalidParameterValue(f"Unknown table option '{name.upper()}'")
    tokens.expect_symbol("=")
    value = tokens.take_string() or tokens.expect_label()
    tokens.expect_symbol(")")
    if name == "sharding":
        return SetSharding(parse_sharding(value))
    return SetAccessLevel(parse_access_level(value))

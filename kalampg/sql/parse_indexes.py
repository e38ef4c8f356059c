"""CREATE INDEX, DROP INDEX, ALTER INDEX, and SET CONSTRAINTS."""

from __future__ import annotations

from kalampg import errors
from kalampg.sql.constraint_statements import (
    CreateIndex,
    DropIndex,
    IndexColumn,
    RenameIndex,
    SetConstraints,
)
from kalampg.sql.parse_constraints import (
    column_list,
    parse_nulls_distinct,
    skip_storage_options,
)
from kalampg.sql.statements import TableName
from kalampg.sql.token_stream import TokenStream


def parse_create_index(tokens: TokenStream, *, is_unique: bool) -> CreateIndex:
    """The rest of CREATE [UNIQUE] INDEX, behind that word."""
    is_concurrent = tokens.take_words("concurrently")
    if_not_exists = tokens.take_if_not_exists()
    name = None if tokens.current.is_word("on") else tokens.expect_name()
    if if_not_exists and name is None:
        raise tokens.syntax_error()
    tokens.expect_words("on")
    tokens.take_words("only")
    table = tokens.expect_table_name()
    _access_method(tokens)
    tokens.expect_symbol("(")
    columns = [_column(tokens)]
    while tokens.take_symbol(","):
        columns.append(_column(tokens))
    tokens.expect_symbol(")")
    included = column_list(tokens) if tokens.take_words("include") else ()
    nulls_not_distinct = parse_nulls_distinct(tokens)
    skip_storage_options(tokens)
    predicate, position = None, 0
    if tokens.take_words("where"):
        position = tokens.position
        predicate = tokens.skip_expression()
    return CreateIndex(
        name,
        table,
        tuple(columns),
        is_unique,
        nulls_not_distinct,
        if_not_exists,
        is_concurrent,
        included,
        predicate,
        position,
    )


def parse_drop_index(tokens: TokenStream) -> DropIndex:
    """The rest of DROP INDEX."""
    is_concurrent = tokens.take_words("concurrently")
    if_exists = tokens.take_if_exists()
    names = [tokens.expect_table_name()]
    while tokens.take_symbol(","):
        names.append(tokens.expect_table_name())
    cascade = tokens.take_one_of("cascade", "restrict") == "cascade"
    if is_concurrent and (cascade or len(names) > 1):
        raise errors.FeatureNotSupported(
            "DROP INDEX CONCURRENTLY does not support CASCADE"
            if cascade
            else "DROP INDEX CONCURRENTLY does not support dropping multiple objects"
        )
    return DropIndex(tuple(names), if_exists, cascade, is_concurrent)


def parse_alter_index(tokens: TokenStream) -> RenameIndex:
    """The rest of ALTER INDEX."""
    if_exists = tokens.take_if_exists()
    index = tokens.expect_table_name()
    if not tokens.take_words("rename", "to"):
        raise errors.FeatureNotSupported(
            "ALTER INDEX does nothing but RENAME TO",
            hint="Drop the index, and create it as it should be.",
            position=tokens.position,
        )
    return RenameIndex(index, tokens.expect_name(), if_exists)


def parse_set_constraints(tokens: TokenStream) -> SetConstraints:
    """SET CONSTRAINTS, behind these two words."""
    names: list[TableName] = []
    if not tokens.take_words("all"):
        names.append(tokens.expect_table_name())
        while tokens.take_symbol(","):
            names.append(tokens.expect_table_name())
    mode = tokens.take_one_of("deferred", "immediate")
    if mode is None:
        raise tokens.syntax_error()
    return SetConstraints(tuple(names), mode == "deferred")


def _access_method(tokens: TokenStream) -> None:
    if not tokens.take_words("using"):
        return
    position = tokens.position
    method = tokens.expect_name()
    if method in {"btree", "hash"}:
        return
    if method in {"gin", "gist", "spgist", "brin"}:
        raise errors.FeatureNotSupported(
            f'access method "{method}" is not supported',
            hint="Indexes are ordered by their columns: leave USING out.",
            position=position,
        )
    raise errors.UndefinedObject(f'access method "{method}" does not exist')


def _column(tokens: TokenStream) -> IndexColumn:
    position = tokens.position
    name, expression = _key(tokens)
    if tokens.take_words("collate"):
        collation = tokens.expect_table_name()
        if collation.name not in {"C", "POSIX", "default"}:
            raise errors.FeatureNotSupported(
                f'collation "{collation.name}" is not supported',
                hint="Text is ordered by code point, as with the C collation.",
                position=position,
            )
    if not tokens.current.is_symbol(",", ")") and not tokens.current.is_word(
        "asc", "desc", "nulls"
    ):
        tokens.expect_table_name()  # An operator class: all of them have the one order there is.
    is_descending = tokens.take_one_of("asc", "desc") == "desc"
    nulls_first = is_descending
    if tokens.take_words("nulls"):
        place = tokens.take_one_of("first", "last")
        if place is None:
            raise tokens.syntax_error()
        nulls_first = place == "first"
    return IndexColumn(name, is_descending, nulls_first, expression, position)


def _key(tokens: TokenStream) -> tuple[str, str | None]:
    """A column's name, or an expression: a call, or anything in parentheses."""
    start = tokens.current.start
    if tokens.take_symbol("("):
        expression = tokens.skip_expression()
        tokens.expect_symbol(")")
        return "expr", expression
    name = tokens.expect_name()
    while tokens.take_symbol("."):
        name = tokens.expect_name()
    if not tokens.take_symbol("("):
        return name, None
    while not tokens.current.is_symbol(")"):
        tokens.skip_expression()
        if not tokens.take_symbol(","):
            break
    end = tokens.current.end
    tokens.expect_symbol(")")
    return name, tokens.text_between(start, end)
